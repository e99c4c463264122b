import { describe, expect, it } from 'vitest';

import { bytes, packet, snoopWriter } from './build.js';
import { readAll, scratch, told } from './read.js';

const files = scratch();
const read = (...parts: Uint8Array[]) => readAll(files.write('capture.snoop', bytes(...parts)));
const { header, record } = snoopWriter();

describe('snoop', () => {
  it('records with and without padding', async () => {
    const { capture, packets } = await read(
      header, record({ fraction: 42, data: packet(3, 0xab), original: 1500 }),
      record({ seconds: 1_795_169_042, data: packet(4, 0xcd) }),
    );
    expect(packets).toEqual([
      {
        file: 0, time: '1795169041.000042', captured: 3, original: 1500, linkType: 1, interface: 0, position: 16,
        data: 'ababab',
      },
      {
        file: 0, time: '1795169042.000000', captured: 4, original: 4, linkType: 1, interface: 0, position: 44,
        data: 'cdcdcdcd',
      },
    ]);
    expect(capture.files).toMatchObject([{ format: 'snoop', frames: { first: 1, last: 2, count: 2 } }]);
    expect(capture.interfaces).toEqual([{ file: 0, linkType: 1, snapLength: 0, resolution: 6, name: '' }]);
    expect(capture.damage).toEqual([]);
  });

  it.each([[0, 1], [2, 6], [8, 10], [18, 65_535]])('data link type %i is LINKTYPE %i', async (link, linkType) => {
    const { packets } = await read(snoopWriter(link).header, record({ data: packet(4) }));
    expect(packets[0]?.linkType).toBe(linkType);
  });

  it('finds packets whole across blocks of the file', async () => {
    const records = Array.from({ length: 40 }, (_, i) => record({ fraction: i, data: packet(100_000 + i, i) }));
    const { packets, capture } = await read(header, ...records);
    expect(packets.map(({ captured }) => captured)).toEqual(records.map((_, i) => 100_000 + i));
    expect(capture.damage).toEqual([]);
  });
});

function toldOfCut(cut: number, start: number | undefined, length = 0): string[] {
  if (start === undefined) return [`0: file header at byte 0: ${cut} of 16 bytes are there`];
  if (start === cut) return [];
  return [`${start}: snoop record at byte ${start}: the file ends ${cut - start} bytes into its ` +
    (cut - start < 24 ? 24 : length)];
}

describe('damaged snoop', () => {
  const good = Array.from({ length: 5 }, (_, i) => record({ fraction: i, data: packet(60 + i, i + 1) }));
  const at = 16 + 84 + 88;

  it.each([
    [
      'a captured length that is too large', { captured: 0xf000_0000, data: packet(60) },
      'captured length 4026531840 is larger than 262144',
    ],
    [
      'a record that has no room for its packet', { captured: 99, data: packet(60) },
      'record length 84 has no room for the captured length 99',
    ],
    [
      'a fraction that is none', { fraction: 1_000_000, data: packet(60) },
      'fraction of a second 1000000 is not less than 1000000',
    ],
  ])('%s', async (_name, fields, why) => {
    const reading = await read(header, ...good.slice(0, 2), record(fields), ...good.slice(2));
    expect(reading.packets.map(({ captured }) => captured)).toEqual([60, 61, 62, 63, 64]);
    expect(told(reading)).toEqual([`${at}: snoop record at byte ${at}: ${why}; reading goes on 84 bytes later`]);
  });

  it('damage up to the end', async () => {
    const reading = await read(header, ...good, packet(333, 0xff));
    const end = 16 + good.reduce((sum, { length }) => sum + length, 0);
    expect(reading.packets.length).toBe(5);
    expect(told(reading)).toEqual([
      `${end}: snoop record at byte ${end}: fraction of a second 4294967295 is not less than 1000000; no packet is ` +
        `found in the 333 bytes from there to the end`,
    ]);
  });

  it('cut at every byte: gives the packets before, and tells where it was cut', async () => {
    const whole = bytes(header, ...good);
    const starts = good.reduce((starts, record) => [...starts, starts.at(-1)! + record.length], [16]);
    for (let cut = 4; cut < whole.length; cut += 1) {
      const reading = await read(whole.subarray(0, cut));
      const start = starts.findLast((start) => start <= cut);
      expect(reading.packets.length).toBe(start === undefined ? 0 : starts.indexOf(start));
      expect(told(reading)).toEqual(toldOfCut(cut, start, good[starts.indexOf(start ?? 16)]?.length));
    }
  });
});
