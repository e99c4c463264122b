import type { FlowTable } from './flow-table.js';

/** The connections that a table holds, in order of their first frame, and the number that each has among all of the capture. */
export interface Roster {
  readonly count: number;
  rows(): Iterable<number>;
  idOf(row: number): number;
  /** Throws a RangeError where there is none, or none any more. */
  rowOf(id: number): number;
}

/** Of a table as it is now. */
export function rosterOf(table: FlowTable): Roster {
  return table.beginnings === null ? everyone(table.connections.count) : remaining(table, table.beginnings);
}

/** Where nothing is forgotten, rows are in order. */
function everyone(count: number): Roster {
  const known = (id: number): number => (id >= 0 && id < count ? id : missing(id));
  return { count, rows: () => upTo(count), idOf: (row) => row, rowOf: known };
}

function* upTo(count: number): IterableIterator<number> {
  for (let row = 0; row < count; row++) yield row;
}

function remaining({ connections }: FlowTable, beginnings: NonNullable<FlowTable['beginnings']>): Roster {
  const rows = Int32Array.from({ length: connections.count }, (_, row) => row).filter((row) => connections.isKept(row)).sort((a, b) => connections.firstFrame(a) - connections.firstFrame(b));
  const ids = Uint32Array.from(rows, (row) => beginnings.number(connections.firstFrame(row)));
  return {
    count: rows.length,
    rows: () => rows,
    idOf: (row) => beginnings.number(connections.firstFrame(row)),
    rowOf(id) {
      let [low, high] = [0, ids.length];
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (ids[middle]! < id) low = middle + 1;
        else high = middle;
      }
      return ids[low] === id ? rows[low]! : missing(id);
    },
  };
}

function missing(id: number): never {
  throw new RangeError(`connection ${id} is not known: it was forgotten, or never was`);
}
