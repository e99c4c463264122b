import { ACK, FIN } from '../decode/segment.js';
import { FOREIGN } from '../flow/history/telling-segment.js';
import { ROLES } from '../tcp/fold.js';
import { NO_ROW } from '../tcp/segment-history.js';
import { SECOND, formatDuration } from '../base/time.js';
import { ofBothEnds } from './detector.js';
import type { Detection, Detector, Subject } from './detector.js';
import { wereLastWords } from './said-too-late.js';

/** A FIN that nobody acknowledged. */
export const unacknowledgedFin: Detector<'unacknowledged-fin', ''> = {
  id: 'unacknowledged-fin',
  title: 'FIN never acknowledged',
  rfc: 'RFC 9293 §3.6 case 1, §3.8.3',
  severities: { '': 'warning' },
  advice: {
    '': [
      'The peer or the path was gone when this side closed: see whether the peer was restarted, or a firewall ' +
        'dropped the connection from its table before the close.',
      'The socket stays in FIN-WAIT-1, LAST-ACK or CLOSING until its retries run out ' +
        '(net.ipv4.tcp_orphan_retries on Linux).',
    ],
  },
  detect(subject) {
    return ofBothEnds(subject, judge);
  },
};

function judge(subject: Subject, end: 0 | 1): Detection<''> | null {
  const { history, connection, captureEnd } = subject;
  const { fin, finEnd } = history.ends[end];
  if (fin === NO_ROW || history.firstAcknowledging(1 - end, finEnd) !== NO_ROW) return null;
  if (connection.resets.some((reset) => reset.accepted !== false && reset.cause !== 'forged')) return null;
  const role = ROLES[end];
  const first = history.rows[fin]!;
  // A FIN without ACK is a scanner's probe: an open port drops it (RFC 9293 §3.10.7.2, fourth).
  if (!(first.flags & ACK)) return null;
  const again = history.lastFlagged(history.count, end, FIN, FIN);
  const last = history.rows[again]!;
  // A FIN that was not sent again was acknowledged where this capture did not look, or is only young (RFC 6298 §5.4).
  if (again === fin || last.repeats === 0 || captureEnd - first.time < SECOND) return null;
  const transmissions = history.rows
    .slice(0, history.count)
    .filter(({ talker, flags, marks }) => talker === end && (flags & FIN) !== 0 && !(marks & FOREIGN)).length;
  // A connection of which nothing is seen but that one end lets go of it had died before: to its close nobody answers,
  // and nobody loses by it. A host that wakes up has many.
  const word = history.firstAfter(NO_ROW, end, ({ length }) => length > 0);
  const isOld =
    history.ends[1 - end]!.first === NO_ROW && (word === NO_ROW || wereLastWords(subject, word)) &&
    (word !== NO_ROW || connection.bytes[role] === 0);
  return {
    ...(isOld ? { severity: 'info' as const } : {}),
    cause: null, confidence: 'likely', role, start: first.time, end: null, frames: [first.frame, last.frame],
    message:
      `The FIN of the ${role} (frame ${first.frame}) was never acknowledged, though it was sent ${transmissions} ` +
      `times over ${formatDuration(last.time - first.time)} s.`,
    evidence: { transmissions },
  };
}
