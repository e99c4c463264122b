import { describe, expect, it } from 'vitest';

import { bytes, packet, pcapWriter } from './build.js';
import { readAll, type Reading, scratch, told } from './read.js';

const files = scratch();
const read = (...parts: Uint8Array[]) => readAll(files.write('capture.pcap', bytes(...parts)));

describe('classic pcap', () => {
  it.each([
    ['microseconds, little endian', { magic: 0xa1b2c3d4, littleEndian: true }, '1795169041.000042'],
    ['microseconds, big endian', { magic: 0xa1b2c3d4, littleEndian: false }, '1795169041.000042'],
    ['nanoseconds, little endian', { magic: 0xa1b23c4d, littleEndian: true }, '1795169041.000000042'],
    ['nanoseconds, big endian', { magic: 0xa1b23c4d, littleEndian: false }, '1795169041.000000042'],
    ['modified, little endian', { magic: 0xa1b2cd34, littleEndian: true, extra: 8 }, '1795169041.000042'],
    ['modified, big endian', { magic: 0xa1b2cd34, littleEndian: false, extra: 8 }, '1795169041.000042'],
  ])('%s', async (_name, layout, time) => {
    const { header, record } = pcapWriter({ ...layout, snapLength: 96, linkType: 113 });
    const extra = 'extra' in layout ? layout.extra : 0;
    const first = record({ fraction: 42, data: packet(3, 0xab), original: 1500 });
    const { capture, packets } = await read(
      header, first, record({ seconds: 1_795_169_042, fraction: 42, data: packet(1, 0xcd) }),
    );
    expect(packets).toEqual([
      { file: 0, time, captured: 3, original: 1500, linkType: 113, interface: 0, position: 24, data: 'ababab' },
      {
        file: 0, time: time.replace('1.', '2.'), captured: 1, original: 1, linkType: 113, interface: 0,
        position: 43 + extra, data: 'cd',
      },
    ]);
    expect(capture.files).toEqual([
      {
        path: files.path('capture.pcap'), format: 'pcap', compression: null, size: 24 + 2 * (16 + extra) + 4,
        spool: null, frames: { first: 1, last: 2, count: 2 },
      },
    ]);
    expect(capture.interfaces).toEqual([
      { file: 0, linkType: 113, snapLength: 96, resolution: time.split('.')[1]!.length, name: '' },
    ]);
    expect(capture.damage).toEqual([]);
  });

  it('takes the FCS length out of the link type', async () => {
    const { header, record } = pcapWriter({ linkType: 0x2400_0001 });
    expect((await read(header, record({ data: packet(4) }))).packets[0]?.linkType).toBe(1);
  });

  it('keeps every microsecond over a century', async () => {
    const { header, record } = pcapWriter();
    const { packets } = await read(
      header, record({ seconds: 1, fraction: 1, data: packet(1) }),
      record({ seconds: 4_294_967_295, fraction: 999_999, data: packet(1) }),
    );
    expect(packets.map(({ time }) => time)).toEqual(['1.000001', '4294967295.999999']);
  });

  it('keeps every nanosecond over a hundred days', async () => {
    const { header, record } = pcapWriter({ magic: 0xa1b23c4d });
    const { packets } = await read(
      header, record({ seconds: 1_000_000_000, data: packet(1) }),
      record({ seconds: 1_008_640_000, fraction: 999_999_999, data: packet(1) }),
    );
    expect(packets.map(({ time }) => time)).toEqual(['1000000000.000000000', '1008640000.999999999']);
  });

  it('reads packets that are older than the first', async () => {
    const { header, record } = pcapWriter();
    const { packets } = await read(
      header, record({ seconds: 100, data: packet(1) }), record({ seconds: 99, fraction: 999_999, data: packet(1) }),
    );
    expect(packets.map(({ time }) => time)).toEqual(['100.000000', '99.999999']);
  });

  it('reads a file without packets', async () => {
    const reading = await read(pcapWriter().header);
    expect(reading.packets).toEqual([]);
    expect(reading.capture.damage).toEqual([]);
  });

  it('hands out a batch at its capacity and goes on', async () => {
    const { header, record } = pcapWriter();
    const one = record({ data: packet(2) });
    const { packets } = await read(header, ...Array.from({ length: 20_000 }, () => one));
    expect(packets.length).toBe(20_000);
    expect(packets[19_999]?.position).toBe(24 + 19_999 * 18);
  });

  it('finds packets whole across blocks of the file', async () => {
    const { header, record } = pcapWriter();
    const records = Array.from({ length: 40 }, (_, i) => record({ fraction: i, data: packet(100_000 + i, i) }));
    const { packets, capture } = await read(header, ...records);
    expect(packets.map(({ captured }) => captured)).toEqual(records.map((_, i) => 100_000 + i));
    for (const [i, { data }] of packets.entries())
      expect(
        data ===
          i
            .toString(16)
            .padStart(2, '0')
            .repeat(100_000 + i),
      ).toBe(true);
    expect(capture.damage).toEqual([]);
  });
});

