import { readFileSync, readdirSync } from 'node:fs';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';

import { analyze } from '../../src/analysis/analyze.js';
import type { Analysis } from '../../src/analysis/model.js';
import type { PacketBatch } from '../../src/capture/packet-batch.js';
import { decode, errorOf, IS_TCP } from '../../src/decode/decode.js';
import { headersOf } from '../../src/decode/headers.js';
import { ICMP, ICMPV6 } from '../../src/decode/layer.js';
import { Fragments } from '../../src/decode/fragments.js';
import { Segment } from '../../src/decode/segment.js';
import { AddressCipher } from '../../src/extract/address-cipher.js';
import { Anonymizer } from '../../src/extract/anonymizer.js';
import { bytes as build, pcapWriter } from '../capture/build.js';
import { scratch } from '../capture/read.js';
import {
  ETHERNET_ADDRESSES, IPV4_HELLO, IPV6_HELLO, helloBehind, hex, inIpv4, inIpv6, inUdp, packet, START,
} from '../decode/bytes.js';
import { samples } from '../decode/samples.js';
import { FrameMaker } from '../tape/frames.js';
import { parseTape } from '../tape/line.js';
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
function addresses({
  family, source0, source1, source2, source3, destination0, destination1, destination2, destination3,
}: Segment): Buffer[] {
  return [
    [source0, source1, source2, source3], [destination0, destination1, destination2, destination3],
  ].map((words) => {
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
    const { bytes } = changed([
      ...ethernet, ...hex('4700 0030 1234 4000 40 06 0000 0a000001 0a000002', '07 07 08 c0a80101 00'), ...tcp,
    ]);
    expect([...bytes.subarray(34, 42)]).toEqual(hex('01 01 01 01 01 01 01 01'));
  });

  it('of TCP options, cookies and further addresses are blanked, and what steers the connection stays', () => {
    const options = hex('020405b4', '22 0a 0102030405060708', '1e 08 30 01 c0a80102', '0303 07 01 0000');
    const offset = (20 + options.length) / 4;
    const header = tcp.with(12, offset << 4);
    const { bytes } = changed([...ethernet, ...ip(options.length), ...header, ...options]);
    expect([...bytes.subarray(54)]).toEqual(
      hex('020405b4', '22 0a 0000000000000000', '1e 08 00 00 00000000', '0303 07 01 0000'),
    );
  });

  it('why a Multipath TCP subflow was reset stays', () => {
    const { after } = changed([...ethernet, ...ip(4), ...tcp.with(12, 0x60), ...hex('1e 04 80 05')]);
    expect(after.mptcpResetReason).toBe(5);
  });

  it('of a payload that is known a sample stays, the same for everybody; of any other nothing', () => {
    const kept = (payload: readonly number[], from = tcp): number[] => [
      ...changed([...ethernet, ...ip(payload.length), ...from, ...payload]).bytes.subarray(54),
    ];
    const alert = hex('15 0303 0002 0228');
    expect(kept(alert)).toEqual(hex('15 0303 0002'));
    expect(kept([...alert, 0])).toEqual(hex('16 0301'));
    expect(kept([...Buffer.from('DELETE /secret')])).toEqual([...Buffer.from('GET / HTTP/1.1')]);
    expect(kept([...Buffer.from('secret')])).toEqual([]);
    // A RST may carry a text.
    expect(kept([...Buffer.from('GET /secret')], tcp.with(13, 0x14))).toEqual([]);
  });
});

/** What an ICMP error says, and the segment of which it says it. */
function said(batch: PacketBatch): { segment: Segment; error: object } {
  const segment = new Segment();
  const error = errorOf(decode(batch, 0, segment));
  expect(error).not.toBeNull();
  return { segment, error: { ...error } };
}

/** An ICMP error as it was decoded, and as it is given away. */
function changedError(bytes: readonly number[], linkType = 101): { before: object; after: object; bytes: Uint8Array } {
  const batch = packet(bytes, { linkType });
  const before = said(batch);
  const replaced = anonymizer.anonymizedError(batch, 0)!;
  const after = said(packet([...replaced], { linkType, original: bytes.length }));
  expect(addresses(after.segment)).toEqual(addresses(before.segment).map((address) => Buffer.from(cipher.ip(address))));
  const what = ({ segment: { sourcePort, destinationPort, sequence }, error }: ReturnType<typeof said>): object => ({
    ...Object.fromEntries(Object.entries(error).filter(([name]) => !name.startsWith('sender'))), sourcePort,
    destinationPort, sequence,
  });
  return { before: what(before), after: what(after), bytes: replaced };
}

