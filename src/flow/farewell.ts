import type { Segment } from '../decode/segment.js';
import { begins } from './payload-text.js';

/**
 * Longest good-bye of a protocol in binary: a TLS alert is 7 bytes, or up to some 50 when it is encrypted by RFC 5246.
 */
export const LONGEST_BINARY = 64;

/**
 * Beginnings of a server's last words: FTP and SMTP (RFC 959 §5.4, RFC 5321 §4.2.3), IMAP (RFC 9051 §7.1.5), NNTP (RFC
 * 3977 §5.4).
 */
const SERVER_WORDS = ['421 ', '421-', '221 ', '221-', '* BYE', '205 '];

/** A client's last words, in lower case: FTP, SMTP, POP3, IRC, memcached, Redis; IMAP puts a tag before it. */
const CLIENT_WORDS = /^(?:[a-z0-9]{1,8} )?(?:quit|logout|bye|exit)(?: [^\r\n]*)?\r?\n$/;

const LONGEST_CLIENT_WORDS = 40;

/** QUIT of Redis in RESP, in lower case ("Redis serialization protocol specification"). */
const QUIT_OF_REDIS = '*1\r\n$4\r\nquit\r\n';

/**
 * Whether the payload of a segment says good-bye, and nothing else: what is lost of it harms nobody, and nobody waits
 * for an answer to it. Told by content alone; a size tells nothing (a body of one byte behind its headers is a
 * request). The answer is how many bytes of its beginning show it, 0 where it is none.
 */
export function farewell(segment: Segment, bytes: Uint8Array): number {
  const { payloadOffset: from, payloadCaptured: captured, length } = segment;
  if (captured < 2 || length === 0) return 0;
  return (
    (length <= LONGEST_BINARY ? binary(bytes, from, captured, length) : 0) || releases(bytes, from, captured) ||
    texts(bytes, from, captured, length)
  );
}

/** Of a message of STUN: its head, and the number that says what it is (RFC 8489 §5). */
const STUN_HEAD = 20;
const LIFETIME = 0x000d;

/** A Refresh request of TURN with a LIFETIME of 0, which ends the allocation (RFC 8656 §7.1, §18.6). */
function releases(bytes: Uint8Array, from: number, captured: number): number {
  if (captured < STUN_HEAD + 8 || bytes[from] !== 0 || bytes[from + 1] !== 4) return 0;
  if (
    bytes[from + 4] !== 0x21 || bytes[from + 5] !== 0x12 || bytes[from + 6] !== 0xa4 || bytes[from + 7] !== 0x42
  )
    return 0;
  for (let place = STUN_HEAD; place + 8 <= captured; ) {
    const at = from + place;
    const size = (bytes[at + 2]! << 8) | bytes[at + 3]!;
    if (((bytes[at]! << 8) | bytes[at + 1]!) === LIFETIME)
      return size === 4 && (bytes[at + 4]! | bytes[at + 5]! | bytes[at + 6]! | bytes[at + 7]!) === 0 ? place + 8 : 0;
    // Attributes are filled up to four bytes.
    place += 4 + ((size + 3) & ~3);
  }
  return 0;
}

/** By the first byte; each with the description of its protocol. */
function binary(bytes: Uint8Array, from: number, captured: number, length: number): number {
  const at = (offset: number): number => (offset < captured ? bytes[from + offset]! : -1);
  switch (bytes[from]) {
    // RFC 8446 §5.1, §6: a record of type alert, encrypted or not; in TLS 1.3 it is of type 23 and exactly an alert,
    // its type and a tag long (§5.2): 24 bytes, which shows where a snap length left two of them, too, for two bytes of
    // data in a record of their own are no message of any protocol.
    case 21:
      return at(1) === 3 && at(3) * 256 + at(4) + 5 === length ? 5 : 0;
    case 23:
      if (at(1) !== 3 || length !== 24) return 0;
      return captured < 5 ? captured : at(3) === 0 && at(4) === 19 ? 5 : 0;
    // RFC 9113 §6.8: GOAWAY on stream 0. PostgreSQL, CancelRequest: its connection carries nothing else, and the server
    // closes it without an answer ("Canceling Requests in Progress").
    case 0:
      if (at(3) === length && at(4) === 0x04 && at(5) === 0xd2 && at(6) === 0x16 && at(7) === 0x2e) return 8;
      return at(3) === 7 && at(1) * 256 + at(2) + 9 === length && at(5) === 0 && at(6) === 0 && at(7) === 0 &&
        at(8) === 0
        ? 9
        : 0;
    // RFC 6455 §5.5.1: a close frame, masked where the client sends it.
    case 0x88:
      return at(1) + 2 === length || (at(1) >= 0x80 && at(1) - 0x80 + 6 === length) ? 2 : 0;
    // MySQL, COM_QUIT: a packet of one byte.
    case 1:
      return length === 5 && at(1) === 0 && at(2) === 0 && at(4) === 1 ? 5 : 0;
    // MySQL, COM_STMT_CLOSE, which no server answers; and COM_QUIT behind it.
    case 5:
      return (length === 9 || (length === 14 && at(9) === 1 && at(12) === 0 && at(13) === 1)) && at(1) === 0 &&
        at(2) === 0 && at(3) === 0 && at(4) === 0x19
        ? length
        : 0;
    // PostgreSQL, Terminate.
    case 0x58:
      return length === 5 && at(1) === 0 && at(2) === 0 && at(3) === 0 && at(4) === 4 ? 5 : 0;
    // RFC 4511 §4.3: UnbindRequest, an empty [APPLICATION 2].
    case 0x30:
      return length <= 12 && at(length - 2) === 0x42 && at(length - 1) === 0 ? length : 0;
    // MQTT 3.1.1 §3.14, MQTT 5 §3.14: DISCONNECT.
    case 0xe0:
      return at(1) + 2 === length ? 2 : 0;
    default:
      return 0;
  }
}

function texts(bytes: Uint8Array, from: number, captured: number, length: number): number {
  const first = bytes[from]!;
  // HTTP/1.x 408: the server waited long enough (RFC 9110 §15.5.9).
  if (first === 0x48)
    return begins(bytes, from, captured, 'HTTP/1.') && captured >= 12 && begins(bytes, from + 8, captured - 8, ' 408')
      ? 12
      : 0;
  // PostgreSQL ErrorResponse of severity FATAL: the session ends with it ("Error and Notice Message Fields").
  if (first === 0x45) return captured >= 11 && begins(bytes, from + 5, captured - 5, 'SFATAL') ? 11 : 0;
  for (const word of SERVER_WORDS)
    if (first === word.charCodeAt(0) && begins(bytes, from, captured, word)) return word.length;
  if (length > LONGEST_CLIENT_WORDS || captured < length || bytes[from + length - 1] !== 0x0a) return 0;
  const words = Buffer.from(bytes.buffer, bytes.byteOffset + from, length)
    .toString('latin1')
    .toLowerCase();
  return words === QUIT_OF_REDIS || CLIENT_WORDS.test(words) ? length : 0;
}
