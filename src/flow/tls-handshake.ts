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

/** The client's hello, what the server says to it, and the client's Finished. */
const TURNS = 3;

/**
 * Whether what a client has said is a TLS handshake and nothing else, so that nothing waits for an answer: servers need
 * not send tickets (RFC 8446 §4.6.1), and browsers open connections that they never use.
 *
 * @param length bytes of the client behind what the server's first payload acknowledges
 * @param saidGoodBye whether an alert is the last of them
 */
export function isOnlyHandshake(turns: number, length: number, saidGoodBye: boolean): boolean {
  return turns === TURNS && length > 0 && length <= LONGEST_FINISHED + (saidGoodBye ? LONGEST_ALERT : 0);
}
