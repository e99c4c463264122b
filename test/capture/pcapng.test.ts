import { describe, expect, it } from 'vitest';

import { bytes, packet, pcapngWriter } from './build.js';
import { readAll, scratch, told } from './read.js';

const files = scratch();
const read = (...parts: Uint8Array[]) => readAll(files.write('capture.pcapng', bytes(...parts)));
const at = (seconds: bigint, fraction: bigint, unit: bigint) => seconds * unit + fraction;

describe.each([
  ['little endian', true],
  ['big endian', false],
])('pcapng, %s', (_name, littleEndian) => {
  const w = pcapngWriter(littleEndian);

  it('reads Enhanced Packet Blocks', async () => {
    const { packets, capture } = await read(
      w.section(), w.interface({ linkType: 113, snapLength: 96 }),
      w.enhanced({ ticks: at(1_795_169_041n, 218_147n, 1_000_000n), data: packet(5, 0xab), original: 1500 }),
      w.enhanced({
        ticks: at(1_795_169_041n, 218_148n, 1_000_000n), data: packet(1, 0xcd), options: w.option(1, packet(3)),
      }),
    );
    expect(packets).toEqual([
      {
        file: 0, time: '1795169041.218147', captured: 5, original: 1500, linkType: 113, interface: 0, position: 48,
        data: 'ababababab',
      },
      {
        file: 0, time: '1795169041.218148', captured: 1, original: 1, linkType: 113, interface: 0, position: 88,
        data: 'cd',
      },
    ]);
    expect(capture.files[0]).toMatchObject({ format: 'pcapng', compression: null });
    expect(capture.interfaces).toEqual([{ file: 0, linkType: 113, snapLength: 96, resolution: 6, name: '' }]);
    expect(capture.damage).toEqual([]);
  });

  it('reads the obsolete Packet Block', async () => {
    const { packets } = await read(
      w.section(), w.interface(), w.interface({ linkType: 101 }),
      w.obsolete({ id: 1, ticks: 1_000_001n, data: packet(2, 1) }),
    );
    expect(packets).toEqual([
      { file: 0, time: '1.000001', captured: 2, original: 2, linkType: 101, interface: 1, position: 68, data: '0101' },
    ]);
  });

  it('reads Simple Packet Blocks, which have no time and are cut to the snap length', async () => {
    const { packets } = await read(
      w.section(), w.interface({ snapLength: 3 }), w.simple(2, packet(2, 7)), w.simple(100, packet(4, 8)),
    );
    expect(packets).toMatchObject([
      { time: null, captured: 2, original: 2, data: '0707' },
      { time: null, captured: 3, original: 100, data: '080808' },
    ]);
  });

  it('takes the epoch from the first packet that has a time', async () => {
    const { packets, capture } = await read(
      w.section(), w.interface(), w.simple(1, packet(1)), w.enhanced({ ticks: 5_000_001n, data: packet(1) }),
    );
    expect(packets.map(({ time }) => time)).toEqual([null, '5.000001']);
    expect(capture.clock.epoch).toBe(5);
  });

  it.each([
    ['seconds', 0, 1_795_169_041n, '1795169041', 0],
    ['milliseconds', 3, 1_795_169_041_218n, '1795169041.218', 3],
    ['microseconds', 6, 1_795_169_041_218_147n, '1795169041.218147', 6],
    ['nanoseconds', 9, 1_795_169_041_218_147_999n, '1795169041.218147999', 9],
    ['picoseconds', 12, 1_795_169_041_218_147_999n, '1795169.041218147', 9],
    ['2^-10 s', 0x8a, 1_795_169_041n * 1024n + 1n, '1795169041.000976562', 9],
    ['2^-32 s', 0xa0, (1_795_169_041n << 32n) + 0x8000_0000n, '1795169041.500000000', 9],
  ])('keeps %s', async (_name, resolution, ticks, time, digits) => {
    const options = w.option(9, bytes(resolution));
    const { packets, capture } = await read(
      w.section(), w.interface({ options }), w.enhanced({ ticks, data: packet(1) }),
    );
    expect(packets[0]?.time).toBe(time);
    expect(capture.clock.digits).toBe(digits);
  });

  it('keeps nanoseconds where the low word of the timestamp overflows', async () => {
    const start = (417_970_000n << 32n) - 1n;
    const { packets } = await read(
      w.section(), w.interface({ options: w.option(9, bytes(9)) }),
      ...[0n, 1n, 2n, -7n].map((more) => w.enhanced({ ticks: start + more, data: packet(1) })),
    );
    expect(packets.map(({ time }) => time)).toEqual(
      [0n, 1n, 2n, -7n].map((more) => String(start + more).replace(/(?=.{9}$)/, '.')),
    );
  });

  it('adds if_tsoffset', async () => {
    const options = bytes(w.option(14, w.i64(1_795_169_000n)), w.option(9, bytes(6)));
    const { packets } = await read(
      w.section(), w.interface({ options }), w.interface(), w.enhanced({ ticks: 41_000_001n, data: packet(1) }),
      w.enhanced({ id: 1, ticks: at(1_795_169_042n, 0n, 1_000_000n), data: packet(1) }),
    );
    expect(packets.map(({ time }) => time)).toEqual(['1795169041.000001', '1795169042.000000']);
  });

  it('keeps interfaces apart, each with its link type, resolution and name', async () => {
    const ethernet = w.interface({
      options: bytes(w.option(2, new TextEncoder().encode('eth0\u001b[31m')), w.option(0, bytes())),
    });
    const raw = w.interface({ linkType: 101, snapLength: 64, options: w.option(9, bytes(9)) });
    const { packets, capture } = await read(
      w.section(), ethernet, raw, w.enhanced({ id: 1, ticks: 7_000_000_003n, data: packet(1) }),
      w.enhanced({ ticks: 8_000_004n, data: packet(1) }),
    );
    expect(packets).toMatchObject([
      { time: '7.000000003', linkType: 101, interface: 1 }, { time: '8.000004000', linkType: 1, interface: 0 },
    ]);
    expect(capture.interfaces).toEqual([
      { file: 0, linkType: 1, snapLength: 0, resolution: 6, name: 'eth0\u001b[31m' },
      { file: 0, linkType: 101, snapLength: 64, resolution: 9, name: '' },
    ]);
  });

  it('begins anew with each section, in its own byte order', async () => {
    const other = pcapngWriter(!littleEndian);
    const { packets, capture } = await read(
      w.section(), w.interface(), w.interface(), w.enhanced({ id: 1, ticks: 1_000_000n, data: packet(1) }),
      other.section(), other.interface({ linkType: 101 }), other.enhanced({ ticks: 2_000_000n, data: packet(2) }),
    );
    expect(packets).toMatchObject([
      { time: '1.000000', interface: 1, linkType: 1 }, { time: '2.000000', interface: 2, linkType: 101 },
    ]);
    expect(capture.interfaces.length).toBe(3);
  });

  it('passes over every other block, however long', async () => {
    const blocks = [
      w.block(4, packet(8)), w.block(5, packet(12)), w.block(0xbad, packet(100)),
      w.block(0x8000_1234, packet(3_000_000)), w.block(10, packet(4)),
    ];
    const reading = await read(
      w.section(), w.interface(), ...blocks, w.enhanced({ ticks: 1_000_000n, data: packet(9) }),
    );
    expect(reading.packets.length).toBe(1);
    expect(reading.packets[0]?.position).toBe(48 + 20 + 24 + 112 + 3_000_012 + 16);
    expect(told(reading)).toEqual([]);
  });
});

