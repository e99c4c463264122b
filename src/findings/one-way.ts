import { PROBE } from '../flow/history/telling-segment.js';
import { hearsNoAnswers } from '../tcp/deaf.js';
import { ROLES } from '../tcp/fold.js';
import { NO_ROW } from '../tcp/segment-history.js';
import { formatDuration, formatToMilliseconds } from '../base/time.js';
import { ofBothEnds } from './detector.js';
import type { Detection, Detector, Subject } from './detector.js';

type Cause = 'keepalive-timeout' | 'retransmission-timeout';

/** What the tap sees answered, the sender sends again: the answers do not reach it. */
export const oneWay: Detector<'one-way', Cause> = {
  id: 'one-way',
  title: 'Answers that do not arrive',
  rfc: 'RFC 9293 §3.8.1, §3.8.4',
  severities: { 'keepalive-timeout': 'warning', 'retransmission-timeout': 'warning' },
  advice: {
    'keepalive-timeout': [
      'The way back is cut between the tap and the end that asks: compare a capture there. Look for a firewall ' +
        'or NAT that lets one direction pass (asymmetric routing, a lost state), and for an answer that goes out ' +
        'on another interface.',
    ],
    'retransmission-timeout': [
      'The way back is cut between the tap and the sender: its data arrives, and the acknowledgments do not. ' +
        'Look for asymmetric routing through a stateful firewall, rp_filter, or a link that fails in one direction.',
    ],
  },
  detect(subject) {
    return ofBothEnds(subject, judge);
  },
};

function judge({ history, connection }: Subject, end: 0 | 1): Detection<Cause> | null {
  const last = hearsNoAnswers(history, end);
  if (last === NO_ROW) return null;
  const row = history.rows[last]!;
  const { deaf, deafSince } = history.ends[end];
  const isProbe = (row.marks & PROBE) !== 0;
  const asker = ROLES[end];
  const peer = ROLES[1 - end]!;
  const reset = connection.resets.find(
    ({ by, accepted, frame }) => by === asker && accepted !== false && frame > row.frame,
  );
  const what = isProbe ? `sent ${deaf} keepalive probes` : `sent the same ${row.length} bytes ${deaf} times more`;
  return {
    cause: isProbe ? 'keepalive-timeout' : 'retransmission-timeout', confidence: 'likely', role: peer, start: deafSince,
    end: reset?.time ?? null, frames: [row.frame, ...(reset ? [reset.frame] : [])],
    message:
      `The ${asker} ${what}, some ${formatDuration((row.time - deafSince) / (deaf - 1))} s apart, though each was ` +
      `answered at this tap: the answers of the ${peer} do not reach ` +
      `it${reset ? `, and it gave up with a RST (frame ${reset.frame})` : ''}.`,
    evidence: { answered: deaf, seconds: Number(formatToMilliseconds(row.time - deafSince)) },
  };
}