/** PPPoE and NFLOG say the length of what is in them, in a field of which one byte is used, four bytes before it. */
const MEASURED = new Set([51, 239]);

/**
 * A sample with an ICMP error in place of its TCP segment, which the error quotes; `payload` behind the quoted header.
 */
function asError({ bytes, tcpAt, linkType }: (typeof samples)[number], payload: readonly number[]): number[] | null {
  const tcp = [...bytes.slice(tcpAt, tcpAt + 20).with(12, 0x50), ...payload];
  const [four, six] = [tcpAt - 20, tcpAt - 40];
  if (bytes[four] === 0x45 && bytes[four + 9] === 6) {
    const quoted = [...bytes.slice(four, tcpAt), ...tcp].with(2, 0).with(3, 20 + tcp.length);
    const error = hex('0301 abcd 0000 0000').concat(quoted);
    const size = 20 + error.length;
    const around = bytes.slice(0, tcpAt).with(four + 2, size >> 8).with(four + 3, size & 255).with(four + 9, 1);
    if (MEASURED.has(linkType))
      around[four - (around[four - 4] === 0 ? 3 : 4)]! += size - (bytes[four + 2]! * 256 + bytes[four + 3]!);
    return [...around, ...error];
  }
  if (bytes[six]! >> 4 !== 6 || bytes[six + 6] !== 6) return null;
  const quoted = [...bytes.slice(six, tcpAt), ...tcp].with(4, 0).with(5, tcp.length);
  const error = hex('0104 abcd 0000 0000').concat(quoted);
  return [
    ...bytes
      .slice(0, tcpAt)
      .with(six + 4, error.length >> 8)
      .with(six + 5, error.length & 255)
      .with(six + 6, 58),
    ...error,
  ];
}

