import { randomInt } from 'node:crypto';
import type { Segment } from '../decode/segment.js';
import { grown } from './columns.js';

const FIRST_CAPACITY = 64;
const NONE = -1;

/**
 * IPv6 addresses by number, so that a tuple of either family is three integers.
 *
 * Open addressing over four columns; linear probing; at most half full.
 */
export class AddressTable {
  count = 0;
  private slots = new Int32Array(FIRST_CAPACITY * 2).fill(NONE);
  private words = new Int32Array(FIRST_CAPACITY * 4);

  private readonly seed: number;

  constructor(seed: number) {
    this.seed = seed;
  }

  /** The number of this address, a new one if it was not met before. */
  intern(a: number, b: number, c: number, d: number): number {
    const mask = this.slots.length - 1;
    for (let slot = mix(mix(this.seed, a, b), c, d) & mask; ; slot = (slot + 1) & mask) {
      const id = this.slots[slot]!;
      if (id === NONE) return this.add(slot, a, b, c, d);
      const at = id * 4;
      if (this.words[at] === a && this.words[at + 1] === b && this.words[at + 2] === c && this.words[at + 3] === d) return id;
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

  private add(slot: number, a: number, b: number, c: number, d: number): number {
    const id = this.count++;
    if (this.count * 4 > this.words.length) this.words = grown(this.words, this.words.length * 2);
    this.words.set([a, b, c, d], id * 4);
    this.slots[slot] = id;
    if (this.count * 2 > this.slots.length) this.rehash(this.slots.length * 2);
    return id;
  }

  private rehash(size: number): void {
    this.slots = size === this.slots.length ? this.slots.fill(NONE) : new Int32Array(size).fill(NONE);
    const mask = this.slots.length - 1;
    for (let id = 0; id < this.count; id++) {
      let slot = mix(mix(this.seed, this.word(id, 0), this.word(id, 1)), this.word(id, 2), this.word(id, 3)) & mask;
      while (this.slots[slot] !== NONE) slot = (slot + 1) & mask;
      this.slots[slot] = id;
    }
  }
}

/** Every bit of both words reaches the low bits that choose the slot. */
function mix(seed: number, a: number, b: number): number {
  return stir(stir(seed, a, seed), b, seed);
}

/**
 * One word into the hash. The seed multiplies as well as adds: where it only adds, words that differ in their upper bits alone
 * collide whatever the seed is.
 */
function stir(hash: number, word: number, seed: number): number {
  let k = Math.imul(word ^ seed, 0xcc9e2d51);
  k = Math.imul(k ^ (k >>> 15), seed | 1);
  const h = Math.imul(hash ^ k ^ (k >>> 13), 0x85ebca77);
  return h ^ (h >>> 16);
}

const RECORD = 4;
/** IPv4 address, or the number of an IPv6 address, of side 0 and side 1. */
const LOWER = 0;
const UPPER = 1;
/** Port of side 0 in the upper half, of side 1 in the lower. */
const PORTS = 2;
/** 4 or 6, and above it the realm (`Segment.realm`); FORGOTTEN where the row waits to be used again, and LOWER is then the next of those. */
const FAMILY = 3;
const FAMILY_MASK = 7;
const REALM_SHIFT = 3;
const FORGOTTEN = 0;

/**
 * Address and port pairs, each once whatever the direction.
 *
 * Of the two ends the numerically lower one is side 0, so both directions of a conversation meet in one row.
 * The hash is seeded for each run, so that a capture cannot easily be made to choose its collisions.
 */
export class TupleTable {
  /** Rows, forgotten ones included. */
  count = 0;
  private forgotten = 0;
  /** Head of the chain of forgotten rows. */
  private free = NONE;
  /** Which side sent the segment last looked up: 0 the lower end, 1 the upper. */
  side = 0;
  private readonly seed: number;
  private readonly addresses: AddressTable;
  private slots = new Int32Array(FIRST_CAPACITY * 2).fill(NONE);
  /** A record of four words for each tuple, side by side in memory because a look-up compares them all. */
  private words = new Int32Array(FIRST_CAPACITY * RECORD);

  constructor(seed = randomInt(2 ** 32) | 0) {
    this.seed = seed;
    this.addresses = new AddressTable(seed);
  }

  /** The row of this segment's tuple, a new one if it was not met before; `side` then tells who sent it. */
  locate(segment: Segment): number {
    const { family, sourcePort, destinationPort } = segment;
    let source = segment.source3;
    let destination = segment.destination3;
    if (family === 6) {
      source = this.addresses.intern(segment.source0, segment.source1, segment.source2, source);
      destination = this.addresses.intern(segment.destination0, segment.destination1, segment.destination2, destination);
    }
    const kind = family | (segment.realm << REALM_SHIFT);
    const fromLower = source < destination || (source === destination && sourcePort <= destinationPort);
    this.side = fromLower ? 0 : 1;
    return fromLower
      ? this.find(kind, source, destination, (sourcePort << 16) | destinationPort)
      : this.find(kind, destination, source, (destinationPort << 16) | sourcePort);
  }

  /** The row will be used for another tuple; to be followed by `tidy` before the next look-up. */
  forget(tuple: number): void {
    this.words[tuple * RECORD + FAMILY] = FORGOTTEN;
    this.words[tuple * RECORD + LOWER] = this.free;
    this.free = tuple;
    this.forgotten++;
  }

  /** Makes the look-up anew without what was forgotten, and lets go of addresses that no tuple has any more. */
  tidy(): void {
    if (this.addresses.count > 0) this.tidyAddresses();
    this.rehash(this.slots.length);
  }

  private tidyAddresses(): void {
    const { words, count } = this;
    const used = new Uint8Array(this.addresses.count);
    for (let at = 0; at < count * RECORD; at += RECORD) {
      if ((words[at + FAMILY]! & FAMILY_MASK) === 6) used[words[at + LOWER]!] = used[words[at + UPPER]!] = 1;
    }
    const moved = this.addresses.keep(used);
    for (let at = 0; at < count * RECORD; at += RECORD) {
      if ((words[at + FAMILY]! & FAMILY_MASK) !== 6) continue;
      words[at + LOWER] = moved[words[at + LOWER]!]!;
      words[at + UPPER] = moved[words[at + UPPER]!]!;
    }
  }

  port(tuple: number, side: number): number {
    const ports = this.words[tuple * RECORD + PORTS]!;
    return side === 0 ? ports >>> 16 : ports & 0xffff;
  }

  /** The four words of an address as `Segment` holds them, and the family: what the address formatter takes. */
  address(tuple: number, side: number): { family: number; words: readonly [number, number, number, number] } {
    const value = this.words[tuple * RECORD + (side === 0 ? LOWER : UPPER)]!;
    if ((this.words[tuple * RECORD + FAMILY]! & FAMILY_MASK) === 4) return { family: 4, words: [0, 0, 0, value] };
    const { addresses } = this;
    return { family: 6, words: [addresses.word(value, 0), addresses.word(value, 1), addresses.word(value, 2), addresses.word(value, 3)] };
  }

  /** A number that stands for the host at this end: the same for all tuples of one address. */
  host(tuple: number, side: number): number {
    const value = this.words[tuple * RECORD + (side === 0 ? LOWER : UPPER)]! >>> 0;
    return (this.words[tuple * RECORD + FAMILY]! & FAMILY_MASK) === 4 ? value : value + 2 ** 32;
  }

  /**
   * A number that stands for the address at this end in all tables: itself for IPv4, 52 bits of a mixture for IPv6, where no two hosts of a
   * capture are likely to have the same.
   */
  identity(tuple: number, side: number): number {
    const { family, words } = this.address(tuple, side);
    if (family === 4) return words[3] >>> 0;
    const [high, low] = [mix(mix(1, words[0], words[1]), words[2], words[3]), mix(mix(2, words[2], words[0]), words[3], words[1])];
    return (high >>> 12) * 2 ** 32 + (low >>> 0) + 2 ** 32;
  }

  private find(kind: number, lower: number, upper: number, ports: number): number {
    const { slots, words } = this;
    const mask = slots.length - 1;
    for (let slot = mix(mix(this.seed ^ kind, lower, upper), ports, 0) & mask; ; slot = (slot + 1) & mask) {
      const tuple = slots[slot]!;
      if (tuple === NONE) return this.add(slot, kind, lower, upper, ports);
      const at = tuple * RECORD;
      if (words[at + PORTS] === ports && words[at + LOWER] === lower && words[at + UPPER] === upper && words[at + FAMILY] === kind) return tuple;
    }
  }

  private add(slot: number, kind: number, lower: number, upper: number, ports: number): number {
    const tuple = this.free === NONE ? this.newRow() : this.usedRow();
    const at = tuple * RECORD;
    this.slots[slot] = tuple;
    this.words[at + LOWER] = lower;
    this.words[at + UPPER] = upper;
    this.words[at + PORTS] = ports;
    this.words[at + FAMILY] = kind;
    if ((this.count - this.forgotten) * 2 > this.slots.length) this.rehash(this.slots.length * 2);
    return tuple;
  }

  private newRow(): number {
    if (this.count * RECORD === this.words.length) this.words = grown(this.words, this.words.length * 2);
    return this.count++;
  }

  private usedRow(): number {
    const tuple = this.free;
    this.free = this.words[tuple * RECORD + LOWER]!;
    this.forgotten--;
    return tuple;
  }

  private rehash(size: number): void {
    this.slots = size === this.slots.length ? this.slots.fill(NONE) : new Int32Array(size).fill(NONE);
    const { words } = this;
    const mask = this.slots.length - 1;
    for (let tuple = 0; tuple < this.count; tuple++) {
      const at = tuple * RECORD;
      if (words[at + FAMILY] === FORGOTTEN) continue;
      let slot = mix(mix(this.seed ^ words[at + FAMILY]!, words[at + LOWER]!, words[at + UPPER]!), words[at + PORTS]!, 0) & mask;
      while (this.slots[slot] !== NONE) slot = (slot + 1) & mask;
      this.slots[slot] = tuple;
    }
  }
}
