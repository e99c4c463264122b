import { type Column, type ColumnType, type Packer, type RecordLayout, UnpackError, type Unpacker } from './packer.js';

/** How the values of a column are written: the first byte of it. */
const PLAIN = 0;
/** As differences from the value before. */
const DELTA = 1;
/** As differences from an earlier column of the same records, whose number follows. */
const BESIDE = 2;
/** Byte for byte. */
const RAW = 3;

/** Rows by which is decided how a column is written, spread over all of it. */
const SAMPLE = 256;

const FIRST_BYTES = 1 << 16;

/** Doubles that are whole multiples of a unit are written as such: times are, of nanoseconds, microseconds… */
const UNITS = [1e9, 1e6, 1e3, 1] as const;

/** Whole numbers up to here, and their differences, are written as such. */
const LARGEST_WHOLE = 2 ** 51;

/** A double that is not whole, in place of a whole number: an odd one. */
const NOT_WHOLE = 1;

/** Packs into bytes: column by column, as small numbers where it can. They are to be compressed afterwards. */
export class BytePacker implements Packer {
  private buffer = Buffer.allocUnsafe(FIRST_BYTES);
  private at = 0;

  /** What was packed so far. */
  bytes(): Uint8Array {
    return this.buffer.subarray(0, this.at);
  }

  number(value: number): void {
    this.reserve(9);
    if (Number.isInteger(value) && Math.abs(value) <= LARGEST_WHOLE && !Object.is(value, -0)) {
      this.whole(value < 0 ? -value * 4 - 2 : value * 4);
    } else {
      this.buffer[this.at++] = NOT_WHOLE;
      this.at = this.buffer.writeDoubleLE(value, this.at);
    }
  }

  text(value: string): void {
    const bytes = Buffer.from(value);
    this.number(bytes.length);
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.at);
    this.at += bytes.length;
  }

  column(values: Column, count: number): void {
    if (values instanceof Float64Array) this.doubles(wholeOf(values.subarray(0, count)), []);
    else if (values instanceof Uint8Array) this.raw(values.subarray(0, count));
    else if (values instanceof Uint16Array) this.integers(new Int32Array(values.subarray(0, count)), []);
    else this.integers(new Int32Array(values.buffer, values.byteOffset, count), []);
  }

  records(pages: readonly Int32Array[], count: number, layout: RecordLayout): void {
    this.number(layout.size);
    const integers: Int32Array[] = [];
    const doubles: Doubles[] = [];
    for (const word of wordsOf(layout)) {
      if (layout.doubles.includes(word)) {
        const values = gather(
          new Float64Array(count),
          pages.map((page) => new Float64Array(page.buffer, page.byteOffset, page.length >> 1)),
          layout,
          word,
          1,
        );
        const column = wholeOf(values);
        this.doubles(column, doubles);
        doubles.push(column);
      } else {
        const column = gather(new Int32Array(count), pages, layout, word, 0);
        this.integers(column, integers);
        integers.push(column);
      }
    }
  }

  private raw(bytes: Uint8Array): void {
    this.reserve(bytes.length + 1);
    this.buffer[this.at++] = RAW;
    this.buffer.set(bytes, this.at);
    this.at += bytes.length;
  }

  private integers(values: Int32Array, earlier: readonly Int32Array[]): void {
    this.reserve(values.length * 5 + 8);
    if (isZero(values)) {
      this.zeros(values.length);
      return;
    }
    const { method, beside } = cheapest(values, earlier, priceOfIntegers, 1);
    this.buffer[this.at++] = method;
    if (method === BESIDE) this.whole(beside);
    this.at = putIntegers(this.buffer, this.at, values, method === BESIDE ? earlier[beside]! : null, method);
  }

  private doubles({ values, unit }: Doubles, earlier: readonly Doubles[]): void {
    if (unit === null) {
      this.raw(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
      return;
    }
    this.reserve(values.length * 9 + 24);
    if (isZero(values)) {
      this.zeros(values.length, unit);
      return;
    }
    const candidates = earlier.map((column) => (column.unit === null ? null : column.values));
    const chosen = cheapest(values, candidates, priceOfDoubles, unit);
    const { method, beside } = isExact(values, unit, chosen.method, candidates[chosen.beside])
      ? chosen
      : { method: PLAIN, beside: 0 };
    this.buffer[this.at++] = method;
    if (method === BESIDE) this.whole(beside);
    this.whole(unit);
    this.at = putDoubles(this.buffer, this.at, values, method === BESIDE ? candidates[beside]! : null, method, unit);
  }

  /** A column in which all is zero, as `putIntegers` and `putDoubles` would write it: most columns are. */
  private zeros(count: number, unit?: number): void {
    this.buffer[this.at++] = PLAIN;
    if (unit !== undefined) this.whole(unit);
    this.buffer.fill(0, this.at, this.at + count);
    this.at += count;
  }

  /** A whole number from 0 on: seven bits a byte, the lowest first; the last byte has no eighth bit. */
  private whole(value: number): void {
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 128)) this.buffer[this.at++] = (rest % 128) | 0x80;
    this.buffer[this.at++] = rest;
  }

  private reserve(more: number): void {
    if (this.at + more <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.at + more));
    larger.set(this.bytes());
    this.buffer = larger;
  }
}

