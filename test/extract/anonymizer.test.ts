import { readFileSync, readdirSync } from 'node:fs';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';

import { analyze } from '../../src/analysis/analyze.js';
import type { Analysis } from '../../src/analysis/model.js';
import type { PacketBatch } from '../../src/capture/packet-batch.js';
import { decode, IS_TCP } from '../../src/decode/decode.js';
import { Fragments } from '../../src/decode/fragments.js';
import { Segment } from '../../src/decode/segment.js';
import { AddressCipher } from '../../src/extract/address-cipher.js';
import { Anonymizer } from '../../src/extract/anonymizer.js';
import { scratch } from '../capture/read.js';
import { ETHERNET_ADDRESSES, IPV4_HELLO, helloBehind, hex, inIpv4, inUdp, packet, START } from '../decode/bytes.js';
import { samples } from '../decode/samples.js';
import { all, write } from './write.js';

const files = scratch();
const KEY = 'a key for these tests';
const cipher = new AddressCipher(AddressCipher.keyOf(KEY));
const anonymizer = new Anonymizer(KEY);

/** The bytes in place of a packet, and what is decoded of both. */
function changed(bytes: readonly number[], linkType = 1): { before: Segment; after: Segment; bytes: Uint8Array } {
  const before = new Segment();
  const batch = packet(bytes, { linkType });
  expect(decode(batch, 0, before)).toBe(IS_TCP);
  const replaced = anonymizer.anonymized(batch, 0, before);
  const after = new Segment();
  expect(decode(packet([...replaced], { linkType, original: bytes.length }), 0, after)).toBe(IS_TCP);
  return { before, after, bytes: replaced };
}

/** Source and destination of a segment, as bytes. */
function addresses({ family, source0, source1, source2, source3, destination0, destination1, destination2, destination3 }: Segment): Buffer[] {
  return [[source0, source1, source2, source3], [destination0, destination1, destination2, destination3]].map((words) => {
    const bytes = Buffer.alloc(16);
    words.forEach((word, index) => bytes.writeInt32BE(word, index * 4));
    return family === 4 ? bytes.subarray(12) : bytes;
  });
}

/** What of a segment an analysis sees, but for its addresses and the payload that is cut off. */
function rest(segment: Segment): unknown {
  const left = /^(source|destination)\d$|^payloadCaptured$/;
  return Object.fromEntries(Object.entries(segment).filter(([name]) => !left.test(name)));
}

describe.each(samples)('behind $name', ({ bytes, linkType, tcpAt, tcpSize }) => {
  it('the packet ends behind its TCP header, and says the same but for addresses', () => {
    const { before, after, bytes: replaced } = changed(bytes, linkType);
    expect(replaced.length).toBe(tcpAt + tcpSize);
    expect(rest(after)).toEqual(rest(before));
    expect(addresses(after)).toEqual(addresses(before).map((address) => Buffer.from(cipher.ip(address))));
  });

  it('no address is left anywhere', () => {
    const { before, bytes: replaced } = changed(bytes, linkType);
    const macs = [hex('020000000001'), hex('020000000002')].map((mac) => Buffer.from(mac));
    for (const secret of [...addresses(before), ...macs]) expect(Buffer.from(replaced).includes(secret)).toBe(false);
  });
});

/** An IPv4 header in front of `length` bytes behind a TCP header without options. */
function ip(length: number): number[] {
  return hex('4500', (40 + length).toString(16).padStart(4, '0'), '1234 4000 40 06 0000 0a000001 0a000002');
}

describe('what else could tell', () => {
  const ethernet = hex(ETHERNET_ADDRESSES, '0800');
  const tcp = hex('c350 0050 000003e8 000007d0 5018 01f6 abcd 0000');

  it('the header checksum of IPv4 fits the new addresses', () => {
    const { bytes } = changed([...ethernet, ...ip(0), ...tcp]);
    let sum = 0;
    for (let at = 14; at < 34; at += 2) sum += bytes[at]! * 256 + bytes[at + 1]!;
    expect((sum & 0xffff) + (sum >>> 16)).toBe(0xffff);
  });

  it('the TCP checksum is gone, since of a short payload it would tell the bytes', () => {
    const { bytes } = changed([...ethernet, ...ip(1), ...tcp, 0x73]);
    expect([...bytes.subarray(-4)]).toEqual([0, 0, 0, 0]);
  });

  it('a recorded route is blanked', () => {
    const { bytes } = changed([...ethernet, ...hex('4700 0030 1234 4000 40 06 0000 0a000001 0a000002', '07 07 08 c0a80101 00'), ...tcp]);
    expect([...bytes.subarray(34, 42)]).toEqual(hex('01 01 01 01 01 01 01 01'));
  });

  it('of TCP options, cookies and further addresses are blanked, and what steers the connection stays', () => {
    const options = hex('020405b4', '22 0a 0102030405060708', '1e 08 30 01 c0a80102', '0303 07 01 0000');
    const offset = (20 + options.length) / 4;
    const header = tcp.with(12, offset << 4);
    const { bytes } = changed([...ethernet, ...ip(options.length), ...header, ...options]);
    expect([...bytes.subarray(54)]).toEqual(hex('020405b4', '22 0a 0000000000000000', '1e 08 00 00 00000000', '0303 07 01 0000'));
  });

  it('why a Multipath TCP subflow was reset stays', () => {
    const { after } = changed([...ethernet, ...ip(4), ...tcp.with(12, 0x60), ...hex('1e 04 80 05')]);
    expect(after.mptcpResetReason).toBe(5);
  });

  it('of a TLS alert its header stays, of other payload nothing', () => {
    const alert = hex('15 0303 0002 0100');
    expect([...changed([...ethernet, ...ip(7), ...tcp, ...alert]).bytes.subarray(54)]).toEqual(hex('15 0303 0002'));
    expect(changed([...ethernet, ...ip(8), ...tcp, ...alert, 0]).bytes.length).toBe(54);
  });
});

