import type { FrameNumber } from '../base/numbers.js';
import { FIN } from '../decode/segment.js';
import { NO_ROW } from '../tcp/segment-history.js';
import type { SegmentHistory } from '../tcp/segment-history.js';
import type { Detector } from './detector.js';

/**
 * Servers of mail, FTP and IRC ask here who their client is, and go on without an answer (RFC 1413 §1, §6).
 */
export const IDENTIFICATION = 113;

/** A SYN with FIN opens no connection: a scanner asks whether the port is open. */
function isProbe(history: SegmentHistory, frame: FrameNumber | null): boolean {
  const row = history.rowOfFrame(frame);
  return row !== NO_ROW && (history.rows[row]!.flags & FIN) !== 0;
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
