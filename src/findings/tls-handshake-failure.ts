import { RST } from '../decode/segment.js';
import type { TellingSegment } from '../flow/history/telling-segment.js';
import { PAYLOAD_KINDS } from '../flow/payload-kind.js';
import type { PayloadKind } from '../flow/payload-kind.js';
import { distance, isAfter } from '../flow/sequence.js';
import { LONGEST_ALERT_RECORD, plainEnd } from '../flow/tls-handshake.js';
import type { Role } from '../tcp/connection.js';
import { NO_ROW } from '../tcp/segment-history.js';
import { SECOND } from '../base/time.js';
import type { Duration } from '../base/time.js';
import type { Detection, Detector, Subject } from './detector.js';

/**
 * An alert in the clear, of two bytes behind its head; and one of TLS 1.3 with its type and its tag (RFC 8446 §5.1,
 * §5.2, §6).
 */
const ALERTS: readonly number[] = [7, 24];

/** A server that looks at a certificate answers sooner than this; a close_notify out of idleness comes later. */
const AT_ONCE: Duration = SECOND;

/** For an alert upon what the client says to the server's own part of the handshake. */
const CERTIFICATE_ADVICE = [
  'The server wants a certificate of its client (nginx `ssl_verify_client on`, HAProxy `verify required`, Apache ' +
    '`SSLVerifyClient require`): give the client one that the server\'s CA has signed, with its key; or do not ' +
    'require it.',
  'The log of the server names the alert (certificate required, unknown CA, certificate expired); openssl ' +
    's_client -connect HOST:PORT -cert CERT -key KEY shows whether one is taken.',
];

/** What to change where one end speaks TLS and the other one does not. */
export const PLAINTEXT_ADVICE: readonly string[] = [
  'Let both mean the same: another port, or another scheme (`https://` or `http://` in the URL and in nginx ' +
    '`proxy_pass`, HAProxy `ssl` on the `server` line, `scheme: HTTPS` of a Kubernetes probe, the protocol of a ' +
    'target group, `--insecure` or plaintext credentials of gRPC); of SMTP, FTP, POP3 and IMAP STARTTLS in place ' +
    'of TLS from the first byte on, or the port for the latter.',
  'openssl s_client -connect HOST:PORT shows whether TLS is spoken there, curl -v http://HOST:PORT whether plain ' +
    'HTTP. Where it is the right port: a proxy, a filter or a portal on the way may have answered in its place.',
];

type Cause = 'client' | 'server' | 'plaintext';

/** One side broke off the TLS handshake by an alert; or only one of them speaks TLS at all. */
export const tlsHandshakeFailure: Detector<'tls-handshake-failure', Cause> = {
  id: 'tls-handshake-failure',
  title: 'TLS handshake broken off',
  rfc: 'RFC 8446 §6.2',
  severities: { client: 'warning', server: 'warning', plaintext: 'warning' },
  advice: {
    client: [
      'See why the client does not accept the certificate: an issuer that it does not know (a private CA that is ' +
        'not in its trust store), an expired certificate, another name, a chain without its intermediate ' +
        'certificates.',
      'openssl s_client -connect HOST:PORT -servername NAME shows the chain and the reason; the log of the ' +
        'client names the alert.',
    ],
    server: [
      'The server takes neither the version nor the ciphers nor the name (SNI) that the client offers, or wants ' +
        'a certificate of the client: its log names the alert.',
      'openssl s_client -connect HOST:PORT -servername NAME, with -tls1_2 or -tls1_3, shows which it takes.',
    ],
    plaintext: PLAINTEXT_ADVICE,
  },
  detect(subject) {
    const detection = mismatch(subject) ?? brokenOff(subject);
    return detection === null ? [] : [detection];
  },
};

/** Protocols in the clear as people call them. */
const NAMES: Partial<Record<PayloadKind, string>> = {
  'http-request': 'HTTP', 'http-answer': 'HTTP', 'http-timeout': 'HTTP', 'http-upgrade': 'HTTP', http2: 'HTTP/2',
  ssh: 'SSH', 'redis-command': 'redis', 'redis-answer': 'redis', 'memcached-command': 'memcached',
  'smtp-command': 'SMTP', 'smtp-greeting': 'SMTP', 'ftp-greeting': 'FTP', 'pop3-greeting': 'POP3',
  'imap-greeting': 'IMAP', amqp: 'AMQP', mqtt: 'MQTT', mongodb: 'MongoDB',
};

