import type { ConnectionId, Row } from '../../base/numbers.js';
import { lowerBound } from '../../base/lower-bound.js';
import { NO_CONNECTION } from '../connection-pages.js';
import type { Connections } from '../connections.js';
import type { FlowTable } from '../flow-table.js';
import { KeptFirstFrames } from './kept-first-frames.js';

/**
 * The connections that a table holds, in order of their first frame, and the number that each has among all of the
 * capture.
 */
export interface ConnectionIds {
  readonly count: number;
  rows(): Iterable<Row>;
  idOf(row: Row): ConnectionId;
  /** The numbers of all, ascending, where some were forgotten to keep memory bounded. */
  readonly ids?: Uint32Array;
  /** The row of a connection; NO_CONNECTION where there is none here, or none any more. */
  rowOf(id: ConnectionId): Row;
}

/** The connections of a table as it is now. */
export function connectionIdsOf(table: FlowTable): ConnectionIds {
  if (table.firstFrames === null) return everyone(table.connections.count);
  return table.firstFrames instanceof KeptFirstFrames
    ? living(table, table.firstFrames)
    : some(table, table.firstFrames);
}

/** Where nothing is forgotten, rows are in order. */
function everyone(count: number): ConnectionIds {
  return {
    count, rows: () => new FirstRows(count), idOf: (row) => row as number,
    rowOf: (id) => (id >= 0 && id < count ? (id as number) : NO_CONNECTION),
  };
}

/**
 * Rows from 0 on. A generator, which V8 cannot write into the loop that asks it, takes 13 ns of each row, this one 4
 * (Node 20.20).
 */
class FirstRows implements IterableIterator<number> {
  private row = 0;
  private readonly count: number;

  constructor(count: number) {
    this.count = count;
  }

  next(): IteratorResult<number> {
    return this.row < this.count ? { done: false, value: this.row++ } : { done: true, value: undefined };
  }

  [Symbol.iterator](): this {
    return this;
  }
}

function some({ connections }: FlowTable, firstFrames: NonNullable<FlowTable['firstFrames']>): ConnectionIds {
  const rows = inOrder(connections, (row) => connections.firstFrame(row));
  const idOf = (row: Row): number => firstFrames.number(connections.firstFrame(row));
  return {
    count: rows.length,
    rows: () => rows,
    idOf,
    rowOf(id) {
      const place = lowerBound(rows.length, (at) => idOf(rows[at]!) < id);
      return place < rows.length && idOf(rows[place]!) === id ? rows[place]! : NO_CONNECTION;
    },
  };
}

/**
 * Where rows are given to other connections while the list of connection ids is in use: those are not its own, and who
 * was in them is there no more. In order of their numbers, for frames begin again after 2^32.
 */
function living({ connections }: FlowTable, firstFrames: KeptFirstFrames): ConnectionIds {
  const numbers = new Uint32Array(connections.count);
  for (let row = 0; row < connections.count; row++)
    if (connections.isKept(row)) numbers[row] = firstFrames.number(connections.firstFrame(row));
  const rows = inOrder(connections, (row) => numbers[row]!);
  const frames = Uint32Array.from(rows, (row) => connections.firstFrame(row));
  const ids = Uint32Array.from(rows, (row) => numbers[row]!);
  const isThere = (place: number): boolean =>
    connections.isKept(rows[place]!) && connections.firstFrame(rows[place]!) === frames[place];
  return {
    count: rows.length,
    * rows() {
      for (let place = 0; place < rows.length; place++) if (isThere(place)) yield rows[place]!;
    },
    idOf: (row) => firstFrames.number(connections.firstFrame(row)),
    ids,
    rowOf(id) {
      const place = lowerBound(ids.length, (at) => ids[at]! < id);
      return ids[place] === id && isThere(place) ? rows[place]! : NO_CONNECTION;
    },
  };
}

/** Numbers below this and keys of 32 bits fit into one double. */
const PLACES = 2 ** 21;

/**
 * Rows that are kept, ascending by `key`, which has 32 bits; they are in that order already where none was used again.
 */
function inOrder(connections: Connections, key: (row: Row) => number): Int32Array {
  const rows = new Int32Array(connections.kept);
  let count = 0;
  let latest = 0;
  let sorted = true;
  for (let row = 0; row < connections.count; row++) {
    if (!connections.isKept(row)) continue;
    const own = key(row);
    if (own < latest) sorted = false;
    latest = own;
    rows[count++] = row;
  }
  if (sorted) return rows;
  if (count > PLACES) return rows.sort((a, b) => key(a) - key(b));
  return sortedBy(key, rows);
}

/** Asks for each key once: where comparisons ask, 190,000 rows take twice as long (Node 20.20). */
function sortedBy(key: (row: Row) => number, rows: Int32Array): Int32Array {
  const keys = new Float64Array(rows.length);
  for (let place = 0; place < rows.length; place++) keys[place] = key(rows[place]!) * PLACES + place;
  keys.sort();
  const inOrder = new Int32Array(rows.length);
  for (let place = 0; place < rows.length; place++) inOrder[place] = rows[keys[place]! % PLACES]!;
  return inOrder;
}
