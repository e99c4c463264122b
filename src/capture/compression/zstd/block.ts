import { BackwardBits, PADDING } from './backward-bits.js';
import { FseTable, readFseTable } from './fse.js';
import { type HuffmanTable, readHuffmanTable } from './huffman.js';

/** Bytes that a block may yield (RFC 8878 §3.1.1.2.4). */
export const LARGEST_BLOCK = 1 << 17;

/**
 * Bits behind a code, and the number that they are added to: literal lengths, match lengths (RFC 8878 §3.1.1.3.2.1.1).
 */
const LITERAL_BITS = [
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
];
const LITERAL_BASE = baseOf(LITERAL_BITS, 0);
const MATCH_BITS = [
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3,
  3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
];
const MATCH_BASE = baseOf(MATCH_BITS, 3);

/** Codes follow each other without a gap, but for the one that is a power of two from which on they double. */
function baseOf(bits: readonly number[], first: number): number[] {
  let next = first;
  return bits.map((count) => {
    const base = next;
    next += 1 << count;
    return base;
  });
}

const MOST_ACCURACY = [9, 8, 9] as const;
const MOST_SYMBOLS = [36, 32, 53] as const;

/** Tables of literal lengths, offsets and match lengths where a block brings none (RFC 8878 §3.1.1.3.2.2). */
const PREDEFINED = [
  new FseTable(
    [4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1], 6,
  ),
  new FseTable([1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1], 5),
  new FseTable([1, 4, 3, 2, 2, 2, 2, 2, 2, ...Array.from({ length: 37 }, () => 1), -1, -1, -1, -1, -1, -1, -1], 6),
] as const;

/** Where a block is written: `bytes` from `at` on, which have room for it. What stands before may be referred to. */
export interface Target {
  readonly bytes: Uint8Array;
  at: number;
}

/** What a frame's compressed blocks remember of each other. */
export class BlockDecoder {
  private literalTable: HuffmanTable | null = null;
  private readonly tables: (FseTable | null)[] = [null, null, null];
  private readonly offsets = [1, 4, 8];
  private readonly literals = new Uint8Array(LARGEST_BLOCK + PADDING);
  private readonly bits = new BackwardBits();

  /**
   * Decodes the block in bytes 0 to `end` of `block`, which has `PADDING` more. What could be decoded stands in
   * `target` even where it throws.
   *
   * A stream that ends in the middle of a code, or not at its beginning, is taken for what it yields, as the reference
   * decoder did up to 1.5.5: a checksum tells.
   *
   * @throws Error where the block is corrupt
   */
  decode(block: Uint8Array, end: number, target: Target): void {
    const { at, count } = this.readLiterals(block, end);
    this.runSequences(block, at, end, count, target);
  }

  /** Answers where they end in the block, and how many they are. */
  private readLiterals(block: Uint8Array, end: number): { at: number; count: number } {
    const [first = 0, second = 0, third = 0, fourth = 0, fifth = 0] = block;
    const kind = first & 3;
    const format = (first >> 2) & 3;
    if (kind < 2) {
      const header = format === 1 ? 2 : format === 3 ? 3 : 1;
      const count = header === 1 ? first >> 3 : (first | (second << 8) | (header === 3 ? third << 16 : 0)) >> 4;
      const taken = kind === 0 ? count : 1;
      if (count > LARGEST_BLOCK || header + taken > end) throw new Error('literals beyond the block');
      if (kind === 0) this.literals.set(block.subarray(header, header + count));
      else this.literals.fill(block[header]!, 0, count);
      return { at: header + taken, count };
    }
    const header = format < 2 ? 3 : format + 2;
    const width = format < 2 ? 10 : format === 2 ? 14 : 18;
    const sizes =
      (first + second * 0x100 + third * 0x1_0000 + (header > 3 ? fourth * 0x100_0000 : 0) +
        (header > 4 ? fifth * 0x1_0000_0000 : 0)) /
      16;
    const count = Math.floor(sizes) % (1 << width);
    const behind = header + (Math.floor(sizes / (1 << width)) % (1 << width));
    if (count > LARGEST_BLOCK || behind > end) throw new Error('literals beyond the block');
    let at = header;
    if (kind === 2) {
      const read = readHuffmanTable(block, at, behind);
      this.literalTable = read.table;
      at = read.end;
    }
    const table = this.literalTable;
    if (table === null) throw new Error('literals without a table');
    const decoded =
      format === 0
        ? table.decode(block, at, behind, this.literals, 0, count)
        : this.fourStreams(table, block, at, behind, count);
    if (!decoded) throw new Error('literals without an end');
    return { at: behind, count };
  }

  private fourStreams(table: HuffmanTable, block: Uint8Array, start: number, end: number, count: number): boolean {
    const share = (count + 3) >> 2;
    let at = start + 6;
    if (at > end || share * 3 > count) return false;
    for (let stream = 0; stream < 4; stream++) {
      const size = stream === 3 ? end - at : block[start + stream * 2]! | (block[start + stream * 2 + 1]! << 8);
      if (
        at + size > end ||
        !table.decode(block, at, at + size, this.literals, share * stream, stream === 3 ? count : share * (stream + 1))
      )
        return false;
      at += size;
    }
    return true;
  }

