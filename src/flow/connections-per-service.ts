import type { Row } from '../base/numbers.js';
import type { FlowTable } from './flow-table.js';

/** Counters by hash, so that millions of clients need no entry each; two crowds may share one. */
const COUNTERS = 1 << 16;

/** Roughly how many connections each client has to each service: never too few, seldom too many. */
export class ConnectionsPerService {
  private readonly sizes = new Uint32Array(COUNTERS);
  private readonly table: FlowTable;

  constructor(table: FlowTable, rows: Iterable<number>) {
    this.table = table;
    for (const row of rows) this.sizes[this.counter(row)]!++;
  }

  /** Connections of the largest crowd. */
  get largest(): number {
    return this.sizes.reduce((most, size) => Math.max(most, size), 0);
  }

  /** Connections of the client to the service of the connection in `row`. */
  size(row: Row): number {
    return this.sizes[this.counter(row)]!;
  }

  private counter(row: Row): number {
    const { connections, tuples } = this.table;
    const tuple = connections.tuple(row);
    const client = connections.clientSide(row);
    const from = Math.imul(tuples.host(tuple, client), 0x9e3779b1);
    const to = Math.imul(tuples.host(tuple, client ^ 1) ^ (tuples.port(tuple, client ^ 1) << 16), 0x85ebca77);
    return Math.imul(from ^ to ^ (to >>> 13), 0xc2b2ae35) >>> 16;
  }
}
