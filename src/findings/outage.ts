import type { HistoryRow } from '../base/numbers.js';
import { FIN, RST, SYN } from '../decode/segment.js';
import { OUTAGE } from '../flow/conversation.js';
import { PROBE, REPEAT } from '../flow/history/telling-segment.js';
import type { TellingSegment } from '../flow/history/telling-segment.js';
import type { Stall } from '../tcp/exchange.js';
import { ROLES } from '../tcp/fold.js';
import { NO_ROW } from '../tcp/segment-history.js';
import type { SegmentHistory } from '../tcp/segment-history.js';
import { MILLISECOND, formatToMilliseconds } from '../base/time.js';
import { NOTHING } from './detector.js';
import type { Detection, Detector, Subject } from './detector.js';
import { largeSegmentLost } from './path-mtu.js';

/** What was sent again and again, and was heard at last: whoever waited for it waited as long as the road was cut. */
export const outage: Detector<'outage', ''> = {
  id: 'outage',
  title: 'Outage that was survived',
  rfc: 'RFC 9293 §3.8.1, RFC 6298 §5.5',
  severities: { '': 'warning' },
  advice: {
    '': [
      'Look what happened to the road at this moment, between the tap and the end that was not heard: a link or a ' +
        'Wi-Fi that went down and came back, a router or firewall that was reloaded, a tunnel that was built anew; ' +
        'or to that host itself (moved, suspended, stopped).',
      'After a cut TCP tries again ever more seldom: net.ipv4.tcp_rto_max_ms (Linux 6.15) bounds the time between ' +
        'two tries, TCP_USER_TIMEOUT the wait as a whole.',
    ],
  },
  detect(subject) {
    const { stall } = subject.exchange;
    if (stall === null || stall.lasted < OUTAGE * MILLISECOND) return NOTHING;
    const detection = judge(subject, stall);
    return detection === null ? NOTHING : [detection];
  },
};

function judge({ history }: Subject, { by, from, lasted, repeats }: Stall): Detection<''> | null {
  const peer = (1 - by) as 0 | 1;
  const first = repeatAt(history, by, from);
  const last = repeatAt(history, by, from + lasted);
  if (first === NO_ROW || last === NO_ROW) return null;
  const { sequence, time, frame } = history.rows[first]!;
  const heard = history.firstAcknowledging(peer, (sequence + 1) | 0, last);
  // Who aborts has not got over it; that is told by what it did.
  if (heard === NO_ROW || history.firstFlagged(last, by, RST, RST) !== NO_ROW || history.rows[heard]!.flags & RST)
    return null;
  // No room, none in an accept queue, or none on the road for a segment of that size: these have findings of their own.
  const { synEnd, closedWindow } = history.ends[peer];
  const spoke = history.firstAfter(NO_ROW, peer, ({ flags }) => (flags & SYN) === 0);
  const isUntaken = by === 0 && synEnd !== 0 && (spoke === NO_ROW || spoke > last);
  if (isUntaken || closedWindow >= lasted || largeSegmentLost(history, by) !== NO_ROW) return null;
  const [sender, silent] = [ROLES[by], ROLES[peer]];
  return {
    cause: null, confidence: 'likely', role: silent, start: time, end: time + lasted,
    frames: [frame, history.rows[last]!.frame],
    message:
      `The ${sender} sent the same data again ${repeats} times over ${formatToMilliseconds(lasted)} s (frames ${frame} ` +
      `to ${history.rows[last]!.frame}), and nothing of the ${silent} was seen meanwhile; then it was acknowledged, ` +
      `and the connection went on: its road between this tap and the ${silent} was cut, one way or both, or the ` +
      `${silent}'s host stood still.`,
    evidence: { retransmissions: repeats, seconds: Number(formatToMilliseconds(lasted)) },
  };
}

/** The row in which `by` sent data again at `time`, which is known to the millisecond; NO_ROW where it is no data. */
function repeatAt(history: SegmentHistory, by: 0 | 1, time: number): HistoryRow {
  const isIt = (row: TellingSegment): boolean =>
    (row.marks & (REPEAT | PROBE)) === REPEAT && row.length > 0 && (row.flags & (SYN | FIN)) === 0 &&
    Math.abs(row.time - time) <= 2 * MILLISECOND;
  return history.firstAfter(NO_ROW, by, isIt);
}
