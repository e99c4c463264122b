import { describe, expect, it } from 'vitest';

import { bytes, type NetmonFields, netmonWriter, packet } from './build.js';
import { readAll, scratch, told } from './read.js';

const files = scratch();
const read = (...parts: Uint8Array[]) => readAll(files.write('capture.cap', bytes(...parts)));

/** A file of one version with these frames, and behind them the table that lists them. */
function file(minor: number, frames: readonly NetmonFields[], network?: number): Uint8Array {
  const { header, frame } = netmonWriter(minor, network);
  const body = bytes(...frames.map(frame));
  return bytes(header(128 + body.length), body, packet(frames.length * 4, 0x7f));
}

describe('Network Monitor 2', () => {
  it.each([0, 1, 2])('version 2.%i: times since the capture began', async (minor) => {
    const { capture, packets } = await read(
      file(minor, [
        { microseconds: 42n, data: packet(3, 0xab), original: 1500 },
        { microseconds: 1_000_000n, data: packet(1, 0xcd) },
      ]),
    );
    expect(packets).toMatchObject([
      { time: '1795169041.218042', captured: 3, original: 1500, linkType: 1, position: 128, data: 'ababab' },
      { time: '1795169042.218000', captured: 1, original: 1, linkType: 1, data: 'cd' },
    ]);
    expect(capture.files).toMatchObject([{ format: 'netmon2', frames: { first: 1, last: 2, count: 2 } }]);
    expect(capture.damage).toEqual([]);
  });

  it('version 2.3: every frame has a time of its own', async () => {
    const units = (1_795_169_041n + 11_644_473_600n) * 10_000_000n + 1_234_567n;
    expect((await read(file(3, [{ units, data: packet(3) }]))).packets[0]?.time).toBe('1795169041.1234567');
  });

  it('a time before the beginning', async () => {
    const microseconds = (2n ** 64n - 9_999_996n) / 10n;
    expect((await read(file(1, [{ microseconds, data: packet(3) }]))).packets[0]?.time).toBe('1795169040.218000');
  });

  it.each([
    [1, 1], [2, 6], [3, 10], [9, 101], [0xe071, 113], [5, 65_535], [0xffe0, 65_535],
  ])('network %i is LINKTYPE %i', async (kind, linkType) => {
    expect((await read(file(1, [{ kind, data: packet(8) }]))).packets[0]?.linkType).toBe(linkType);
  });

  it('takes its own header off a frame of 802.11', async () => {
    const data = bytes(2, 32, 0, new Uint8Array(29), packet(4, 0xab));
    expect((await read(file(1, [{ kind: 6, data, original: 100 }]))).packets[0]).toMatchObject({
      linkType: 105, captured: 4, original: 68, data: 'abababab',
    });
  });

  it('tables among the frames are no frames', async () => {
    expect(
      (await read(file(1, [{ kind: 0xffff, data: packet(30) }, { data: packet(4) }]))).packets.map(
        ({ captured }) => captured,
      ),
    ).toEqual([4]);
  });

  it('the network of the file, where frames name none', async () => {
    expect((await read(file(0, [{ data: packet(4) }], 9))).packets[0]?.linkType).toBe(101);
  });

  it('tells damage and goes on behind it', async () => {
    const { header, frame } = netmonWriter(1);
    const good = Array.from({ length: 5 }, (_, i) => frame({ data: packet(60 + i, i + 1) }));
    const reading = await read(
      header(), ...good.slice(0, 2), frame({ captured: 61, original: 60, data: packet(60) }), ...good.slice(2),
    );
    expect(reading.packets.map(({ captured }) => captured)).toEqual([60, 61, 62, 63, 64]);
    expect(told(reading)).toEqual([
      '285: netmon frame at byte 285: captured length 61 is larger than original length 60; reading goes on 78 ' +
        'bytes later',
    ]);
  });

  it('tells a header that is cut', async () => {
    const reading = await read(netmonWriter(1).header().subarray(0, 100));
    expect(told(reading)).toEqual(['0: file header at byte 0: 100 of 128 bytes are there']);
  });
});
