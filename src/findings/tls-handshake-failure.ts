import { RST } from '../decode/segment.js';
import { NO_ROW } from '../tcp/segment-history.js';
import type { Detection, Detector, Subject } from './detector.js';

/** An alert, encrypted or not, is no longer; a Finished message with what stands before it is (RFC 8446 §4.4.4, §5). */
const ALERT = 64;

type Cause = 'client' | 'server';

/** One side broke off the TLS handshake by an alert. */
export const tlsHandshakeFailure: Detector<'tls-handshake-failure', Cause> = {
  id: 'tls-handshake-failure',
  title: 'TLS handshake broken off',
  rfc: 'RFC 8446 §6.2',
  severities: { client: 'warning', server: 'warning' },
  advice: {
    client: [
      'See why the client does not accept the certificate: an issuer that it does not know (a private CA that is not in its trust store), an expired certificate, another name, a chain without its intermediate certificates.',
      'openssl s_client -connect HOST:PORT -servername NAME shows the chain and the reason; the log of the client names the alert.',
    ],
    server: [
      'The server takes neither the version nor the ciphers nor the name (SNI) that the client offers, or wants a certificate of the client: its log names the alert.',
      'openssl s_client -connect HOST:PORT -servername NAME, with -tls1_2 or -tls1_3, shows which it takes.',
    ],
  },
  detect(subject) {
    const detection = brokenOff(subject);
    return detection === null ? [] : [detection];
  },
};

function brokenOff({ history, connection, exchange }: Subject): Detection<Cause> | null {
  if (exchange.kinds[0] !== 'tls' || exchange.closer === null || !exchange.saidGoodBye) return null;
  const hello = history.firstAfter(NO_ROW, 0, ({ length }) => length > 0);
  if (hello === NO_ROW) return null;
  const { length, time } = history.rows[hello]!;
  // The client's hello, the server's answer, and then nothing of the client but an alert; or nothing of the server but one.
  const byClient = exchange.turns === 3 && exchange.lastSpeaker === 0 && connection.bytes.client - length <= ALERT;
  const byServer = exchange.turns === 2 && exchange.lastSpeaker === 1 && connection.bytes.server <= ALERT;
  if (!byClient && !byServer) return null;
  const talker = byClient ? 0 : 1;
  const alert = history.lastBefore(history.count, talker, (row) => row.length > 0 && (row.flags & RST) === 0);
  const frame = alert === NO_ROW ? null : history.rows[alert]!.frame;
  return {
    cause: byClient ? 'client' : 'server', confidence: 'likely', role: byClient ? 'client' : 'server', start: time, end: alert === NO_ROW ? time : history.rows[alert]!.time,
    frames: [history.rows[hello]!.frame, ...(frame === null ? [] : [frame])],
    message: byClient
      ? `The client broke off the TLS handshake by an alert${frame === null ? '' : ` (frame ${frame})`} upon what the server had sent: it does not accept the certificate, or nothing else of the offer.`
      : `The server answered the ClientHello by an alert${frame === null ? '' : ` (frame ${frame})`}: it takes neither the version nor the ciphers nor the name that the client offers.`,
    evidence: { alertFrame: frame },
  };
}
