import { array, assert as check, asyncProperty, nat, tuple, uint8Array } from 'fast-check';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

import { CaptureError } from '../../src/capture/capture.js';
import type { ReaderName } from '../../src/capture/model.js';
import { bytes, netmonWriter, packet, pcapngWriter, pcapWriter, snoopWriter } from './build.js';
import { readAll, scratch } from './read.js';

const files = scratch();
const { header, record } = pcapWriter();
const w = pcapngWriter();
const options = bytes(w.option(2, packet(4, 0x61)), w.option(9, bytes(9)), w.option(14, w.i64(5n)));
const seeds: Record<string, Uint8Array> = {
  pcap: bytes(header, ...Array.from({ length: 6 }, (_, i) => record({ fraction: i, data: packet(40 + i, i) }))),
  pcapng: bytes(
    w.section(), w.interface({ options }), w.enhanced({ ticks: 1_795_169_041_000_000_000n, data: packet(41) }),
    w.simple(8, packet(8)), w.obsolete({ ticks: 1_795_169_041_000_000_007n, data: packet(9) }), w.block(5, packet(20)),
    w.section(), w.interface(), w.enhanced({ ticks: 1_795_169_041_000_000n, data: packet(10) }),
  ),
  snoop: bytes(
    snoopWriter().header,
    ...Array.from({ length: 6 }, (_, i) => snoopWriter().record({ fraction: i, data: packet(40 + i, i) })),
  ),
  netmon: bytes(
    netmonWriter(3).header(1000),
    ...Array.from({ length: 6 }, (_, i) => netmonWriter(3).frame({ data: packet(40 + i, i) })),
  ),
  gzip: readFileSync('test/capture/compressed/whole.pcap.gz').subarray(0, 3000),
  zstd: readFileSync('test/capture/compressed/frames.pcap.zst').subarray(0, 3000),
  lz4: readFileSync('test/capture/compressed/linked.pcap.lz4').subarray(0, 3000),
};

/** Reads it to the end; nothing may be thrown but a CaptureError, and every packet must lie within what was read. */
async function survives(content: Uint8Array, reader: ReaderName = 'lastack'): Promise<void> {
  try {
    const { packets, capture } = await readAll(files.write('hostile', content), { reader });
    assert.ok(packets.every(({ data, captured }) => data.length === 2 * captured));
    assert.ok(capture.damage.every(({ offset, what }) => offset >= 0 && what.length > 0));
  } catch (error) {
    assert.ok(error instanceof CaptureError, String(error));
  }
}

describe.each(Object.entries(seeds))('%s with bytes changed', (name, seed) => {
  const edits = array(tuple(nat(seed.length - 1), nat(255)), { minLength: 1, maxLength: 8 });

  it('ends, and throws nothing unforeseen', async () => {
    const property = asyncProperty(edits, nat(seed.length), async (edits, length) => {
      const content = seed.slice(0, length);
      for (const [at, value] of edits) if (at < length) content[at] = value;
      await survives(content);
      if (name === 'pcap') await survives(content, 'pcap-parser');
    });
    await expect(check(property, { numRuns: 400 })).resolves.toBeUndefined();
  });
});

it('every single byte of a pcap changed: at most the packets that it touches are lost', async () => {
  const seed = seeds['pcap']!;
  const whole = (await readAll(files.write('whole.pcap', seed))).packets.map(({ data }) => data);
  for (let at = 24; at < seed.length; at += 1) {
    const content = Uint8Array.from(seed);
    content[at]! ^= 0x80;
    const { packets } = await readAll(files.write('hostile.pcap', content));
    const missing = whole.filter((data) => !packets.some((packet) => packet.data === data));
    expect(missing.length).toBeLessThanOrEqual(2);
  }
});

it('a capture of random bytes behind a good header', async () => {
  const property = asyncProperty(uint8Array({ maxLength: 2000 }), async (noise) => {
    await survives(bytes(header, noise));
    await survives(bytes(w.section(), w.interface(), noise));
  });
  await expect(check(property, { numRuns: 300 })).resolves.toBeUndefined();
});
