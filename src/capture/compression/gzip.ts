import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

import type { Repeat } from './decompressor.js';
import { reasonOf } from '../source/byte-source.js';

/** Output chunks; with the default of 16 KiB decompression is less than half as fast (measured on Node 20). */
const CHUNK = 1 << 20;

/** zlib found its input corrupt, and threw away what it had made of the piece of input that it was given last. */
class CorruptGzip extends Error {
  /** Bytes of input in front of that piece. */
  readonly consumed: number;

  constructor(consumed: number, cause: unknown) {
    super(`gzip data is corrupt: ${reasonOf(cause)}`, { cause });
    this.consumed = consumed;
  }
}

/**
 * Bytes that zlib is given at once, out of what can be read again: each time it is waited for, another thread's work,
 * and 16 KiB are done in the time that takes (measured on Node 20: a third slower).
 */
const PIECE = 1 << 20;

/**
 * Where such a piece is corrupt, it is given again in pieces of these sizes, one after the other, up to the very byte
 * that is wrong.
 */
const FINER = [4096, 1];

/** gzip (RFC 1952), with any number of members. */
export async function* gunzip(input: AsyncIterable<Uint8Array>, repeat: Repeat): AsyncGenerator<Uint8Array> {
  let delivered = 0;
  let output = inflate(repeat.isLive ? input : joined(input));
  for (const finer of [...FINER, null]) {
    try {
      for await (const chunk of output) {
        delivered += chunk.length;
        yield chunk;
      }
      return;
    } catch (error) {
      const again = finer !== null && error instanceof CorruptGzip ? repeat.again() : null;
      if (again === null || finer === null || !(error instanceof CorruptGzip)) throw error;
      output = behind(delivered, inflate(cut(again, error.consumed, finer)));
    }
  }
}

/** The bytes of an input in pieces of at most `PIECE`. */
async function* joined(input: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let piece = new Uint8Array(PIECE);
  let length = 0;
  for await (const chunk of input) {
    if (length + chunk.length > PIECE) {
      yield piece.subarray(0, length);
      piece = new Uint8Array(PIECE);
      length = 0;
    }
    piece.set(chunk, length);
    length += chunk.length;
  }
  if (length > 0) yield piece.subarray(0, length);
}

async function* inflate(input: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let taken = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of input) {
      taken += chunk.length;
      yield chunk;
    }
  }
  const source = Readable.from(counted(), { objectMode: false });
  const gunzip = createGunzip({ chunkSize: CHUNK });
  source.on('error', (error) => gunzip.destroy(error));
  source.pipe(gunzip);
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) yield chunk;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'Z_BUF_ERROR') throw new Error('gzip data is cut off', { cause: error });
    if (code === 'Z_DATA_ERROR') throw new CorruptGzip(gunzip.bytesWritten, error);
    throw error;
  } finally {
    source.destroy();
    gunzip.destroy();
  }
  // zlib stops without a word at zeros behind a member, and never looks whether something follows them.
  const left = taken - gunzip.bytesWritten;
  if (left > 0) throw new Error(`gzip data is followed by ${left} or more other bytes`);
}

/** What `output` holds behind its first `count` bytes. */
async function* behind(count: number, output: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let left = count;
  for await (const chunk of output) {
    const skipped = Math.min(left, chunk.length);
    left -= skipped;
    if (skipped < chunk.length) yield chunk.subarray(skipped);
  }
}

/** Behind the first `from` bytes, pieces of `size`. */
async function* cut(input: AsyncIterable<Uint8Array>, from: number, size: number): AsyncGenerator<Uint8Array> {
  let position = 0;
  for await (const chunk of input) {
    const whole = Math.min(chunk.length, Math.max(0, from - position));
    if (whole > 0) yield chunk.subarray(0, whole);
    for (let at = whole; at < chunk.length; at += size) yield chunk.subarray(at, at + size);
    position += chunk.length;
  }
}