/** One end speaks TLS from its first byte on, and the other one something else in the clear. */
function mismatch(subject: Subject): Detection<Cause> | null {
  const { kinds } = subject.exchange;
  const plain = plainEnd(PAYLOAD_KINDS.indexOf(kinds[0]), PAYLOAD_KINDS.indexOf(kinds[1]));
  if (plain === -1) return null;
  // Behind a word that is not known TLS may have been asked for in the clear.
  const [asks, answers] = [firstWord(subject, 'client'), firstWord(subject, 'server')];
  if (asks === null || answers === null) return null;
  const protocol = NAMES[kinds[plain]] ?? 'text';
  return {
    cause: 'plaintext', confidence: 'likely', role: plain === 0 ? 'client' : 'server',
    start: Math.min(asks.time, answers.time), end: Math.max(asks.time, answers.time),
    frames: [asks.frame, answers.frame].sort((a, b) => a - b),
    message:
      plain === 1
        ? `The client began TLS (frame ${asks.frame}), and the server speaks plain ${protocol} at this port ` +
          `(frame ${answers.frame}).`
        : `The client speaks plain ${protocol} (frame ${asks.frame}), and the server speaks TLS at this port ` +
          `(frame ${answers.frame}).`,
    evidence: { protocol },
  };
}

function brokenOff(subject: Subject): Detection<Cause> | null {
  const { connection, exchange } = subject;
  if (exchange.kinds[0] !== 'tls' || exchange.closer === null) return null;
  const hello = firstWord(subject, 'client');
  if (hello === null) return null;
  const { sequence, length, time, frame: helloFrame } = hello;
  const rejected = rejection(subject);
  if (rejected === null && !exchange.saidGoodBye) return null;
  // The client's hello, the server's answer, and then nothing of the client but an alert; or nothing of the server but
  // one.
  const byClient =
    exchange.turns === 3 && exchange.lastSpeaker === 0 && saidSince(subject, sequence + length) <= LONGEST_ALERT_RECORD;
  const byServer =
    exchange.turns === 2 && exchange.lastSpeaker === 1 && connection.bytes.server <= LONGEST_ALERT_RECORD;
  if (!byClient && !byServer && rejected === null) return null;
  const alert = rejected ?? lastPayload(subject, byClient ? 0 : 1);
  const frame = alert === null ? null : alert.frame;
  const by = `by an alert${frame === null ? '' : ` (frame ${frame})`}`;
  return {
    cause: byClient ? 'client' : 'server', confidence: 'likely', role: byClient ? 'client' : 'server', start: time,
    end: alert === null ? time : alert.time, frames: [helloFrame, ...(frame === null ? [] : [frame])],
    ...(rejected === null ? {} : { advice: CERTIFICATE_ADVICE }),
    message: byClient
      ? `The client broke off the TLS handshake ${by} upon what the server had sent: it does not accept the ` +
        `certificate, or nothing else of the offer.`
      : rejected === null
        ? `The server answered the ClientHello ${by}: it takes neither the version nor the ciphers nor the name ` +
          `that the client offers.`
        : `The server broke off the TLS handshake ${by} upon what the client had answered: it misses a certificate ` +
          `of the client, or does not accept it.`,
    evidence: { alertFrame: frame, ...(rejected === null ? {} : { uponClientAnswer: true }) },
  };
}

/**
 * The first payload of an end; null where it said nothing, or where the capture lacks what it said first: then what is
 * seen first is something else.
 */
function firstWord({ history, connection: { roles, isn } }: Subject, role: Role): TellingSegment | null {
  if (roles !== 'handshake') return null;
  const row = history.firstAfter(NO_ROW, role === 'client' ? 0 : 1, ({ length }) => length > 0);
  if (row === NO_ROW) return null;
  const word = history.rows[row]!;
  const begin = isn?.[role] ?? null;
  return begin === null || ((begin + 1) | 0) === word.sequence ? word : null;
}

/** Bytes that the client has said since a sequence number, captured or not. */
function saidSince(subject: Subject, since: number): number {
  const last = lastPayload(subject, 0);
  return last === null ? 0 : distance((last.sequence + last.length) | 0, since | 0);
}

/** The last payload of an end. */
function lastPayload({ history }: Subject, talker: 0 | 1): TellingSegment | null {
  const row = history.lastBefore(history.count, talker, ({ length, flags }) => length > 0 && (flags & RST) === 0);
  return row === NO_ROW ? null : history.rows[row]!;
}

/**
 * The alert that is all that the server says to the client's part of the handshake; null where there is none. A server
 * that has accepted it goes on by its own Finished (RFC 5246 §7.3) or by tickets (RFC 8446 §4.6.1), or waits for a
 * request. In TLS 1.3 the client takes the handshake for done by then, and its request crosses the alert.
 */
function rejection(subject: Subject): TellingSegment | null {
  const { history, exchange } = subject;
  if (exchange.closer !== 1 || !(exchange.turns === 4 || (exchange.turns === 5 && exchange.speaker === 0))) return null;
  const alert = lastPayload(subject, 1);
  if (alert === null || !ALERTS.includes(alert.length)) return null;
  // The client had heard all before the alert, and the alert answers what it sent since.
  const heard = history.firstAfter(
    NO_ROW, 0, (row) => row.acknowledgment === alert.sequence && isAfter(alert.acknowledgment, row.sequence),
  );
  return heard === NO_ROW || !(alert.time - history.rows[heard]!.time < AT_ONCE) ? null : alert;
}
