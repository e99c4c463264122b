import type { BackwardBits } from './backward-bits.js';

/** A table of finite state entropy (RFC 8878 §4.1): what each state stands for, and which states follow it. */
export class FseTable {
  /** Bits that choose the first state. */
  readonly accuracy: number;
  readonly symbols: Uint8Array;
  readonly bits: Uint8Array;
  readonly base: Uint16Array;

  /** `chances`: of each symbol, in parts of 2^accuracy; -1 for less than one. */
  constructor(chances: readonly number[], accuracy: number) {
    const size = 1 << accuracy;
    this.accuracy = accuracy;
    this.symbols = new Uint8Array(size);
    this.bits = new Uint8Array(size);
    this.base = new Uint16Array(size);
    const next = this.spread(chances, size);
    for (let state = 0; state < size; state++) {
      const number = next[this.symbols[state]!]!++;
      const bits = accuracy - (31 - Math.clz32(number));
      this.bits[state] = bits;
      this.base[state] = (number << bits) - size;
    }
  }

  /** Always the same symbol. */
  static of(symbol: number): FseTable {
    const table = new FseTable([1], 0);
    table.symbols[0] = symbol;
    return table;
  }

  next(state: number, from: BackwardBits): number {
    return this.base[state]! + from.read(this.bits[state]!);
  }

  /** Gives the symbols their states; answers the number that the first state of each has. */
  private spread(chances: readonly number[], size: number): number[] {
    const step = (size >> 1) + (size >> 3) + 3;
    let last = size;
    chances.forEach((chance, symbol) => {
      if (chance === -1) this.symbols[--last] = symbol;
    });
    let at = 0;
    chances.forEach((chance, symbol) => {
      for (let count = 0; count < chance; count++) {
        this.symbols[at] = symbol;
        if (size > 1) do at = (at + step) & (size - 1); while (at >= last);
      }
    });
    return chances.map((chance) => (chance === -1 ? 1 : chance));
  }
}

/**
 * Reads the description of a table from byte `start` on (RFC 8878 §4.1.1). Answers it and where it ends.
 *
 * @throws Error where it does not add up
 */
export function readFseTable(
  bytes: Uint8Array, start: number, end: number, mostAccuracy: number, mostSymbols: number,
): { table: FseTable; end: number } {
  let at = start * 8;
  const read = (count: number): number => {
    let value = 0;
    for (let bit = 0; bit < count; bit++, at++) value |= ((bytes[at >> 3]! >> (at & 7)) & 1) << bit;
    return value;
  };
  const accuracy = read(4) + 5;
  if (accuracy > mostAccuracy) throw new Error(`accuracy of ${accuracy} bits`);
  const chances: number[] = [];
  let left = 1 << accuracy;
  while (left > 0) {
    if (chances.length >= mostSymbols || at >= end * 8) throw new Error('table of chances does not add up');
    const count = 32 - Math.clz32(left + 1);
    const low = (1 << (count - 1)) - 1;
    const threshold = (1 << count) - 2 - left;
    let value = read(count);
    if ((value & low) < threshold) {
      at--;
      value &= low;
    } else if (value > low) {
      value -= threshold;
    }
    const chance = value - 1;
    left -= Math.abs(chance);
    chances.push(chance);
    for (let repeat = chance === 0 ? 3 : 0; repeat === 3;) {
      repeat = read(2);
      for (let count = 0; count < repeat; count++) chances.push(0);
    }
  }
  const behind = (at + 7) >> 3;
  if (left < 0 || chances.length > mostSymbols || behind > end) throw new Error('table of chances does not add up');
  return { table: new FseTable(chances, accuracy), end: behind };
}
