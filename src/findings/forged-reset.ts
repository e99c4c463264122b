import type { FrameNumber } from '../base/numbers.js';
import { FIN, RST, SYN, URG } from '../decode/segment.js';
import type { TellingSegment } from '../flow/history/telling-segment.js';
import { NO_ROW } from '../tcp/segment-history.js';
import type { SegmentHistory } from '../tcp/segment-history.js';
import { areNeighbours } from '../tcp/reset/hops.js';
import type { Reset } from '../tcp/connection.js';
import type { Detector } from './detector.js';
import { TWO_HOSTS_ADVICE } from './two-hosts.js';

const speaks = ({ length, flags }: TellingSegment): boolean => length > 0 && (flags & RST) === 0;

/** Whether the client had spoken by then, and the server had not. */
function isBeforeAnswer(history: SegmentHistory, frame: FrameNumber): boolean {
  const at = history.rowOfFrame(frame);
  return (
    at !== NO_ROW && history.lastBefore(at, 0, speaks) !== NO_ROW && history.lastBefore(at, 1, speaks) === NO_ROW &&
    history.ends[1].synAck !== NO_ROW
  );
}

/**
 * Whether a RST came in answer, and from as far away as all else of its sender, but from another system: a second host
 * with the same address, which knows no such connection, answers so.
 */
function isNeighbours(history: SegmentHistory, { frame, by, shape }: Reset): boolean {
  const at = history.rowOfFrame(frame);
  const { lowestTtl, highestTtl } = history.ends[by === 'client' ? 0 : 1];
  return (
    at !== NO_ROW && shape === 'reactive' && lowestTtl === highestTtl &&
    areNeighbours(history.rows[at]!.ttl, lowestTtl)
  );
}

/**
 * A segment with flags that nobody sends with RST, neither a stack (tcp_v4_send_reset, tcp_send_active_reset) nor a box
 * that wants its RST to be taken, and that nobody took for one: damaged on its way or in the capture (illegal-flags).
 */
function isDamaged(history: SegmentHistory, { frame, accepted }: Reset): boolean {
  const at = history.rowOfFrame(frame);
  return accepted === false && at !== NO_ROW && (history.rows[at]!.flags & (FIN | SYN | URG)) !== 0;
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
    const all = connection.resets.filter((reset) => reset.cause === 'forged' && !isDamaged(history, reset));
    const [first] = all;
    if (!first) return [];
    const frames = all.map(({ frame }) => frame);
    const isTwo = all.every((reset) => isNeighbours(history, reset));
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
        message:
          `${which} not look like ${all.length === 1 ? 'its' : 'their'} sender's: ${first.evidence.join('; ')}.` +
          (isTwo ? ` It comes from as far away: a second host with the address ${connection[first.by].address} answers ` +
            'so, too.' : ''),
        ...(isTwo ? { advice: [...forgedReset.advice[''], ...TWO_HOSTS_ADVICE] } : {}),
        evidence: {
          because: first.evidence, accepted: first.accepted, resets: all.length,
          beforeAnswer: isBeforeAnswer(history, first.frame), ...(isTwo ? { secondHost: true } : {}),
        },
      },
    ];
  },
};
