import {
  BESIDE, DELTA, type Doubles, LARGEST_WHOLE, NOT_WHOLE, PLAIN, RAW, cheapest, isExact, priceOfDoubles, priceOfIntegers,
  wholeOf,
} from './column-method.js';
import type { Column, Packer, RecordLayout } from './packer.js';
import { gather, isZero, wordsOf } from './record-columns.js';

const FIRST_BYTES = 1 << 16;

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
