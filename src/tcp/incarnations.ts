import type { End, Row } from '../base/numbers.js';
import { SYN } from '../decode/segment.js';
import * as CONNECTION_FLAG from '../flow/connection-flags.js';
import * as ENDPOINT_FLAG from '../flow/endpoint-flags.js';
import type { FlowTable } from '../flow/flow-table.js';
import { FOREIGN, HAS_TIMESTAMPS } from '../flow/history/telling-segment.js';
import type { TellingSegment } from '../flow/history/telling-segment.js';
import { LATEST } from '../flow/identity/tuple-record.js';
import { distance } from '../flow/sequence.js';

/** Attempts on one tuple that are told as one history. */
const MOST_ATTEMPTS = 256;

/** Several connections of one tuple, one after the other: what a connection shows beside the one before it. */
export class Incarnations {
  private readonly table: FlowTable;

  constructor(table: FlowTable) {
    this.table = table;
  }

  /**
   * The attempts on the tuple that came right before connection `row` and never stood, the last first; and behind them
   * the row of the connection that stood before, or -1. An attempt of the other end is none of its own. No more are
   * looked for than `MOST_ATTEMPTS`.
   */
  attemptsBefore(row: Row): { readonly attempts: readonly number[]; readonly stood: number } {
    const { connections } = this.table;
    const attempts: number[] = [];
    let before = connections.previous(row);
    for (
      ;
      before >= 0 && attempts.length < MOST_ATTEMPTS && this.isAttempt(before, connections.clientSide(row));
      before = connections.previous(before)
    )
      attempts.push(before);
    return { attempts, stood: before };
  }

  /** Whether connection `row` is an attempt that never stood, and its client tried again on the same ports. */
  wasTriedAgain(row: Row): boolean {
    const { connections, tuples } = this.table;
    if (!this.isAttempt(row, connections.clientSide(row))) return false;
    const tuple = connections.tuple(row);
    let after = tuples.page(tuple)[tuples.at(tuple) + LATEST]!;
    for (let steps = 0; steps < MOST_ATTEMPTS && after >= 0 && after !== row; steps++) {
      const before = connections.previous(after);
      if (before === row)
        return (
          connections.clientSide(after) === connections.clientSide(row) &&
          (connections.flags(after) & CONNECTION_FLAG.syn) !== 0
        );
      after = before;
    }
    return false;
  }

  /**
   * How far the timestamp of the client's first SYN lies beyond the last one of the same end in the connection before;
   * null where either is not known.
   */
  timestampAdvance(row: Row): number | null {
    const { connections, history } = this.table;
    const previous = connections.previous(row);
    if (previous < 0) return null;
    const before = connections.clientSide(row) === connections.clientSide(previous) ? 0 : 1;
    const rows: TellingSegment[] = [];
    const own = history.load(connections.history(row), rows);
    const syn = rows
      .slice(0, own)
      .find(({ talker, flags, marks }) => talker === 0 && flags & SYN && !(marks & FOREIGN));
    if (!syn || !(syn.marks & HAS_TIMESTAMPS)) return null;
    const value = syn.timestampValue;
    const count = history.load(connections.history(previous), rows);
    const last = rows
      .slice(0, count)
      .findLast(({ talker, marks }) => talker === before && marks & HAS_TIMESTAMPS && !(marks & FOREIGN));
    return last ? distance(value, last.timestampValue) : null;
  }

  /**
   * How far the initial sequence number of end `role` lies beyond the last one that the same end used in the connection
   * before; null where either is not known.
   */
  initialDistance(row: Row, role: End): number | null {
    const { connections } = this.table;
    const previous = connections.previous(row);
    if (previous < 0 || (connections.endpointFlags(row, role) & ENDPOINT_FLAG.syn) === 0) return null;
    const before = role ^ connections.clientSide(row) ^ connections.clientSide(previous);
    return connections.packets(previous, before) === 0
      ? null
      : distance(connections.firstSequence(row, role), connections.nextSequence(previous, before));
  }

  private isAttempt(row: Row, clientSide: number): boolean {
    const { connections } = this.table;
    return (
      (connections.flags(row) & (CONNECTION_FLAG.syn | CONNECTION_FLAG.established | CONNECTION_FLAG.guessed)) ===
        CONNECTION_FLAG.syn && connections.clientSide(row) === clientSide
    );
  }
}
