import { ACK, RST } from '../decode/segment.js';
import { FOREIGN, REPEAT } from '../flow/history/telling-segment.js';
import { distance, isAtOrAfter, latest } from '../flow/sequence.js';
import type { Role, StateEntry } from '../tcp/connection.js';
import { ROLES } from '../tcp/fold.js';
import { NO_ROW } from '../tcp/segment-history.js';
import type { Time } from '../base/time.js';
import type { Subject } from './detector.js';

/** One end's stay in CLOSE-WAIT: its peer has said FIN, it has not. */
export interface CloseWait {
  /** The end that keeps its side open. */
  readonly keeper: Role;
  readonly closer: Role;
  readonly entered: StateEntry;
  /** What came after it; null if it still lasts. */
  readonly left: StateEntry | null;
  readonly from: Time;
  /** The end of the capture if it still lasts. */
  readonly to: Time;
  /** Payload bytes and segments the keeper sent after it knew of the FIN, and the first such frame. */
  readonly sentBytes: number;
  readonly sentFrame: number | null;
  /** When it last did; when it entered CLOSE-WAIT if it never did. */
  readonly lastSent: Time;
  /** Whether the closer acknowledged any of it: then a descriptor still held the closer. */
  readonly wasRead: boolean;
}

/** The stay of `end` in CLOSE-WAIT; null if it was never there. */
export function closeWait(subject: Subject, end: 0 | 1): CloseWait | null {
  const { trace, captureEnd } = subject;
  const states = trace.states[end];
  const at = states.findIndex((entry) => entry.state === 'CLOSE-WAIT');
  if (at < 0) return null;
  const entered = states[at]!;
  const left = states[at + 1] ?? null;
  return {
    keeper: ROLES[end], closer: ROLES[(1 - end) as 0 | 1], entered, left, from: entered.time,
    to: left?.time ?? captureEnd, ...sentSince(subject, end, entered.time),
  };
}

/** What `end` sent after its peer's FIN had reached it. */
function sentSince(
  { history, trace }: Subject, end: 0 | 1, from: Time,
): Pick<CloseWait, 'sentBytes' | 'sentFrame' | 'lastSent' | 'wasRead'> {
  const { finEnd } = history.ends[(1 - end) as 0 | 1];
  let [begin, to] = [0, 0];
  let sentFrame: number | null = null;
  let lastSent = from;
  for (let i = 0; i < history.count; i++) {
    const row = history.rows[i]!;
    if (row.talker !== end || row.marks & (FOREIGN | REPEAT) || (row.flags & (RST | ACK)) !== ACK || row.length === 0)
      continue;
    if (!isAtOrAfter(row.acknowledgment, finEnd)) continue;
    const behind = (row.sequence + row.length) | 0;
    // The history may hold only the first and the last of a long answer: its length is the distance between them.
    if (sentFrame === null) [begin, to] = [row.sequence, behind];
    else to = latest(to, behind);
    sentFrame ??= row.frame;
    lastSent = row.time;
  }
  // What it sent is all in front of its FIN, whatever of it the history holds.
  const { fin, finEnd: ownEnd } = history.ends[end];
  if (sentFrame !== null && fin !== NO_ROW) to = latest(to, (ownEnd - 1) | 0);
  const sentBytes = distance(to, begin);
  return { sentBytes, sentFrame, lastSent, wasRead: sentBytes > 0 && trace.held[(1 - end) as 0 | 1] };
}
