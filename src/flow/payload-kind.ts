import type { Segment } from '../decode/segment.js';
import { begins, beginsInAnyCase } from './payload-text.js';

/**
 * What the first payload of an end is, as far as its first bytes tell. Numbers are what `Connections.payloadKind`
 * holds.
 */
export const PAYLOAD_KINDS = [
  'none', 'unknown', 'tls', 'http-request', 'http-answer', 'http2', 'ssh', 'mysql-greeting', 'postgresql-startup',
  'redis-command', 'redis-answer', 'smtp-greeting', 'smtp-command', 'ftp-greeting', 'pop3-greeting', 'imap-greeting',
  'memcached-command', 'amqp', 'mqtt', 'ldap', 'smb', 'rdp', 'git', 'proxy-protocol', 'rsync', 'mongodb',
  'http-upgrade', 'refusal', 'http-timeout', 'nats', 'mysql-login', 'postgresql-cancel', 'irc', 'xmpp', 'bgp',
  'openflow', 'pptp',
] as const;
export type PayloadKind = (typeof PAYLOAD_KINDS)[number];

/**
 * Protocols of messages: what a client sends need not be answered, and what comes need not be an answer (MQTT 3.1.1
 * §4.3.1, QoS 0; AMQP 0-9-1, basic.publish; docs.nats.io, PUB and MSG; RFC 2812 §3.3, PRIVMSG; RFC 6121 §5, message
 * and presence; RFC 4271 §4, UPDATE and KEEPALIVE; OpenFlow 1.3 §6.1, asynchronous messages, and its switch, the
 * client, answers its controller; RFC 2637 §2.15, Set-Link-Info).
 */
export const MESSAGES: ReadonlySet<PayloadKind> = new Set<PayloadKind>([
  'mqtt', 'amqp', 'nats', 'irc', 'xmpp', 'bgp', 'openflow', 'pptp',
]);

const NUMBER = Object.fromEntries(PAYLOAD_KINDS.map((kind, number) => [kind, number])) as Readonly<
  Record<PayloadKind, number>
>;

/** Bytes that the longest rule looks at. */
const LOOKED_AT = 33;

const HTTP_METHODS = [
  'GET ', 'POST ', 'HEAD ', 'PUT ', 'DELETE ', 'OPTIONS ', 'PATCH ', 'CONNECT ', 'TRACE ', 'PROPFIND ', 'REPORT ',
];
const MEMCACHED_COMMANDS = [
  'get ', 'gets ', 'set ', 'add ', 'stats', 'version', 'delete ', 'incr ', 'decr ', 'mg ', 'ms ',
];

/** Beginnings that are texts; the first one that fits is told. */
const TEXTS: readonly (readonly [kind: PayloadKind, begins: readonly string[]])[] = [
  // redis (networking.c, acceptCommonHandler), memcached (dispatch_conn_new), FTP and SMTP (RFC 959 §4.2, RFC 5321
  // §4.2.3), IRC (RFC 2812 §3.7.4: ERROR, before a server ends a connection), sshd (drop_connection).
  [
    'refusal',
    [
      '-ERR max number of', 'ERROR Too many open', 'ERROR :', '421 ', 'Exceeded MaxStartups',
      'Not allowed at this time',
    ],
  ],
  ['http2', ['PRI * HTTP/2.0']],
  // docs.nats.io/reference/reference-protocols/nats-protocol: INFO of the server, CONNECT of the client, with JSON.
  ['nats', ['INFO {', 'CONNECT {']],
  ['http-request', HTTP_METHODS],
  // RFC 9110 §15.2.2: from here on another protocol, WebSocket as a rule (RFC 6455 §4).
  ['http-upgrade', ['HTTP/1.1 101', 'HTTP/1.0 101']],
  // RFC 9110 §15.5.9: the server has not received the request to its end within the time that it waits.
  ['http-timeout', ['HTTP/1.1 408', 'HTTP/1.0 408']],
  ['http-answer', ['HTTP/1.']],
  ['ssh', ['SSH-']],
  ['proxy-protocol', ['PROXY ']],
  ['rsync', ['@RSYNCD:']],
  ['amqp', ['AMQP']],
  ['pop3-greeting', ['+OK']],
  ['imap-greeting', ['* OK', '* PREAUTH']],
  ['memcached-command', MEMCACHED_COMMANDS],
  ['smtp-command', ['EHLO ', 'HELO ']],
  // RFC 2812 §3.1.2, and capabilities before it (ircv3.net); PASS and USER are POP3's and FTP's, too.
  ['irc', ['NICK ', 'CAP LS', 'CAP REQ']],
  // RFC 6120 §4.2, §11.5: the opening of a stream, an XML declaration before it or not.
  ['xmpp', ['<stream:stream', "<?xml version='1.0'?><stream:", '<?xml version="1.0"?><stream:']],
];

