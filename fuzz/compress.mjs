import { gzipSync } from 'node:zlib';

const LZ4_MAGIC = Uint8Array.of(0x04, 0x22, 0x4d, 0x18);
/**
 * Version 1, blocks independent, none of the checksums; blocks of up to 64 KiB; and the byte that says those two are
 * whole.
 */
const LZ4_DESCRIPTOR = Uint8Array.of(0x60, 0x40, 0x82);
const LZ4_LARGEST = 65_536;
/** A block that is not compressed: in its length. */
const LZ4_STORED = 0x8000_0000;

const ZSTD_MAGIC = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd);
/** No size of the content, no checksum, and a window of 1 MiB (RFC 8878 §3.1.1.1). */
const ZSTD_DESCRIPTOR = Uint8Array.of(0x00, 0x50);
const ZSTD_LARGEST = 65_536;

function number(width, value) {
  return Uint8Array.from({ length: width }, (_, index) => value >>> (8 * index));
}

function pieces(bytes, size) {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
}

function lz4(bytes) {
  return Buffer.concat([
    LZ4_MAGIC, LZ4_DESCRIPTOR,
    ...pieces(bytes, LZ4_LARGEST).flatMap((piece) => [number(4, (piece.length | LZ4_STORED) >>> 0), piece]),
    number(4, 0),
  ]);
}

/** Blocks as they are, each with its size, its type 0 and a bit in the last one (RFC 8878 §3.1.1.2). */
function zstd(bytes) {
  const blocks = pieces(bytes, ZSTD_LARGEST);
  return Buffer.concat([
    ZSTD_MAGIC, ZSTD_DESCRIPTOR,
    ...blocks.flatMap((piece, index) => [
      number(3, (piece.length << 3) | (index === blocks.length - 1 ? 1 : 0)), piece,
    ]),
  ]);
}

const compressions = { gz: (bytes) => gzipSync(bytes, { level: 1 }), lz4, zst: zstd };

/** Bytes as a compressor writes them, or nearly so, unless they may not be `damaged`. */
export function compressed(choice, kind, bytes, damaged = true) {
  const packed = Uint8Array.from(compressions[kind](bytes));
  if (damaged && choice.chance(0.5))
    for (let times = choice.between(1, 3); times > 0; times -= 1)
      packed[choice.between(0, packed.length - 1)] ^= 1 << choice.between(0, 7);
  return packed;
}
