import { isSkippable } from './skippable.js';
import { ByteQueue } from './byte-queue.js';
import { decodeBlock } from './lz4-block.js';

const FRAME = 0x184d_2204;

/** Bytes of output that a block may refer back to. */
const HISTORY = 1 << 16;

/** Output blocks, by the number in the frame descriptor. */
const BLOCK_SIZES = [0, 0, 0, 0, 1 << 16, 1 << 18, 1 << 20, 1 << 22];

/**
 * LZ4 frames (lz4_Frame_format.md 1.6.4), any number of them. Checksums are passed over.
 *
 *    +-------+------------------+---------------------------------------+-----------+-----------------+
 *    | Magic | Frame descriptor | Block size, data, checksum if flagged | 0 0 0 0   | Content checksum|
 *    |  (4)  |     (3 to 15)    |        …as many as there are          | (EndMark) |  if flagged (4) |
 *    +-------+------------------+---------------------------------------+-----------+-----------------+
 */
export async function* unlz4(input: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const queue = new ByteQueue(input);
  while (!(await queue.atEnd())) {
    const magic = uint32(await take(queue, 4));
    if (isSkippable(magic)) await skip(queue, uint32(await take(queue, 4)));
    else if (magic === FRAME) yield* frame(queue);
    else throw new Error(`lz4 data is corrupt: a frame begins with ${magic.toString(16).padStart(8, '0')}`);
  }
}

async function* frame(queue: ByteQueue): AsyncGenerator<Uint8Array> {
  const [flags = 0, sizes = 0] = await take(queue, 2);
  if (flags >> 6 !== 1) throw new Error(`lz4 data is corrupt: frame version ${flags >> 6}`);
  const blockChecksum = (flags & 0x10) !== 0;
  const contentSize = (flags & 0x08) !== 0;
  const contentChecksum = (flags & 0x04) !== 0;
  const dictionary = (flags & 0x01) !== 0;
  const blockSize = BLOCK_SIZES[(sizes >> 4) & 7] ?? 0;
  if (blockSize === 0) throw new Error(`lz4 data is corrupt: block size number ${(sizes >> 4) & 7}`);
  if (dictionary) throw new Error('lz4 data needs a dictionary');
  await skip(queue, (contentSize ? 8 : 0) + 1); // content size, header checksum

  // History in front, the block behind it. Blocks may refer to the ones before whether they are flagged so or not.
  const output = new Uint8Array(HISTORY + blockSize);
  let history = 0;
  for (;;) {
    const size = uint32(await take(queue, 4));
    if (size === 0) break;
    const length = size & 0x7fff_ffff;
    if (length > blockSize)
      throw new Error(`lz4 data is corrupt: block of ${length} bytes where ${blockSize} are the most`);
    const data = await take(queue, length);
    const end = size >>> 31 === 1 ? copy(data, output, HISTORY) : decodeBlock(data, output, HISTORY - history, HISTORY);
    if (end < 0) throw new Error('lz4 data is corrupt');
    yield output.slice(HISTORY, end);
    history = Math.min(HISTORY, history + end - HISTORY);
    output.copyWithin(HISTORY - history, end - history, end);
    if (blockChecksum) await skip(queue, 4);
  }
  if (contentChecksum) await skip(queue, 4);
}

function copy(data: Uint8Array, output: Uint8Array, at: number): number {
  output.set(data, at);
  return at + data.length;
}

async function take(queue: ByteQueue, count: number): Promise<Uint8Array> {
  const bytes = await queue.take(count);
  if (bytes === null) throw new Error('lz4 data is cut off');
  return bytes;
}

async function skip(queue: ByteQueue, count: number): Promise<void> {
  if (!(await queue.skip(count))) throw new Error('lz4 data is cut off');
}

function uint32(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
}
