/**
 * What `lastack between` takes for the same connections at two taps: a capture of bench/generate.mjs, and what a tap
 * near the servers would have of it, 50 to 90 µs further on, behind a NAT, with a clock of its own, a packet in a
 * hundred being lost.
 *
 *     node bench/between.mjs [--packets 1M] [--flows 100k] [--bytes 300M] [--seed 1] [--rate 2000]
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { generate } from './generate.mjs';
import { measure } from './measure.mjs';
import { PcapFile } from './pcap-file.mjs';
import { parseQuantity } from './quantities.mjs';
import { Random } from './random.mjs';

const LOSS = 0.01;
/** Microseconds. */
const DELAY = { least: 50, most: 90 };
const OFFSET = 250_000;
const FILE_HEADER = 24;
const RECORD_HEADER = 16;
const ETHERNET = 14;
/** Services of generate.mjs listen there; its clients have higher ports. */
const HIGHEST_SERVICE = 22_000;
/** 203.0.113.0, of which each address maps this many ports. */
const OUTSIDE = 0xcb00_7100;
const PORTS = 60_000;

const { values } = parseArgs({
  options: {
    packets: { type: 'string', default: '1M' }, flows: { type: 'string', default: '100k' },
    bytes: { type: 'string', default: '300M' }, seed: { type: 'string', default: '1' },
    rate: { type: 'string', default: '2000' },
  },
});
const folder = mkdtempSync(join(tmpdir(), 'lastack-between-'));
try {
  const [client, server] = [join(folder, 'client.pcap'), join(folder, 'server.pcap')];
  generate(client, {
    packets: parseQuantity(values.packets), flows: parseQuantity(values.flows), bytes: parseQuantity(values.bytes),
    seed: Number(values.seed), rate: parseQuantity(values.rate),
  });
  atServer(client, server, new Random(Number(values.seed)));
  for (const format of ['text', 'ndjson']) {
    const { wall, cpu, peak } = measure([
      process.execPath, 'dist/cli/main.cjs', 'between', client, server, '-f', format, '-q', '--fail-on', 'never',
    ]);
    process.stdout.write(
      `${format.padEnd(8)}${wall.toFixed(1)} s wall, ${cpu.toFixed(1)} s CPU, ${Math.round(peak / 1e6)} MB\n`,
    );
  }
} finally {
  rmSync(folder, { recursive: true });
}

/** Writes what the other tap has of a capture. */
function atServer(from, to, random) {
  const bytes = readFileSync(from);
  const packets = [];
  for (let at = FILE_HEADER; at < bytes.length; at += RECORD_HEADER + bytes.readUInt32LE(at + 8)) {
    if (random.chance(LOSS)) continue;
    const time = bytes.readUInt32LE(at) * 1e6 + bytes.readUInt32LE(at + 4);
    const delay = random.between(DELAY.least, DELAY.most);
    packets.push({ at, time: time + OFFSET + (isFromClient(bytes, at) ? delay : -delay) });
  }
  packets.sort((one, other) => one.time - other.time);
  const mapped = new Map();
  const file = new PcapFile(to);
  for (const { at, time } of packets)
    file.add(time, (buffer, begin) => {
      const length = bytes.readUInt32LE(at + 8);
      bytes.copy(buffer, begin, at + RECORD_HEADER, at + RECORD_HEADER + length);
      translate(buffer, begin, isFromClient(bytes, at), mapped);
      return length;
    });
  file.close();
}

function isFromClient(bytes, at) {
  const { tcp } = layers(bytes, at + RECORD_HEADER);
  return bytes.readUInt16BE(tcp + 2) < HIGHEST_SERVICE;
}

function layers(bytes, frame) {
  const ip = frame + ETHERNET;
  const isIpv4 = bytes[ip] >> 4 === 4;
  return { ip, isIpv4, tcp: isIpv4 ? ip + (bytes[ip] & 15) * 4 : ip + 40 };
}

/** A NAT: the client's IPv4 address and port are others. */
function translate(buffer, frame, fromClient, mapped) {
  const { ip, isIpv4, tcp } = layers(buffer, frame);
  if (!isIpv4) return;
  const [address, port] = fromClient ? [ip + 12, tcp] : [ip + 16, tcp + 2];
  const key = buffer.readUInt32BE(address) * 65_536 + buffer.readUInt16BE(port);
  let outside = mapped.get(key);
  if (outside === undefined) mapped.set(key, (outside = mapped.size));
  buffer.writeUInt32BE(OUTSIDE + Math.floor(outside / PORTS), address);
  buffer.writeUInt16BE(1024 + (outside % PORTS), port);
}
