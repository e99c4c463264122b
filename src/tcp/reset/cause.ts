import { ACK, FIN, RST } from '../../decode/segment.js';
import { HAS_TIMESTAMPS, PROBE } from '../../flow/history/telling-segment.js';
import { NO_ROW } from '../segment-history.js';
import type { SegmentHistory } from '../segment-history.js';
import { triggerOf } from './acceptance.js';
import { whyAborted } from './active.js';
import type { ResetContext, ResetVerdict } from './context.js';
import { forged } from './forged.js';
import { asFarAsOwn } from './own.js';
import { AT_ONCE, RESTART, wasAskedToOpen, whyAnswered } from './reactive.js';

/** Why the RST of this scene was sent. */
export function resetCause(context: ResetContext): ResetVerdict {
  const withAck = answersWithAck(context);
  const reactive = withAck !== NO_ROW || isReactive(context);
  const trigger = withAck !== NO_ROW ? withAck : reactive ? triggerOf(context.history, context.at) : NO_ROW;
  const verdict =
    forged(context, trigger, reactive) ??
    asFarAsOwn(context, trigger, reactive, reactive ? whyAnswered(context, trigger) : whyAborted(context));
  return { shape: reactive ? 'reactive' : 'active', trigger, ...verdict };
}

/**
 * Two shapes (RFC 9293 §3.5.2; tcp_v4_send_reset against tcp_send_active_reset): an answer takes its sequence number
 * from the acknowledgment it answers and has no ACK flag, or, to a segment without ACK, has sequence number 0 (some
 * stacks: any); an abort stands at SND.NXT. Of the window of an answer RFC 9293 §3.10.7.1 says nothing.
 */
function isReactive({ history, at, talker }: ResetContext): boolean {
  const row = history.rows[at]!;
  if (!(row.flags & ACK)) return true;
  if (!talker.spoke) return wasAskedToOpen(history, row.talker) || answersWithoutAck(history, at);
  return row.sequence === 0 && row.window === 0 && talker.next !== 0;
}

/** Whether RST `at` answers a segment without ACK: a probe of a scanner (RFC 9293 §3.10.7.1). */
function answersWithoutAck(history: SegmentHistory, at: number): boolean {
  const trigger = triggerOf(history, at);
  return history.rows[at]!.sequence === 0 && trigger !== NO_ROW && !(history.rows[trigger]!.flags & ACK);
}

/**
 * The row that a RST with an ACK flag answers, as lwIP (tcp_rst), FreeRTOS+TCP and many firewalls send it: at the
 * acknowledgment of that segment, acknowledging its number, the next one, or its end. NO_ROW if it is none.
 *
 * A close() at the moment of the segment's arrival looks the same. So it counts only where its sender had been silent
 * for longer than a restart takes, had not acknowledged the segment, and is no system that answers without an ACK flag.
 */
function answersWithAck({ history, at, talker, system, isSystemKnown }: ResetContext): number {
  const row = history.rows[at]!;
  if (!(row.flags & ACK) || !talker.spoke || talker.lastRow === NO_ROW) return NO_ROW;
  if (isSystemKnown && system !== 'rfc9293') return NO_ROW;
  if (talker.usesTimestamps && row.marks & HAS_TIMESTAMPS) return NO_ROW;
  const heardAt = history.lastBefore(at, 1 - row.talker, ({ flags }) => (flags & RST) === 0);
  if (heardAt === NO_ROW || heardAt < talker.lastRow) return NO_ROW;
  const heard = history.rows[heardAt]!;
  if (heard.length === 0 && (heard.flags & FIN) === 0 && !(heard.marks & PROBE)) return NO_ROW;
  if (
    row.time - heard.time > history.ends[row.talker]!.reach * 1.5 + AT_ONCE ||
    heard.time - history.rows[talker.lastRow]!.time < RESTART
  )
    return NO_ROW;
  const end = (heard.sequence + heard.length + (heard.flags & FIN ? 1 : 0)) | 0;
  if (row.sequence !== heard.acknowledgment) return NO_ROW;
  return [heard.sequence, (heard.sequence + 1) | 0, end].includes(row.acknowledgment) ? heardAt : NO_ROW;
}
