import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

import { CaptureError, openCapture } from '../../src/capture/capture.js';
import { bytes, packet, pcapngWriter, pcapWriter } from './build.js';
import { readAll, scratch, told } from './read.js';

const files = scratch();
const vectors = readdirSync('test/vectors').filter((name) => name.endsWith('.pcap'));

describe('both readers find the same', () => {
  it.each(vectors)('%s', async (name) => {
    const ours = await readAll(`test/vectors/${name}`);
    const theirs = await readAll(`test/vectors/${name}`, { reader: 'pcap-parser' });
    expect(theirs.packets).toEqual(ours.packets);
    expect(ours.packets.length).toBeGreaterThan(0);
    for (const part of ['files', 'interfaces', 'damage'] as const)
      expect(theirs.capture[part]).toEqual(ours.capture[part]);
    expect({ ...theirs.capture.clock }).toEqual({ ...ours.capture.clock });
  });

  it('a large big-endian capture with packets of every size', async () => {
    const { header, record } = pcapWriter({ littleEndian: false });
    const records = Array.from({ length: 2000 }, (_, i) =>
      record({ fraction: i, data: packet((i * i) % 3000, i), original: 4000 }),
    );
    const path = files.write(
      'large.pcap', bytes(header, ...records, record({ data: packet(262_144) }), record({ data: packet(1) })),
    );
    const ours = await readAll(path);
    expect(ours.packets.length).toBe(2002);
    expect((await readAll(path, { reader: 'pcap-parser' })).packets).toEqual(ours.packets);
  });

  it('a fraction of a second that is none', async () => {
    const { header, record } = pcapWriter();
    const records = [1, 2, 1_000_003, 5].map((fraction) => record({ fraction, data: packet(20) }));
    const path = files.write('fraction.pcap', bytes(header, ...records));
    const [ours, theirs] = [await readAll(path), await readAll(path, { reader: 'pcap-parser' })];
    expect(theirs.packets).toEqual(ours.packets);
    expect(told(theirs)).toEqual(told(ours));
    expect(told(ours).length).toBe(1);
  });

  it('a capture cut at every byte', async () => {
    const { header, record } = pcapWriter();
    const whole = bytes(header, record({ data: packet(20) }), record({ data: packet(30) }));
    for (let cut = 4; cut <= whole.length; cut += 1) {
      const path = files.write('cut.pcap', whole.subarray(0, cut));
      const [ours, theirs] = [await readAll(path), await readAll(path, { reader: 'pcap-parser' })];
      expect(theirs.packets).toEqual(ours.packets);
      expect(told(theirs)).toEqual(told(ours));
    }
  });
});

describe('pcap-parser', () => {
  const { header, record } = pcapWriter();

  it('ends at a length that is too large', async () => {
    const path = files.write(
      'huge.pcap', bytes(header, record({ data: packet(20) }), record({ captured: 0xf000_0000 }), packet(3_000_000)),
    );
    const reading = await readAll(path, { reader: 'pcap-parser' });
    expect(reading.packets.length).toBe(1);
    expect(told(reading)).toEqual([
      '60: packet record at byte 60: captured length 4026531840 is larger than 262144; pcap-parser cannot read on',
    ]);
  });

  it.each([
    ['a.pcapng', pcapngWriter().section(), 'pcapng'],
    ['a.nanoseconds', pcapWriter({ magic: 0xa1b23c4d }).header, 'another layout'],
    ['a.version', pcapWriter({ version: [2, 2] }).header, 'another layout'],
    ['a.modified', pcapWriter({ magic: 0xa1b2cd34 }).header, 'another layout'],
  ])('refuses %s', async (name, content, what) => {
    const path = files.write(name, content);
    await expect(openCapture([path], { reader: 'pcap-parser' })).rejects.toThrow(
      new CaptureError(`${path}: pcap-parser reads classic pcap with microseconds only, this is ${what}`),
    );
  });

  it('refuses compressed captures', async () => {
    const path = 'test/capture/compressed/whole.pcap.gz';
    await expect(openCapture([path], { reader: 'pcap-parser' })).rejects.toThrow(
      new CaptureError(`${path}: pcap-parser reads classic pcap with microseconds only, this is gzip-compressed`),
    );
  });
});
