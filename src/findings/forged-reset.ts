import type { FrameNumber } from '../base/numbers.js';
import { RST } from '../decode/segment.js';
import type { TellingSegment } from '../flow/history/telling-segment.js';
import { NO_ROW } from '../tcp/segment-history.js';
import type { SegmentHistory } from '../tcp/segment-history.js';
import type { Detector } from './detector.js';

const speaks = ({ length, flags }: TellingSegment): boolean => length > 0 && (flags & RST) === 0;

/** Whether the client had spoken by then, and the server had not. */
function isBeforeAnswer(history: SegmentHistory, frame: FrameNumber): boolean {
  const at = history.rowOfFrame(frame);
  return (
    at !== NO_ROW && history.lastBefore(at, 0, speaks) !== NO_ROW && history.lastBefore(at, 1, speaks) === NO_ROW &&
    history.ends[1].synAck !== NO_ROW
  );
}

/** A RST that its sender's own packets contradict. */
export const forgedReset: Detector<'forged-reset', ''> = {
  id: 'forged-reset',
  title: 'RST from somebody else',
  rfc: 'RFC 9293 §3.10.7.4, RFC 5961 §3',
  severities: { '': 'warning' },
  advice: {
    '': [
      'Capture at both ends and compare: a RST that one end sees and the other never sent comes from a box ' +
        'between (firewall, load balancer, intrusion prevention).',
      'Look there for idle timers, connection limits and rules with "reset".',
    ],
  },
  detect({ connection, history }) {
    const all = connection.resets.filter((reset) => reset.cause === 'forged');
    const [first] = all;
    if (!first) return [];
    const frames = all.map(({ frame }) => frame);
    const which =
      all.length === 1
        ? `The RST in the name of the ${first.by} (frame ${first.frame}) does`
        : `${all.length} RSTs in the ` +
          `${all.some(({ by }) => by !== first.by) ? 'names of both ends' : `name of the ${first.by}`} ` +
          `(first frame ${first.frame}) do`;
    return [
      {
        cause: null, confidence: first.confidence, alternatives: first.alternatives, role: first.by, start: first.time,
        end: all.at(-1)!.time, frames,
        message: `${which} not look like ${all.length === 1 ? 'its' : 'their'} sender's: ${first.evidence.join('; ')}.`,
        evidence: {
          because: first.evidence, accepted: first.accepted, resets: all.length,
          beforeAnswer: isBeforeAnswer(history, first.frame),
        },
      },
    ];
  },
};
