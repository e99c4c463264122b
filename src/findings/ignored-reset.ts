import { ACK, RST, SYN } from '../decode/segment.js';
import { FOREIGN } from '../flow/history/telling-segment.js';
import { distance } from '../flow/sequence.js';
import type { Reset } from '../tcp/connection.js';
import { ROLES } from '../tcp/fold.js';
import { NO_ROW } from '../tcp/segment-history.js';
import type { SegmentHistory } from '../tcp/segment-history.js';
import type { Detector, Subject } from './detector.js';
import { storm } from './reset-storm.js';

type Cause = 'window' | 'outside';

/** A RST that its listener did not take as the end, as its number asks. */
export const ignoredReset: Detector<'ignored-reset', Cause> = {
  id: 'ignored-reset',
  title: 'RST that was ignored',
  rfc: 'RFC 9293 §3.10.7.4, RFC 5961 §3.2',
  severities: { window: 'info', outside: 'info' },
  advice: {
    window: [
      'The RST stood in the window, but not at the next number: what its sender had sent before was lost, or it ' +
        'does not know where the other stands. It was challenged, as RFC 5961 asks; the answer to the challenge ' +
        'ends the connection.',
    ],
    outside: [
      'The RST stood outside what its listener expects and has to be dropped (RFC 9293 §3.10.7.4): the listener ' +
        'keeps the connection until it writes or its timers run out. Keepalives, or TCP_USER_TIMEOUT, let it learn ' +
        'sooner.',
    ],
  },
  detect(subject) {
    const { history, connection } = subject;
    const reset = connection.resets.find((candidate) => isIgnored(subject, candidate));
    if (reset === undefined || subject.isTold(reset.frame) || storm(history) !== null) return [];
    const at = history.rowOfFrame(reset.frame);
    const talker = history.rows[at]!.talker;
    const listener = ROLES[1 - talker]!;
    const ahead = aheadOf(history, at)!;
    const answer = challengeOf(history, at);
    const more = history.ends[talker]!.resets - 1;
    const cause = ahead > 0 && ahead < 65_536 ? 'window' : 'outside';
    return [
      {
        cause, confidence: 'likely', role: reset.by, start: reset.time, end: reset.time,
        frames: [reset.frame, ...(answer === NO_ROW ? [] : [history.rows[answer]!.frame])],
        message:
          `The RST of the ${reset.by} (frame ${reset.frame}) was ignored: it stood ${Math.abs(ahead)} ` +
          `${Math.abs(ahead) === 1 ? 'byte' : 'bytes'} ${ahead > 0 ? 'ahead of' : 'before'} what the ${listener} ` +
          `expected` +
          `${cause === 'window' ? `, in its window but not ` +
            `exact${answer === NO_ROW ? '' : `, and was challenged (frame ${history.rows[answer]!.frame})`}` : ''}. ` +
          `The ${listener} went on.${more > 0 ? ` ${more} more ${more === 1 ? 'RST' : 'RSTs'} followed.` : ''}`,
        evidence: {
          offset: ahead, challengeFrame: answer === NO_ROW ? null : history.rows[answer]!.frame,
          resets: history.ends[talker]!.resets,
        },
      },
    ];
  },
};

/**
 * Whether a RST stood elsewhere than at the number that its listener expected next, and that went on as if there had
 * been none.
 */
export function isIgnored({ history }: Pick<Subject, 'history'>, { accepted, frame, cause }: Reset): boolean {
  if (accepted !== false || cause === 'challenge' || cause === 'forged' || cause === 'refused') return false;
  const at = history.rowOfFrame(frame);
  if (at === NO_ROW) return false;
  const ahead = aheadOf(history, at);
  if (ahead === null || ahead === 0) return false;
  const listener = 1 - history.rows[at]!.talker;
  for (
    let i = history.firstFlagged(at, listener, RST | SYN, 0);
    i !== NO_ROW;
    i = history.firstFlagged(i, listener, RST | SYN, 0)
  )
    if (history.saidAfterHearing(i, at)) return true;
  return challengeOf(history, at) !== NO_ROW;
}

/** How far RST `at` stands beyond what its listener had acknowledged; null where it had acknowledged nothing. */
function aheadOf(history: SegmentHistory, at: number): number | null {
  const { talker, sequence } = history.rows[at]!;
  const known = history.lastBefore(at, 1 - talker, ({ flags }) => (flags & (RST | ACK)) === ACK);
  return known === NO_ROW ? null : distance(sequence, history.rows[known]!.acknowledgment);
}

/**
 * The bare acknowledgment with which the listener of RST `at` answered it; NO_ROW if the next that it said is something
 * else.
 */
function challengeOf(history: SegmentHistory, at: number): number {
  const { talker } = history.rows[at]!;
  for (let i = at + 1; i < history.count; i++) {
    const row = history.rows[i]!;
    if (row.marks & FOREIGN || row.talker === talker) continue;
    return row.length === 0 && (row.flags & (RST | SYN | ACK)) === ACK ? i : NO_ROW;
  }
  return NO_ROW;
}
