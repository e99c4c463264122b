import { RST } from '../decode/segment.js';
import { isOneDirection } from '../flow/history/one-direction.js';
import { PROBE, REPEAT } from '../flow/history/telling-segment.js';
import { SECOND } from '../base/time.js';
import type { Duration, Time } from '../base/time.js';
import type { Doubt, Ending, Standing } from './connection.js';
import { isYoung } from './ending.js';
import type { StateTrace } from './fold.js';
import { NO_ROW } from './segment-history.js';
import type { SegmentHistory } from './segment-history.js';

/** A connection of which nothing was found. */
export interface Unfound {
  readonly verdict: Exclude<Standing, 'found'>;
  readonly doubt: Doubt | null;
}

/** What is counted of a connection beside its history. */
interface Counted {
  readonly start: Time;
  /** Packets of client and server. */
  readonly packets: readonly [number, number];
  /** Segments that each sent again, or probes, since its peer last spoke. */
  readonly unanswered: readonly [number, number];
}

/**
 * An application that closes its side later than this is slow (findings/half-closed.ts): until then it may be about to.
 */
const SLOW: Duration = 5 * SECOND;

/**
 * Segments sent again without an answer, from which on the peer does not hear: fewer are an ordinary loss (RFC 9293
 * §3.8.3, R1).
 */
const REPEATED = 3;

/** A second and two: what has been sent again twice by then met no ordinary loss (RFC 6298 §2.1, §5.5). */
const TWO_TIMEOUTS: Duration = 3 * SECOND;

const CLEAN: Unfound = { verdict: 'clean', doubt: null };
const OPEN: Unfound = { verdict: 'open', doubt: null };

/** Endings with which nobody was served: whatever is said of it, such a connection is no proof that all is well. */
const UNSERVED: ReadonlySet<Ending> = new Set<Ending>(['unanswered', 'refused', 'half-open', 'unknown']);

/**
 * Whether all is well with a connection, where nothing graver than information was found of it, or (`verdict`) nothing
 * at all.
 */
export function isWell({ verdict, ending }: { readonly verdict: Standing; readonly ending: Ending }): boolean {
  return verdict === 'found' ? !UNSERVED.has(ending) : verdict !== 'unknown';
}

/**
 * What is to be thought of a connection of which nothing was found: by its ending alone only where that is a clean one.
 */
export function standingOf(ending: Ending, history: SegmentHistory, trace: StateTrace, counted: Counted): Unfound {
  const isHalfCaptured =
    (counted.packets[0] === 0 || counted.packets[1] === 0) && isOneDirection(history.rows, history.count);
  // How it ended shows at one end alone.
  if (isHalfCaptured && !isYoung(counted.start, history.captureEnd)) return unknown('one-way');
  switch (ending) {
    case 'closed': return CLEAN;
    case 'open': return ofOpen(history, trace, counted);
    case 'half-closed': return isClosing(history) ? OPEN : unknown('half-closed');
    case 'unknown': return unknown('fragment');
    default: return unknown(ending);
  }
}

/** One that goes on when the capture ends. */
function ofOpen(history: SegmentHistory, trace: StateTrace, { start, packets, unanswered }: Counted): Unfound {
  const { captureEnd } = history;
  if (isYoung(start, captureEnd)) return OPEN;
  if (packets[0] === 0 || packets[1] === 0) return unknown('one-way');
  const isOpening = trace.states.some(
    (entries) =>
      entries.length === 0 || entries.at(-1)!.state === 'SYN-SENT' || entries.at(-1)!.state === 'SYN-RECEIVED',
  );
  // What keeps only SYN, FIN and RST never shows the end of a handshake.
  if (isOpening && !history.isFiltered()) return unknown('handshake');
  return unanswered[0] >= REPEATED || unanswered[1] >= REPEATED || waitsInVain(history, 0) || waitsInVain(history, 1)
    ? unknown('silent')
    : OPEN;
}

/**
 * Whether what `end` had to send again has not been acknowledged when the capture ends, though its peer may have spoken
 * on: nobody takes so long to acknowledge (RFC 9293 §3.8.6.3), and of an acknowledgment that the capture alone lacks
 * the sender would know.
 */
function waitsInVain(history: SegmentHistory, end: 0 | 1): boolean {
  const { captureEnd, count, rows } = history;
  const last = history.lastBefore(count, end, ({ length, flags }) => length > 0 && (flags & RST) === 0);
  if (last === NO_ROW) return false;
  const { sequence, length, marks, repeats, time } = rows[last]!;
  if ((marks & (REPEAT | PROBE)) !== REPEAT || history.firstAcknowledging(1 - end, (sequence + length) | 0) !== NO_ROW)
    return false;
  if (captureEnd - time >= SLOW) return true;
  const first = history.lastBefore(last, end, (row) => row.sequence === sequence && (row.marks & REPEAT) === 0);
  return repeats > 1 && first !== NO_ROW && time - rows[first]!.time >= TWO_TIMEOUTS;
}

/** Whether one side has closed so short a time before the capture ends that the other may be about to. */
function isClosing(history: SegmentHistory): boolean {
  const { captureEnd, ends: [client, server], rows } = history;
  const fin = client.fin === NO_ROW ? server.fin : client.fin;
  return fin !== NO_ROW && captureEnd - rows[fin]!.time < SLOW;
}

function unknown(doubt: Doubt): Unfound {
  return { verdict: 'unknown', doubt };
}
