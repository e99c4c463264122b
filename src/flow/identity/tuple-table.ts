import type { Side } from '../../base/numbers.js';
import type { Segment } from '../../decode/segment.js';
import { AddressTable } from './address-table.js';
import { NO_CONNECTION } from '../connection-pages.js';
import { anySeed, secretsOf, settle, stir } from './hash.js';
import type { Secrets } from './hash.js';
import { ANY_COUNT, UnpackError } from '../../packing/packer.js';
import type { Packer, RecordLayout, Unpacker } from '../../packing/packer.js';
import { MOST_ROWS, roomIn } from '../columns.js';
import {
  FAMILY, LATEST, LOWER, NO_STREAM, NO_TUPLE, PORTS, SIGHTS, STREAM, TUPLE_SIZE, UPPER,
} from './tuple-record.js';

const FIRST_SLOTS = 128;

/** Tuples that were looked up last, a power of two: with their hashes 64 kB, which a core's caches hold. */
const RECENT = 1 << 13;

const FAMILY_MASK = 7;
const REALM_SHIFT = 3;
const FORGOTTEN = 0;

/** Tuples in a page. Pages, so that growing copies nothing. */
const PAGE_BITS = 10;
const PAGE_ROWS = 1 << PAGE_BITS;
/** Rows of the first page to begin with, a power of two: most captures are small. */
const FIRST_ROWS = 32;

const LAYOUT: RecordLayout = { size: TUPLE_SIZE, pageRows: PAGE_ROWS, doubles: [] };

/**
 * Address and port pairs, each once whatever the direction, laid out as tuple-record.ts says.
 *
 * Of the two ends the numerically lower one is side 0, so both directions of a conversation meet in one row.
 *
 * Open addressing, linear probing, at most three quarters full. A slot holds the hash beside the row: the rows of
 * others, far apart in memory, then are not looked at.
 */
export class TupleTable {
  /** Rows, forgotten ones included. */
  count = 0;
  private forgotten = 0;
  /** Head of the chain of forgotten rows. */
  private free = NO_TUPLE;
  /** How often addresses were given other numbers, on which `host` depends. */
  tidied = 0;
  /** Which side sent the segment last looked up: 0 the lower end, 1 the upper. */
  side = 0;
  private readonly secrets: Secrets;
  private addresses: AddressTable;
  /** Two words each: hash and row. */
  private slots = new Int32Array(FIRST_SLOTS * 2).fill(NO_TUPLE);
  /**
   * Hash and row of the tuple that was looked up last, for each value of the lower bits of a hash. Packets of a
   * connection come close together, and the slots of all connections do not fit into caches: without it a report of
   * 400,000 connections takes 3 % longer (Node 20.20).
   */
  private readonly recent = new Int32Array(RECENT * 2).fill(NO_TUPLE);
  /** Rows that there are pages for. */
  private room = 0;
  private readonly pages: Int32Array[] = [];

  constructor(seed = anySeed()) {
    this.secrets = secretsOf(seed);
    this.addresses = new AddressTable(seed);
  }

  pack(to: Packer): void {
    to.number(this.count);
    to.number(this.forgotten);
    to.number(this.free);
    to.number(this.tidied);
    this.addresses.pack(to);
    to.records(this.pages, this.count, LAYOUT);
  }

  /** Hashes are made anew, with a seed of their own. */
  static unpack(from: Unpacker): TupleTable {
    const seed = anySeed();
    const table = new TupleTable(seed);
    table.count = from.integer(0, MOST_ROWS);
    table.forgotten = from.integer(0, table.count);
    table.free = from.integer(NO_TUPLE, table.count - 1);
    table.tidied = from.integer(0, ANY_COUNT);
    table.addresses = AddressTable.unpack(from, seed);
    table.pages.push(...from.records(table.count, LAYOUT));
    table.room = roomIn(table.pages, LAYOUT);
    let slots = FIRST_SLOTS;
    while (table.kept * 8 > slots * 2 * 3) slots *= 2;
    table.slots = new Int32Array(slots * 2).fill(NO_TUPLE);
    table.fillSlots();
    return table;
  }

