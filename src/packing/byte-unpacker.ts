import { BESIDE, DELTA, NOT_WHOLE, PLAIN, RAW } from './column-method.js';
import { type Column, type ColumnType, type RecordLayout, UnpackError, type Unpacker } from './packer.js';
import { areZero, scatter, wordsOf } from './record-columns.js';

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
