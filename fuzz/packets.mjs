import { join } from './bender.mjs';

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

const OPTIONS = ['', '020405b4', '0101080a0000000100000002', '020405b40402080a000000010000000001030307', '0101050a000003e9000005dc', '1e0c0081000000000000000a', '1e040800', '00000000', '02000000', '0500ffff'];

/** A TCP segment between a few ports. */
function tcp(bender) {
  const options = join(bender.pick(OPTIONS));
  const port = () => bender.u16(bender.pick([80, 443, 50_000, 50_001]));
  const flags = bender.pick(FLAGS);
  const payload = bender.noise(bender.pick([0, 0, 1, 5, 7, 40, 1400]));
  return join(
    port(), port(), bender.u32(bender.pick(SEQUENCES)), bender.u32(bender.pick(SEQUENCES)),
    bender.u16(((20 + options.length) / 4) * 0x1000 + flags), bender.u16(bender.pick([0, 502, 0xffff])), '00000000', options, payload,
  );
}

function ipv4(bender, protocol, payload) {
  const options = bender.random.chance(0.1) ? '9404000001010101' : '';
  const size = 20 + options.length / 2;
  const fragment = bender.random.chance(0.1) ? bender.pick([0x2000, 0x2001, 0x0001, 0x1fff, 0x3fff]) : 0x4000;
  return join(
    bender.u8(0x40 + size / 4), '00', bender.u16(size + payload.length), bender.u16(bender.random.between(0, 3)), bender.u16(fragment),
    bender.u8(64), bender.u8(protocol), '0000', bender.pick(ADDRESSES), bender.pick(ADDRESSES), options, payload,
  );
}

function ipv6(bender, protocol, payload) {
  const chain = Array.from({ length: bender.pick([0, 0, 0, 1, 2, 9]) }, () => bender.pick([0, 43, 44, 51, 60, 135]));
  const kinds = [...chain, protocol];
  const extensions = chain.map((kind, index) => {
    if (kind === 44) return join(bender.u8(kinds[index + 1]), '00', bender.u16(bender.pick([0, 1, 8, 9, 0xfff8])), '00000007');
    return join(bender.u8(kinds[index + 1]), bender.u8(kind === 51 ? 4 : 1), bender.noise(kind === 51 ? 22 : 14));
  });
  const body = join(...extensions, payload);
  return join('60000000', bender.u16(body.length), bender.u8(kinds[0]), bender.u8(64), bender.pick(ADDRESSES_6), bender.pick(ADDRESSES_6), body);
}

function udp(bender, port, payload) {
  return ipv4(bender, 17, join(bender.u16(port), bender.u16(port), bender.u16(8 + payload.length), '0000', payload));
}

/** What may stand around an IPv4 packet and give one again. */
const tunnels = [
  (bender, packet) => ipv4(bender, 4, packet),
  (bender, packet) => ipv6(bender, 4, packet),
  (bender, packet) => ipv4(bender, 51, join(bender.u8(4), bender.u8(4), '0000', bender.noise(20), packet)),
  (bender, packet) => ipv4(bender, 47, join(bender.u16(0), bender.u16(0x0800), packet)),
  (bender, packet) => ipv4(bender, 47, join(bender.u16(0xb000), bender.u16(0x6558), bender.noise(12), MAC, '0800', packet)),
  (bender, packet) => ipv4(bender, 47, join(bender.u16(0x4000), bender.u16(0x0800), '00000000', '0800', bender.u16(4), 'c0000203', '00000000', packet)),
  (bender, packet) => ipv4(bender, 47, join(bender.u16(0x3081), bender.u16(0x880b), bender.noise(12), 'ff030021', packet)),
  (bender, packet) => ipv4(bender, 47, join(bender.u16(0x1000), bender.u16(0x22eb), bender.noise(16), MAC, '0800', packet)),
  (bender, packet) => ipv4(bender, 97, join('3000', MAC, bender.u16(0x0800), packet)),
  (bender, packet) => ipv4(bender, 1, join(bender.u8(3), '01000000000000', packet)),
  (bender, packet) => udp(bender, bender.pick([4789, 8472]), join(bender.u8(8), '00000000002a00', MAC, '0800', packet)),
  (bender, packet) => udp(bender, 6081, join(bender.u8(2), '00', bender.u16(0x0800), '00002a00', bender.noise(8), packet)),
  (bender, packet) => udp(bender, 2152, join(bender.u8(0x34), 'ff', bender.u16(packet.length + 8), '00000001', '000000', bender.u8(0x85), bender.u8(1), '0102', bender.u8(0), packet)),
  (bender, packet) => udp(bender, 3544, join('0001', bender.u8(0), bender.u8(0), '001122334455667700', ipv6(bender, 4, packet))),
  (bender, packet) => udp(bender, 1701, join(bender.u16(0x4a02), bender.u16(18 + packet.length), '0001000200010002', bender.u16(0), 'ff030021', packet)),
  (bender, packet) => udp(bender, 5247, join(bender.u32(0x0010_0000), '00000000', MAC, '0800', packet)),
];