/** `TEXTS` by their first letters: to tell a kind takes 55 ns so, and 220 where all of them are tried (Node 20.20). */
const BY_FIRST_LETTER = byFirstLetter();

function byFirstLetter(): readonly (readonly Text[])[] {
  const texts: Text[][] = Array.from({ length: 256 }, () => []);
  for (const [kind, begins] of TEXTS) for (const text of begins) texts[text.charCodeAt(0)]!.push({ kind, text });
  return texts;
}

interface Text {
  readonly kind: PayloadKind;
  readonly text: string;
}

/**
 * PostgreSQL's answer to an SSLRequest or GSSENCRequest that it does not grant is one byte, `N`, and the session begins
 * behind it ("SSL Session Encryption"): the next payload tells what it is.
 */
const UNENCRYPTED = 0x4e;

/**
 * The kind of the payload of `segment`, which is the first of its end: a number of `PAYLOAD_KINDS`; none where the next
 * one tells.
 */
export function payloadKind(segment: Segment, bytes: Uint8Array): number {
  const { payloadOffset: from, payloadCaptured, length } = segment;
  if (length === 0) return NUMBER.none;
  const captured = Math.min(payloadCaptured, LOOKED_AT);
  if (captured < 2) return captured === 1 && length === 1 && bytes[from] === UNENCRYPTED ? NUMBER.none : NUMBER.unknown;
  return NUMBER[binaryKind(bytes, from, captured) ?? textKind(bytes, from, captured) ?? 'unknown'];
}

/** Turns until the server has said so, or never does: greetings in whichever order, and what the client asks for. */
export const GREETED = 3;

/**
 * Whether the server, whose greeting is past, says that it has too many of these: MySQL's ERR packet 1203, too many
 * connections of one user, and 1226, a resource limit of the account (max_user_connections); rsync's "max connections"
 * (clientserver.c, rsync_module).
 */
export function refusesGreeted(
  { payloadOffset: from, payloadCaptured: captured }: Segment, bytes: Uint8Array,
): boolean {
  if (begins(bytes, from, captured, '@ERROR: max connections')) return true;
  if (captured < 7 || bytes[from + 2] !== 0 || bytes[from + 3]! < 2 || bytes[from + 4] !== 0xff) return false;
  const error = bytes[from + 5]! | (bytes[from + 6]! << 8);
  return error === 1203 || error === 1226;
}

/**
 * Turns until a server of PostgreSQL has looked at the password, of SCRAM two messages each way ("SASL
 * Authentication"), and says that it has too many: how many connections a user or a database may have it knows no
 * sooner (miscinit.c, InitializeSessionUserId; postinit.c, CheckMyDatabase).
 */
export const POSTGRESQL_GREETED = 6;

/** Longest run of authentication messages before the error: AuthenticationSASLFinal and AuthenticationOk. */
const AUTHENTICATIONS = 2;

/** Whether a server of PostgreSQL says so, behind the messages that tell that the password was right. */
export function refusesPassed(
  { payloadOffset: from, payloadCaptured: captured }: Segment, bytes: Uint8Array,
): boolean {
  let at = 0;
  for (let count = 0; count < AUTHENTICATIONS && at + 5 <= captured && bytes[from + at] === 0x52; count++)
    at += 1 + bytes[from + at + 3]! * 256 + bytes[from + at + 4]!;
  return at < captured && isPostgresqlRefusal(bytes, from + at, captured - at);
}