describe('damaged pcapng', () => {
  const w = pcapngWriter();
  const head = bytes(w.section(), w.interface());
  const one = w.enhanced({ ticks: 1_000_000n, data: packet(60, 1) });
  const two = w.enhanced({ ticks: 2_000_000n, data: packet(62, 2) });
  const start = head.length + one.length;

  function broken(offset: number, value: number): Uint8Array {
    const block = Uint8Array.from(two);
    new DataView(block.buffer).setUint32(offset < 0 ? block.length + offset : offset, value, true);
    return block;
  }

  it.each([
    ['length too small', broken(4, 8), 'block length 8 is smaller than 12; reading goes on 96 bytes later'],
    [
      'length not a multiple of 4', broken(4, 97),
      'block length 97 is not a multiple of 4; reading goes on 96 bytes later',
    ],
    [
      'length too large', broken(4, 0xfffffffc),
      'block length 4294967292 is larger than 135266304; reading goes on 96 bytes later',
    ],
    [
      'length that leads nowhere', broken(4, 92),
      'block length 92 at its begin, 1 at its end; reading goes on 96 bytes later',
    ],
    ['interface not described', broken(8, 5), 'interface 5 is not one of the 1 described before'],
    ['captured length beyond the block', broken(20, 65), 'captured length 65 does not fit into block length 96'],
  ])('%s: tells it and goes on with the next block', async (_name, block, what) => {
    const last = bytes(block);
    if (what.includes('92')) new DataView(last.buffer).setUint32(88, 1, true);
    const reading = await read(head, one, last, one);
    expect(reading.packets.map(({ captured }) => captured)).toEqual([60, 60]);
    expect(told(reading)).toEqual([`${start}: Enhanced Packet Block at byte ${start}: ${what}`]);
  });

  it('reads a block whose second length is wrong, if the first leads to another', async () => {
    const reading = await read(head, one, broken(-4, 77), one);
    expect(reading.packets.map(({ captured }) => captured)).toEqual([60, 62, 60]);
    expect(told(reading)).toEqual([
      `${start}: Enhanced Packet Block at byte ${start}: block length 96 at its begin, 77 at its end`,
    ]);
  });

  it('tells blocks too short for what they hold', async () => {
    const reading = await read(
      head, w.block(6, packet(4)), w.block(3), w.block(2, packet(16)), w.block(1, packet(4)), one,
    );
    expect(reading.packets.length).toBe(1);
    expect(told(reading)).toEqual([
      '48: Enhanced Packet Block at byte 48: block length 16 is smaller than 32',
      '64: Simple Packet Block at byte 64: block length 12 is smaller than 16',
      '76: Packet Block at byte 76: block length 28 is smaller than 32',
      '104: Interface Description Block at byte 104: block length 16 is smaller than 20',
    ]);
  });

  it('tells a section header in neither byte order', async () => {
    const section = w.section();
    section[8] = 0;
    const reading = await read(head, one, section, one);
    expect(reading.packets.length).toBe(2);
    expect(told(reading)).toEqual([
      `${start}: Section Header Block at byte ${start}: byte-order magic 003c2b1a is neither 1a2b3c4d nor ` +
        `4d3c2b1a; reading goes on 28 bytes later`,
    ]);
  });

  it('tells an unknown version and an option that is too long', async () => {
    const reading = await read(w.section(9), w.interface({ options: bytes(w.u16(2), w.u16(400), packet(4)) }), one);
    expect(reading.packets.length).toBe(1);
    expect(told(reading)).toEqual([
      '0: Section Header Block at byte 0: version 9.0 is not known and is read as 1.0',
      '28: Interface Description Block at byte 28: option 2 has length 400, 4 bytes are left in the block',
    ]);
  });

  it('tells an offset of time that cannot be', async () => {
    const reading = await read(w.section(), w.interface({ options: w.option(14, w.i64(-(1n << 62n))) }), one);
    expect(reading.packets[0]?.time).toBe('1.000000');
    expect(told(reading)).toEqual([
      '28: Interface Description Block at byte 28: if_tsoffset of -4611686018427387904 seconds is not believed',
    ]);
  });

  it('tells the end of the file within a long block that is passed over', async () => {
    const reading = await read(head, one, w.block(0x8000_1234, packet(3_000_000)).subarray(0, 2_000_000));
    expect(reading.packets.length).toBe(1);
    expect(told(reading)).toEqual([
      `${start}: block of type 2147488308 at byte ${start}: the file ends 2000000 bytes into its 3000012`,
    ]);
  });

  it('cut at every byte: gives the packets before, and tells where it was cut', async () => {
    const blocks = [w.section(), w.interface(), one, two, one];
    const names = [
      'Section Header Block', 'Interface Description Block',
      ...Array.from({ length: 3 }, () => 'Enhanced Packet Block'),
    ];
    const starts = blocks.reduce((starts, block) => [...starts, starts.at(-1)! + block.length], [0]);
    const whole = bytes(...blocks);
    for (let cut = 4; cut < whole.length; cut += 1) {
      const reading = await read(whole.subarray(0, cut));
      const index = starts.findLastIndex((start) => start <= cut);
      const start = starts[index]!;
      expect(reading.packets.length).toBe(Math.max(0, index - 2));
      const there = cut - start;
      const what =
        there < 12
          ? `block at byte ${start}: the file ends ${there} bytes into it`
          : `${names[index]} at byte ${start}: the file ends ${there} bytes into its ${blocks[index]!.length}`;
      expect(told(reading)).toEqual(there === 0 ? [] : [`${start}: ${what}`]);
    }
  });
});