/** Link layers around an IPv4 packet: LINKTYPE_ number and bytes. */
const links = [
  [1, (bender, packet) => join(MAC, bender.u16(0x0800), packet)],
  [1, (bender, packet) => join(MAC, ...Array.from({ length: bender.pick([1, 2, 40]) }, () => join(bender.u16(0x8100), bender.u16(100))), bender.u16(0x0800), packet)],
  [1, (bender, packet) => join(MAC, bender.u16(packet.length + 8), SNAP, packet)],
  [1, (bender, packet) => join(MAC, bender.u16(0x8847), '00010040', bender.u32(0x0001_1140), packet)],
  [1, (bender, packet) => join(MAC, bender.u16(0x8864), '11000001', bender.u16(packet.length + 2), '0021', packet)],
  [1, (bender, packet) => join(MAC, bender.u16(0x88e7), '00000001', MAC, bender.u16(0x0800), packet)],
  [0, (bender, packet) => join(bender.u32(2, true), packet)],
  [6, (bender, packet) => join('1040020000000002820000000001', bender.u16(0x0670), '00110020', SNAP, packet)],
  [7, (bender, packet) => join('0102', bender.u8(0xd4), bender.u8(0), '0001', packet)],
  [9, (bender, packet) => join('ff03', bender.u16(0x0021), packet)],
  [10, (bender, packet) => join(bender.u8(0x50), MAC, SNAP, packet)],
  [101, (_bender, packet) => packet],
  [104, (bender, packet) => join('0f00', bender.u16(0x0800), packet)],
  [105, (bender, packet) => join(bender.u16(0x8802), '0000', WIRELESS, '0010', bender.u16(0), SNAP, packet)],
  [113, (bender, packet) => join('0000000100060200000000010000', bender.u16(0x0800), packet)],
  [127, (bender, packet) => join('0000', bender.u16(25, true), bender.u32(0xa000_0003, true), '00'.repeat(16), bender.u8(0x20), bender.u16(0x8802), '0000', WIRELESS, '0010', '00000000', SNAP, packet)],
  [178, (bender, packet) => join('4d4743', bender.u8(0x80), bender.u16(4), '02014d00', MAC, '0800', packet)],
  [192, (bender, packet) => join('0000', bender.u16(8, true), bender.u32(101, true), packet)],
  [239, (bender, packet) => join('02000000', bender.u16(8, true), '010008000300', bender.u16(packet.length + 4, true), '0900', packet)],
  [242, (bender, packet) => join('00'.repeat(40), bender.u16(0x0800), '0000', packet)],
  [276, (bender, packet) => join(bender.u16(0x0800), '000000000002000100060200000000010000', packet)],
];

/** A packet: TCP in IP in up to five tunnels (rarely fifty), on any link. */
export function randomPacket(bender) {
  const segment = tcp(bender);
  let packet = bender.random.chance(0.2) ? ipv4(bender, 41, ipv6(bender, 6, segment)) : ipv4(bender, 6, segment);
  for (let depth = bender.pick([0, 0, 0, 0, 1, 1, 2, 5, 50]); depth > 0; depth -= 1) packet = bender.pick(tunnels)(bender, packet);
  const [linkType, link] = bender.pick(links);
  return { linkType, bytes: link(bender, packet) };
}
