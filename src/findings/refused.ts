import type { FrameNumber } from '../base/numbers.js';
import { formatToMilliseconds } from '../base/time.js';
import { ACK, FIN, SYN } from '../decode/segment.js';
import { FOREIGN } from '../flow/history/telling-segment.js';
import type { TellingSegment } from '../flow/history/telling-segment.js';
import { NO_ROW } from '../tcp/segment-history.js';
import type { SegmentHistory } from '../tcp/segment-history.js';
import type { Detector } from './detector.js';
import { TWO_HOSTS_ADVICE } from './two-hosts.js';

/**
 * Servers of mail, FTP and IRC ask here who their client is, and go on without an answer (RFC 1413 §1, §6).
 */
export const IDENTIFICATION = 113;

/** A SYN with FIN opens no connection: a scanner asks whether the port is open. */
function isProbe(history: SegmentHistory, frame: FrameNumber | null): boolean {
  const row = history.rowOfFrame(frame);
  return row !== NO_ROW && (history.rows[row]!.flags & FIN) !== 0;
}

/**
 * The last SYN that the client sent behind the RST in `resetFrame`, where that acknowledges another number than the
 * SYN's: in SYN-SENT such a RST is dropped (RFC 9293 §3.10.7.3). Null where it does not show.
 */
function askedOn(history: SegmentHistory, resetFrame: FrameNumber): TellingSegment | null {
  const row = history.rowOfFrame(resetFrame);
  const { syn } = history.ends[0];
  if (row === NO_ROW || syn === NO_ROW) return null;
  const { flags, acknowledgment } = history.rows[row]!;
  const { sequence } = history.rows[syn]!;
  if ((flags & ACK) === 0 || acknowledgment === ((sequence + 1) | 0)) return null;
  const last = history.lastFlagged(history.count, 0, SYN | ACK, SYN);
  return last > row && history.rows[last]!.sequence === sequence ? history.rows[last]! : null;
}

/**
 * The SYN-ACK that the one SYN drew as well as the RST in `resetFrame`. A host has a listener or none (RFC 9293
 * §3.10.7.1, §3.10.7.2); of several SYNs each may find it otherwise. Null where there is none.
 */
function takenToo({ rows, ends, count }: SegmentHistory, resetFrame: FrameNumber): TellingSegment | null {
  const [{ syn, lastSyn, synEnd }, { synAck }] = ends;
  if (syn === NO_ROW || syn !== lastSyn || synAck === NO_ROW || synAck >= count) return null;
  const answer = rows[synAck]!;
  return answer.frame > resetFrame && answer.acknowledgment === synEnd && (answer.marks & FOREIGN) === 0
    ? answer
    : null;
}

/** A SYN answered by a RST. */
export const refused: Detector<'refused', ''> = {
  id: 'refused',
  title: 'Connection refused',
  rfc: 'RFC 9293 §3.5.2 group 1',
  severities: { '': 'warning' },
  advice: {
    '': [
      'Start the listener, or correct address and port: nothing listens there, or a firewall rejects it ' +
        '(iptables -j REJECT --reject-with tcp-reset).',
      'If it happens during restarts: hand the listening socket over (SO_REUSEPORT, socket activation), and ' +
        'retry with a pause.',
    ],
  },
  detect({ connection, history }) {
    const reset = connection.resets.find((candidate) => candidate.cause === 'refused');
    if (!reset) return [];
    const late =
      reset.trigger === null ? reset.evidence.find((says) => says.includes('later than any host answers')) : undefined;
    if (late !== undefined) {
      return [
        {
          cause: null, confidence: reset.confidence, role: 'server', start: connection.start, end: reset.time,
          frames: [connection.firstFrame, reset.frame],
          message:
            `Nobody answered the SYNs of the client (from frame ${connection.firstFrame} on); then a RST came in the ` +
            `name of the server (frame ${reset.frame}): ${late}.`,
          advice: [
            'A firewall or proxy on the way waited for the server and gave up: see whether the SYNs reach the ' +
              'server, and whether its answers find the way back.',
            'Capture behind the firewall: it shows which of the two is missing.',
          ],
          evidence: { attempts: connection.packets.client, because: reset.evidence },
        },
      ];
    }
    const taken = takenToo(history, reset.frame);
    if (taken !== null) {
      return [
        {
          cause: null, confidence: 'likely', role: 'server', start: connection.start, end: taken.time,
          frames: [connection.firstFrame, reset.frame, taken.frame],
          message:
            `The SYN (frame ${connection.firstFrame}) was answered twice: by a RST (frame ${reset.frame}), ` +
            `ECONNREFUSED at the client, and by a SYN-ACK (frame ${taken.frame}). No host does both: two have the ` +
            `address ${connection.server.address}, or something on the way refuses in its name.`,
          advice: TWO_HOSTS_ADVICE, evidence: { attempts: connection.packets.client, takenFrame: taken.frame },
        },
      ];
    }
    const again = askedOn(history, reset.frame);
    if (again !== null) {
      return [
        {
          cause: null, confidence: reset.confidence, role: 'server', start: connection.start, end: again.time,
          frames: [connection.firstFrame, reset.frame, again.frame],
          message:
            `The SYN (frame ${reset.trigger ?? connection.firstFrame}) was answered by a RST that acknowledges ` +
            `another number (frame ${reset.frame}); the client ignored it and went on asking for ` +
            `${formatToMilliseconds(again.time - connection.start)} s (last in frame ${again.frame}): ETIMEDOUT, ` +
            `and no ECONNREFUSED.`,
          advice: [
            'Nothing listens there, or a rule rejects it; but whoever answers writes a wrong acknowledgment (the ' +
              'number of the SYN and 1 is right), so that clients wait for their whole timeout: look at the stack or ' +
              'box that sends these RSTs.',
          ],
          evidence: { attempts: connection.packets.client, ignored: true },
        },
      ];
    }
    return [
      {
        cause: null, confidence: reset.confidence, role: 'server', start: connection.start, end: reset.time,
        frames: [connection.firstFrame, reset.frame],
        ...(connection.server.port === IDENTIFICATION || isProbe(history, reset.trigger)
          ? { severity: 'info' as const }
          : {}),
        message:
          `The SYN (frame ${reset.trigger ?? connection.firstFrame}) was answered by a RST (frame ${reset.frame}): ` +
          `ECONNREFUSED at the client.`,
        evidence: { attempts: connection.packets.client },
      },
    ];
  },
};
