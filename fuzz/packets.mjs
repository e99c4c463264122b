import { deflateRawSync } from 'node:zlib';

import { join, u16, u32, u8 } from './piece.mjs';

const MAC = '020000000002020000000001';
const WIRELESS = '020000000001020000000002020000000003';
const SNAP = 'aaaa030000000800';
const ADDRESSES = ['0a000001', '0a000002', '0a000003'];
const ADDRESSES_6 = ['20010db8000000000000000000000001', '20010db8000000000000000000000002'];

const FIN = 1;
const SYN = 2;
const RST = 4;
const PSH = 8;
const ACK = 16;
const FLAGS = [SYN, SYN | ACK, ACK, ACK, PSH | ACK, FIN | ACK, FIN | ACK, RST, RST | ACK, FIN, SYN | FIN, 0, 0xff];

/** Sequence numbers of a few connections, with those around the wrap. */
const SEQUENCES = [0, 1, 1000, 1001, 1500, 2000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0xffff_fc00];

const OPTIONS = [
  '', '020405b4', '0101080a0000000100000002', '020405b40402080a000000010000000001030307', '0101050a000003e9000005dc',
  '1e0c0081000000000000000a', '1e040800', '00000000', '02000000', '0500ffff',
];

const PAYLOADS = [0, 0, 1, 5, 7, 40, 40, 300];

/** A TCP segment between a few ports, of any connection and at any place in it. */
function anySegment(choice) {
  const port = () => choice.pick([80, 443, 50_000, 50_001]);
  return tcp(choice, {
    ports: [port(), port()], sequence: choice.pick(SEQUENCES), acknowledgment: choice.pick(SEQUENCES),
    flags: choice.pick(FLAGS), length: choice.pick(PAYLOADS),
  });
}

function tcp(choice, { ports, sequence, acknowledgment, flags, length }) {
  const options = join(choice.pick(OPTIONS));
  return join(
    u16(ports[0]), u16(ports[1]), u32(sequence), u32(acknowledgment), u16(((20 + options.length) / 4) * 0x1000 + flags),
    u16(choice.pick([0, 502, 0xffff])), '00000000', options, choice.noise(length),
  );
}

/** Answers the segments of one connection in a row, which opens, talks, closes and starts again as it happens to. */
function connection(choice) {
  const ports = [choice.pick([50_000, 50_001]), 80];
  const next = [choice.pick(SEQUENCES), choice.pick(SEQUENCES)];
  let step = 0;
  return () => {
    const opening = step < 3 ? [SYN, SYN | ACK, ACK][step] : null;
    const side = opening === null ? choice.between(0, 1) : step % 2;
    step += 1;
    const flags = opening ?? choice.pick([ACK, ACK, PSH | ACK, PSH | ACK, FIN | ACK, FIN | ACK, RST, RST | ACK, SYN]);
    const length = opening === null && (flags & ACK) !== 0 ? choice.pick(PAYLOADS) : 0;
    const again = choice.chance(0.1) ? choice.pick([1, length, 1460]) : 0;
    const segment = tcp(choice, {
      ports: side === 0 ? ports : ports.toReversed(), sequence: next[side] - again,
      acknowledgment: flags & ACK ? next[1 - side] : 0, flags, length,
    });
    next[side] = (next[side] + length + (flags & (SYN | FIN) ? 1 : 0)) | 0;
    if (flags === SYN && step > 3) {
      next[side] = (next[side] + choice.pick([1, 100_000, -100_000])) | 0;
      step = 1;
    }
    return { segment, side };
  };
}

function ipv4(choice, protocol, payload, from = choice.pick(ADDRESSES), to = choice.pick(ADDRESSES)) {
  const options = choice.chance(0.1) ? '9404000001010101' : '';
  const size = 20 + options.length / 2;
  const fragment = choice.chance(0.1) ? choice.pick([0x2000, 0x2001, 0x0001, 0x1fff, 0x3fff]) : 0x4000;
  return join(
    u8(0x40 + size / 4), '00', u16(size + payload.length), u16(choice.between(0, 3)), u16(fragment),
    u8(64), u8(protocol), '0000', from, to, options, payload,
  );
}

