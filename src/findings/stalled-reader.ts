import { FOREIGN } from '../flow/history/telling-segment.js';
import { RST, SYN } from '../decode/segment.js';
import { ROLES } from '../tcp/fold.js';
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

function judge({ history, connection }: Subject, end: 0 | 1): Detection<''> | null {
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
  const outcome = !hasClosedWindow
    ? 'then it opened again'
    : reset
      ? `until a RST of the ${reset.by} (frame ${reset.frame}) ended it`
      : 'and it did not open again';
  return {
    cause: null, confidence: 'likely', role: reader, start: closedWindowFrom, end: closedWindowFrom + closedWindow,
    frames: framesOf(history, end),
    message:
      `The ${reader} did not read for ${formatToMilliseconds(closedWindow)} s: its window was 0, and the ` +
      `${writer}, which had more to send, asked ${asked === 1 ? 'once' : `${asked} times`} for room; ${outcome}.`,
    evidence: { closedSeconds: Number(formatToMilliseconds(closedWindow)), asked, opened: !hasClosedWindow },
  };
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