/** Unpacks bytes that nobody vouches for. What it makes is never larger than some fifty times the bytes. */
export class ByteUnpacker implements Unpacker {
  private readonly bytes: Buffer;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** @throws UnpackError unless all was unpacked */
  finish(): void {
    if (this.at !== this.bytes.length) throw new UnpackError(`${this.bytes.length - this.at} bytes behind the end`);
  }

  number(): number {
    if (this.bytes[this.at] === NOT_WHOLE) {
      this.at++;
      this.expect(8);
      const value = this.bytes.readDoubleLE(this.at);
      this.at += 8;
      return value;
    }
    const coded = this.whole();
    if (coded % 2 !== 0) throw new UnpackError('a number that no packer writes');
    return coded % 4 === 2 ? -(coded + 2) / 4 : coded / 4;
  }

  integer(least: number, most: number): number {
    const value = this.number();
    if (!Number.isInteger(value) || value < least || value > most)
      throw new UnpackError(`${value} is not one of ${least} to ${most}`);
    return value;
  }

  text(longest: number): string {
    const length = this.integer(0, longest * 3);
    this.expect(length);
    const text = this.bytes.toString('utf8', this.at, this.at + length);
    this.at += length;
    if (text.length > longest) throw new UnpackError(`a text of ${text.length} letters`);
    return text;
  }

  column<T extends Column>(type: ColumnType<T>, count: number): T {
    const method = this.byte();
    this.expect(count);
    const values = new type(count);
    if (values instanceof Float64Array) this.doubles(values, [], method);
    else if (values instanceof Uint8Array) this.raw(values, method);
    else {
      const integers = new Int32Array(count);
      this.integers(integers, [], method);
      values.set(integers);
    }
    return values;
  }

  records(count: number, layout: RecordLayout): Int32Array[] {
    const { size, pageRows, doubles: pairs } = layout;
    if (this.integer(1, 2 ** 16) !== size) throw new UnpackError(`records that are not of ${size} words`);
    this.expect(count * (size - pairs.length));
    const pages = Array.from({ length: Math.ceil(count / pageRows) }, () => new Int32Array(pageRows * size));
    const asDoubles = pages.map((page) => new Float64Array(page.buffer, 0, page.length >> 1));
    const integers: Int32Array[] = [];
    const doubles: Float64Array[] = [];
    for (const word of wordsOf(layout)) {
      if (pairs.includes(word)) {
        const column = new Float64Array(count);
        this.doubles(column, doubles, this.byte());
        doubles.push(column);
        scatter(column, asDoubles, layout, word, 1);
      } else {
        const column = new Int32Array(count);
        this.integers(column, integers, this.byte());
        integers.push(column);
        scatter(column, pages, layout, word, 0);
      }
    }
    return pages;
  }

  private raw(values: Uint8Array, method: number): void {
    if (method !== RAW) throw new UnpackError(`bytes that are written as ${method}`);
    this.expect(values.length);
    values.set(this.bytes.subarray(this.at, this.at + values.length));
    this.at += values.length;
  }

