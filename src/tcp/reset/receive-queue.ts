import { SYN, URG } from '../../decode/segment.js';
import { distance } from '../../flow/sequence.js';
import { MILLISECOND } from '../../base/time.js';
import type { Duration } from '../../base/time.js';
import type { ResetContext } from './context.js';
import { NO_ROW } from '../segment-history.js';

/**
 * Unread bytes from which a Linux window shrinks visibly: it grows with the first segments (rcv_ssthresh), and is
 * rounded to 1 << scale.
 */
const SHOWS_IN_WINDOW = 4096;

/** What an answer may take that is felt as immediate: later, a server may have spoken for reasons of its own. */
const PROMPTLY: Duration = 100 * MILLISECOND;

/** Payload of one segment on an Ethernet (1500 less both headers): what a single read() takes, whatever its buffer. */
const ONE_SEGMENT = 1460;

/**
 * Payload that its sender had taken in by the RST's own acknowledgment; null where the history does not begin at the
 * SYN.
 */
export function receivedBytes({ history, at }: ResetContext): number | null {
  const row = history.rows[at]!;
  const peer = history.ends[1 - row.talker]!;
  if (peer.syn === NO_ROW) return peer.first === NO_ROW && history.ends[row.talker]!.syn !== NO_ROW ? 0 : null;
  const fin = peer.fin !== NO_ROW && distance(row.acknowledgment, peer.finEnd) >= 0 ? 1 : 0;
  return Math.max(0, distance(row.acknowledgment, peer.synEnd) - fin);
}

/** Payload that came after its sender's own last one. */
export function unansweredBytes(context: ResetContext): number {
  const { history, at, talker } = context;
  const row = history.rows[at]!;
  const peer = history.ends[1 - row.talker]!;
  if (talker.lastData === NO_ROW) return receivedBytes(context) ?? 0;
  const fin =
    peer.fin !== NO_ROW && distance(row.acknowledgment, peer.finEnd) >= 0 &&
    distance(talker.acknowledgedAtData, peer.finEnd) < 0
      ? 1
      : 0;
  return Math.max(0, distance(row.acknowledgment, talker.acknowledgedAtData) - fin);
}

/**
 * The RST opens the window: it was close() that emptied the queue (`__tcp_close` does before it sends the RST), not a
 * reader.
 *
 * To at least twice what the segment before offered: a reader's `__tcp_cleanup_rbuf` would have sent a window update at
 * that size. Or by less within a millisecond of a segment that had just found the queue as full as it was, and while
 * nothing came.
 */
export function emptiedQueue({ history, at, talker }: ResetContext): string | null {
  const { window, time, acknowledgment } = history.rows[at]!;
  if (talker.lastRow === NO_ROW || history.rows[talker.lastRow]!.flags & SYN) return null;
  const last = history.rows[talker.lastRow]!;
  const doubled = window >= 2 * talker.lastWindow && window - talker.lastWindow >= 4;
  const suddenly =
    window > talker.lastWindow && time - last.time <= MILLISECOND && acknowledgment === last.acknowledgment;
  if (!doubled && !suddenly) return null;
  return (
    `its window is ${window} where the segment before offered ${talker.lastWindow}: the close itself emptied the ` +
    `receive queue`
  );
}

/**
 * Payload that came so shortly before the RST that an application can hardly have read it: within a millisecond; or
 * within ten, when the RST is the first to acknowledge some of it, or offers a window that had been closing until then.
 *
 * Not within a millisecond a request that was answered in it: an application reads what it answers, and linger 0 behind
 * an answer is recorded as often.
 */
export function arrivedJustBefore(context: ResetContext): string | null {
  const { history, at, talker } = context;
  const idle = quietBefore(context);
  if (idle === null || idle > 10 * MILLISECOND) return null;
  const row = history.rows[at]!;
  const fresh = distance(row.acknowledgment, talker.acknowledged);
  if (fresh > 0) return `the RST is the first to acknowledge the last ${fresh}`;
  if (row.window > talker.lastWindow && talker.lastWindow < talker.widestWindow)
    return `its window, closing until then, opens from ${talker.lastWindow} to ${row.window} in the RST`;
  return idle <= MILLISECOND && !answeredAtOnce(context) ? 'it came in the same millisecond as the last of them' : null;
}

