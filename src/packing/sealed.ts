import { createHash } from 'node:crypto';
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';

import { UnpackError } from './packer.js';

/** Begins what is sealed. */
const MAGIC = Buffer.from('lastack-state\n');

/** Bytes of the sum that shows damage. It keeps nobody from writing what he likes. */
const SUM = 8;

const HEADER = MAGIC.length + 4 + SUM;

/** Compressed columns rarely shrink to less: what says that it is larger was made to fill memory. */
const MOST_RATIO = 100;
const SMALL = 1 << 24;

/**
 * Most of a state is chosen by lot: sequence numbers, IDs, ports. Brotli of quality 1 takes a third of the time of
 * deflate, for 3 % more.
 */
const QUALITY = 1;

/** Compresses what was packed, with the version of what it is and a sum that shows damage. */
export function seal(packed: Uint8Array, version: number): Uint8Array {
  const body = brotliCompressSync(packed, { params: { [constants.BROTLI_PARAM_QUALITY]: QUALITY } });
  const header = Buffer.alloc(HEADER);
  MAGIC.copy(header);
  header.writeUInt32LE(version, MAGIC.length);
  sumOf(version, body).copy(header, MAGIC.length + 4);
  return Buffer.concat([header, body]);
}

/** @throws UnpackError where it is damaged, of another version, or was never sealed */
export function open(sealed: Uint8Array, version: number): Uint8Array {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  if (bytes.length < HEADER || !bytes.subarray(0, MAGIC.length).equals(MAGIC))
    throw new UnpackError('it is no state of lastack');
  const written = bytes.readUInt32LE(MAGIC.length);
  if (written !== version)
    throw new UnpackError(`it is of version ${written}, and this lastack reads version ${version}`);
  const body = bytes.subarray(HEADER);
  if (!bytes.subarray(MAGIC.length + 4, HEADER).equals(sumOf(version, body))) throw new UnpackError('it is damaged');
  try {
    return brotliDecompressSync(body, { maxOutputLength: SMALL + body.length * MOST_RATIO });
  } catch (error) {
    throw new UnpackError('it cannot be decompressed', { cause: error });
  }
}

function sumOf(version: number, body: Uint8Array): Buffer {
  return createHash('sha256').update(String(version)).update(body).digest().subarray(0, SUM);
}