describe('record headers that are longer than the magic number says', () => {
  it.each([
    ['Red Hat 6.1', 0xa1b2c3d4, 8],
    ["Nokia's", 0xa1b2c3d4, 4],
    ['SuSE 6.3', 0xa1b2cd34, 12],
  ])('%s', async (_name, magic, extra) => {
    const { header, record } = pcapWriter({ magic, extra });
    const { packets, capture } = await read(
      header, ...[60, 61, 62, 63].map((length) => record({ data: packet(length, length) })),
    );
    expect(packets.map(({ captured, data }) => [captured, data])).toEqual(
      [60, 61, 62, 63].map((length) => [length, length.toString(16).repeat(length)]),
    );
    expect(capture.damage).toEqual([]);
  });
});

describe('records of careless writers', () => {
  it.each([
    ['longer than the snap length', { data: packet(200) }],
    ['longer than the packet was', { data: packet(50), original: 0 }],
    ['without a time', { seconds: 0, data: packet(50) }],
  ])('%s', async (_name, fields) => {
    const { header, record } = pcapWriter({ snapLength: 100 });
    const { packets, capture } = await read(header, record(fields), record(fields), record({ data: packet(4) }));
    expect(packets.length).toBe(3);
    expect(capture.damage).toEqual([]);
  });
});

describe('versions before 2.4', () => {
  const snapped = { data: packet(68), captured: 68, original: 82 };

  it.each([
    ['2.0', [2, 0], true],
    ['2.2', [2, 2], true],
    ['2.3', [2, 3], false],
    ['2.3 with the lengths where they had been', [2, 3], true],
    ["543.0, of DG/UX's tcpdump", [543, 0], true],
    ['2.4', [2, 4], false],
  ])('%s', async (_name, version, swapped) => {
    for (const littleEndian of [true, false]) {
      const { header, record } = pcapWriter({ version, swapped, littleEndian, snapLength: 68 });
      const { packets, capture } = await read(header, record(snapped), record({ data: packet(60) }), record(snapped));
      const lengths = packets.map(({ captured, original, data }) => [captured, original, data.length / 2]);
      expect(lengths).toEqual([[68, 82, 68], [60, 60, 60], [68, 82, 68]]);
      expect(capture.damage).toEqual([]);
    }
  });

  it('2.2 with damage in it: goes on behind it, by the same lengths', async () => {
    const { header, record } = pcapWriter({ version: [2, 2], swapped: true, snapLength: 68 });
    const one = record(snapped);
    const reading = await read(header, one, packet(16, 0xff), one, one, one);
    expect(reading.packets.map(({ captured, original }) => `${captured} of ${original}`)).toEqual(
      Array(4).fill('68 of 82'),
    );
    const damage = 'captured length 4294967295 is larger than 262144; reading goes on 16 bytes later';
    expect(told(reading)).toEqual([`108: packet record at byte 108: ${damage}`]);
  });

  it('2.2 cut at every byte: gives the packets before', async () => {
    const { header, record } = pcapWriter({ version: [2, 2], swapped: true, snapLength: 68 });
    const whole = bytes(header, record(snapped), record(snapped));
    for (let cut = 24; cut <= whole.length; cut += 1) {
      const reading = await read(whole.subarray(0, cut));
      expect(reading.packets.length).toBe(Math.floor((cut - 24) / 84));
      expect(reading.capture.damage.length).toBe((cut - 24) % 84 === 0 ? 0 : 1);
    }
  });

  it.each([[6, 1], [9, 6], [24, 0]])('2.2 with interface type %i of AIX, and nanoseconds', async (linkType, meant) => {
    const { header, record } = pcapWriter({ version: [2, 2], swapped: true, littleEndian: false, linkType });
    const records = [999_999_999, 42].map((fraction) => record({ ...snapped, fraction }));
    const { packets, capture } = await read(header, ...records);
    expect(packets.map(({ time }) => time)).toEqual(['1795169041.999999999', '1795169041.000000042']);
    for (const packet of packets) expect(packet).toMatchObject({ linkType: meant, captured: 68, original: 82 });
    expect(capture.damage).toEqual([]);
  });
});

