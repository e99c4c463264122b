/**
 * Decompresses a file by the library that lastack uses for it, and counts the bytes: what a compressed capture costs at least.
 *
 *     node bench/decompress.mjs FILE.gz|FILE.zst
 */
import { createReadStream, readFileSync } from 'node:fs';
import { createGunzip } from 'node:zlib';

import { ZSTDDecoder } from 'zstddec/stream';

/** What lastack asks of zlib at once: the default of 16 KiB is less than half as fast. */
const CHUNK = 1 << 20;

const [file] = process.argv.slice(2);
let bytes = 0;
for await (const chunk of file.endsWith('.zst') ? unzstd(file) : createReadStream(file).pipe(createGunzip({ chunkSize: CHUNK }))) bytes += chunk.length;
console.log(`${bytes} bytes`);

async function* unzstd(path) {
  const decoder = new ZSTDDecoder();
  await decoder.init();
  yield* decoder.decodeStreaming([readFileSync(path)]);
}
