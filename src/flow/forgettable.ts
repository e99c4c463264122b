import { SYN } from '../decode/segment.js';
import { SECOND } from '../time.js';
import type { Duration, Time } from '../time.js';
import { SEEN } from './connections.js';
import type { FlowTable } from './flow-table.js';
import { TellingSegment } from './history.js';
import { closedPlainly } from './plain.js';

/** 2MSL with the MSL of RFC 9293 §3.4.2, two minutes: behind it nothing on the wire can concern the connection any more. */
export const LONGEST_TIME_WAIT: Duration = 240 * SECOND;

/**
 * Connections of one client to one service from which on none of them is forgotten: that is how ports run out, and to show it takes
 * them all. Linux has 28,232 local ports.
 */
const CROWD = 8192;
/** Counters by hash; two crowds in one are kept both. */
const CROWDS = 1 << 16;

/** Rows that may be forgotten where only findings are wanted, for there is nothing to be found in them. */
export interface Forgettable {
  /** Opened and closed plainly (plain.ts), long ago. */
  readonly closed: number[];
  /** A SYN, perhaps some times, and never an answer. */
  readonly unanswered: number[];
}

/**
 * What may be forgotten at `now`: what closed plainly `timeWait` ago or earlier, and attempts that nobody answered, of which nothing was
 * heard for `patience`. Not what shares its tuple with another connection.
 */
export function forgettable(table: FlowTable, now: Time, timeWait: Duration, patience: Duration): Forgettable {
  const { connections } = table;
  const closed: number[] = [];
  const unanswered: number[] = [];
  const sizes = crowdSizes(table);
  for (let row = 0; row < connections.count; row++) {
    if (!connections.isKept(row) || !table.isAlone(row)) continue;
    const silence = now - connections.end[row]!;
    if (silence >= timeWait && closedPlainly(connections, row)) {
      if (sizes[crowdOf(table, row)]! < CROWD) closed.push(row);
    } else if (silence >= patience && isUnanswered(table, row)) unanswered.push(row);
  }
  return { closed, unanswered };
}

function crowdSizes(table: FlowTable): Uint32Array {
  const { connections } = table;
  const sizes = new Uint32Array(CROWDS);
  for (let row = 0; row < connections.count; row++) if (connections.isKept(row) && !isUnanswered(table, row)) sizes[crowdOf(table, row)]!++;
  return sizes;
}

function crowdOf({ connections, tuples }: FlowTable, row: number): number {
  const tuple = connections.tuple[row]!;
  const side = connections.clientSide[row]!;
  const client = Math.imul(tuples.host(tuple, side) | 0, 0x9e3779b1);
  const service = Math.imul((tuples.host(tuple, side ^ 1) | 0) ^ (tuples.port(tuple, side ^ 1) << 16), 0x85ebca77);
  return Math.imul(client ^ (service >>> 13) ^ service, 0xc2b2ae35) >>> 16;
}

const rows: TellingSegment[] = [];

function isUnanswered({ connections, history }: FlowTable, row: number): boolean {
  const seen = connections.seen[row]!;
  if ((seen & ~SEEN.irregular) !== SEEN.syn || connections.packets[row * 2 + 1] !== 0) return false;
  if ((seen & SEEN.irregular) === 0) return true;
  // Sent again; or something was among the SYNs that is none, and of that there may be something to tell.
  const count = history.load(connections.history[row]!, rows);
  return rows.slice(0, count).every((segment) => segment.flags === SYN);
}
