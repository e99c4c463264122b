import type { Time } from '../base/time.js';
import { NOBODY } from '../flow/identity/connection-ids.js';
import type { Connection } from './connection.js';
import type { Judge } from './connection-folder.js';

/** Where a connection is to be found: the judge who knows it, and its row there. */
export interface Seat {
  readonly judge: Judge;
  readonly row: number;
}

/** The judges of a capture, each of whom knows some of its connections: one, or one for each thread that read it. */
export class Judges {
  readonly all: readonly Judge[];
  readonly captureEnd: Time;

  constructor(all: readonly Judge[], captureEnd: Time) {
    this.all = all;
    this.captureEnd = captureEnd;
  }

  /** Connections that they know. */
  get count(): number {
    return this.all.reduce((sum, { roster }) => sum + roster.count, 0);
  }

  /** @throws RangeError where there is no such connection, or none any more */
  seat(id: number): Seat {
    const seat = this.find(id);
    if (seat === null) throw new RangeError(`connection ${id} is not known: it was forgotten, or never was`);
    return seat;
  }

  /** Null where there is no such connection, or none any more. */
  find(id: number): Seat | null {
    for (const judge of this.all) {
      const row = judge.roster.rowOf(id);
      if (row !== NOBODY) return { judge, row };
    }
    return null;
  }

  connection(id: number): Connection {
    const { judge, row } = this.seat(id);
    return judge.judge(row, this.captureEnd).connection;
  }

  /** All of them in order of their first frames. */
  *seats(): IterableIterator<Seat> {
    const [judge, ...others] = this.all;
    if (judge !== undefined && others.length === 0) {
      for (const row of judge.roster.rows()) yield { judge, row };
      return;
    }
    const heads = this.all.map((judge) => ({ judge, rows: judge.roster.rows()[Symbol.iterator](), row: NOBODY, frame: Infinity })).filter(advance);
    while (heads.length > 0) {
      let first = heads[0]!;
      for (const head of heads) if (head.frame < first.frame) first = head;
      yield { judge: first.judge, row: first.row };
      if (!advance(first)) heads.splice(heads.indexOf(first), 1);
    }
  }
}

/** One judge's connections, as far as they were told. */
interface Head {
  readonly judge: Judge;
  readonly rows: Iterator<number>;
  row: number;
  frame: number;
}

/** Goes on to the next one; false if there is none. */
function advance(head: Head): boolean {
  const next = head.rows.next();
  if (next.done === true) return false;
  head.row = next.value;
  head.frame = head.judge.firstFrame(next.value);
  return true;
}
