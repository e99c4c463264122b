import { ACK, FIN, RST, SYN } from '../decode/segment.js';
import { FOREIGN, HAS_TIMESTAMPS } from '../flow/history/telling-segment.js';
import { distance, isAfter } from '../flow/sequence.js';
import { SECOND } from '../base/time.js';
import { triggerOf } from './reset/acceptance.js';
import { NO_ROW } from './segment-history.js';
import type { SegmentHistory } from './segment-history.js';

/** Transmissions of a SYN-ACK, after which most systems give up: tcp_synack_retries is 5. */
const MOST_TRANSMISSIONS = 6;

/** A handshake that the server never completed, though its SYN-ACK was acknowledged: it stayed in SYN-RECEIVED. */
export interface Incompletion {
  /** The first row that acknowledges the SYN-ACK. */
  readonly acknowledged: number;
  /** How often the SYN-ACK was sent, how often of these before it was acknowledged, and its last row. */
  readonly transmissions: number;
  readonly before: number;
  readonly last: number;
  /** The RST with which the server answers as one that knows no such connection; NO_ROW where there is none. */
  readonly reset: number;
  /** A SYN-ACK whose timestamp echo shows that what acknowledged it had arrived; NO_ROW where none does. */
  readonly proof: number;
  /** SYN-ACKs behind the acknowledgment still echo the SYN's timestamp: what acknowledged it has not arrived. */
  readonly isUnheard: boolean;
}

/**
 * How the server failed to complete the handshake; null if it did, or nothing speaks against it.
 *
 * A SYN-ACK that is sent again although it was acknowledged (RFC 9293 §3.8.1), or an acknowledgment that draws a RST at
 * the number behind the SYN (§3.10.7.4 fifth, and §3.10.7.2 where the listener has forgotten it), and no word of the
 * server that only a connection says. Linux drops the acknowledgment where the accept queue is full (tcp_check_req, and
 * with net.ipv4.tcp_abort_on_overflow answers it by a RST), and a bare one where accept() waits for data
 * (TCP_DEFER_ACCEPT). Before it does, it takes in the timestamp (`req->ts_recent`), so that the next SYN-ACK echoes one
 * that came after the SYN: proof that the acknowledgment was not lost on the road.
 */
export function incompletion(history: SegmentHistory): Incompletion | null {
  const { synAck, synEnd } = history.ends[1];
  if (synAck === NO_ROW) return null;
  const acknowledged = history.firstAcknowledging(0, synEnd, synAck);
  if (acknowledged === NO_ROW || history.rows[acknowledged]!.flags & RST || isOpen(history)) return null;
  const answers = synAcks(history);
  // Several sockets answered, or one without memory
  if (answers.some((at) => history.rows[at]!.sequence !== ((synEnd - 1) | 0))) return null;
  const last = answers.at(-1)!;
  const reset = history.firstAfter(
    acknowledged, 1, ({ flags, sequence }) => (flags & (RST | ACK)) === RST && sequence === synEnd,
  );
  const proof = answers.find((at) => echoesLater(history, at, acknowledged)) ?? NO_ROW;
  const again = answers.filter((at) => at > acknowledged && history.saidAfterHearing(at, acknowledged));
  const shown = {
    acknowledged, transmissions: answers.length, before: answers.filter((at) => at < acknowledged).length, last, reset,
    proof, isUnheard: again.length > 1 && again.every((at) => echoesSyn(history, at, acknowledged)),
  };
  if (again.length === 0) return reset !== NO_ROW && triggerOf(history, reset) === acknowledged ? shown : null;
  if (reset !== NO_ROW || proof !== NO_ROW) return shown;
  return again.length > 1 && !wasTakenAtLast(history, answers) ? shown : null;
}

/**
 * Whether the server said anything that only a connection says, and no request for one (tcp_check_req): data, a FIN, an
 * acknowledgment of more than the SYN, a probe, an abort.
 */
function isOpen(history: SegmentHistory): boolean {
  const { synEnd } = history.ends[1];
  const asked = history.ends[0].syn === NO_ROW ? null : history.ends[0].synEnd;
  for (let at = 0; at < history.count; at++) {
    const { talker, flags, marks, length, sequence, acknowledgment } = history.rows[at]!;
    if (talker === 0 || marks & FOREIGN || flags & SYN) continue;
    if (flags & RST) {
      if (flags & ACK && sequence === synEnd) return true;
      continue;
    }
    if (length > 0 || flags & FIN || sequence !== synEnd || asked === null || isAfter(acknowledgment, asked))
      return true;
  }
  return false;
}

function synAcks(history: SegmentHistory): number[] {
  const rows: number[] = [];
  for (
    let at = history.firstFlagged(NO_ROW, 1, SYN | ACK, SYN | ACK);
    at !== NO_ROW;
    at = history.firstFlagged(at, 1, SYN | ACK, SYN | ACK)
  )
    rows.push(at);
  return rows;
}

/** Whether SYN-ACK `at` echoes the timestamp of something that the client sent no earlier than row `acknowledged`. */
function echoesLater(history: SegmentHistory, at: number, acknowledged: number): boolean {
  const row = history.rows[at]!;
  const ack = history.rows[acknowledged]!;
  const { syn } = history.ends[0];
  if (at < acknowledged || syn === NO_ROW || !(row.marks & ack.marks & HAS_TIMESTAMPS)) return false;
  const first = history.rows[syn]!.timestampValue;
  // Within one tick of the clock the SYN and its acknowledgment have the same.
  return distance(row.timestampEcho, first) > 0 && distance(row.timestampEcho, ack.timestampValue) >= 0;
}

/**
 * Whether SYN-ACK `at` echoes the SYN, though what the client had sent since bears a later timestamp. A listener that
 * drops the acknowledgment for want of room has taken in its timestamp before (tcp_check_req: `req->ts_recent`).
 */
function echoesSyn(history: SegmentHistory, at: number, acknowledged: number): boolean {
  const row = history.rows[at]!;
  const ack = history.rows[acknowledged]!;
  const { syn } = history.ends[0];
  if (syn === NO_ROW || !(row.marks & ack.marks & HAS_TIMESTAMPS)) return false;
  const first = history.rows[syn]!.timestampValue;
  return distance(row.timestampEcho, first) === 0 && distance(ack.timestampValue, first) > 0;
}

/**
 * Whether the SYN-ACK was acknowledged once more after the last time, and its timer, which doubles (RFC 6298 §5.5), did
 * not send it again.
 */
function wasTakenAtLast(history: SegmentHistory, answers: readonly number[]): boolean {
  if (answers.length >= MOST_TRANSMISSIONS) return false;
  const [before = 0, last = 0] = answers.slice(-2);
  if (history.firstAcknowledging(0, history.ends[1].synEnd, last) === NO_ROW) return false;
  const at = history.rows[last]!.time;
  return history.silentUntil(at) - at > (at - history.rows[before]!.time) * 2 + SECOND;
}
