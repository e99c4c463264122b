import type { Row } from '../base/numbers.js';
import { AE, CWR, ECE, SYN } from '../decode/segment.js';
import type { Duration, Time } from '../base/time.js';
import * as CONNECTION_FLAG from './connection-flags.js';
import { ConnectionsPerService } from './connections-per-service.js';
import type { FlowTable } from './flow-table.js';
import { TellingSegment } from './history/telling-segment.js';
import { closedCleanly } from './clean-close.js';

/**
 * Connections of one client to one service from which on none of them is forgotten: that is how ports run out, and to
 * show it takes them all. Linux has 28,232 local ports.
 */
export const CROWD = 8192;

/** Rows that may be forgotten where only findings are wanted, for there is nothing to be found in them. */
export interface Forgettable {
  /** Opened and closed cleanly (clean-close.ts), long ago. */
  readonly closed: number[];
  /** A SYN, perhaps some times, and never an answer. */
  readonly unanswered: number[];
}

/**
 * What may be forgotten at `now`: what closed cleanly `timeWait` ago or earlier, and attempts that nobody answered, of
 * which nothing was heard for `patience`. Not what shares its tuple with another connection.
 */
export function forgettable(table: FlowTable, now: Time, timeWait: Duration, patience: Duration): Forgettable {
  const { connections } = table;
  const closed: number[] = [];
  const unanswered: number[] = [];
  for (let row = 0; row < connections.count; row++) {
    const silence = now - connections.end(row);
    if ((silence < timeWait && silence < patience) || !connections.isKept(row) || !table.isAlone(row)) continue;
    if (silence >= timeWait && closedCleanly(connections, row)) closed.push(row);
    else if (silence >= patience && isUnanswered(table, row)) unanswered.push(row);
  }
  if (closed.length === 0) return { closed, unanswered };
  const connectionsPerService = new ConnectionsPerService(table, answered(table));
  return { closed: closed.filter((row) => connectionsPerService.size(row) < CROWD), unanswered };
}

function* answered({ connections }: FlowTable): IterableIterator<number> {
  for (let row = 0; row < connections.count; row++)
    if (connections.isKept(row) && connections.packets(row, 1) !== 0) yield row;
}

const rows: TellingSegment[] = [];

/** What a SYN may ask for beside (RFC 3168 §6.1.1, RFC 9768 §3.1.1). */
const CONGESTION_NOTIFICATION = ECE | CWR | AE;

/** Whether nothing but SYNs of its client was seen of a connection. */
export function isUnanswered({ connections, history }: FlowTable, row: Row): boolean {
  const packets = connections.packets(row, 0);
  const seen = connections.flags(row);
  if (
    (seen & ~(CONNECTION_FLAG.irregular | CONNECTION_FLAG.overheard | CONNECTION_FLAG.circumstances)) !==
      CONNECTION_FLAG.syn ||
    connections.packets(row, 1) !== 0
  )
    return false;
  if (packets === 1 && (seen & (CONNECTION_FLAG.irregular | CONNECTION_FLAG.overheard)) === 0) return true;
  // Sent again; or not only SYNs were sent: the answers were not captured, or the flags are none that a TCP sends.
  const count = history.load(connections.history(row), rows);
  return (
    (count === packets || (seen & CONNECTION_FLAG.doubled) !== 0) &&
    rows.slice(0, count).every(({ flags }) => (flags & ~CONGESTION_NOTIFICATION) === SYN)
  );
}