  /** The page of a tuple. */
  page(row: number): Int32Array {
    return this.pages[row >> PAGE_BITS]!;
  }

  /** Where in its page a tuple begins, in words. */
  at(row: number): number {
    return (row & (PAGE_ROWS - 1)) * TUPLE_SIZE;
  }

  /** The row of this segment's tuple, a new one if it was not met before; `side` then tells who sent it. */
  locate(segment: Segment): number {
    const { family, sourcePort, destinationPort } = segment;
    let source = segment.source3;
    let destination = segment.destination3;
    if (family === 6) {
      source = this.addresses.intern(segment.source0, segment.source1, segment.source2, source);
      destination = this.addresses.intern(
        segment.destination0, segment.destination1, segment.destination2, destination,
      );
    }
    const kind = family | (segment.realm << REALM_SHIFT);
    // All bits set if the source is the lower end, else none. Which it is no processor foresees, and a wrong guess
    // costs it 20 cycles: asked for by branches, the look-up took 7 ns a packet more (Node 20.20).
    const fromLower = source === destination ? (sourcePort - destinationPort - 1) >> 31 : below(source, destination);
    this.side = 1 + fromLower;
    const differing = (source ^ destination) & fromLower;
    const lower = destination ^ differing;
    const upper = source ^ differing;
    const there = (sourcePort << 16) | destinationPort;
    const back = (destinationPort << 16) | sourcePort;
    const ports = back ^ ((there ^ back) & fromLower);

    const { recent } = this;
    const hash = this.hash(kind, lower, upper, ports);
    const place = (hash << 1) & (RECENT * 2 - 1);
    const last = recent[place + 1]!;
    if (recent[place] === hash && last !== NO_TUPLE && this.isTuple(last, kind, lower, upper, ports)) return last;
    const tuple = this.find(hash, kind, lower, upper, ports);
    recent[place] = hash;
    recent[place + 1] = tuple;
    return tuple;
  }

  /** The row of a tuple, a new one if it was not met before. */
  private find(hash: number, kind: number, lower: number, upper: number, ports: number): number {
    const { slots } = this;
    const mask = slots.length - 1;
    for (let slot = (hash << 1) & mask; ; slot = (slot + 2) & mask) {
      const tuple = slots[slot + 1]!;
      if (tuple === NO_TUPLE) return this.add(hash, kind, lower, upper, ports);
      if (slots[slot] === hash && this.isTuple(tuple, kind, lower, upper, ports)) return tuple;
    }
  }

  /** Whether this is what stands in row `tuple`. */
  private isTuple(tuple: number, kind: number, lower: number, upper: number, ports: number): boolean {
    const words = this.page(tuple);
    const at = this.at(tuple);
    return (
      words[at + PORTS] === ports && words[at + LOWER] === lower && words[at + UPPER] === upper &&
      words[at + FAMILY] === kind
    );
  }

  /**
   * An empty table in which addresses have the order of another one: by that is told which end of a tuple is the
   * lower one.
   */
  static like({ addresses }: TupleTable): TupleTable {
    const table = new TupleTable();
    for (let id = 0; id < addresses.count; id++)
      table.addresses.intern(
        addresses.word(id, 0),
        addresses.word(id, 1),
        addresses.word(id, 2),
        addresses.word(id, 3),
      );
    return table;
  }

  /**
   * Adds a tuple of another table with all that is noted of it; its connection and stream are still numbered as
   * there. Answers its row.
   */
  copy(from: TupleTable, tuple: number): number {
    const words = from.page(tuple);
    const at = from.at(tuple);
    const kind = words[at + FAMILY]!;
    const [lower, upper] = [0, 1].map((side) => this.numbered(from.address(tuple, side))) as [number, number];
    const row = this.add(this.hash(kind, lower, upper, words[at + PORTS]!), kind, lower, upper, words[at + PORTS]!);
    this.page(row).set(words.subarray(at + LATEST, at + TUPLE_SIZE), this.at(row) + LATEST);
    return row;
  }