const times = ({ packets }: Reading) => packets.map(({ time }) => time);

describe('fractions of a second that are none', () => {
  const SECONDS = 1_795_169_041;
  const NANOSECONDS =
    '0: file header at byte 0: its magic number says microseconds, but its records hold nanoseconds, and are read so';

  it('nanoseconds under the magic number of microseconds: read as such, also those of few digits', async () => {
    const { header, record } = pcapWriter();
    const fractions = [500, 123_456_789, 500_000_000, 999_999_999];
    const reading = await read(header, ...fractions.map((fraction) => record({ fraction, data: packet(50) })));
    const behindSecond = ['000000500', '123456789', '500000000', '999999999'];
    expect(times(reading)).toEqual(behindSecond.map((digits) => `${SECONDS}.${digits}`));
    expect(told(reading)).toEqual([NANOSECONDS]);
    expect(reading.capture.interfaces[0]?.resolution).toBe(9);
  });

  it('nanoseconds in the only packet', async () => {
    const { header, record } = pcapWriter();
    const reading = await read(header, record({ fraction: 123_456_789, data: packet(50) }));
    expect(times(reading)).toEqual(['1795169041.123456789']);
    expect(told(reading)).toEqual([NANOSECONDS]);
  });

  it.each([
    ['a second not carried', 0xa1b2c3d4, 1_000_003, '1795169042.000003', '1.000003'],
    ['a second not borrowed', 0xa1b2c3d4, 2 ** 32 - 5, '1795169040.999995', '-0.000005'],
    ['nanoseconds of one packet', 0xa1b2c3d4, 123_456_789, '1795169041.123456', '0.123456'],
    ['noise', 0xa1b2c3d4, 3_000_000_000, '1795169041.999999', '0.999999'],
    ['a second not carried, in nanoseconds', 0xa1b23c4d, 1_000_000_003, '1795169042.000000003', '1.000000003'],
    ['a second not borrowed, in nanoseconds', 0xa1b23c4d, 2 ** 32 - 5, '1795169040.999999995', '-0.000000005'],
    ['noise, in nanoseconds', 0xa1b23c4d, 2_500_000_000, '1795169041.999999999', '0.999999999'],
  ])('%s: the packet stays, at a time near its second, and it is told', async (_name, magic, fraction, time, taken) => {
    const { header, record } = pcapWriter({ magic });
    const good = record({ fraction: 7, data: packet(50) });
    const reading = await read(header, good, good, record({ fraction, data: packet(50) }), good);
    expect(times(reading)[2]).toBe(time);
    expect(times(reading).length).toBe(4);
    const limit = magic === 0xa1b23c4d ? 1_000_000_000 : 1_000_000;
    const what = `fraction of a second ${fraction} is not less than ${limit}; taken for ${taken} s`;
    expect(told(reading)).toEqual([`156: packet record at byte 156: ${what}`]);
  });

  it('seconds that are not carried anywhere: no nanoseconds', async () => {
    const { header, record } = pcapWriter();
    const fractions = [1_000_000, 1_200_000, 1_999_999];
    const reading = await read(header, ...fractions.map((fraction) => record({ fraction, data: packet(50) })));
    expect(times(reading)).toEqual(['1795169042.000000', '1795169042.200000', '1795169042.999999']);
    expect(reading.capture.damage.length).toBe(3);
  });

  it('in a record of another day: damage, which packet data are', async () => {
    const { header, record } = pcapWriter();
    const good = record({ data: packet(50) });
    const other = record({ seconds: SECONDS + 1_000_000, fraction: 3_000_000_000, data: packet(50) });
    const reading = await read(header, good, other, good, good, good);
    expect(reading.packets.length).toBe(4);
    const what = 'fraction of a second 3000000000 is not less than 1000000, and no record follows it';
    expect(told(reading)).toEqual([`90: packet record at byte 90: ${what}; reading goes on 66 bytes later`]);
  });
});

