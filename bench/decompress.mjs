/**
 * Decompresses a file by what lastack uses for it, and counts the bytes: what a compressed capture costs at least.
 *
 *     node bench/decompress.mjs FILE.gz|FILE.zst
 */
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';

import { unzstd } from '../dist/capture/compression/zstd.js';

/** What lastack asks of zlib at once: the default of 16 KiB is less than half as fast. */
const CHUNK = 1 << 20;

const [file] = process.argv.slice(2);
let bytes = 0;
for await (const chunk of file.endsWith('.zst')
  ? unzstd(createReadStream(file, { highWaterMark: 1 << 16 }))
  : createReadStream(file).pipe(createGunzip({ chunkSize: CHUNK })))
  bytes += chunk.length;
console.log(`${bytes} bytes`);
