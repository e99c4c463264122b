import { BackwardBits } from './backward-bits.js';
import { readFseTable } from './fse.js';

/** Bits of the longest code of a literal (RFC 8878 §4.2.1). */
const LONGEST = 11;

/** Bits of the accuracy of a table of weights. */
const WEIGHT_ACCURACY = 6;

const MOST_WEIGHTS = 255;

/**
 * Codes of literals: by the next bits the literal in the lower byte, and how many bits it has taken in the upper one.
 */
export class HuffmanTable {
  readonly #bits: number;
  readonly #entries: Uint16Array;

  /** @throws Error where weights are those of no code */
  constructor(weights: readonly number[]) {
    const sum = weights.reduce((sum, weight) => sum + (weight === 0 ? 0 : 1 << (weight - 1)), 0);
    const bits = 32 - Math.clz32(sum);
    const left = (1 << bits) - sum;
    // The last literal's weight is not written: it is what is left, a power of two.
    if (sum === 0 || bits > LONGEST || (left & (left - 1)) !== 0)
      throw new Error('weights of literals that make no code');
    const all = [...weights, 32 - Math.clz32(left)];
    this.#bits = bits;
    this.#entries = new Uint16Array(1 << bits);
    let at = 0;
    for (let weight = 1; weight <= bits; weight++) {
      all.forEach((other, symbol) => {
        if (other !== weight) return;
        const span = 1 << (weight - 1);
        this.#entries.fill(symbol | ((bits + 1 - weight) << 8), at, at + span);
        at += span;
      });
    }
  }

  /** Decodes the stream in bytes `start` to `end` into `target` from `at` to `to`; false where it is none. */
  decode(bytes: Uint8Array, start: number, end: number, target: Uint8Array, at: number, to: number): boolean {
    const last = end > start ? bytes[end - 1]! : 0;
    if (last === 0) return false;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const entries = this.#entries;
    const bits = this.#bits;
    const mask = (1 << bits) - 1;
    let left = (end - start) * 8 - Math.clz32(last) + 23;
    let next = at;
    // Two literals of 25 bits, which four bytes hold wherever they begin.
    while (next + 1 < to && left >= 25) {
      const from = left - 25;
      const word = view.getUint32(start + (from >> 3), true) >>> (from & 7);
      const first = entries[(word >>> (25 - bits)) & mask]!;
      const taken = first >> 8;
      const second = entries[(word >>> (25 - bits - taken)) & mask]!;
      target[next] = first;
      target[next + 1] = second;
      next += 2;
      left -= taken + (second >> 8);
    }
    for (; next < to; next++) {
      const from = left - bits;
      const there = from >= 0 ? (view.getUint32(start + (from >> 3), true) >>> (from & 7)) & mask
        : left <= 0 ? 0 : ((view.getUint32(start, true) & ((1 << left) - 1)) << -from) & mask;
      const entry = entries[there]!;
      target[next] = entry;
      left -= entry >> 8;
    }
    return true;
  }
}

/** Reads the description of a table (RFC 8878 §4.2.1). @throws Error where there is none */
export function readHuffmanTable(bytes: Uint8Array, start: number, end: number): { table: HuffmanTable; end: number } {
  const head = bytes[start]!;
  const from = start + 1;
  if (head >= 128) {
    const count = head - 127;
    const weights = Array.from(
      { length: count }, (_, index) => (bytes[from + (index >> 1)]! >> (index % 2 === 0 ? 4 : 0)) & 15,
    );
    return { table: new HuffmanTable(weights), end: within(from + ((count + 1) >> 1), end) };
  }
  const behind = within(from + head, end);
  const { table, end: streamAt } = readFseTable(bytes, from, behind, WEIGHT_ACCURACY, LONGEST + 2);
  const bits = new BackwardBits();
  if (!bits.begin(bytes, streamAt, behind)) throw new Error('weights of literals without an end');
  const weights: number[] = [];
  // Two states by turns; when one needs bits that are not there, the other one has the last symbol.
  let [state, other] = [bits.read(table.accuracy), bits.read(table.accuracy)];
  while (weights.length < MOST_WEIGHTS) {
    weights.push(table.symbols[state]!);
    const next = table.next(state, bits);
    if (bits.left < 0) {
      weights.push(table.symbols[other]!);
      break;
    }
    [state, other] = [other, next];
  }
  return { table: new HuffmanTable(weights.slice(0, MOST_WEIGHTS)), end: behind };
}

function within(at: number, end: number): number {
  if (at > end) throw new Error('table of literals is longer than its block');
  return at;
}
