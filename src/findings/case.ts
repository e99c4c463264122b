import type { FrameNumber, Row } from '../base/numbers.js';
import type { Duration, Time } from '../base/time.js';
import { RST } from '../decode/segment.js';
import { FOREIGN } from '../flow/history/telling-segment.js';
import type { Connection, Role } from '../tcp/connection.js';
import type { ConnectionFolder, Verdict } from '../tcp/connection-folder.js';
import { ROLES } from '../tcp/fold.js';
import { NO_ROW } from '../tcp/segment-history.js';
import type { Subject } from './detector.js';
import type { Finding } from './index.js';

/** What was seen of the connections before, in order of their first frames. */
export interface SeenSoFar {
  /** A byte for each row: 1 where the connection was folded to `captureEnd`, and neither end came to TIME-WAIT. */
  readonly neverWaited: Uint8Array;
  readonly captureEnd: Time;
}

/** A connection that is being looked at. */
export class Case implements Subject {
  readonly connection: Subject['connection'];
  readonly history: Subject['history'];
  readonly trace: Subject['trace'];
  readonly timers: Subject['timers'];
  readonly initialDistances: Subject['initialDistances'];
  readonly beside: Subject['beside'];
  readonly exchange: Subject['exchange'];
  readonly errors: Subject['errors'];
  readonly elsewhere: Subject['elsewhere'];
  readonly captureEnd: Time;
  private readonly folder: ConnectionFolder;
  private readonly row: Row;
  /**
   * The connection that stood before on the same ports; null where there is none, undefined before it was asked for.
   */
  private before: Connection | null | undefined = undefined;
  /** What has been found of it so far; null where that is nothing. */
  found: readonly Finding[] | null = null;
  /** Null where this connection is looked at by itself. */
  private readonly seen: SeenSoFar | null;

  constructor(
    folder: ConnectionFolder, row: Row,
    { connection, history, trace, timers, initialDistances, beside, exchange, errors, elsewhere }: Verdict,
    seen: SeenSoFar | null = null,
  ) {
    this.connection = connection;
    this.history = history;
    this.trace = trace;
    this.timers = timers;
    this.initialDistances = initialDistances;
    this.beside = beside;
    this.exchange = exchange;
    this.errors = errors;
    this.elsewhere = elsewhere;
    this.captureEnd = connection.observedUntil;
    this.folder = folder;
    this.row = row;
    this.seen = seen;
  }

  isTold(frame: FrameNumber): boolean {
    return this.found !== null && this.found.some(({ frames }) => frames.includes(frame));
  }

  previous(): Connection | null {
    if (this.before === undefined) {
      const { stood } = this.folder.incarnations.attemptsBefore(this.row);
      this.before = stood < 0 ? null : this.folder.foldAgain(stood, this.captureEnd).connection;
    }
    return this.before;
  }

  previousMayHaveWaited(): boolean {
    const { stood } = this.folder.incarnations.attemptsBefore(this.row);
    if (stood < 0) return false;
    return this.seen === null || this.seen.captureEnd !== this.captureEnd || this.seen.neverWaited[stood] === 0;
  }

  attempts(): readonly Connection[] {
    return this.folder.incarnations
      .attemptsBefore(this.row)
      .attempts.map((row) => this.folder.foldAgain(row, this.captureEnd).connection)
      .toReversed();
  }

  wasTriedAgain(): boolean {
    return this.folder.incarnations.wasTriedAgain(this.row);
  }

  previousSpoke(role: Role, time: Time): boolean {
    const { stood } = this.folder.incarnations.attemptsBefore(this.row);
    if (stood < 0) return false;
    const { history } = this.folder.foldAgain(stood, this.captureEnd);
    return (
      history.firstAfter(NO_ROW, ROLES.indexOf(role), (row) => row.time > time && (row.flags & RST) === 0) !== NO_ROW
    );
  }

  idleBefore(time: Time): Duration {
    const { rows, count } = this.history;
    let before = -Infinity;
    for (let at = 0; at < count; at++)
      if (rows[at]!.time < time && !(rows[at]!.marks & FOREIGN)) before = Math.max(before, rows[at]!.time);
    // The history may not hold what came last before; a silence that was longer than all that were survived is no
    // chance.
    const idle = time - before;
    return before === -Infinity || idle < this.exchange.longestQuiet ? 0 : idle;
  }

  timestampAdvance(): number | null {
    return this.folder.incarnations.timestampAdvance(this.row);
  }
}
