import type { RecordLayout } from './packer.js';

/** Words of a record, the first one of each double. */
export function wordsOf({ size, doubles }: RecordLayout): number[] {
  return Array.from({ length: size }, (_, word) => word).filter((word) => !doubles.includes(word - 1));
}

/** Word `word` of all records. `shift`: 1 where two words are one value. */
export function gather<T extends Int32Array | Float64Array>(
  column: T,
  pages: readonly T[],
  { size, pageRows }: RecordLayout,
  word: number,
  shift: 0 | 1,
): T {
  const stride = size >> shift;
  for (let first = 0, row = 0; row < column.length; first += pageRows) {
    const page = pages[first / pageRows]!;
    const end = Math.min(first + pageRows, column.length);
    for (let at = word >> shift; row < end; row++, at += stride) column[row] = page[at]!;
  }
  return column;
}

export function scatter<T extends Int32Array | Float64Array>(
  column: T,
  pages: readonly T[],
  { size, pageRows }: RecordLayout,
  word: number,
  shift: 0 | 1,
): void {
  const stride = size >> shift;
  for (let first = 0, row = 0; row < column.length; first += pageRows) {
    const page = pages[first / pageRows]!;
    const end = Math.min(first + pageRows, column.length);
    for (let at = word >> shift; row < end; row++, at += stride) page[at] = column[row]!;
  }
}

/** Zeros, to be compared with: by the thousand that takes a fraction of looking at each. */
const ZEROS = Buffer.alloc(1 << 14);

/** Whether `count` bytes from `from` on are there, and zero. */
export function areZero(bytes: Buffer, from: number, count: number): boolean {
  if (count > bytes.length - from) return false;
  for (let at = from, end = from + count; at < end; at += ZEROS.length) {
    const length = Math.min(ZEROS.length, end - at);
    if (bytes[at] !== 0 || bytes.compare(ZEROS, 0, length, at, at + length) !== 0) return false;
  }
  return true;
}

/** Whether all bits of a column are zero. */
export function isZero({ buffer, byteOffset, byteLength }: Int32Array | Float64Array): boolean {
  return areZero(Buffer.from(buffer, byteOffset, byteLength), 0, byteLength);
}
