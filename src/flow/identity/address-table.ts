import { MOST_ROWS, grown, withRoom } from '../columns.js';
import { secretsOf, settle, stir } from './hash.js';
import type { Secrets } from './hash.js';
import type { Packer, Unpacker } from '../../packing/packer.js';

const FIRST_CAPACITY = 64;
const NO_ADDRESS = -1;

/**
 * IPv6 addresses by number, so that a tuple of either family is three integers.
 *
 * Open addressing over four columns; linear probing; at most half full.
 */
export class AddressTable {
  count = 0;
  private slots = new Int32Array(FIRST_CAPACITY * 2).fill(NO_ADDRESS);
  private words = new Int32Array(FIRST_CAPACITY * 4);
  private readonly secrets: Secrets;

  constructor(seed: number) {
    this.secrets = secretsOf(seed);
  }

  pack(to: Packer): void {
    to.number(this.count);
    to.column(this.words, this.count * 4);
  }

  /** `seed`: of the new table's hashes, which are made anew. */
  static unpack(from: Unpacker, seed: number): AddressTable {
    const table = new AddressTable(seed);
    table.count = from.integer(0, MOST_ROWS);
    table.words = withRoom(from.column(Int32Array, table.count * 4), FIRST_CAPACITY * 4);
    let slots = table.slots.length;
    while (table.count * 2 > slots) slots *= 2;
    table.rehash(slots);
    return table;
  }

  /** The number of this address, a new one if it was not met before. */
  intern(a: number, b: number, c: number, d: number): number {
    const { slots, words } = this;
    const mask = slots.length - 1;
    for (let slot = this.hash(a, b, c, d) & mask; ; slot = (slot + 1) & mask) {
      const id = slots[slot]!;
      if (id === NO_ADDRESS) return this.add(slot, a, b, c, d);
      const at = id * 4;
      if (words[at + 3] === d && words[at + 2] === c && words[at + 1] === b && words[at] === a) return id;
    }
  }

  word(id: number, index: number): number {
    return this.words[id * 4 + index]!;
  }

  /** Keeps only the addresses that `used` marks; `moved[id]` is the new number of each. Their order stays. */
  keep(used: Uint8Array): Int32Array {
    const moved = new Int32Array(this.count);
    let kept = 0;
    for (let id = 0; id < this.count; id++) {
      if (used[id] === 0) continue;
      this.words.copyWithin(kept * 4, id * 4, id * 4 + 4);
      moved[id] = kept++;
    }
    this.count = kept;
    this.rehash(this.slots.length);
    return moved;
  }

  private hash(a: number, b: number, c: number, d: number): number {
    const { secrets } = this;
    return settle((stir(a, secrets[0]) + stir(b, secrets[1]) + stir(c, secrets[2]) + stir(d, secrets[3])) | 0);
  }

  private add(slot: number, a: number, b: number, c: number, d: number): number {
    const id = this.count++;
    if (this.count * 4 > this.words.length) this.words = grown(this.words, this.words.length * 2);
    this.words.set([a, b, c, d], id * 4);
    this.slots[slot] = id;
    if (this.count * 2 > this.slots.length) this.rehash(this.slots.length * 2);
    return id;
  }

  private rehash(size: number): void {
    this.slots = size === this.slots.length ? this.slots.fill(NO_ADDRESS) : new Int32Array(size).fill(NO_ADDRESS);
    const mask = this.slots.length - 1;
    for (let id = 0; id < this.count; id++) {
      let slot = this.hash(this.word(id, 0), this.word(id, 1), this.word(id, 2), this.word(id, 3)) & mask;
      while (this.slots[slot] !== NO_ADDRESS) slot = (slot + 1) & mask;
      this.slots[slot] = id;
    }
  }
}