  private integers(values: Int32Array, earlier: readonly Int32Array[], method: number): void {
    const other = method === BESIDE ? this.earlier(earlier) : null;
    if (other === null && method !== PLAIN && method !== DELTA)
      throw new UnpackError(`integers that are written as ${method}`);
    this.expect(values.length);
    if (this.zeros(values, other)) return;
    const { bytes } = this;
    let { at } = this;
    let before = 0;
    for (let row = 0; row < values.length; row++) {
      let byte = bytes[at++]!;
      let coded = byte & 0x7f;
      for (let shift = 7; byte > 0x7f; shift += 7) {
        byte = bytes[at++]!;
        coded |= (byte & 0x7f) << shift;
      }
      const difference = (coded >>> 1) ^ -(coded & 1);
      const value = (difference + (other === null ? before : other[row]!)) | 0;
      if (method === DELTA) before = value;
      values[row] = value;
    }
    if (at > bytes.length) throw new UnpackError('it is cut off');
    this.at = at;
  }

  private doubles(values: Float64Array, earlier: readonly Float64Array[], method: number): void {
    if (method === RAW) {
      this.raw(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), RAW);
      return;
    }
    const other = method === BESIDE ? this.earlier(earlier) : null;
    if (other === null && method !== PLAIN && method !== DELTA)
      throw new UnpackError(`numbers that are written as ${method}`);
    const unit = this.whole();
    if (this.zeros(values, other)) return;
    let before = 0;
    for (let row = 0; row < values.length; row++) {
      const value = this.number() * unit + (other === null ? before : other[row]!);
      if (method === DELTA) before = value;
      values[row] = value;
    }
  }

  /** Takes a column of which all that is written is zero, as of most; false where it is another one. */
  private zeros<T extends Int32Array | Float64Array>(values: T, other: T | null): boolean {
    if (!areZero(this.bytes, this.at, values.length)) return false;
    if (other !== null) values.set(other.subarray(0, values.length));
    this.at += values.length;
    return true;
  }

  private earlier<T>(columns: readonly T[]): T {
    const column = columns[this.whole()];
    if (column === undefined) throw new UnpackError('a column that is told by one that is not there');
    return column;
  }

  private whole(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      if (factor > 2 ** 49) throw new UnpackError('a number without an end');
    }
  }

  private byte(): number {
    this.expect(1);
    return this.bytes[this.at++]!;
  }

  /** @throws UnpackError where there are not so many bytes any more */
  private expect(count: number): void {
    if (!(count <= this.bytes.length - this.at)) throw new UnpackError('it is cut off');
  }
}

/** Words of a record, the first one of each double. */
function wordsOf({ size, doubles }: RecordLayout): number[] {
  return Array.from({ length: size }, (_, word) => word).filter((word) => !doubles.includes(word - 1));
}

/** Word `word` of all records. `shift`: 1 where two words are one value. */
function gather<T extends Int32Array | Float64Array>(
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

function scatter<T extends Int32Array | Float64Array>(
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
function areZero(bytes: Buffer, from: number, count: number): boolean {
  if (count > bytes.length - from) return false;
  for (let at = from, end = from + count; at < end; at += ZEROS.length) {
    const length = Math.min(ZEROS.length, end - at);
    if (bytes[at] !== 0 || bytes.compare(ZEROS, 0, length, at, at + length) !== 0) return false;
  }
  return true;
}

/** Whether all bits of a column are zero. */
function isZero({ buffer, byteOffset, byteLength }: Int32Array | Float64Array): boolean {
  return areZero(Buffer.from(buffer, byteOffset, byteLength), 0, byteLength);
}

/** Writes differences from `other`, or from the value before (`DELTA`), or the values; answers where they end. */
function putIntegers(
  buffer: Buffer, from: number, values: Int32Array, other: Int32Array | null, method: number,
): number {
  let at = from;
  let before = 0;
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    const difference = other === null ? (value - before) | 0 : (value - other[row]!) | 0;
    if (method === DELTA) before = value;
    let rest = (difference << 1) ^ (difference >> 31);
    for (; (rest & ~0x7f) !== 0; rest >>>= 7) buffer[at++] = rest | 0x80;
    buffer[at++] = rest;
  }
  return at;
}

/** Writes the differences of doubles that are whole multiples of `unit`, as `number` writes them. */
function putDoubles(
  buffer: Buffer, from: number, values: Float64Array, other: Float64Array | null, method: number, unit: number,
): number {
  let at = from;
  let before = 0;
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    const difference = (value - (other === null ? before : other[row]!)) / unit;
    if (method === DELTA) before = value;
    let rest = Math.abs(difference) * 4 - (difference < 0 ? 2 : 0);
    for (; rest >= 2 ** 31; rest = Math.floor(rest / 128)) buffer[at++] = (rest % 128) | 0x80;
    let small = rest | 0;
    for (; small >= 0x80; small >>= 7) buffer[at++] = small | 0x80;
    buffer[at++] = small;
  }
  return at;
}

