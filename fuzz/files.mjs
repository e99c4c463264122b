import { linksOf, randomTraffic } from './packets.mjs';
import { join, u16, u32, u8 } from './piece.mjs';

const SECONDS = 1_795_169_041;

function pcap(choice, packets) {
  const le = choice.chance(0.5);
  const [magic, extra] = choice.pick([
    [0xa1b2_c3d4, 0], [0xa1b2_c3d4, 0], [0xa1b2_3c4d, 0], [0xa1b2_cd34, 8], [0xa1b2_c3d4, 4], [0xa1b2_c3d4, 8],
    [0xa1b2_cd34, 12],
  ]);
  const minor = choice.pick([4, 4, 4, 3, 2]);
  const lengths = (captured, original) =>
    minor < 3 ? [u32(original, le), u32(captured, le)] : [u32(captured, le), u32(original, le)];
  const header = join(
    u32(magic, le), u16(2, le), u16(minor, le), '0000000000000000', u32(262_144, le), u32(packets[0].linkType, le),
  );
  return [
    header,
    ...packets.map(({ bytes }, index) =>
      join(
        u32(SECONDS + index, le), u32(index, le), ...lengths(bytes.length, bytes.length + choice.pick([0, 0, 100])),
        new Uint8Array(extra), bytes,
      ),
    ),
  ];
}

function pcapng(choice, packets) {
  const le = choice.chance(0.5);
  const block = (type, ...body) => {
    const content = join(...body);
    const padded = join(content, new Uint8Array(-content.length & 3));
    return join(u32(type, le), u32(padded.length + 12, le), padded, u32(padded.length + 12, le));
  };
  const option = (code, value) => join(u16(code, le), u16(value.length, le), value, new Uint8Array(-value.length & 3));
  const options = () =>
    join(
      ...Array.from({ length: choice.pick([0, 0, 1, 3]) }, () =>
        option(choice.pick([1, 2, 9, 9, 14, 14, 2988]), choice.noise(choice.pick([1, 4, 8, 13]))),
      ),
      choice.chance(0.5) ? '00000000' : '',
    );
  const section = () => block(0x0a0d_0d0a, u32(0x1a2b_3c4d, le), u16(1, le), u16(0, le), 'ffffffffffffffff', options());
  const interfaceBlock = (linkType) => block(1, u16(linkType, le), '0000', u32(0, le), options());
  const parts = [section()];
  packets.forEach(({ linkType, bytes }, index) => {
    if (choice.chance(0.05)) parts.push(section(), interfaceBlock(linkType));
    parts.push(interfaceBlock(linkType));
    const time = join(u32(0x66_0b_5e, le), u32(index * 1000, le));
    const lengths = join(u32(bytes.length, le), u32(bytes.length, le));
    switch (choice.pick([6, 6, 6, 2, 3, 5, 4])) {
      case 6:
        parts.push(block(6, u32(index, le), time, lengths, bytes, new Uint8Array(-bytes.length & 3), options()));
        break;
      case 2:
        parts.push(block(2, u16(index, le), '0000', time, lengths, bytes));
        break;
      case 3:
        parts.push(block(3, u32(bytes.length, le), bytes));
        break;
      case 5:
        parts.push(block(5, u32(index, le), time, option(3, time), option(4, choice.noise(8))));
        break;
      default:
        parts.push(block(choice.pick([4, 9, 10, 0xbad, 0x4000_0bad]), choice.noise(choice.pick([0, 4, 16]))));
    }
  });
  return parts;
}

function snoop(choice, packets) {
  return [join('736e6f6f70000000', u32(2), u32(4)), ...packets.map(({ bytes }, index) => join(
    u32(bytes.length), u32(bytes.length), u32(24 + bytes.length), '00000000', u32(SECONDS + index), u32(index), bytes,
  ))];
}

function netmon(choice, packets) {
  const minor = choice.pick([0, 1, 2, 3]);
  const began = [2026, 11, 5, 20, 10, 4, 1, 218].map((value) => u16(value, true));
  const header = join(
    '474d4255', u8(minor), '02', u16(minor === 0 ? packets[0].linkType : 1, true), ...began, u32(0, true),
    new Uint8Array(100),
  );
  return [header, ...packets.map(({ linkType, bytes }, index) => join(
    u32(index, true), '00000000', u32(bytes.length, true), u32(bytes.length, true), bytes,
    ...[[], [media(linkType)], [media(linkType), '00000000'], [media(linkType), '00000000', choice.noise(9)]][minor],
  ))];
}

/** The media type of a packet that has one of its own. */
function media(linkType) {
  return u16(0xe000 + linkType, true);
}

const formats = { pcap, pcapng, snoop, netmon };

/** How many packets: mostly as few as show something. */
const COUNTS = [1, 2, 3, 3, 5, 8, 12, 30];

/** A whole capture: its format, its bytes, and where its records begin. */
export function randomFile(choice) {
  const format = choice.pick(Object.keys(formats));
  // What snoop names by numbers of its own: Ethernet is one of them.
  const next = randomTraffic(choice, format === 'snoop' ? linksOf([1]) : undefined);
  const packets = Array.from({ length: choice.pick(COUNTS) }, next);
  const [{ linkType }] = packets;
  // One link type a file, where the format has no more.
  const records = formats[format](
    choice, format === 'pcap' ? packets.filter((packet) => packet.linkType === linkType) : packets,
  );
  let at = 0;
  const starts = records.map(({ length }) => (at += length) - length);
  return { format, whole: join(...records), starts };
}