/**
 * A request that came in one segment was answered at once, and nothing came since: what an application answers it has
 * read.
 *
 * What speaks against unread data is no proof: some answer what they have read the beginning of, or speak without being
 * asked.
 */
export function answeredAll(context: ResetContext): string | null {
  const { history, at, talker, talkerIsServer } = context;
  if (!talkerIsServer || talker.lastData === NO_ROW || unansweredBytes(context) > 0) return null;
  const answer = history.rows[talker.lastData]!;
  const request = history.lastBefore(at, 1 - history.rows[at]!.talker, (row) => row.length > 0);
  if (request === NO_ROW) return null;
  const { length, time } = history.rows[request]!;
  if (length > ONE_SEGMENT || receivedBytes(context) !== length || answer.time < time || answer.time - time > PROMPTLY)
    return null;
  return `all that it had received was one request, ${length} bytes in one segment, answered at once: it had been read`;
}

/** Whether all had been answered less than a millisecond before the RST. */
export function answeredAtOnce(context: ResetContext): boolean {
  const idle = quietBefore(context);
  return idle !== null && idle <= MILLISECOND && answeredAll(context) !== null;
}

/**
 * The window had shrunk while data lay unread, and the RST still offers the shrunk one: the queue was not emptied.
 * `__tcp_close` empties it before it sends the RST; `tcp_abort` and `inet_csk_listen_stop` do not. A few kilobytes do
 * not show.
 */
export function queueStillFull(context: ResetContext): string | null {
  const { history, at, talker } = context;
  const { window } = history.rows[at]!;
  const widest = Math.max(talker.widestWindow, history.ends[history.rows[at]!.talker]!.widestWindow);
  if (talker.lastWindow >= widest || window !== talker.lastWindow || unansweredBytes(context) < SHOWS_IN_WINDOW)
    return null;
  return (
    `its window is still the shrunk one (${window}; it had offered ${widest}): the receive queue was full when it ` +
    `was sent`
  );
}

/**
 * The last byte that came is an urgent one: recv() stops before it, and it stays in the queue until it is asked for
 * with MSG_OOB and read past (tcp_recvmsg_locked, `urg_hole`), which few do.
 */
export function urgentByteLast({ history, at }: ResetContext): string | null {
  const row = history.rows[at]!;
  const last = history.lastBefore(at, 1 - row.talker, (heard) => heard.length > 0);
  if (last === NO_ROW) return null;
  const { flags, sequence, length, frame } = history.rows[last]!;
  if (!(flags & URG) || distance(row.acknowledgment, (sequence + length) | 0) < 0) return null;
  return `the last byte that came, in frame ${frame}, is urgent: it stays in the queue unless it is asked for`;
}

/**
 * More had arrived than a receive window holds, and the window is open: it must have been read.
 * An unread byte takes its place in the window until it is read (RFC 9293 §3.8.6).
 */
export function hadBeenRead(context: ResetContext): string | null {
  const { talker } = context;
  const received = receivedBytes(context) ?? 0;
  const idle = quietBefore(context);
  if (received < 65_536 || talker.lastWindow * 2 < talker.widestWindow || idle === null || idle < 100 * MILLISECOND)
    return null;
  return 'more than a receive window holds, and its window was open: it had been read';
}

/** How long before the RST its listener had last sent payload; null if it never did. */
export function quietBefore({ history, at }: ResetContext): Duration | null {
  const row = history.rows[at]!;
  const last = history.lastBefore(at, 1 - row.talker, (heard) => heard.length > 0);
  return last === NO_ROW ? null : row.time - history.rows[last]!.time;
}
