import { gzipSync } from 'node:zlib';
import { join } from './bender.mjs';
import { randomPacket } from './packets.mjs';

const SECONDS = 1_795_169_041;

function pcap(bender, packets) {
  const le = bender.random.chance(0.5);
  const [magic, extra] = bender.pick([[0xa1b2_c3d4, 0], [0xa1b2_c3d4, 0], [0xa1b2_3c4d, 0], [0xa1b2_cd34, 8], [0xa1b2_c3d4, 4], [0xa1b2_c3d4, 8], [0xa1b2_cd34, 12]]);
  const header = join(bender.u32(magic, le), bender.u16(2, le), bender.u16(4, le), '0000000000000000', bender.u32(262_144, le), bender.u32(packets[0].linkType, le));
  return [header, ...packets.map(({ bytes }, index) => join(
    bender.u32(SECONDS + index, le), bender.u32(index, le), bender.u32(bytes.length, le), bender.u32(bytes.length + bender.pick([0, 0, 100]), le), new Uint8Array(extra), bytes,
  ))];
}

function pcapng(bender, packets) {
  const le = bender.random.chance(0.5);
  const block = (type, ...body) => {
    const content = join(...body);
    const padded = join(content, new Uint8Array(-content.length & 3));
    return join(bender.u32(type, le), bender.u32(padded.length + 12, le), padded, bender.u32(padded.length + 12, le));
  };
  const option = (code, value) => join(bender.u16(code, le), bender.u16(value.length, le), value, new Uint8Array(-value.length & 3));
  const options = () => join(...Array.from({ length: bender.pick([0, 0, 1, 3]) }, () => option(bender.pick([1, 2, 9, 9, 14, 14, 2988]), bender.noise(bender.pick([1, 4, 8, 13])))), bender.random.chance(0.5) ? '00000000' : '');
  const section = () => block(0x0a0d_0d0a, bender.u32(0x1a2b_3c4d, le), bender.u16(1, le), bender.u16(0, le), 'ffffffffffffffff', options());
  const interfaceBlock = (linkType) => block(1, bender.u16(linkType, le), '0000', bender.u32(0, le), options());
  const parts = [section()];
  packets.forEach(({ linkType, bytes }, index) => {
    if (bender.random.chance(0.05)) parts.push(section(), interfaceBlock(linkType));
    parts.push(interfaceBlock(linkType));
    const time = join(bender.u32(0x66_0b_5e, le), bender.u32(index * 1000, le));
    const lengths = join(bender.u32(bytes.length, le), bender.u32(bytes.length, le));
    switch (bender.pick([6, 6, 6, 2, 3, 5, 4])) {
      case 6: parts.push(block(6, bender.u32(index, le), time, lengths, bytes, new Uint8Array(-bytes.length & 3), options())); break;
      case 2: parts.push(block(2, bender.u16(index, le), '0000', time, lengths, bytes)); break;
      case 3: parts.push(block(3, bender.u32(bytes.length, le), bytes)); break;
      case 5: parts.push(block(5, bender.u32(index, le), time, option(3, time), option(4, bender.noise(8)))); break;
      default: parts.push(block(bender.pick([4, 9, 10, 0xbad, 0x4000_0bad]), bender.noise(bender.pick([0, 4, 16]))));
    }
  });
  return parts;
}

function snoop(bender, packets) {
  return [join('736e6f6f70000000', bender.u32(2), bender.u32(4)), ...packets.map(({ bytes }, index) => join(
    bender.u32(bytes.length), bender.u32(bytes.length), bender.u32(24 + bytes.length), '00000000', bender.u32(SECONDS + index), bender.u32(index), bytes,
  ))];
}

function netmon(bender, packets) {
  const minor = bender.pick([0, 1, 2, 3]);
  const began = [2026, 11, 5, 20, 10, 4, 1, 218].map((value) => bender.u16(value, true));
  const header = join('474d4255', bender.u8(minor), '02', bender.u16(1, true), ...began, bender.u32(0, true), new Uint8Array(100));
  return [header, ...packets.map(({ linkType, bytes }, index) => join(
    bender.u32(index, true), '00000000', bender.u32(bytes.length, true), bender.u32(bytes.length, true), bytes,
    join(bender.u16(0xe000 + linkType, true), '00000000', bender.noise(9)).subarray(0, [0, 2, 6, 15][minor]),
  ))];
}

const formats = { pcap, pcapng, snoop, netmon };

/** Does to whole records and bytes what disks, networks and careless programs do. */
function damaged(bender, parts) {
  const { random } = bender;
  const from = () => random.between(0, parts.length - 1);
  switch (bender.pick(['', '', 'cut', 'noise', 'flip', 'again', 'swap', 'drop'])) {
    case 'cut': return join(...parts).subarray(0, random.between(0, parts.reduce((sum, { length }) => sum + length, 0)));
    case 'noise': return join(...parts.toSpliced(from(), 0, bender.noise(random.between(1, 100))));
    case 'flip': {
      const bytes = join(...parts);
      for (let times = random.between(1, 20); times > 0 && bytes.length > 0; times -= 1) bytes[random.between(0, bytes.length - 1)] ^= 1 << random.between(0, 7);
      return bytes;
    }
    case 'again': return join(...parts, parts[from()], ...parts);
    case 'swap': return join(...parts.toSpliced(from(), 0, parts[from()]));
    case 'drop': return join(...parts.toSpliced(from(), 1));
    default: return join(...parts);
  }
}

/** A capture file: what kind it is, and its bytes. */
export function randomFile(bender) {
  const kind = bender.pick(Object.keys(formats));
  const packets = Array.from({ length: bender.pick([1, 3, 10, 30]) }, () => randomPacket(bender));
  // One link type a file, where the format has no more.
  const [{ linkType }] = packets;
  const bytes = damaged(bender, formats[kind](bender, kind === 'pcap' ? packets.filter((packet) => packet.linkType === linkType) : packets));
  if (!bender.random.chance(0.02)) return { kind, bytes };
  const zipped = gzipSync(bytes, { level: 1 });
  if (bender.random.chance(0.5)) zipped[bender.random.between(0, zipped.length - 1)] ^= 1 << bender.random.between(0, 7);
  return { kind: `${kind}.gz`, bytes: zipped };
}