describe('an ICMP error', () => {
  const PAYLOAD = [...Buffer.from('secret words of the quoted segment')];

  it('behind every link layer ends behind the quoted TCP header, says the same, and has no address left', () => {
    const covered = new Set<number>();
    for (const sample of samples) {
      const bytes = asError(sample, PAYLOAD);
      if (bytes === null || errorOf(decode(packet(bytes, { linkType: sample.linkType }), 0, new Segment())) === null)
        continue;
      const kinds = headersOf(packet(bytes, { linkType: sample.linkType }), 0).map(({ layer }) => layer);
      if (!kinds.includes(ICMP) && !kinds.includes(ICMPV6)) continue;
      covered.add(sample.linkType);
      const { before, after, bytes: replaced } = changedError(bytes, sample.linkType);
      expect(after).toEqual(before);
      expect(replaced.length).toBe(bytes.length - PAYLOAD.length);
      const secrets = ['020000000001', '020000000002', '0a000001', '0a000002', 'abcd'].map((secret) =>
        Buffer.from(secret, 'hex'),
      );
      for (const secret of secrets) expect(Buffer.from(replaced).includes(secret)).toBe(false);
    }
    expect(covered).toEqual(new Set(samples.map(({ linkType }) => linkType)));
  });

  it('of ICMPv6 ends there, too, and keeps the MTU of a packet too big', () => {
    const { before, after, bytes } = changedError(
      inIpv6(58, [...hex('0200 abcd 0000 0500'), ...IPV6_HELLO, ...PAYLOAD]),
    );
    expect(after).toEqual(before);
    expect(after).toMatchObject({ family: 6, type: 2, mtu: 1280 });
    expect(bytes.length).toBe(40 + 8 + 40 + 20);
    expect([...bytes.subarray(40, 48)]).toEqual(hex('0200 0000 0000 0500'));
  });

  it('keeps the MTU of a segment that had to be fragmented, and no gateway of a redirect', () => {
    expect(changedError(inIpv4(1, [...hex('0304 abcd 0011 0578'), ...IPV4_HELLO])).bytes.subarray(20, 28)).toEqual(
      Uint8Array.from(hex('0304 0000 0000 0578')),
    );
    expect(changedError(inIpv4(1, [...hex('0501 abcd c0a80101'), ...IPV4_HELLO])).bytes.subarray(20, 28)).toEqual(
      Uint8Array.from(hex('0501 0000 00000000')),
    );
  });

  it('that quotes eight bytes stays whole; behind a data offset that cannot be, nothing is taken for a header', () => {
    expect(changedError(inIpv4(1, [...hex('0301 abcd 00000000'), ...IPV4_HELLO.slice(0, 28)])).bytes.length).toBe(
      20 + 8 + 28,
    );
    const lying = [...IPV4_HELLO.slice(0, 40).with(32, 0xf0), ...PAYLOAD.slice(0, 20)];
    expect(changedError(inIpv4(1, [...hex('0301 abcd 00000000'), ...lying])).bytes.length).toBe(20 + 8 + 36);
  });

  it('loses what trails it: extensions with names and addresses of interfaces (RFC 5837), a frame check sequence', () => {
    const padded = [...IPV4_HELLO, ...Array<number>(128 - IPV4_HELLO.length).fill(0)];
    const extension = hex('2000 0000 0010 0204 00000001 0001 0000 c0a80101');
    const { bytes } = changedError([
      ...inIpv4(1, [...hex('0b00 abcd 0020 0000'), ...padded, ...extension]), ...hex('deadbeef'),
    ]);
    expect(bytes.length).toBe(20 + 8 + 40);
  });

  it('no bytes of any kind make it throw, or longer', () => {
    const errors = [
      inIpv4(1, [...hex('0301 abcd 00000000'), ...IPV4_HELLO, ...PAYLOAD]),
      inIpv6(58, [...hex('0104 abcd 00000000'), ...IPV6_HELLO, ...PAYLOAD]),
    ];
    let grown = 0;
    for (const bytes of errors) {
      for (let length = 1; length <= bytes.length; length++)
        if ((anonymizer.anonymizedError(packet(bytes.slice(0, length), { linkType: 101 }), 0)?.length ?? 0) > length)
          grown += 1;
      const batch = packet(bytes, { linkType: 101 });
      for (let at = 0; at < bytes.length; at++) {
        for (const value of [0, 1, 0x45, 0x7f, 0xff, bytes[at]!]) {
          batch.bytes[START + at] = value;
          if ((anonymizer.anonymizedError(batch, 0)?.length ?? 0) > bytes.length) grown += 1;
        }
      }
    }
    expect(grown).toBe(0);
  });
});

describe('a text', () => {
  it.each(['192.0.2.1', '2001:db8::1', '::1', '2001:db8:0:1:2:3:4:5', 'fe80::a:b'])(
    'has another address in place of %s, whatever is written around it',
    (address) => {
    const bracketed = address.includes(':') ? `[${address}]` : address;
    expect(anonymizer.text(`from ${address}, to ${bracketed}:443 (${address}). By ${address}.`)).toBe(
      `from ${replaced(address)}, to ${address.includes(':') ? `[${replaced(address)}]` : replaced(address)}:443 ` +
        `(${replaced(address)}). By ${replaced(address)}.`,
    );
  },
  );

  it('has the IPv4 address that an IPv6 one holds replaced with it', () => {
    expect(anonymizer.text('::ffff:192.0.2.1')).toBe(anonymizer.text('::ffff:c000:201'));
    expect(anonymizer.text('::ffff:192.0.2.1')).not.toContain('192.0.2.1');
  });

  it('keeps all that is none', () => {
    const text =
      'frame 12: error: half-closed (leak): 0.045 s, 1:2:3, ICMP 3/1, a: b, RFC 9293 3.10.7.4.1x: dead.beef, ...';
    expect(anonymizer.text(text).replace(/RFC.*?x/, '')).toBe(text.replace(/RFC.*?x/, ''));
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
        if (decode(batch, 0, segment) === IS_TCP && anonymizer.anonymized(batch, 0, segment).length > bytes.length)
          grown += 1;
      }
    }
  }
  expect(grown).toBe(0);
});

