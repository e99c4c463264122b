import { ACK, FIN, RST, SYN } from '../decode/segment.js';
import { FOREIGN, PROBE, REPEAT } from '../flow/history/telling-segment.js';
import type { TellingSegment } from '../flow/history/telling-segment.js';
import { isAfter } from '../flow/sequence.js';
import { MILLISECOND } from '../base/time.js';
import type { Duration } from '../base/time.js';

/**
 * How much later than its answer a segment may stand in a capture: clocks of two taps that differ, queues of a switch's
 * mirror port, threads
 * that write in turns. What comes later than this was lost and sent again: TCP_RTO_MIN (include/net/tcp.h).
 */
const DISORDER: Duration = 200 * MILLISECOND;

/**
 * Puts the rows of a history into the order in which they must have been sent, where the capture has another: nobody
 * acknowledges what was
 * not sent yet (RFC 9293 §3.4), and no end takes an acknowledgment back. Where an answer stands before its question all
 * rows
 * that the numbers can place are placed; the time of what came late is that of its answer at the latest. False where
 * nothing shows disorder.
 */
export function inCausalOrder(rows: TellingSegment[], count: number): boolean {
  if (!isDisordered(rows, count)) return false;
  for (let at = 1; at < count; at++) {
    const row = rows[at]!;
    if (row.marks & FOREIGN || (row.flags & RST) !== 0) continue;
    const before = mustPrecede(rows, at);
    if (before === at) continue;
    row.time = Math.min(row.time, rows[before]!.time);
    row.marks &= ~(REPEAT | PROBE);
    row.repeats = 0;
    rows.copyWithin(before + 1, before, at);
    rows[before] = row;
  }
  return true;
}

/**
 * Puts an abort before the bare RSTs behind which the capture has it, where they answer what it had not received: who
 * answers so has no socket any more that could abort (RFC 9293 §3.5.2), so that it was aborting then. Linux takes the
 * socket out of its table (tcp_set_state) before it sends the RST of close() (tcp_send_active_reset), and what arrives
 * on another processor in between is answered first (tcp_v4_send_reset); or both send at once and change places.
 */
export function putAbortsFirst(rows: TellingSegment[], count: number): void {
  for (let at = 2; at < count; at++) {
    const row = rows[at]!;
    if ((row.flags & (RST | ACK)) !== (RST | ACK) || row.marks & FOREIGN) continue;
    let first = at;
    while (first > 0 && isAnswerBehind(rows[first - 1]!, row)) first--;
    if (first === at || !hasUnheard(rows, first, row)) continue;
    row.time = Math.min(row.time, rows[first]!.time);
    rows.copyWithin(first + 1, first, at);
    rows[first] = row;
  }
}

/** Whether `answer` is a bare RST that the sender of abort `row` sent at the same number, shortly before at the tap. */
function isAnswerBehind({ flags, marks, talker, sequence, time }: TellingSegment, row: TellingSegment): boolean {
  return (
    (flags & (RST | ACK)) === RST && !(marks & FOREIGN) && talker === row.talker && sequence === row.sequence &&
    row.time - time <= DISORDER
  );
}

/** Whether something stands before row `at` that the peer of `row` sent, and that `row` does not acknowledge. */
function hasUnheard(rows: readonly TellingSegment[], at: number, row: TellingSegment): boolean {
  for (let k = at - 1; k >= 0 && row.time - rows[k]!.time <= DISORDER; k--) {
    const earlier = rows[k]!;
    if (earlier.talker === row.talker || earlier.marks & FOREIGN || earlier.flags & (RST | SYN)) continue;
    if (isAfter(endOf(earlier), row.acknowledgment)) return true;
  }
  return false;
}

