import { FOREIGN } from '../flow/history/telling-segment.js';
import { RST, SYN } from '../decode/segment.js';
import { ROLES } from '../tcp/fold.js';
import { NO_ROW, SILENCE } from '../tcp/segment-history.js';
import type { SegmentHistory } from '../tcp/segment-history.js';
import { SECOND, formatToMilliseconds } from '../base/time.js';
import type { Duration } from '../base/time.js';
import { ofBothEnds } from './detector.js';
import type { Detection, Detector, Subject } from './detector.js';

/**
 * A closed window is flow control while it opens within moments; a person, and the first of the timeouts, has lost
 * patience by then.
 */
const STALLED: Duration = 5 * SECOND;

/** Where the writer lost patience itself, and aborted, it is told from here on. */
const GIVEN_UP: Duration = SECOND;

/**
 * Advice where nothing was lost and nobody waited but the reader itself: flow control is for that (RFC 9293 §3.8.6).
 */
export const PAUSED_ADVICE: readonly string[] = [
  'Nothing to change where the reader pauses on purpose: a player that has buffered enough, a pager, a download that ' +
    'is throttled. Else see what its process was doing then.',
];

/** An end that does not read what its peer has to say. */
export const stalledReader: Detector<'stalled-reader', ''> = {
  id: 'stalled-reader',
  title: 'Reader that does not read',
  rfc: 'RFC 9293 §3.8.6.1',
  severities: { '': 'warning' },
  advice: {
    '': [
      'See what the process that reads was doing: stopped (SIGSTOP, a debugger), waiting for a slow consumer or ' +
        'a lock, or it has stopped reading and not closed.',
      'Bound the wait at the end that writes: send_timeout (nginx), timeout client and timeout server (HAProxy), ' +
        'TCP_USER_TIMEOUT.',
    ],
  },
  detect(subject) {
    return ofBothEnds(subject, judge);
  },
};

function judge(subject: Subject, end: 0 | 1): Detection<''> | null {
  const { history, connection } = subject;
  const { closedWindow, closedWindowFrom, hasClosedWindow } = history.ends[end];
  const { asked } = history.ends[(1 - end) as 0 | 1];
  // Who has nothing to say does not ask for room (RFC 9293 §3.8.6.1).
  if (closedWindow < GIVEN_UP || asked === 0) return null;
  const reader = ROLES[end];
  const writer = ROLES[1 - end]!;
  // One that is still closed at the last packet, which may be a copy of the RST, was closed when that came.
  const until = closedWindowFrom + (hasClosedWindow ? 0 : closedWindow);
  const reset = connection.resets.find(({ accepted, time }) => accepted !== false && time >= until);
  const gaveUp = hasClosedWindow && reset?.by === writer && reset.shape === 'active';
  if (closedWindow < STALLED && !gaveUp) return null;
  const isPause = end === 0 && hasGoneOn(subject, 1);
  const outcome = !hasClosedWindow
    ? 'then it opened again'
    : reset
      ? `until a RST of the ${reset.by} (frame ${reset.frame}) ended it`
      : 'and it did not open again';
  return {
    cause: null, confidence: 'likely', role: reader,
    ...(isPause ? { severity: 'info', advice: PAUSED_ADVICE } : {}),
    start: closedWindowFrom, end: closedWindowFrom + closedWindow,
    frames: framesOf(history, end),
    message:
      `The ${reader} did not read for ${formatToMilliseconds(closedWindow)} s: its window was 0, and the ` +
      `${writer}, which had more to send, asked ${asked === 1 ? 'once' : `${asked} times`} for room; ${outcome}.`,
    evidence: { closedSeconds: Number(formatToMilliseconds(closedWindow)), asked, opened: !hasClosedWindow },
  };
}

/**
 * Whether what `writer` had to say came when its peer read again, as far as the capture goes, and was not broken off by
 * it: it had not given up meanwhile. Who gives up closes without the rest of its message and without a good-bye (nginx
 * `send_timeout` sets SSL_set_quiet_shutdown, RFC 8446 §6.1), and its kernel sends what was queued, with the FIN right
 * behind it (tcp_close). So closes, too, who has said all in a protocol whose messages are not known: that is no proof.
 */
function hasGoneOn({ history, exchange, captureEnd }: Subject, writer: 0 | 1): boolean {
  const { hasClosedWindow, closedWindow, closedWindowFrom } = history.ends[(1 - writer) as 0 | 1];
  const { closer, closedByReset, lastSpeaker, saidGoodBye, isWhole, unfinished, payloadAt } = exchange;
  const opened = closedWindowFrom + closedWindow;
  if (hasClosedWindow || (payloadAt < opened && captureEnd - opened > SILENCE)) return false;
  if (closer !== writer || isWhole) return true;
  if (unfinished !== null || closedByReset) return false;
  if (saidGoodBye && lastSpeaker === writer) return true;
  const { fin } = history.ends[writer];
  return fin !== NO_ROW && history.rows[fin]!.time - payloadAt > SILENCE;
}

/** Frames in which `end` said that its window is 0, as far as the history holds them. */
function framesOf(history: SegmentHistory, end: number): number[] {
  const frames: number[] = [];
  for (let i = 0; i < history.count; i++) {
    const { talker, window, flags, marks, frame } = history.rows[i]!;
    if (talker === end && window === 0 && !(flags & (RST | SYN)) && !(marks & FOREIGN)) frames.push(frame);
  }
  return frames;
}