function ipv6(choice, protocol, payload) {
  const chain = Array.from({ length: choice.pick([0, 0, 0, 0, 1, 2, 9]) }, () => choice.pick([0, 43, 44, 51, 60, 135]));
  const kinds = [...chain, protocol];
  const extensions = chain.map((kind, index) => {
    if (kind === 44) return join(u8(kinds[index + 1]), '00', u16(choice.pick([0, 1, 8, 9, 0xfff8])), '00000007');
    return join(u8(kinds[index + 1]), u8(kind === 51 ? 4 : 1), choice.noise(kind === 51 ? 22 : 14));
  });
  const body = join(...extensions, payload);
  return join(
    '60000000', u16(body.length), u8(kinds[0]), u8(64), choice.pick(ADDRESSES_6), choice.pick(ADDRESSES_6), body,
  );
}

function udp(choice, port, payload) {
  return ipv4(choice, 17, join(u16(port), u16(port), u16(8 + payload.length), '0000', payload));
}

/** What may stand around an IPv4 packet and give one again. */
const tunnels = [
  (choice, packet) => ipv4(choice, 4, packet), (choice, packet) => ipv6(choice, 4, packet),
  (choice, packet) => ipv4(choice, 51, join(u8(4), u8(4), '0000', choice.noise(20), packet)),
  (choice, packet) => ipv4(choice, 47, join(u16(0), u16(0x0800), packet)),
  (choice, packet) => ipv4(choice, 47, join(u16(0xb000), u16(0x6558), choice.noise(12), MAC, '0800', packet)),
  (choice, packet) =>
    ipv4(choice, 47, join(u16(0x4000), u16(0x0800), '00000000', '0800', u16(4), 'c0000203', '00000000', packet)),
  (choice, packet) => ipv4(choice, 47, join(u16(0x3081), u16(0x880b), choice.noise(12), 'ff030021', packet)),
  (choice, packet) => ipv4(choice, 47, join(u16(0x1000), u16(0x22eb), choice.noise(16), MAC, '0800', packet)),
  (choice, packet) => ipv4(choice, 47, join(u16(0), u16(0x88be), MAC, '0800', packet)),
  (choice, packet) =>
    ipv4(choice, 47, join(u16(0x1000), u16(0x88be), '00000001', u16(0x1064), '000100000000', MAC, '0800', packet)),
  (choice, packet) => ipv4(choice, 47, join(u16(0), u16(0x883e), choice.pick(['', '00010000']), packet)),
  (choice, packet) => ipv4(choice, 137, join(u32(0x0001_0140), packet)),
  (choice, packet) => ipv4(choice, 97, join('3000', MAC, u16(0x0800), packet)),
  (choice, packet) => ipv4(choice, 1, join(u8(3), '01000000000000', packet)),
  (choice, packet) => udp(choice, choice.pick([4789, 8472]), join(u8(8), '00000000002a00', MAC, '0800', packet)),
  (choice, packet) => udp(choice, 6081, join(u8(2), '00', u16(0x0800), '00002a00', choice.noise(8), packet)),
  (choice, packet) =>
    udp(
      choice, 2152,
      join(u8(0x34), 'ff', u16(packet.length + 8), '00000001', '000000', u8(0x85), u8(1), '0102', u8(0), packet),
    ),
  (choice, packet) => udp(choice, 3544, join('0001', u8(0), u8(0), '001122334455667700', ipv6(choice, 4, packet))),
  (choice, packet) =>
    udp(choice, 1701, join(u16(0x4a02), u16(18 + packet.length), '0001000200010002', u16(0), 'ff030021', packet)),
  (choice, packet) => udp(choice, 5247, join(u32(0x0010_0000), '00000000', MAC, '0800', packet)),
  (choice, packet) =>
    udp(
      choice, 5247,
      join(u32(0x0010_0300), '00000000', u16(choice.pick([0x0801, 0x0108])), '0000', WIRELESS, '0010', SNAP, packet),
    ),
  (choice, packet) => udp(choice, 4790, join(u8(0x0c), '000001', '00002a00', packet)),
  (choice, packet) => udp(choice, 4790, join(u8(0x0c), '000004', '00002a00', u16(0x0fc2), '0201', '000001ff', packet)),
  (choice, packet) =>
    ipv4(choice, 47, join(u16(0x2001), u16(0x6400), u16(packet.length + 14), '0100', MAC, '0800', packet)),
  (choice, packet) =>
    ipv4(choice, 47, join(u16(0), u16(0x8200), u16(0x8801), '0000', WIRELESS, '0010', u16(0), SNAP, packet)),
  (choice, packet) => ipv4(choice, 47, join(u16(0), u16(0x8909), u16(0x0800), u8(1), u8(1), '00010002', packet)),
  (choice, packet) => ipv4(choice, 108, join(u8(4), '00', u16(2), deflateRawSync(packet.bytes))),
  (choice, packet) => udp(choice, 5072, join(u8(0x21), u8(0x52), u8(1), u8(4), '00000001', choice.noise(24), packet)),
  (choice, packet) => udp(choice, 5247, join(u32(0x0010_00c0), '0007', u16(choice.pick([0, 8])), MAC, '0800', packet)),
  (choice, packet) => udp(choice, 4341, join(u8(0x80), '00000100000000', packet)),
  (choice, packet) => udp(choice, 4754, join(u16(0), u16(0x0800), packet)),
  (choice, packet) => udp(choice, 6635, join(u32(0x0001_0140), packet)),
];