it('the text of a RST is not told in a comment either', async () => {
  const maker = new FrameMaker({ ip6: false, initial: [1, 2], ports: [40_000, 80] });
  const { header, record } = pcapWriter({});
  const records = parseTape(`
    0.000 > S  0:0
    0.010 < S. 0:0 ack 1
    0.020 > .  1:1 ack 1
    0.500 > P. 1:31 ack 1
    0.510 < P. 1:51 ack 31
    0.520 > .  31:31 ack 51
    1.000 < R. 51:81 ack 31 ttl 50 id 0 "the secret words of somebody.."
    2.000 > P. 31:61 ack 51
    2.010 < P. 51:91 ack 61
  `).map(({ time, segment }) =>
    record({
      seconds: 1_795_169_041 + Math.floor(time), fraction: Math.round((time % 1) * 1e6), data: maker.frame(segment!),
    }),
  );
  const analysis = await analyze([files.write('text.pcap', build(header, ...records))]);
  const words = 'the secret words of somebody';
  expect(analysis.findings.map(({ message }) => message).join('')).toContain(words);
  const path = await write(files.path('text.pcapng'), analysis, all, { anonymize: true, anonymizeKey: KEY });
  expect(readFileSync(path).includes(words)).toBe(false);
  expect(readFileSync(path).includes('it carries a payload')).toBe(true);
});

const captures = readdirSync('captures').filter((name) => name.endsWith('.pcapng'));

it.each(captures)('%s can be given away: no address is left, and the findings stay', async (name) => {
  const analysis = await analyze([`captures/${name}`]);
  const path = await write(files.path(name), analysis, all, { anonymize: true, anonymizeKey: KEY });
  const content = readFileSync(path);
  const originals = new Set(
    [...analysis.connections()].flatMap(({ client, server }) => [client.address, server.address]),
  );
  for (const { evidence } of analysis.findings) if (typeof evidence['by'] === 'string') originals.add(evidence['by']);
  expect(originals.size).toBeGreaterThan(1);
  for (const address of originals) {
    expect(content.includes(address)).toBe(false);
    expect(content.includes(bytesOf(address))).toBe(false);
  }
  for (const mac of macsOf(readFileSync(`captures/${name}`))) expect(content.includes(mac)).toBe(false);
  const inWords = (text: string): string =>
    [...originals]
      .toSorted((a, b) => b.length - a.length)
      .reduce((words, address) => words.replaceAll(address, replaced(address)), text);
  // What a message of HTTP announces is payload, and payload goes.
  const said = new Set(analysis.findings.flatMap(({ id, flow }) => (id === 'incomplete-message' ? [flow] : [])));
  const without = (of: Analysis): Pick<Analysis, 'findings'> => ({
    findings: of.findings.filter(({ flow }) => !said.has(flow)),
  });
  expect(findings(without(await analyze([path])), (text) => text)).toEqual(findings(without(analysis), inWords));
});

function findings(analysis: Pick<Analysis, 'findings'>, rename: (address: string) => string): unknown[] {
  const kept = new Set(['challengeFrame']);
  return analysis.findings.map(({ frames, message, filter: _filter, evidence, endpoint, service, ...finding }) => ({
    ...finding, frames: frames.length,
    message: rename(message.replace(/frame \d+/gi, 'frame').replace(/frames \d+ to \d+/gi, 'frames')),
    endpoint: { ...endpoint, address: rename(endpoint.address) },
    service: { ...service, address: rename(service.address) },
    evidence: Object.fromEntries(
      Object.entries(evidence)
        .filter(([key]) => !kept.has(key) && !/frame/i.test(key))
        .map(([key, value]) => [key, typeof value === 'string' ? rename(value) : value]),
    ),
  }));
}

function bytesOf(address: string): Buffer {
  if (!address.includes(':')) return Buffer.from(address.split('.').map(Number));
  const [head = '', tail = ''] = address.split('::');
  const [front, back] = [fields(head), fields(tail)];
  return Buffer.from(
    [...front, ...Array<string>(8 - front.length - back.length).fill('0000'), ...back].join(''), 'hex',
  );
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
    if (content.readUInt32LE(at) === 6)
      macs.push(content.subarray(at + 28, at + 34), content.subarray(at + 34, at + 40));
  }
  return macs.filter((mac) => !mac.every((byte) => byte === 0));
}