  /**
   * @throws UnpackError where a tuple is none of IPv4 or IPv6, or has an address that is not there, or was forgotten
   */
  check(): void {
    if (this.forgotten !== 0) throw new UnpackError('tuples that were forgotten');
    for (let row = 0; row < this.count; row++) {
      const words = this.page(row);
      const at = this.at(row);
      const family = words[at + FAMILY]! & FAMILY_MASK;
      const isThere = [words[at + LOWER]!, words[at + UPPER]!].every(
        (address) => address >= 0 && address < this.addresses.count,
      );
      if (family !== 4 && !(family === 6 && isThere)) throw new UnpackError(`tuple ${row} has no addresses`);
    }
  }

  /** The row will be used for another tuple; to be followed by `tidy` before the next look-up. */
  forget(tuple: number): void {
    const words = this.page(tuple);
    const at = this.at(tuple);
    words[at + FAMILY] = FORGOTTEN;
    words[at + LOWER] = this.free;
    this.free = tuple;
    this.forgotten++;
  }

  /** Makes the look-up anew without what was forgotten, and lets go of addresses that no tuple has any more. */
  tidy(): void {
    if (this.addresses.count > 0) this.tidyAddresses();
    this.slots.fill(NO_TUPLE);
    this.recent.fill(NO_TUPLE);
    this.fillSlots();
  }

  /** The slots are empty before. */
  private fillSlots(): void {
    for (let row = 0; row < this.count; row++) {
      const words = this.page(row);
      const at = this.at(row);
      if (words[at + FAMILY] !== FORGOTTEN)
        this.put(this.hash(words[at + FAMILY]!, words[at + LOWER]!, words[at + UPPER]!, words[at + PORTS]!), row);
    }
  }

  /** Tuples that were not forgotten. */
  get kept(): number {
    return this.count - this.forgotten;
  }

  /** Whether there is a tuple in this row: it was not forgotten. */
  isKept(tuple: number): boolean {
    return this.page(tuple)[this.at(tuple) + FAMILY] !== FORGOTTEN;
  }

  private tidyAddresses(): void {
    const used = new Uint8Array(this.addresses.count);
    for (let row = 0; row < this.count; row++) {
      const words = this.page(row);
      const at = this.at(row);
      if ((words[at + FAMILY]! & FAMILY_MASK) === 6) used[words[at + LOWER]!] = used[words[at + UPPER]!] = 1;
    }
    this.tidied++;
    const moved = this.addresses.keep(used);
    for (let row = 0; row < this.count; row++) {
      const words = this.page(row);
      const at = this.at(row);
      if ((words[at + FAMILY]! & FAMILY_MASK) !== 6) continue;
      words[at + LOWER] = moved[words[at + LOWER]!]!;
      words[at + UPPER] = moved[words[at + UPPER]!]!;
    }
  }

  port(tuple: number, side: Side): number {
    const ports = this.page(tuple)[this.at(tuple) + PORTS]!;
    return side === 0 ? ports >>> 16 : ports & 0xffff;
  }

  /** The four words of an address as `Segment` holds them, and the family: what the address formatter takes. */
  address(tuple: number, side: Side): { family: number; words: readonly [number, number, number, number] } {
    const value = this.end(tuple, side);
    if (this.family(tuple) === 4) return { family: 4, words: [0, 0, 0, value] };
    const { addresses } = this;
    return {
      family: 6,
      words: [addresses.word(value, 0), addresses.word(value, 1), addresses.word(value, 2), addresses.word(value, 3)],
    };
  }

  /**
   * A number that stands for the host at this end: the same for all tuples of one address. With its sign, an IPv4
   * address is a small integer to V8, which a map finds in 12 ns, and a larger one in 30 (Node 20.20).
   */
  host(tuple: number, side: Side): number {
    const value = this.end(tuple, side);
    return this.family(tuple) === 4 ? value : (value >>> 0) + 2 ** 32;
  }

