import type { Row } from '../base/numbers.js';
import { findIn } from '../findings/find-in.js';
import * as CONNECTION_FLAG from '../flow/connection-flags.js';
import { NO_CONNECTION } from '../flow/connection-pages.js';
import { ConnectionsPerService } from '../flow/connections-per-service.js';
import type { FlowTable } from '../flow/flow-table.js';
import { CROWD, isUnanswered } from '../flow/forgettable.js';
import { closedCleanly } from '../flow/clean-close.js';
import type { Connection, StateEntry } from '../tcp/connection.js';
import { HASTE, PATIENCE } from './healthy-discard.js';
import type { ConnectionFolder } from '../tcp/connection-folder.js';
import type { Duration, Time } from '../base/time.js';

/** Makes a folder of some connections of the table, as what is known so far has it. */
export type FolderOf = (rows: readonly number[]) => ConnectionFolder;

/** A connection that has seen a FIN or a RST, judged. */
interface Closing {
  readonly row: Row;
  /** Both ends of the connection are closed; `isNearlyOver`: closed or in TIME-WAIT. */
  readonly isOver: boolean;
  readonly isNearlyOver: boolean;
  readonly hasFindings: boolean;
}

/**
 * Which connections are to be forgotten, in this order, of each kind those first that have been silent longest:
 *
 * 1. what closed cleanly and is past TIME-WAIT, and attempts that nobody answered;
 * 2. what else is over and past TIME-WAIT, without a finding;
 * 3. the same with findings, and the crowds of clients that may run out of ports, which only all of them together show;
 * 4. attempts before they should have come again, then all attempts: a flood;
 * 5. what is over, but still in TIME-WAIT, or on a tuple whose next connection is judged by it;
 * 6. what may still live.
 *
 * Kinds 1 to 3 change no verdict on another connection: that on a tuple's next one depends on whether it began in
 * TIME-WAIT.
 */
export class EvictionPolicy {
  /** Chosen, an earlier connection of a tuple before the later ones. */
  readonly rows: number[] = [];
  /** How many of `rows` are of the kinds 4 to 6 (`early`), and of kind 6 (`lived`). */
  early = 0;
  lived = 0;
  private readonly table: FlowTable;
  private readonly now: Time;
  private readonly end: Time;
  private readonly timeWait: Duration;
  private readonly folderOf: FolderOf;
  private readonly isChosen: Uint8Array;
  /** The next connection on the tuple of each. */
  private readonly successor: Int32Array;

  constructor(table: FlowTable, now: Time, end: Time, timeWait: Duration, folderOf: FolderOf) {
    this.table = table;
    this.now = now;
    this.end = end;
    this.timeWait = timeWait;
    this.folderOf = folderOf;
    const { connections } = table;
    this.isChosen = new Uint8Array(connections.count);
    this.successor = new Int32Array(connections.count).fill(NO_CONNECTION);
    for (const row of this.left())
      if (connections.previous(row) !== NO_CONNECTION) this.successor[connections.previous(row)] = row;
  }

  /**
   * Chooses `wanted` of the kinds 1 to 3, if there are so many; of the others as many as it takes to come to `needed`.
   */
  choose(wanted: number, needed: number): void {
    const { timeWait } = this;
    const plain: number[] = [];
    const crowded: number[] = [];
    const connectionsPerService = new ConnectionsPerService(this.table, this.answered());
    for (const row of this.left()) {
      if (this.silence(row) >= timeWait && closedCleanly(this.table.connections, row))
        (connectionsPerService.size(row) < CROWD ? plain : crowded).push(row);
    }
    this.take([...plain, ...this.attempts(PATIENCE)], wanted);
    if (this.rows.length >= wanted) return;
    const closing = this.closing();
    const past = closing.filter(({ row, isOver }) => isOver && this.silence(row) >= timeWait);
    this.take(rowsOf(past.filter(({ hasFindings }) => !hasFindings)), wanted);
    this.take([...rowsOf(past.filter(({ hasFindings }) => hasFindings)), ...crowded], wanted);
    const inTime = this.rows.length;
    for (const patience of HASTE) if (this.rows.length < needed) this.take(this.attempts(patience), needed);
    this.take(rowsOf(closing.filter(({ isNearlyOver }) => isNearlyOver)), needed, false);
    const over = this.rows.length;
    if (this.rows.length < needed) this.take([...this.left()], needed, false);
    this.early = this.rows.length - inTime;
    this.lived = this.rows.length - over;
  }

  /** Takes the rows that were silent longest; if `harmless`, none by which the next one on its tuple is judged. */
  private take(rows: readonly number[], wanted: number, harmless = true): void {
    const { connections } = this.table;
    if (this.rows.length >= wanted) return;
    for (const row of rows.toSorted((a, b) => connections.lastFrame(a) - connections.lastFrame(b))) {
      if (this.rows.length >= wanted) return;
      const previous = connections.previous(row);
      if (
        this.isChosen[row] === 1 || (previous !== NO_CONNECTION && this.isChosen[previous] === 0) ||
        (harmless && this.matters(row))
      )
        continue;
      this.isChosen[row] = 1;
      this.rows.push(row);
    }
  }

  /**
   * Whether the next connection on the tuple began in TIME-WAIT of this one, or may still be answered by its sockets.
   */
  private matters(row: Row): boolean {
    const { connections } = this.table;
    const next = this.successor[row]!;
    return (
      next !== NO_CONNECTION &&
      (connections.incumbent(next) === row || Math.abs(connections.start(next) - connections.end(row)) < this.timeWait)
    );
  }

  private attempts(patience: Duration): number[] {
    return [...this.left()].filter((row) => this.silence(row) >= patience && isUnanswered(this.table, row));
  }

  private closing(): Closing[] {
    const { connections } = this.table;
    const rows = [...this.left()].filter((row) => (connections.flags(row) & CONNECTION_FLAG.closing) !== 0);
    const folder = this.folderOf(rows);
    const found = new Set(findIn(folder, this.end).findings.map(({ flow }) => flow));
    return rows.map((row) => {
      if (closedCleanly(connections, row)) return { row, isOver: false, isNearlyOver: true, hasFindings: false };
      const { connection } = folder.fold(row, this.end);
      return {
        row, isOver: isOver(connection, this.end, false), isNearlyOver: isOver(connection, this.end, true),
        hasFindings: found.has(connection.id),
      };
    });
  }

  /** A clock that is set back makes a past of the future. */
  private silence(row: Row): Duration {
    return Math.abs(this.now - this.table.connections.end(row));
  }

  /** All that were not chosen yet. */
  private* left(): IterableIterator<number> {
    const { connections } = this.table;
    for (let row = 0; row < connections.count; row++)
      if (this.isChosen[row] === 0 && connections.isKept(row)) yield row;
  }

  private* answered(): IterableIterator<number> {
    for (const row of this.left()) if (this.table.connections.packets(row, 1) !== 0) yield row;
  }
}

function rowsOf(closing: readonly Closing[]): number[] {
  return closing.map(({ row }) => row);
}

export function isOver({ states: { client, server } }: Connection, now: Time, early: boolean): boolean {
  return [client, server].every((entries) => isGone(entries, now, early));
}

function isGone(entries: readonly StateEntry[], now: Time, early: boolean): boolean {
  const last = entries.at(-1);
  if (last === undefined || (early && last.state === 'TIME-WAIT')) return true;
  return last.state === 'CLOSED' && (early || last.time <= now);
}
