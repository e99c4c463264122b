import { PAYLOAD_KINDS } from './payload-kind.js';
import type { PayloadKind } from './payload-kind.js';

/**
 * The longest last word of a client in a TLS handshake that asks for nothing: change_cipher_spec (6 bytes) and
 * Finished. In TLS 1.3 a record of 58 or 74 bytes (RFC 8446 §4.4.4, §5.2; appendix D.4 for the first), in a resumed
 * session of TLS 1.2 one of up to 69 (RFC 5246 §7.4.9). Where the server has still to answer, the keys of the client
 * stand before it, 42 bytes and more.
 */
const LONGEST_FINISHED = 80;

/** An alert behind it (RFC 8446 §6, RFC 5246 §7.2): 24 bytes, up to some 50 in older versions. */
const LONGEST_ALERT = 50;

/** A record that is longer is no alert, but a part of the handshake, or data (RFC 8446 §4.4.4, §5, §6). */
export const LONGEST_ALERT_RECORD = 64;

/**
 * The longest that a client sends behind its hello to end a handshake of TLS 1.2: a key exchange (of RSA with 2048
 * bits), a ChangeCipherSpec and a Finished (RFC 5246 §7.4.7); no request before it has the server's.
 */
export const LONGEST_KEY_EXCHANGE = 330;

/** The client's hello, what the server says to it, and what the client ends its part with. */
export const HANDSHAKE_TURNS = 3;

/**
 * Whether what a client has said is a TLS handshake and nothing else, so that nothing waits for an answer: servers need
 * not send tickets (RFC 8446 §4.6.1), and browsers open connections that they never use.
 *
 * @param turns of both until the first of them closed: tickets may come behind the close of a client
 * @param length bytes of the client behind what the server's first payload acknowledges
 * @param saidGoodBye whether an alert is the last of them
 */
export function isOnlyHandshake(turns: number, length: number, saidGoodBye: boolean): boolean {
  return turns === HANDSHAKE_TURNS && length > 0 && length <= LONGEST_FINISHED + (saidGoodBye ? LONGEST_ALERT : 0);
}

/**
 * What a server says first, and never to a TLS client: answers in the clear, and greetings behind which TLS begins when
 * the client has asked for it in the clear (RFC 3207 §4, RFC 4217 §4, RFC 2595 §3). Not the INFO of NATS, which TLS
 * follows at once (docs.nats.io, "TLS"), nor refusals, which may come before it.
 */
const PLAIN_SERVERS: readonly PayloadKind[] = [
  'http-answer', 'http-timeout', 'http-upgrade', 'http2', 'ssh', 'redis-answer', 'smtp-greeting', 'ftp-greeting',
  'pop3-greeting', 'imap-greeting',
];

/**
 * What a client says first, and a TLS server answers by an alert at most: it takes it for a record (RFC 8446 §5.1). Not
 * the header of the PROXY protocol, which TLS follows.
 */
const PLAIN_CLIENTS: readonly PayloadKind[] = [
  'http-request', 'http2', 'redis-command', 'memcached-command', 'smtp-command', 'amqp', 'mqtt', 'mongodb',
];

const TLS = PAYLOAD_KINDS.indexOf('tls');
const IS_PLAIN = [PLAIN_CLIENTS, PLAIN_SERVERS].map((plain) => PAYLOAD_KINDS.map((kind) => plain.includes(kind)));

/**
 * Which end speaks another protocol in the clear while the other one speaks TLS, by what their first payloads are
 * (numbers of `PAYLOAD_KINDS`); -1 where they do not differ so.
 */
export function plainEnd(client: number, server: number): 0 | 1 | -1 {
  if (client === TLS) return IS_PLAIN[1]![server] === true ? 1 : -1;
  return server === TLS && IS_PLAIN[0]![client] === true ? 0 : -1;
}