  /**
   * A number that stands for the address at this end in all tables: itself for IPv4, 52 bits of a mixture for IPv6,
   * where no two hosts of a capture are likely to have the same.
   */
  identity(tuple: number, side: Side): number {
    if (this.family(tuple) === 4) return this.end(tuple, side) >>> 0;
    const [a, b, c, d] = this.address(tuple, side).words;
    const [high, low] = [
      settle(settle(settle(settle(a) ^ b) ^ c) ^ d), settle(settle(settle(settle(d ^ 1) ^ c) ^ b) ^ a),
    ];
    return (high >>> 12) * 2 ** 32 + (low >>> 0) + 2 ** 32;
  }

  /** An address as this table's tuples have it. */
  private numbered({ family, words: [a, b, c, d] }: ReturnType<TupleTable['address']>): number {
    return family === 4 ? d : this.addresses.intern(a, b, c, d);
  }

  private end(tuple: number, side: Side): number {
    return this.page(tuple)[this.at(tuple) + (side === 0 ? LOWER : UPPER)]!;
  }

  private family(tuple: number): number {
    return this.page(tuple)[this.at(tuple) + FAMILY]! & FAMILY_MASK;
  }

  private hash(kind: number, lower: number, upper: number, ports: number): number {
    const { secrets } = this;
    return settle(
      (stir(kind, secrets[0]) + stir(lower, secrets[1]) + stir(upper, secrets[2]) + stir(ports, secrets[3])) | 0,
    );
  }

  private add(hash: number, kind: number, lower: number, upper: number, ports: number): number {
    const tuple = this.free === NO_TUPLE ? this.newRow() : this.usedRow();
    const words = this.page(tuple);
    const at = this.at(tuple);
    words[at + LOWER] = lower;
    words[at + UPPER] = upper;
    words[at + PORTS] = ports;
    words[at + FAMILY] = kind;
    words[at + LATEST] = NO_CONNECTION;
    words[at + STREAM] = NO_STREAM;
    words[at + SIGHTS] = 0;
    if ((this.count - this.forgotten) * 8 > this.slots.length * 3) this.widen();
    this.put(hash, tuple);
    return tuple;
  }

  private newRow(): number {
    const row = this.count++;
    if (row === this.room) this.makeRoom();
    return row;
  }

  private usedRow(): number {
    const tuple = this.free;
    this.free = this.page(tuple)[this.at(tuple) + LOWER]!;
    this.forgotten--;
    return tuple;
  }

  private put(hash: number, tuple: number): void {
    const { slots } = this;
    const mask = slots.length - 1;
    let slot = (hash << 1) & mask;
    while (slots[slot + 1] !== NO_TUPLE) slot = (slot + 2) & mask;
    slots[slot] = hash;
    slots[slot + 1] = tuple;
  }

  /** Twice as many slots. */
  private widen(): void {
    const before = this.slots;
    this.slots = new Int32Array(before.length * 2).fill(NO_TUPLE);
    for (let slot = 0; slot < before.length; slot += 2)
      if (before[slot + 1] !== NO_TUPLE) this.put(before[slot]!, before[slot + 1]!);
  }

  /** Makes the first page larger until it is a whole one; then adds pages. */
  private makeRoom(): void {
    const rows = this.room === 0 ? FIRST_ROWS : Math.min(this.room * 2, PAGE_ROWS);
    const at = this.room < PAGE_ROWS ? 0 : this.pages.length;
    const page = new Int32Array(rows * TUPLE_SIZE);
    if (this.pages[at] !== undefined) page.set(this.pages[at]);
    this.pages[at] = page;
    this.room = at * PAGE_ROWS + rows;
  }
}

/** All bits set if `a` is below `b`, both signed, else none. */
function below(a: number, b: number): number {
  return ((a & ~b) | (~(a ^ b) & (a - b))) >> 31;
}