describe('damaged pcap', () => {
  const { header, record } = pcapWriter();
  const good = Array.from({ length: 5 }, (_, i) => record({ fraction: i, data: packet(60 + i, i) }));
  const [before, after] = [good.slice(0, 2), good.slice(2)];
  const at = 24 + 76 + 77;

  it('tells a length that is too large and goes on behind it', async () => {
    const reading = await read(header, ...before, record({ captured: 0xf000_0000, data: packet(60) }), ...after);
    expect(reading.packets.map(({ captured }) => captured)).toEqual([60, 61, 62, 63, 64]);
    expect(told(reading)).toEqual([
      `${at}: packet record at byte ${at}: captured length 4026531840 is larger than 262144; reading goes on 76 ` +
        `bytes later`,
    ]);
  });

  it('tells a doubtful length behind which nothing fits', async () => {
    const reading = await read(header, ...before, record({ captured: 99, original: 60, data: packet(60) }), ...after);
    expect(reading.packets.map(({ captured }) => captured)).toEqual([60, 61, 62, 63, 64]);
    expect(told(reading)).toEqual([
      `${at}: packet record at byte ${at}: captured length 99 is larger than original length 60, and no record ` +
        `follows it; reading goes on 76 bytes later`,
    ]);
  });

  it('does not lose its way by bytes that look like a record of another time', async () => {
    const lure = record({ seconds: 3_000_000_000, captured: 40, original: 40, data: packet(20) });
    const reading = await read(header, ...before, lure, ...after);
    expect(reading.packets.map(({ captured }) => captured)).toEqual([60, 61, 62, 63, 64]);
    expect(told(reading)).toEqual([
      `${at}: packet record at byte ${at}: its time 3000000000 s is far from that of the packet before, and no ` +
        `record follows it; reading goes on 36 bytes later`,
    ]);
  });

  it('passes over inserted bytes', async () => {
    const reading = await read(header, ...before, packet(333, 0xff), ...after);
    expect(reading.packets.map(({ captured }) => captured)).toEqual([60, 61, 62, 63, 64]);
    expect(told(reading)).toEqual([
      `${at}: packet record at byte ${at}: captured length 4294967295 is larger than 262144; reading goes on 333 ` +
        `bytes later`,
    ]);
  });

  it('tells zeros at the end, as a crash leaves them, and no packets of them', async () => {
    const reading = await read(header, ...good, new Uint8Array(3_000_000));
    const end = at + 78 + 79 + 80;
    expect(reading.packets.length).toBe(5);
    expect(told(reading)).toEqual([
      `${end}: packet record at byte ${end}: all of its header is 0; no packet is found in the 3000000 bytes from ` +
        `there to the end`,
    ]);
  });

  it('goes on behind damage of more than a block', async () => {
    const noise = new Uint8Array(3_000_000).map((_, i) => (i * 2_654_435_761) >>> 24);
    const reading = await read(header, ...before, noise, ...after);
    expect(reading.packets.map(({ captured }) => captured)).toEqual([60, 61, 62, 63, 64]);
    expect(reading.capture.damage[0]).toMatchObject({
      offset: at, what: expect.stringContaining('; reading goes on 3000000 bytes later'),
    });
    expect(reading.capture.damage.length).toBe(1);
  });

  it('survives damage in each of thousands of packets, and tells the first hundred', async () => {
    const bad = packet(16, 0xff);
    const parts = Array.from({ length: 3000 }, () => [...good, bad]).flat();
    const reading = await read(header, ...parts);
    expect(reading.packets.length).toBe(15_000);
    expect(reading.capture.damage.length).toBe(100);
    expect(reading.capture.damage[99]?.what).toBe('damage in 2901 places from here on, no longer told one by one');
  });

  it('cut at every byte: gives the packets before, and tells where it was cut', async () => {
    const whole = bytes(header, ...good);
    const starts = good.reduce((starts, record) => [...starts, starts.at(-1)! + record.length], [24]);
    for (let cut = 4; cut < whole.length; cut += 1) {
      const reading = await read(whole.subarray(0, cut));
      const packets = starts.filter((start) => start <= cut).length - 1;
      expect(reading.packets.length).toBe(Math.max(packets, 0));
      expect(told(reading)).toEqual(toldOfCut(cut, starts));
    }
  });

  function toldOfCut(cut: number, starts: number[]): string[] {
    const start = starts.findLast((start) => start <= cut);
    if (start === undefined) return [`0: file header at byte 0: ${cut} of 24 bytes are there`];
    if (start === cut) return [];
    const there = cut - start;
    const whole = there < 16 ? '16-byte header' : good[starts.indexOf(start)]!.length;
    return [`${start}: packet record at byte ${start}: the file ends ${there} bytes into its ${whole}`];
  }

  it('gives the packets behind a length that reaches beyond the end', async () => {
    const reading = await read(header, ...before, record({ captured: 100_000, data: packet(60) }), ...after);
    expect(reading.packets.length).toBe(5);
    expect(told(reading)).toEqual([
      `${at}: packet record at byte ${at}: the file ends 313 bytes into its 100016; reading goes on 76 bytes later`,
    ]);
  });
});