/**
 * Bytes that every `step`th value of a column takes: less what stands `behind` rows before it in `other`, or plain
 * without one; `most` where it is no less than that.
 */
type Price<T> = (
  values: T, other: T | null, behind: number, step: number, most: number, unit: number,
) => number;

/** How a column takes the fewest bytes: plain, by the value before, or beside an earlier column. */
function cheapest<T extends Int32Array | Float64Array>(
  values: T, earlier: readonly (T | null)[], price: Price<T>, unit: number,
): { readonly method: number; readonly beside: number } {
  const step = Math.max(1, Math.floor(values.length / SAMPLE));
  // A byte each: nothing takes less.
  const fewest = Math.ceil(values.length / step);
  let best = { method: PLAIN, beside: 0 };
  let least = price(values, null, 0, step, Infinity, unit);
  const consider = (method: number, beside: number, other: T, behind: number): void => {
    const sum = price(values, other, behind, step, least, unit);
    if (sum >= least) return;
    least = sum;
    best = { method, beside };
  };
  if (least > fewest) consider(DELTA, 0, values, 1);
  for (let column = earlier.length - 1; column >= 0; column--) {
    if (least <= fewest) break;
    const other = earlier[column];
    if (other) consider(BESIDE, column, other, 0);
  }
  return best;
}

const priceOfIntegers: Price<Int32Array> = (values, other, behind, step, most) => {
  let sum = 0;
  for (let row = 0; row < values.length && sum < most; row += step) {
    const before = other === null || row < behind ? 0 : other[row - behind]!;
    const difference = (values[row]! - before) | 0;
    const bits = 32 - Math.clz32((difference << 1) ^ (difference >> 31));
    sum += bits <= 7 ? 1 : bits <= 14 ? 2 : bits <= 21 ? 3 : bits <= 28 ? 4 : 5;
  }
  return sum;
};

/** Roughly: a value is a whole multiple of `unit`, a difference may be none. */
const priceOfDoubles: Price<Float64Array> = (values, other, behind, step, most, unit) => {
  let sum = 0;
  for (let row = 0; row < values.length && sum < most; row += step) {
    const before = other === null || row < behind ? 0 : other[row - behind]!;
    const size = Math.abs((values[row]! - before) / unit) + 1;
    sum += size <= 32 ? 1 : size <= 4096 ? 2 : size <= 2 ** 19 ? 3 : size <= 2 ** 26 ? 4 : size <= 2 ** 33 ? 5
      : size <= 2 ** 40 ? 6 : size <= 2 ** 47 ? 7 : 8;
  }
  return sum;
};

/** Whether differences give back the values: doubles round, and columns may have other units. */
function isExact(values: Float64Array, unit: number, method: number, other: Float64Array | null | undefined): boolean {
  let before = 0;
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    const from = method === BESIDE ? other![row]! : before;
    const difference = (value - from) / unit;
    if (!Number.isInteger(difference) || Math.abs(difference) > LARGEST_WHOLE || difference * unit + from !== value)
      return false;
    if (method === DELTA) before = value;
  }
  return true;
}

/** A column of doubles, and the largest unit that all are whole multiples of; null where there is none. */
interface Doubles {
  readonly values: Float64Array;
  readonly unit: number | null;
}

function wholeOf(values: Float64Array): Doubles {
  for (const unit of UNITS) if (areWhole(values, unit)) return { values, unit };
  return { values, unit: null };
}

function areWhole(values: Float64Array, unit: number): boolean {
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    const times = value / unit;
    const isWhole = Number.isInteger(times) && Math.abs(times) <= LARGEST_WHOLE / 2 && times * unit === value;
    if (!isWhole || Object.is(value, -0)) return false;
  }
  return true;
}
