import type { Row } from '../base/numbers.js';
import type { Time } from '../base/time.js';
import type { FlowTable } from './flow-table.js';
import * as CONNECTION_FLAG from './connection-flags.js';
import type { TellingSegment } from './history/telling-segment.js';

/** One attempt to connect that nobody answered, as the flow table has it. Hosts as `TupleTable.identity` names them. */
export interface Attempt {
  readonly client: number;
  readonly server: number;
  readonly port: number;
  /** Its first and its last SYN, and how many there were. */
  readonly start: Time;
  readonly end: Time;
  readonly syns: number;
}

const rows: TellingSegment[] = [];

/** Of connection `row`, of which `isUnanswered` is true. */
export function attemptOf(table: FlowTable, row: Row): Attempt {
  const { connections, tuples } = table;
  const tuple = connections.tuple(row);
  const client = connections.clientSide(row);
  return {
    client: tuples.identity(tuple, client), server: tuples.identity(tuple, client ^ 1),
    port: tuples.port(tuple, client ^ 1), start: connections.start(row), end: connections.end(row),
    syns: synsOf(table, row),
  };
}

/** How many SYNs an attempt has that nobody answered, copies left out. */
export function synsOf({ connections, history }: FlowTable, row: Row): number {
  return (connections.flags(row) & CONNECTION_FLAG.doubled) === 0
    ? connections.packets(row, 0)
    : history.load(connections.history(row), rows);
}