/** Link layers around an IPv4 packet: LINKTYPE_ number and bytes. */
const links = [
  [1, (choice, packet) => join(MAC, u16(0x0800), packet)],
  [
    1,
    (choice, packet) =>
      join(
        MAC, ...Array.from({ length: choice.pick([1, 2, 40]) }, () => join(u16(0x8100), u16(100))), u16(0x0800), packet,
      ),
  ],
  [1, (choice, packet) => join(MAC, u16(packet.length + 8), SNAP, packet)],
  [1, (choice, packet) => join(MAC, u16(0x8847), '00010040', u32(0x0001_1140), packet)],
  [1, (choice, packet) => join(MAC, u16(0x8864), '11000001', u16(packet.length + 2), '0021', packet)],
  [1, (choice, packet) => join(MAC, u16(0x88e7), '00000001', MAC, u16(0x0800), packet)],
  [
    1,
    (choice, packet) =>
      join(MAC, u16(0x8847), u32(0x0001_1140), choice.pick(['', '00000000']), MAC, u16(0x0800), packet),
  ],
  [1, (choice, packet) => join(MAC, u16(0x8909), u8(1), u8(choice.pick([1, 2])), choice.noise(4), u16(0x0800), packet)],
  [1, (choice, packet) => join(MAC, u16(0x8926), '00033810', u16(0x0800), packet)],
  [1, (choice, packet) => join(MAC, u16(0x893f), '300110020304', u16(0x0800), packet)],
  [1, (choice, packet) => join(MAC, u16(0x894f), u16(0x0fc2), '0201', '000001ff', packet)],
  [1, (choice, packet) => join(MAC, u16(0x8903), '1060', MAC, u16(0x0800), packet)],
  [0, (choice, packet) => join(u32(2, true), packet)],
  [6, (choice, packet) => join('1040020000000002820000000001', u16(0x0670), '00110020', SNAP, packet)],
  [7, (choice, packet) => join('0102', u8(0xd4), u8(0), '0001', packet)],
  [9, (choice, packet) => join('ff03', u16(0x0021), packet)],
  [10, (choice, packet) => join(u8(0x50), MAC, SNAP, packet)], [12, (choice, packet) => packet],
  [50, (choice, packet) => join(u8(0x8f), u8(0), u16(0x0800), packet)],
  [51, (choice, packet) => join('11000001', u16(packet.length + 2), '0021', packet)], [101, (choice, packet) => packet],
  [104, (choice, packet) => join('0f00', u16(0x0800), packet)],
  [105, (choice, packet) => join(u16(0x8802), '0000', WIRELESS, '0010', u16(0), SNAP, packet)],
  [
    105,
    (choice, packet) =>
      join(u16(0x8802), '0000', WIRELESS, '0010', u16(0x8000), MAC, u16(packet.length + 8), SNAP, packet),
  ],
  [108, (choice, packet) => join(u32(2), packet)],
  [113, (choice, packet) => join('0000000100060200000000010000', u16(0x0800), packet)],
  [
    127,
    (choice, packet) =>
      join(
        '0000', u16(25, true), u32(0xa000_0003, true), '00'.repeat(16), u8(0x20), u16(0x8802), '0000', WIRELESS, '0010',
        '00000000', SNAP, packet,
      ),
  ],
  [129, (choice, packet) => join('01020000', u8(0xd4), u8(0), '0001', packet)],
  [178, (choice, packet) => join('4d4743', u8(0x80), u16(4), '02014d00', MAC, '0800', packet)],
  [192, (choice, packet) => join('0000', u16(8, true), u32(101, true), packet)],
  [
    192,
    (choice, packet) => join('0000', u16(8, true), u32(105, true), u16(0x0801), '0000', WIRELESS, '0010', SNAP, packet),
  ],
  [228, (choice, packet) => packet], [229, (choice, packet) => ipv6(choice, 4, packet)],
  [
    239,
    (choice, packet) => join('02000000', u16(8, true), '010008000300', u16(packet.length + 4, true), '0900', packet),
  ],
  [242, (choice, packet) => join('00'.repeat(40), u16(0x0800), '0000', packet)],
  [276, (choice, packet) => join(u16(0x0800), '000000000002000100060200000000010000', packet)],
];