/** By magic numbers: each row's source is the protocol's own description. */
function binaryKind(bytes: Uint8Array, from: number, captured: number): PayloadKind | null {
  const at = (offset: number): number => (offset < captured ? bytes[from + offset]! : -1);
  // RFC 8446 §5.1: record type 20 to 23, version 3.x.
  if (at(0) >= 20 && at(0) <= 23 && at(1) === 3 && at(2) <= 4) return 'tls';
  // RFC 9113 §6.5: a server may begin with SETTINGS on stream 0.
  if (
    at(0) === 0 && at(1) === 0 && at(3) === 4 && at(4) <= 1 && at(5) === 0 && at(6) === 0 && at(7) === 0 &&
    at(8) === 0
  )
    return 'http2';
  // PostgreSQL, "Message Formats": StartupMessage (3.0), SSLRequest, GSSENCRequest, CancelRequest: a length, then these
  // codes.
  const code = at(4) * 0x1000000 + at(5) * 0x10000 + at(6) * 0x100 + at(7);
  if (at(0) === 0 && at(1) === 0) {
    if (code === 80_877_102) return 'postgresql-cancel';
    if (code === 0x30000 || code === 80_877_103 || code === 80_877_104) return 'postgresql-startup';
  }
  // MySQL, ERR_Packet in place of the greeting: 1040 too many connections, 1129 host blocked, 1203 too many of one
  // user.
  const error = at(5) | (at(6) << 8);
  if (at(2) === 0 && at(3) === 0 && at(4) === 0xff && (error === 1040 || error === 1129 || error === 1203))
    return 'refusal';
  if (isPostgresqlRefusal(bytes, from, captured)) return 'refusal';
  // MySQL, Protocol::HandshakeV10: length (3), sequence 0, protocol 10; or its ERR packet (0xff) in place of it.
  if (at(2) === 0 && at(3) === 0 && (at(4) === 10 || at(4) === 0xff)) return 'mysql-greeting';
  // MySQL, Protocol::HandshakeResponse41 of a session that stays in the clear: sequence 1, CLIENT_PROTOCOL_41 without
  // CLIENT_SSL, and behind the character set a filler of zeros, of which MariaDB uses the end.
  if (at(2) === 0 && at(3) === 1 && (at(5) & 0x0a) === 0x02 && areZeros(bytes, from + 13, from + captured, 11))
    return 'mysql-login';
  // MS-SMB2 2.1 and MS-CIFS 2.1: a length of four bytes, then the protocol's mark.
  if (at(0) === 0 && (at(4) === 0xfe || at(4) === 0xff) && at(5) === 0x53 && at(6) === 0x4d && at(7) === 0x42)
    return 'smb';
  // RFC 1006 §6 (TPKT), with the X.224 connection request and confirm of MS-RDPBCGR 2.2.1.
  if (at(0) === 3 && at(1) === 0 && (at(5) === 0xe0 || at(5) === 0xd0)) return 'rdp';
  // RFC 4511 §4.1.1: SEQUENCE, then the message id, an INTEGER.
  if (at(0) === 0x30 && (at(2) === 2 || at(4) === 2 || at(6) === 2)) return 'ldap';
  // MQTT 3.1.1 and 5, 3.1: CONNECT, then the protocol's name.
  if (at(0) === 0x10 && (at(4) === 0x4d || at(5) === 0x4d)) return 'mqtt';
  // MongoDB, "Wire Protocol": length, request id, response to, then OP_MSG 2013 or OP_QUERY 2004, all little-endian.
  if (at(13) === 7 && (at(12) === 0xdd || at(12) === 0xd4) && at(14) === 0 && at(15) === 0) return 'mongodb';
  // RFC 4271 §4.1: sixteen bytes of ones, a length of 19 and more, and what of five kinds it is.
  if (at(0) === 0xff && at(18) >= 1 && at(18) <= 5 && areOnes(bytes, from, from + captured, MARKER)) return 'bgp';
  // OpenFlow 1.0 §5.1, 1.3 §7.1: version, HELLO, its length: alone, or with the bitmap of versions.
  if (at(0) >= 1 && at(0) <= 6 && at(1) === 0 && at(2) === 0 && (at(3) === 8 || at(3) === 16) && captured >= 8)
    return 'openflow';
  // RFC 2637 §2.1: length, a control message, the magic cookie 1A2B3C4D.
  if (at(2) === 0 && at(3) === 1 && code === 0x1a2b3c4d) return 'pptp';
  // PROXY protocol 2.2.
  if (at(0) === 0x0d && at(1) === 0x0a && at(2) === 0x0d && at(3) === 0x0a && at(4) === 0 && at(5) === 0x0d)
    return 'proxy-protocol';
  return null;
}