/** A part of a frame in CAPWAP; `flags`: that it is one, and whether it is the last. */
const part = (flags: number, start: number, data: readonly number[]): number[] =>
  inUdp(5247, [...hex('001000'), flags, 0, 7, 0, start, ...data]);

it('the first part of a tunnel\'s frame, come last, is kept up to what the parts hold', () => {
  const frame = helloBehind(ETHERNET_ADDRESSES, '0800');
  const datagram = inUdp(5247, helloBehind('00100000 00000000', ETHERNET_ADDRESSES, '0800')).slice(20);
  const compressed = inIpv4(108, [4, 0, 0, 2, ...deflateRawSync(Uint8Array.from(IPV4_HELLO))]);
  for (const [packets, kept] of [
    [[part(0xc0, 40, frame.slice(40)), part(0x80, 0, frame.slice(0, 40))], 36],
    [[inIpv4(17, datagram.slice(40), 5), inIpv4(17, datagram.slice(0, 40), 0x2000)], 20],
    [[compressed], 24],
  ] as const) {
    const fragments = new Fragments();
    const segment = new Segment();
    const batches = packets.map((bytes) => packet(bytes, { linkType: 101 }));
    const answers = batches.map((batch) => decode(batch, 0, segment, fragments));
    expect(answers.at(-1)).toBe(IS_TCP);
    const bytes = anonymizer.anonymized(batches.at(-1)!, 0, segment);
    expect(bytes.length).toBe(kept);
    expect(Buffer.from(bytes).includes(Buffer.from(hex('c0000201')))).toBe(false);
  }
});

it('no bytes of any kind make it throw, or longer', () => {
  const segment = new Segment();
  let grown = 0;
  for (const { bytes, linkType } of samples) {
    const batch: PacketBatch = packet(bytes, { linkType });
    for (let at = 0; at < bytes.length; at++) {
      for (const value of [0, 1, 0x45, 0x7f, 0xff, bytes[at]!]) {
        batch.bytes[START + at] = value;
        if (decode(batch, 0, segment) === IS_TCP && anonymizer.anonymized(batch, 0, segment).length > bytes.length) grown += 1;
      }
    }
  }
  expect(grown).toBe(0);
});

const captures = readdirSync('captures').filter((name) => name.endsWith('.pcapng'));

it.each(captures)('%s can be given away: no address is left, and the findings stay', async (name) => {
  const analysis = await analyze([`captures/${name}`]);
  const path = await write(files.path(name), analysis, all, { anonymize: true, anonymizeKey: KEY });
  const content = readFileSync(path);
  const originals = new Set([...analysis.connections()].flatMap(({ client, server }) => [client.address, server.address]));
  expect(originals.size).toBeGreaterThan(1);
  for (const address of originals) {
    expect(content.includes(address)).toBe(false);
    expect(content.includes(bytesOf(address))).toBe(false);
  }
  for (const mac of macsOf(readFileSync(`captures/${name}`))) expect(content.includes(mac)).toBe(false);
  expect(findings(await analyze([path]), (text) => text)).toEqual(findings(analysis, (address) => replaced(address)));
});

function findings(analysis: Analysis, rename: (address: string) => string): unknown[] {
  const kept = new Set(['challengeFrame']);
  return analysis.findings.map(({ frames, message, filter: _filter, evidence, endpoint, service, ...finding }) => ({
    ...finding, frames: frames.length, message: message.replace(/frame \d+/gi, 'frame'),
    endpoint: { ...endpoint, address: rename(endpoint.address) }, service: { ...service, address: rename(service.address) },
    evidence: Object.fromEntries(Object.entries(evidence).filter(([key]) => !kept.has(key) && !/frame/i.test(key))),
  }));
}

function bytesOf(address: string): Buffer {
  if (!address.includes(':')) return Buffer.from(address.split('.').map(Number));
  const [head = '', tail = ''] = address.split('::');
  const [front, back] = [fields(head), fields(tail)];
  return Buffer.from([...front, ...Array<string>(8 - front.length - back.length).fill('0000'), ...back].join(''), 'hex');
}

function fields(text: string): string[] {
  return text === '' ? [] : text.split(':').map((field) => field.padStart(4, '0'));
}

/** The address in place of one, as it is written. */
function replaced(address: string): string {
  const bytes = Buffer.from(cipher.ip(bytesOf(address)));
  if (bytes.length === 4) return bytes.join('.');
  return new URL(`http://[${bytes.toString('hex').replaceAll(/.{4}(?=.)/g, '$&:')}]`).hostname.slice(1, -1);
}

/** The Ethernet addresses of the first packets of a little-endian pcapng file. */
function macsOf(content: Buffer): Buffer[] {
  const macs: Buffer[] = [];
  for (let at = 0; at < content.length && macs.length < 8; at += content.readUInt32LE(at + 4)) {
    if (content.readUInt32LE(at) === 6) macs.push(content.subarray(at + 28, at + 34), content.subarray(at + 34, at + 40));
  }
  return macs.filter((mac) => !mac.every((byte) => byte === 0));
}
