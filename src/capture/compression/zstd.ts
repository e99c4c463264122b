import { ByteQueue } from './byte-queue.js';
import { isSkippable } from './skippable.js';
import { PADDING } from './zstd/backward-bits.js';
import { BlockDecoder, LARGEST_BLOCK, type Target } from './zstd/block.js';
import { Xxh64 } from './zstd/xxh64.js';

const FRAME = 0xfd2f_b528;

/** The largest window that is kept: that of `zstd -dc` without `--long` or `--memory`. */
const LARGEST_WINDOW = 1 << 27;

/** Bytes of history that are there from the beginning; more come with the data, not with what a header claims. */
const FIRST_HISTORY = 1 << 20;

const RAW = 0;
const RUN = 1;
const COMPRESSED = 2;

interface Frame {
  /** Bytes that a block may refer back to. */
  readonly window: number;
  readonly hasChecksum: boolean;
}

/**
 * zstd (RFC 8878), with any number of frames.
 *
 *    +-------+--------------+--------------------------------------------+-------------------+
 *    | Magic | Frame header | Block header (3), data: …as many as        | Checksum if       |
 *    |  (4)  |   (2 to 14)  |                 there are, one the last    |    flagged (4)    |
 *    +-------+--------------+--------------------------------------------+-------------------+
 *
 * By code of our own: node:zlib has none in Node 20, and stops without a word behind the first frame in 22; WebAssembly
 * keeps the memory of each file that is not read to its end, and of each corrupt one. Where a block is corrupt, what it
 * yields up to there and the blocks behind it are handed on, and the fault is told at the end.
 */
export async function* unzstd(input: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const queue = new ByteQueue(input);
  const memory = new History();
  let fault: string | null = null;
  while (!(await queue.atEnd())) {
    const magic = uint32(await take(queue, 4));
    if (isSkippable(magic)) {
      if (!(await queue.skip(uint32(await take(queue, 4))))) throw new Error(CUT);
    } else if (magic === FRAME) {
      const frame = await frameHeader(queue);
      for await (const piece of blocks(queue, frame, memory)) {
        if (typeof piece === 'string') fault = piece;
        else yield piece;
      }
    } else {
      throw new Error(fault ?? `zstd data is followed by other bytes: ${magic.toString(16).padStart(8, '0')}`);
    }
  }
  if (fault !== null) throw new Error(fault);
}

const CUT = 'zstd data is cut off';
const CORRUPT = 'zstd data is corrupt';

/** The decompressed blocks of a frame; a text is what is wrong with what came before it. */
async function* blocks(
  queue: ByteQueue, { window, hasChecksum }: Frame, history: History,
): AsyncGenerator<Uint8Array | string> {
  const decoder = new BlockDecoder();
  const checksum = hasChecksum ? new Xxh64() : null;
  history.begin(window);
  for (let last = false; !last;) {
    const [first = 0, second = 0, third = 0] = await take(queue, 3);
    last = (first & 1) === 1;
    const kind = (first >> 1) & 3;
    const size = (first | (second << 8) | (third << 16)) >> 3;
    if (kind > COMPRESSED || size > LARGEST_BLOCK) throw new Error(CORRUPT);
    const data = kind === RUN ? await take(queue, 1) : await queue.take(size);
    if (data === null) throw new Error(CUT);
    const from = history.room();
    let isCorrupt = false;
    if (kind === RAW) history.add(data);
    else if (kind === RUN) history.repeat(data[0]!, size);
    else isCorrupt = !history.decode(decoder, data);
    const piece = history.bytes.subarray(from, history.at);
    checksum?.update(piece);
    if (piece.length > 0) yield piece;
    if (isCorrupt) yield CORRUPT;
  }
  if (checksum !== null && uint32(await take(queue, 4)) !== checksum.low()) yield CORRUPT;
}

/** @throws Error where what it asks for is not to be had: a dictionary, or a window that is too large */
async function frameHeader(queue: ByteQueue): Promise<Frame> {
  const [descriptor = 0] = await take(queue, 1);
  const isSingle = (descriptor & 0x20) !== 0;
  let window = isSingle ? 0 : windowOf((await take(queue, 1))[0]!);
  const dictionary = await number(queue, [0, 1, 2, 4][descriptor & 3]!);
  const size = await number(queue, [isSingle ? 1 : 0, 2, 4, 8][descriptor >> 6]!);
  if (isSingle) window = descriptor >> 6 === 1 ? size + 256 : size;
  if (dictionary !== 0) throw new Error('zstd data needs a dictionary');
  if (window > LARGEST_WINDOW) {
    const log = Math.ceil(Math.log2(window));
    throw new Error(
      `zstd data has a window of 2^${log} bytes, more than the 2^27 that are kept: unpack it first, with zstd -d ` +
        `--long=${log}`,
    );
  }
  return { window, hasChecksum: (descriptor & 4) !== 0 };
}

/** RFC 8878 §3.1.1.1.2 */
function windowOf(descriptor: number): number {
  return 2 ** (10 + (descriptor >> 3)) * (1 + (descriptor & 7) / 8);
}

async function number(queue: ByteQueue, size: number): Promise<number> {
  return (await take(queue, size)).reduceRight((sum, byte) => sum * 256 + byte, 0);
}

/**
 * What was decompressed last, as far as blocks may refer to it. Grows with what is there, not with what a header
 * claims.
 */
class History implements Target {
  bytes = new Uint8Array(FIRST_HISTORY);
  at = 0;
  #window = 0;
  readonly #block = new Uint8Array(LARGEST_BLOCK + PADDING);

  /** A frame begins: it cannot refer to the one before. */
  begin(window: number): void {
    this.at = 0;
    this.#window = window;
  }

  /** Makes room for a block; answers where it will begin. */
  room(): number {
    const { length } = this.bytes;
    if (this.at + LARGEST_BLOCK <= length) return this.at;
    const wanted = this.#window + Math.max(this.#window >> 1, FIRST_HISTORY) + LARGEST_BLOCK;
    if (length < wanted) {
      const grown = new Uint8Array(Math.min(wanted, length * 2));
      grown.set(this.bytes.subarray(0, this.at));
      this.bytes = grown;
    } else {
      const kept = Math.min(this.#window, this.at);
      this.bytes.copyWithin(0, this.at - kept, this.at);
      this.at = kept;
    }
    return this.at;
  }

  add(data: Uint8Array): void {
    this.bytes.set(data, this.at);
    this.at += data.length;
  }

  repeat(byte: number, count: number): void {
    this.bytes.fill(byte, this.at, this.at + count);
    this.at += count;
  }

  /** False where the block is corrupt: what it yielded up to there is here. */
  decode(decoder: BlockDecoder, data: Uint8Array): boolean {
    this.#block.set(data);
    try {
      decoder.decode(this.#block, data.length, this);
      return true;
    } catch {
      return false;
    }
  }
}

async function take(queue: ByteQueue, count: number): Promise<Uint8Array> {
  const bytes = await queue.take(count);
  if (bytes === null) throw new Error(CUT);
  return bytes;
}

function uint32(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
}
