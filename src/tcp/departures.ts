import { ACK, FIN, RST, SYN } from '../decode/segment.js';
import { DID } from '../flow/connection-record.js';
import { NO_CONNECTION } from '../flow/connections.js';
import type { FlowTable } from '../flow/flow-table.js';
import { FOREIGN, REPEAT, TellingSegment } from '../flow/history.js';
import { closedPlainly } from '../flow/plain.js';
import type { Roster } from '../flow/roster.js';
import { MILLISECOND, SECOND } from '../time.js';
import type { Duration, Time } from '../time.js';

/** Linux closes the descriptors of a process that ends one after the other (exit_files): measured, 30 sockets in 0.3 ms, 60 in 3 ms. */
const TOGETHER: Duration = 5 * MILLISECOND;

/** Who had been silent for so long did not end because of what it had just heard. */
export const IDLE: Duration = 100 * MILLISECOND;

/** So many connections beside the one in question make it no coincidence. */
const SOME = 3;

/** Sockets that a timer ends had all been idle for its time; those of a process that ends, for any: the longest at least so many times the shortest. */
const OF_ALL_AGES = 1.05;

/** Connections looked at for one answer: a busy moment has thousands, and what they would show is shown by these. */
const ENOUGH = 256;

const BUCKETS = 1 << 14;

/** Where a host closes idle connections all the time it had closed as many by then: so long before, and as many as in the moment itself. */
const BEFORE: Duration = SECOND;

/** What else one host closed in the same moment. */
export interface Departure {
  readonly fins: number;
  readonly resets: number;
}

/** The connections that one host ended out of idleness around one moment, and how long they had been idle. */
interface Ended extends Departure {
  readonly youngest: Duration;
  readonly oldest: Duration;
}

/** Which connections one host ended together, out of idleness: so ends a process, whose sockets are all closed at once. */
export class Departures {
  private readonly table: FlowTable;
  /** Head of a chain of entries for each stretch of time; two entries a row, one for its first FIN and one for its last packet. */
  private readonly heads = new Int32Array(BUCKETS).fill(NO_CONNECTION);
  private readonly links: Int32Array;
  private readonly loaded: TellingSegment[] = [];
  private readonly captureStart: Time;

  /** `complete`: whether the table still holds the connections that closed plainly. Where some were forgotten none of them counts, lest the answer depend on when. */
  constructor(table: FlowTable, roster: Pick<Roster, 'rows'>, complete: boolean) {
    this.table = table;
    const { connections } = table;
    this.links = new Int32Array(connections.count * 2);
    let first = Infinity;
    for (const row of roster.rows()) {
      first = Math.min(first, connections.start(row));
      if (!complete && closedPlainly(connections, row)) continue;
      this.enter(row * 2, connections.end(row));
      this.enter(row * 2 + 1, connections.closingAt(row));
    }
    this.captureStart = first;
  }

  /** Of the host at end `role` of connection `row`, at `time`, that connection apart; null where nothing speaks for the end of a process. */
  beside(row: number, role: number, time: Time): Departure | null {
    const host = this.host(row, role);
    const { fins, resets, youngest, oldest } = this.endedAround(host, time, row);
    if (fins === 0 || fins + resets < SOME || oldest < youngest * OF_ALL_AGES) return null;
    const before = this.endedAround(host, time - BEFORE, row);
    return before.fins + before.resets < SOME ? { fins, resets } : null;
  }

  /** Other connections of the service of `row` whose server, too, aborted them at `time` without ever having sent a byte. */
  unansweredBeside(row: number, time: Time): number {
    const { connections, tuples } = this.table;
    const port = (connection: number): number => tuples.port(connections.tuple(connection), connections.clientSide(connection) ^ 1);
    const found = new Set<number>();
    this.around(time, row, (other) => {
      if ((connections.did(other, 1) & DID.data) !== 0 || port(other) !== port(row) || this.host(other, 1) !== this.host(row, 1)) return;
      const ending = this.endingOf(other, 1, time, 0);
      if (ending !== null && ending.flags & RST) found.add(other);
    });
    return found.size;
  }

  /** Once for each connection that may have ended around `time`, but for one. */
  private around(time: Time, apart: number, visit: (row: number) => void): void {
    const visited = new Set([apart]);
    for (let bucket = bucketOf(time - TOGETHER); bucket <= bucketOf(time + TOGETHER); bucket++) {
      for (let entry = this.heads[bucket & (BUCKETS - 1)]!; entry !== NO_CONNECTION && visited.size <= ENOUGH; entry = this.links[entry]!) {
        const row = entry >> 1;
        if (Math.abs(this.timeOf(entry) - time) > TOGETHER || visited.has(row)) continue;
        visited.add(row);
        visit(row);
      }
    }
  }

  private endedAround(host: number, time: Time, apart: number): Ended {
    const ended = { fins: 0, resets: 0, youngest: Infinity, oldest: 0 };
    this.around(time, apart, (row) => {
      for (const end of [0, 1] as const) {
        const ending = this.host(row, end) === host ? this.endingOf(row, end, time, IDLE) : null;
        if (ending === null) continue;
        if (ending.flags & RST) ended.resets++;
        else ended.fins++;
        ended.youngest = Math.min(ended.youngest, ending.idle);
        ended.oldest = Math.max(ended.oldest, ending.idle);
      }
    });
    return ended;
  }

  private enter(entry: number, time: Time): void {
    const bucket = bucketOf(time) & (BUCKETS - 1);
    this.links[entry] = this.heads[bucket]!;
    this.heads[bucket] = entry;
  }

  private timeOf(entry: number): Time {
    const { connections } = this.table;
    return entry & 1 ? connections.closingAt(entry >> 1) : connections.end(entry >> 1);
  }

  private host(row: number, role: number): number {
    const { connections, tuples } = this.table;
    return tuples.host(connections.tuple(row), connections.clientSide(row) ^ role);
  }

  /** How end `role` of connection `row` ended it near `time`, and for how long nothing had been said before; null if it did not, or had not been idle for so long. */
  private endingOf(row: number, role: number, time: Time, atLeast: Duration): { readonly flags: number; readonly idle: Duration } | null {
    const { loaded } = this;
    const count = this.table.history.load(this.table.connections.history(row), loaded);
    for (let i = 0; i < count; i++) {
      const { talker, flags, marks, length, time: at } = loaded[i]!;
      if (talker !== role || length > 0 || marks & (FOREIGN | REPEAT) || Math.abs(at - time) > TOGETHER) continue;
      const ends = (flags & (RST | ACK)) === (RST | ACK) || (flags & (FIN | SYN)) === FIN;
      const idle = at - (i === 0 ? this.captureStart : loaded[i - 1]!.time);
      if (ends && idle >= atLeast) return { flags, idle };
    }
    return null;
  }
}

function bucketOf(time: Time): number {
  return Math.floor(time / (2 * TOGETHER));
}