/** Whether a segment brings numbers for the first time that were acknowledged shortly before. */
function isDisordered(rows: readonly TellingSegment[], count: number): boolean {
  let [acked0, acked1] = [0, 0];
  let [acks0, acks1] = [false, false];
  for (let at = 0; at < count; at++) {
    const { flags, marks, talker, sequence, acknowledgment } = rows[at]!;
    if (marks & FOREIGN) continue;
    const wasAcknowledged = talker === 0
      ? acks1 && isAfter(acked1, sequence)
      : acks0 && isAfter(acked0, sequence);
    const isOpening = (flags & (SYN | RST)) === SYN;
    const brings = (flags & RST) === 0 && endOf(rows[at]!) !== sequence;
    if (brings && (wasAcknowledged || isOpening) && isFirst(rows, at)) return true;
    if ((flags & ACK) === 0) continue;
    if (talker === 0 && (!acks0 || isAfter(acknowledgment, acked0))) [acks0, acked0] = [true, acknowledgment];
    if (talker === 1 && (!acks1 || isAfter(acknowledgment, acked1))) [acks1, acked1] = [true, acknowledgment];
  }
  return false;
}

/**
 * Whether row `at` brings its numbers for the first time, and shortly before it stands what acknowledges them, or of a
 * SYN anything else that its
 * sender said. Of payload the history may lack the first transmission: its mark says whether there was one, but where
 * it is the only
 * payload of its sender.
 */
function isFirst(rows: readonly TellingSegment[], at: number): boolean {
  const row = rows[at]!;
  let isNear: boolean | null = null;
  let isOnly = true;
  for (let k = 0; k < at; k++) {
    const earlier = rows[k]!;
    if (earlier.marks & FOREIGN || earlier.flags & RST) continue;
    if (earlier.talker === row.talker) {
      if (covers(earlier, row)) return false;
      if (earlier.length > 0) isOnly = false;
      if (row.flags & SYN && isAfter(earlier.sequence, row.sequence)) isNear ??= row.time - earlier.time <= DISORDER;
    } else if (earlier.flags & ACK && isAfter(earlier.acknowledgment, row.sequence)) {
      isNear ??= row.time - earlier.time <= DISORDER;
    }
  }
  return isNear === true && (isOnly || (row.flags & (SYN | FIN)) !== 0 || !(row.marks & REPEAT));
}

/** The first row, a short time before row `at`, that was sent later than this; `at` if none was. */
function mustPrecede(rows: readonly TellingSegment[], at: number): number {
  const row = rows[at]!;
  const brings = endOf(row) !== row.sequence;
  let first = at;
  for (let k = at - 1; k >= 0 && row.time - rows[k]!.time <= DISORDER; k--) {
    const earlier = rows[k]!;
    if (earlier.marks & FOREIGN) continue;
    if (earlier.talker === row.talker) {
      if (brings && (earlier.flags & RST) === 0 && covers(earlier, row)) return at; // it is sent again
      if (isLater(earlier, row, brings)) first = k;
    } else if (brings && (earlier.flags & ACK) !== 0 && isAfter(earlier.acknowledgment, row.sequence)) first = k;
  }
  return first;
}

/** Whether `earlier` brought the first number of `row`. */
function covers(earlier: TellingSegment, row: TellingSegment): boolean {
  return !isAfter(earlier.sequence, row.sequence) && isAfter(endOf(earlier), row.sequence);
}

/** Whether the same end sent `earlier` after `row`, by their numbers. */
function isLater(earlier: TellingSegment, row: TellingSegment, brings: boolean): boolean {
  if ((earlier.flags & RST) !== 0) return false;
  if (brings && !isAfter(endOf(row), earlier.sequence) && row.sequence !== earlier.sequence) return true;
  return (earlier.flags & row.flags & ACK) !== 0 && isAfter(earlier.acknowledgment, row.acknowledgment);
}

function endOf({ flags, sequence, length }: TellingSegment): number {
  return (sequence + length + (flags & SYN ? 1 : 0) + (flags & FIN ? 1 : 0)) | 0;
}
