import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { openInput } from '../../src/capture/open-input.js';
import { scratch } from './read.js';
import { evenly, splitPcapng } from './splitter.js';

const files = scratch();

it('a compressed file that was looked into and closed leaves the memory to the next one', async () => {
  const pieces = splitPcapng(readFileSync('captures/showcase.pcapng'), evenly(7290, 4)).map((piece, index) =>
    files.write(`${index}.pcapng.gz`, gzipSync(piece)),
  );
  const memory = new Uint8Array(1 << 14);
  const begins = new Set<string>();
  for (let round = 0; round < 200; round++) {
    for (const path of pieces) {
      const { window, format, compression } = await openInput({ path, size: 1, found: true, alone: false }, {}, memory);
      begins.add(`${format.name} ${compression} ${Buffer.from(window.bytes.subarray(0, 4)).toString('hex')}`);
      window.source.close();
    }
  }
  expect([...begins]).toEqual(['pcapng gzip 0a0d0d0a']);
});
