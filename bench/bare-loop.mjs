/**
 * The least that following connections costs in this language: reads a classic capture of Ethernet, frames it, decodes
 * IPv4, IPv6 and TCP, looks the connection up, counts, and writes down what each segment said. No states, no options
 * but timestamps, no doubt about any length.
 *
 *     node bench/bare-loop.mjs FILE
 */
import { openSync, readSync } from 'node:fs';

import { settle, stir } from '../dist/flow/identity/hash.js';

const BLOCK = 1 << 18;
const FILE_HEADER = 24;
const RECORD_HEADER = 16;
const SLOTS = 1 << 20;
/** Words of a connection, each of its ends, and a row. */
const CONNECTION = 48;
const END = 16;
const ROW = 12;
/**
 * Connections that there is room for, and rows: the captures of this benchmark have some 400,000, and fewer than six
 * new rows for each.
 */
const MOST = 500_000;
const ROWS = 6 * MOST;

const slots = new Int32Array(SLOTS * 2).fill(-1);
const keys = new Int32Array(MOST * 3);
const connections = new Int32Array(MOST * CONNECTION);
const doubles = new Float64Array(connections.buffer);
const rows = new Int32Array(ROWS * ROW);
const times = new Float64Array(rows.buffer);
const bytes = new Uint8Array(BLOCK);
const view = new DataView(bytes.buffer);
let packets = 0;
let known = 0;
let written = 0;

function locate(lower, upper, ports) {
  const hash = settle((stir(lower, 0x12345677) + stir(upper, 0x2468ace1) + stir(ports, 0x1357bd31)) | 0);
  const mask = slots.length - 1;
  for (let slot = (hash << 1) & mask; ; slot = (slot + 2) & mask) {
    const connection = slots[slot + 1];
    if (connection === -1) {
      if (known === MOST) throw new RangeError(`more than ${MOST} connections`);
      slots[slot] = hash;
      slots[slot + 1] = known;
      keys.set([lower, upper, ports], known * 3);
      return known++;
    }
    const at = connection * 3;
    if (slots[slot] === hash && keys[at] === lower && keys[at + 1] === upper && keys[at + 2] === ports)
      return connection;
  }
}

/** Takes in the TCP header at `tcp`, of a packet that ends at `end`. */
function follow(tcp, end, source, destination, time) {
  const sourcePort = view.getUint16(tcp);
  const destinationPort = view.getUint16(tcp + 2);
  const sequence = view.getInt32(tcp + 4);
  const acknowledgment = view.getInt32(tcp + 8);
  const offsetAndFlags = view.getUint16(tcp + 12);
  const header = (offsetAndFlags >> 12) << 2;
  const length = end - tcp - header;
  const hasTimestamps = header === 32 && view.getInt32(tcp + 20) === 0x0101080a;
  const fromLower = source < destination || (source === destination && sourcePort <= destinationPort);
  const connection = fromLower
    ? locate(source, destination, (sourcePort << 16) | destinationPort)
    : locate(destination, source, (destinationPort << 16) | sourcePort);

  const at = connection * CONNECTION;
  const own = at + END + (fromLower ? 0 : END);
  connections[at] = packets;
  doubles[(at + 2) >> 1] = time;
  connections[own]++;
  const beyond = (sequence + length - connections[own + 1]) | 0;
  if (((acknowledgment - connections[own + 2]) | 0) > 0) connections[own + 2] = acknowledgment;
  if (length > 0 && beyond > 0) {
    doubles[(own + 4) >> 1] += length;
    connections[own + 1] = (sequence + length) | 0;
  }
  // What opens and what closes has a row of its own, as have the latest data and the latest acknowledgment.
  const running = own + (length > 0 ? 6 : 7);
  if (connections[running] === 0 || (offsetAndFlags & 7) !== 0) {
    if (++written === ROWS) throw new RangeError(`more than ${ROWS} rows`);
    connections[running] = written;
  }
  const row = connections[running] * ROW;
  times[row >> 1] = time;
  rows[row + 2] = packets;
  rows[row + 3] = sequence;
  rows[row + 4] = acknowledgment;
  rows[row + 5] = length;
  rows[row + 6] = offsetAndFlags;
  rows[row + 7] = view.getUint16(tcp + 14);
  rows[row + 8] = hasTimestamps ? view.getInt32(tcp + 24) : 0;
  rows[row + 9] = hasTimestamps ? view.getInt32(tcp + 28) : 0;
}

/** Goes through the records from `at` on, as far as they are whole; answers where it stopped. */
function records(at, end) {
  while (at + RECORD_HEADER <= end) {
    const next = at + RECORD_HEADER + view.getUint32(at + 8, true);
    if (next > end) break;
    packets++;
    const time = view.getUint32(at, true) * 1e9 + view.getUint32(at + 4, true) * 1e3;
    const ethernet = at + RECORD_HEADER;
    const ip = ethernet + 14;
    const type = view.getUint16(ethernet + 12);
    if (type === 0x0800 && view.getUint8(ip + 9) === 6)
      follow(ip + 20, ip + view.getUint16(ip + 2), view.getInt32(ip + 12), view.getInt32(ip + 16), time);
    else if (type === 0x86dd)
      follow(ip + 40, ip + 40 + view.getUint16(ip + 4), view.getInt32(ip + 20), view.getInt32(ip + 36), time);
    at = next;
  }
  return at;
}

const file = openSync(process.argv[2]);
let end = readSync(file, bytes, 0, BLOCK, null);
let at = FILE_HEADER;
for (let count = end; count > 0; end += count) {
  at = records(at, end);
  bytes.copyWithin(0, at, end);
  end -= at;
  at = 0;
  count = readSync(file, bytes, end, BLOCK - end, null);
}
console.log(`${packets} packets, ${known} connections`);