const POSTGRESQL_REFUSALS = ['VFATAL\0C533', 'C53300', 'C08P01\0Mno m', 'C08P01\0Mclie'];

/** AuthenticationOk: nobody had to say a password. */
const AUTHENTICATION_OK = 'R\0\0\0\x08\0\0\0\0';

/**
 * PostgreSQL, ErrorResponse with SQLSTATE 53300, too_many_connections: severity, severity again, code. What it keeps
 * for superusers it looks at behind the authentication (postinit.c, InitPostgres). PgBouncer (send_pooler_error,
 * max_client_conn and max_db_client_connections): severity, code 08P01 for all, text.
 */
function isPostgresqlRefusal(bytes: Uint8Array, from: number, captured: number): boolean {
  const skipped = begins(bytes, from, captured, AUTHENTICATION_OK) ? AUTHENTICATION_OK.length : 0;
  const error = from + skipped;
  if (bytes[error] !== 0x45 || !begins(bytes, error + 5, captured - skipped - 5, 'SFATAL\0')) return false;
  return POSTGRESQL_REFUSALS.some((text) => begins(bytes, error + 12, captured - skipped - 12, text));
}

function textKind(bytes: Uint8Array, from: number, captured: number): PayloadKind | null {
  const first = bytes[from]!;
  for (const { kind, text } of BY_FIRST_LETTER[first]!) if (begins(bytes, from, captured, text)) return kind;
  const second = bytes[from + 1]!;
  // RESP (Redis): an array of commands; simple strings, errors, integers and bulk strings in answer.
  if (first === 0x2a && isDigit(second)) return 'redis-command';
  if (first === 0x2d || (first === 0x24 && (isDigit(second) || second === 0x2d)) || (first === 0x3a && isDigit(second)))
    return 'redis-answer';
  if (begins(bytes, from, captured, '+PONG') || begins(bytes, from, captured, '+QUEUED')) return 'redis-answer';
  if (begins(bytes, from, captured, 'PING')) return 'redis-command';
  if (begins(bytes, from, captured, '220')) return greeting220(bytes, from, captured);
  // git pack protocol: four hexadecimal digits of length, then a request or a hash.
  if (
    captured >= 8 && isHex(first) && isHex(second) && isHex(bytes[from + 2]!) && isHex(bytes[from + 3]!) &&
    begins(bytes, from + 4, captured - 4, 'git-')
  )
    return 'git';
  return null;
}

/**
 * "220 host ESMTP…" or "220 (vsFTPd…": where neither word is in sight, FTP and SMTP look alike (RFC 5321 §4.2, RFC 959
 * §5.4).
 */
function greeting220(bytes: Uint8Array, from: number, captured: number): PayloadKind {
  for (let at = 0; at + 3 < captured; at++)
    if (beginsInAnyCase(bytes, from + at, captured - at, 'ftp')) return 'ftp-greeting';
  return 'smtp-greeting';
}

function areZeros(bytes: Uint8Array, from: number, end: number, count: number): boolean {
  if (from + count > end) return false;
  for (let at = from; at < from + count; at++) if (bytes[at] !== 0) return false;
  return true;
}

/** Bytes before the length of a message of BGP. */
const MARKER = 16;

function areOnes(bytes: Uint8Array, from: number, end: number, count: number): boolean {
  if (from + count > end) return false;
  for (let at = from; at < from + count; at++) if (bytes[at] !== 0xff) return false;
  return true;
}

const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;
const isHex = (byte: number): boolean => isDigit(byte) || (byte >= 0x61 && byte <= 0x66);
