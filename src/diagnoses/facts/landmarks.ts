import type { Row } from '../../base/numbers.js';
import type { Time } from '../../base/time.js';
import { ACK, CWR, ECE, FIN, RST, SYN } from '../../decode/segment.js';
import type { FlowTable } from '../../flow/flow-table.js';
import { goAwayIn } from '../../flow/go-away.js';
import { FOREIGN, PROBE } from '../../flow/history/telling-segment.js';
import type { TellingSegment } from '../../flow/history/telling-segment.js';
import { isAfter } from '../../flow/sequence.js';
import type { Both } from './facts.js';
import { ASKS_FOR_ECN, CARRIES_DATA, OF_LAST } from './syn-asks.js';

const ECN = ECE | CWR;
const FIRST = ASKS_FOR_ECN | CARRIES_DATA;

/** The history that was read last: one for all. */
export const rows: TellingSegment[] = [];

/** What most connections show of both ends, one for all of them: a hundred thousand are kept. */
const NOTHING: Both = [0, 0];
const NEVER: Both = [NaN, NaN];

/**
 * What the history of one connection tells beside its columns: of the one that was read last. Segments are those of
 * `rows`.
 */
export class Landmarks {
  attempts = 0;
  synAsks = 0;
  lastSyn: Time = NaN;
  synAcks = 0;
  synAck: Time = NaN;
  /** The client had not said a word when the last of them was sent. */
  isAskedInSilence = false;
  /** When it did. */
  saidAt: Time = NaN;
  firstSpeaker: -1 | 0 | 1 = -1;
  established: Time = NaN;
  close: TellingSegment | null = null;
  otherCloseAt: Time = NaN;
  /** How much of the client the first payload of the server acknowledges; null before it. */
  hello: number | null = null;
  /** The last new payload of each end before the close, and the first of it behind. */
  readonly before: [TellingSegment | null, TellingSegment | null] = [null, null];
  behind: TellingSegment | null = null;
  /** A GOAWAY of the server, the last one before the close. */
  goAway: TellingSegment | null = null;
  readonly firstLength: [number, number] = [0, 0];
  reset: TellingSegment | null = null;
  readonly heard: [Time, Time] = [NaN, NaN];
  stuckSince: Both = NEVER;
  stuckLength: Both = NOTHING;
  private stuckAt: Both = NOTHING;
  /** Rows of the history. */
  count = 0;

  begin(count: number): void {
    this.attempts = this.synAsks = this.synAcks = 0;
    this.lastSyn = this.synAck = this.established = this.otherCloseAt = NaN;
    this.close = this.behind = this.reset = this.goAway = null;
    this.hello = null;
    this.before[0] = this.before[1] = null;
    this.firstLength[0] = this.firstLength[1] = 0;
    this.firstSpeaker = -1;
    this.isAskedInSilence = false;
    this.saidAt = NaN;
    this.heard[0] = this.heard[1] = NaN;
    this.stuckSince = NEVER;
    this.stuckLength = this.stuckAt = NOTHING;
    this.count = count;
  }

  /** A SYN of the client before the answer. */
  ask({ time, flags, length }: TellingSegment): void {
    const asks = ((flags & ECN) === ECN ? ASKS_FOR_ECN : 0) | (length > 0 ? CARRIES_DATA : 0);
    const first = this.attempts === 1 ? asks : this.synAsks & FIRST;
    this.synAsks = first | (asks << OF_LAST);
    this.lastSyn = time;
  }

  /** Payload that was not acknowledged to its end. */
  stick(role: 0 | 1, { sequence, length, time }: TellingSegment): void {
    if (Number.isNaN(this.stuckSince[role])) {
      this.stuckSince = withOf(this.stuckSince, role, time);
      this.stuckAt = withOf(this.stuckAt, role, sequence);
    }
    if (this.stuckAt[role] === sequence) this.stuckLength = withOf(this.stuckLength, role, length);
  }
}

const landmarks = new Landmarks();

/** Reads the history of connection `row`: into `rows`, and into landmarks that hold until the next one is read. */
export function survey(table: FlowTable, row: Row): Landmarks {
  const { connections, history } = table;
  const count = history.load(connections.history(row), rows);
  const found = landmarks;
  found.begin(count);
  for (let index = 0; index < count; index++) {
    const segment = rows[index]!;
    const { talker, flags, marks, time, length } = segment;
    if ((marks & FOREIGN) !== 0) continue;
    if ((flags & (SYN | ACK)) === SYN && talker === 0) {
      found.attempts++;
      if (Number.isNaN(found.synAck)) found.ask(segment);
    } else if ((flags & (SYN | ACK)) === (SYN | ACK) && talker === 1) {
      found.synAcks++;
      // What the client said a way to the server and back ago, or less, was still under way when the server asked.
      found.isAskedInSilence = found.firstLength[0] === 0 || time - found.saidAt < found.synAck - found.lastSyn;
      if (found.synAcks === 1) found.synAck = time;
    } else if (talker === 0 && (flags & (RST | SYN | ACK)) === ACK && Number.isNaN(found.established)) {
      found.established = time;
      // A client acknowledges nothing before it has heard a SYN-ACK (RFC 9293 §3.10.7.3): the capture lacks it.
      if (found.synAcks === 0 && found.attempts > 0) found.synAck = time;
    }
    if ((flags & RST) === 0) found.heard[talker as 0 | 1] = time;
    else found.reset ??= segment;
    // The byte of a keepalive is no word: Windows sends one that its peer has (RFC 9293 §3.8.4).
    if (length > 0 && (flags & RST) === 0 && (marks & PROBE) === 0) {
      if (found.firstLength[talker as 0 | 1] === 0) {
        found.firstLength[talker as 0 | 1] = length;
        if (talker === 0) found.saidAt = time;
      }
      if (found.firstSpeaker === -1) found.firstSpeaker = talker as 0 | 1;
      if (talker === 1) found.hello ??= segment.acknowledgment;
      if (found.close === null) {
        found.before[talker as 0 | 1] = segment;
        if (talker === 1 && segment.note !== '' && goAwayIn(segment.note) !== null) found.goAway = segment;
      } else if (
        found.behind === null && talker !== found.close.talker && isNew(found.before[talker as 0 | 1], segment)
      )
        found.behind = segment;
      const end = (segment.sequence + length) | 0;
      if (isAfter(end, connections.acknowledged(row, 1 - talker))) found.stick(talker as 0 | 1, segment);
    }
    if ((flags & (FIN | RST)) !== 0) {
      if (found.close === null) found.close = segment;
      else if (talker !== found.close.talker && Number.isNaN(found.otherCloseAt)) found.otherCloseAt = time;
    }
  }
  return found;
}

function isNew(before: TellingSegment | null, { sequence, length }: TellingSegment): boolean {
  return before === null || isAfter((sequence + length) | 0, (before.sequence + before.length) | 0);
}

/** A number of each end: in an array that is there already, where one says the same. */
export function both(client: number, server: number, known: Both = NOTHING): Both {
  if (client === 0 && server === 0) return NOTHING;
  return client === known[0] && server === known[1] ? known : [client, server];
}

function withOf(all: Both, role: 0 | 1, value: number): Both {
  return role === 0 ? [value, all[1]] : [all[0], value];
}