/** What packets a file has: its link layers, and what is in them. */
export function randomTraffic(choice, kinds = links) {
  const link = choice.chance(0.8) ? choice.pick(kinds) : null;
  const around = choice.chance(0.5) ? tunnelStack(choice) : null;
  const connected = choice.chance(0.6) ? connection(choice) : null;
  return () => {
    const { segment, side } = connected?.() ?? { segment: anySegment(choice) };
    const [linkType, wrap] = link ?? choice.pick(kinds);
    return {
      linkType,
      bytes: wrap(
        choice,
        (around ?? tunnelStack(choice)).reduce(
          (packet, tunnel) => tunnel(choice, packet), addressed(choice, segment, side),
        ),
      ),
    };
  };
}

/** The link layers that a file can name: `types`, LINKTYPE_ numbers. */
export function linksOf(types) {
  return links.filter(([linkType]) => types.includes(linkType));
}

/** `side` of a connection: who sends. */
function addressed(choice, segment, side) {
  if (side === undefined)
    return choice.chance(0.2) ? ipv4(choice, 41, ipv6(choice, 6, segment)) : ipv4(choice, 6, segment);
  return side === 0
    ? ipv4(choice, 6, segment, ADDRESSES[0], ADDRESSES[1])
    : ipv4(choice, 6, segment, ADDRESSES[1], ADDRESSES[0]);
}

/** Up to five tunnels inside of each other, rarely fifty. */
function tunnelStack(choice) {
  const depth = choice.chance(0.02) ? 50 : choice.pick([0, 0, 0, 0, 1, 1, 2, 5]);
  return Array.from({ length: depth }, () => choice.pick(tunnels));
}