  private runSequences(block: Uint8Array, start: number, end: number, literalCount: number, target: Target): void {
    const most = target.at + LARGEST_BLOCK;
    let used = 0;
    try {
      const { at, count } = countOf(block, start, end);
      if (count > 0)
        used = this.sequences(block, this.readTables(block, at, end), end, count, literalCount, target, most);
    } catch (error) {
      used = literalCount;
      throw error;
    } finally {
      // Literals behind the last sequence; where it failed, they belong nowhere.
      const rest = Math.min(literalCount - used, most - target.at);
      target.bytes.set(this.literals.subarray(used, used + rest), target.at);
      target.at += rest;
    }
  }

  /** Answers where the stream begins. */
  private readTables(block: Uint8Array, start: number, end: number): number {
    if (start >= end) throw new Error('sequences beyond the block');
    const modes = block[start]!;
    if ((modes & 3) !== 0) throw new Error('sequences of a reserved mode');
    let at = start + 1;
    for (let index = 0; index < 3; index++) {
      const mode = (modes >> (6 - index * 2)) & 3;
      if (mode === 0) {
        this.tables[index] = PREDEFINED[index]!;
      } else if (mode === 1) {
        const symbol = at < end ? block[at]! : Infinity;
        if (symbol >= MOST_SYMBOLS[index]!) throw new Error('a code that there is not');
        this.tables[index] = FseTable.of(symbol);
        at += 1;
      } else if (mode === 2) {
        const read = readFseTable(block, at, end, MOST_ACCURACY[index]!, MOST_SYMBOLS[index]!);
        this.tables[index] = read.table;
        at = read.end;
      } else if (this.tables[index] === null) {
        throw new Error('sequences without a table');
      }
    }
    return at;
  }

  /** Carries out the sequences; answers how many literals they used. */
  private sequences(
    block: Uint8Array, start: number, end: number, count: number, literalCount: number, target: Target, most: number,
  ): number {
    const { bits, offsets, literals } = this;
    const [lengths, distances, matches] = this.tables as [FseTable, FseTable, FseTable];
    const { bytes } = target;
    if (!bits.begin(block, start, end)) throw new Error('sequences without an end');
    let length = bits.read(lengths.accuracy);
    let distance = bits.read(distances.accuracy);
    let match = bits.read(matches.accuracy);
    let used = 0;
    let at = target.at;
    try {
      for (let number = 0; number < count; number++) {
        const offsetCode = distances.symbols[distance]!;
        const offsetValue = 2 ** offsetCode + bits.readLong(offsetCode);
        const matchCode = matches.symbols[match]!;
        let matchLength = MATCH_BASE[matchCode]! + bits.read(MATCH_BITS[matchCode]!);
        const literalCode = lengths.symbols[length]!;
        const literalLength = LITERAL_BASE[literalCode]! + bits.read(LITERAL_BITS[literalCode]!);
        if (number < count - 1) {
          length = lengths.next(length, bits);
          match = matches.next(match, bits);
          distance = distances.next(distance, bits);
        }
        if (used + literalLength > literalCount || at + literalLength + matchLength > most)
          throw new Error('a sequence beyond the block');
        if (literalLength > 16) bytes.set(literals.subarray(used, used + literalLength), at);
        else for (let index = 0; index < literalLength; index++) bytes[at + index] = literals[used + index]!;
        used += literalLength;
        at += literalLength;
        const offset =
          offsetValue > 3 ? offsetValue - 3 : repeated(offsets, offsetValue - 1 + (literalLength === 0 ? 1 : 0));
        if (offsetValue > 3) {
          offsets[2] = offsets[1]!;
          offsets[1] = offsets[0]!;
          offsets[0] = offset;
        }
        if (offset > at || offset < 1) throw new Error('a sequence refers to what is not there');
        if (offset >= matchLength && matchLength > 32) {
          bytes.copyWithin(at, at - offset, at - offset + matchLength);
          at += matchLength;
        } else {
          for (; matchLength > 0; matchLength--, at++) bytes[at] = bytes[at - offset]!;
        }
      }
    } finally {
      target.at = at;
    }
    return used;
  }
}

/** An offset that was used before becomes the latest one. */
function repeated(offsets: number[], index: number): number {
  const offset = index < 3 ? offsets[index]! : offsets[0]! - 1;
  if (index > 0) {
    if (index > 1) offsets[2] = offsets[1]!;
    offsets[1] = offsets[0]!;
    offsets[0] = offset;
  }
  return offset;
}

/** How many sequences there are, and where their tables begin. */
function countOf(block: Uint8Array, start: number, end: number): { at: number; count: number } {
  const [first = 0, second = 0, third = 0] = block.subarray(start, start + 3);
  const size = first < 128 ? 1 : first < 255 ? 2 : 3;
  if (start + size > end) throw new Error('sequences beyond the block');
  return {
    at: start + size,
    count: size === 1 ? first : size === 2 ? ((first - 128) << 8) + second : second + (third << 8) + 0x7f00,
  };
}
