import type { Row } from '../base/numbers.js';
import type { Packer, RecordLayout, Unpacker } from '../packing/packer.js';
import { MOST_ROWS, roomIn } from './columns.js';
import { CONNECTION_SIZE, DOUBLES, PREVIOUS, TUPLE } from './connection-record.js';
import { NO_TUPLE } from './identity/tuple-record.js';

/** In place of a row of this table. */
export const NO_CONNECTION: Row = -1;

/** Connections in a page. Pages, so that growing copies nothing. */
const PAGE_BITS = 10;
const PAGE_ROWS = 1 << PAGE_BITS;
/** Rows of the first page to begin with, a power of two: most captures are small. */
const FIRST_ROWS = 32;

const LAYOUT: RecordLayout = { size: CONNECTION_SIZE, pageRows: PAGE_ROWS, doubles: DOUBLES };

/**
 * Where the rows of connections lie: in pages, of which one that a forgotten connection had is used again.
 *
 * Who looks at a connection now and then asks the methods; who looks at every packet takes its page and reads words.
 */
export class ConnectionPages {
  /** Rows, those of forgotten connections included. */
  count = 0;
  private forgotten = 0;
  /** Head of the chain, through `PREVIOUS`, of rows to be used again. */
  private free = NO_CONNECTION;
  /** Rows that there are pages for. */
  private room = 0;
  private readonly pages: Int32Array[] = [];
  /** The pages again as doubles, for what is one. */
  private readonly doubles: Float64Array[] = [];

  pack(to: Packer): void {
    to.number(this.count);
    to.number(this.forgotten);
    to.number(this.free);
    to.records(this.pages, this.count, LAYOUT);
  }

  /** Takes in what `pack` wrote. */
  protected unpackPages(from: Unpacker): void {
    this.count = from.integer(0, MOST_ROWS);
    this.forgotten = from.integer(0, this.count);
    this.free = from.integer(NO_CONNECTION, this.count - 1);
    for (const page of from.records(this.count, LAYOUT)) {
      this.pages.push(page);
      this.doubles.push(new Float64Array(page.buffer));
    }
    this.room = roomIn(this.pages, LAYOUT);
  }

  /** The page of a connection. */
  page(row: Row): Int32Array {
    return this.pages[row >> PAGE_BITS]!;
  }

  /** The page of a connection as doubles: the double at word `n` is number `n >> 1`. */
  doublesOf(row: Row): Float64Array {
    return this.doubles[row >> PAGE_BITS]!;
  }

  /** Where in its page a connection begins, in words. */
  at(row: Row): number {
    return (row & (PAGE_ROWS - 1)) * CONNECTION_SIZE;
  }

  /** Connections that were not forgotten. */
  get kept(): number {
    return this.count - this.forgotten;
  }

  /** Whether there is a connection in this row: it was not forgotten. */
  isKept(row: Row): boolean {
    return this.page(row)[this.at(row) + TUPLE] !== NO_TUPLE;
  }

  /** Gives the row away to another connection. */
  forget(row: Row): void {
    const words = this.page(row);
    const at = this.at(row);
    words[at + TUPLE] = NO_TUPLE;
    words[at + PREVIOUS] = this.free;
    this.free = row;
    this.forgotten++;
  }

  /** A row for another connection: that of a forgotten one, as new, where there is one. */
  protected anyRow(): Row {
    return this.free === NO_CONNECTION ? this.newRow() : this.usedRow();
  }

  protected newRow(): number {
    const row = this.count++;
    if (row === this.room) this.makeRoom();
    return row;
  }

  /** A row of a forgotten connection, as new. */
  private usedRow(): number {
    const row = this.free;
    this.free = this.page(row)[this.at(row) + PREVIOUS]!;
    this.forgotten--;
    const at = this.at(row);
    this.page(row).fill(0, at, at + CONNECTION_SIZE);
    return row;
  }

  /** Makes the first page larger until it is a whole one; then adds pages. */
  private makeRoom(): void {
    const rows = this.room === 0 ? FIRST_ROWS : Math.min(this.room * 2, PAGE_ROWS);
    const at = this.room < PAGE_ROWS ? 0 : this.pages.length;
    const page = new ArrayBuffer(rows * CONNECTION_SIZE * 4);
    const words = new Int32Array(page);
    if (this.pages[at] !== undefined) words.set(this.pages[at]);
    this.pages[at] = words;
    this.doubles[at] = new Float64Array(page);
    this.room = at * PAGE_ROWS + rows;
  }
}
