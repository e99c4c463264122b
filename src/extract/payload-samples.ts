import { Segment } from '../decode/segment.js';
import { farewell } from '../flow/farewell.js';
import { goAway } from '../flow/go-away.js';
import { PAYLOAD_KINDS, type PayloadKind, payloadKind } from '../flow/payload-kind.js';

/** `length`: bytes of the payload on the wire, which some good-byes state. */
type Sample = (length: number) => Uint8Array;

/**
 * In place of a payload of each kind, the same always: what its protocol's description has everybody send. Each begins
 * as the shortest payload of its kind does, so that it is known by as few bytes.
 */
const OF_KIND: Readonly<Record<Exclude<PayloadKind, 'none' | 'unknown'>, Sample>> = {
  tls: binary(22, 3, 1),
  'http-request': text('GET / HTTP/1.1\r\n\r\n'),
  'http-answer': text('HTTP/1.1 200 OK\r\n\r\n'),
  http2: binary(0, 0, 0, 4, 0, 0, 0, 0, 0),
  ssh: text('SSH-2.0-\r\n'),
  'mysql-greeting': binary(0x4a, 0, 0, 0, 10),
  'postgresql-startup': binary(0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f),
  'redis-command': text('*1\r\n$4\r\nPING\r\n'),
  'redis-answer': text(':1\r\n'),
  'smtp-greeting': text('220 \r\n'),
  'smtp-command': text('EHLO \r\n'),
  'ftp-greeting': text('220 FTP\r\n'),
  'pop3-greeting': text('+OK\r\n'),
  'imap-greeting': text('* OK\r\n'),
  'memcached-command': text('mg a v\r\n'),
  amqp: text('AMQP\0\0\u0009\u0001'),
  mqtt: binary(0x10, 12, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4),
  ldap: binary(0x30, 12, 2, 1, 1, 0x60, 7),
  smb: binary(0, 0, 0, 0x55, 0xff, 0x53, 0x4d, 0x42),
  rdp: binary(3, 0, 0, 19, 14, 0xe0),
  git: text('0032git-upload-pack '),
  'proxy-protocol': text('PROXY UNKNOWN\r\n'),
  rsync: text('@RSYNCD: 31.0\n'),
  mongodb: binary(16, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0xdd, 7, 0, 0),
  'http-upgrade': text('HTTP/1.1 101 Switching Protocols\r\n\r\n'),
  // MySQL's ERR packet 1040, "too many connections": no good-bye, which a refusal in words may be.
  refusal: binary(23, 0, 0, 0, 0xff, 0x10, 0x04),
  'http-timeout': text('HTTP/1.1 408 Request Timeout\r\n\r\n'),
  nats: text('INFO {}\r\n'),
  'postgresql-cancel': binary(0, 0, 0, 0, 0x04, 0xd2, 0x16, 0x2e),
  openflow: binary(4, 0, 0, 8, 0, 0, 0, 0),
  pptp: binary(0, 156, 0, 1, 0x1a, 0x2b, 0x3c, 0x4d),
  irc: text('CAP LS\r\n'),
  xmpp: text('<stream:stream>'),
  // A KEEPALIVE.
  bgp: binary(...Array.from({ length: 16 }, () => 0xff), 0, 19, 4),
  'mysql-login': binary(0x20, 0, 0, 1, 0, 2, ...Array.from({ length: 18 }, () => 0)),
};

/**
 * In place of a good-bye that is of a kind, too; then those of none: in two bytes that of MQTT, in more the server's
 * word of FTP and SMTP.
 */
const FAREWELLS: readonly Sample[] = [
  (length) => Uint8Array.of(21, 3, 3, (length - 5) >> 8, (length - 5) & 0xff),
  text('HTTP/1.1 408'),
  text('421 '),
  // An UnbindRequest whose number of a message fills what is left.
  (length) =>
    Uint8Array.from(
      { length: Math.min(Math.max(length, 7), 12) },
      (_, at) => [0x30, length - 2, 2, length - 6][at] ?? (at === length - 2 ? 0x42 : at === length - 1 ? 0 : 1),
    ),
  text('221 '),
  binary(23, 3, 3, 0, 19),
  (length) => Uint8Array.of(0, 0, 0, length, 0x04, 0xd2, 0x16, 0x2e),
  text('*1\r\n$4\r\nQUIT\r\n'),
  (length) => Uint8Array.of(0xe0, length - 2),
];

/** In place of a GOAWAY of HTTP/2 with this error: alone, and behind SETTINGS. */
function goAways(code: number): readonly Sample[] {
  const alone: Sample = (length) =>
    Uint8Array.of(0, (length - 9) >> 8, (length - 9) & 0xff, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, code);
  return [
    alone, (length) => Uint8Array.of(0, 0, 0, 4, 0, 0, 0, 0, 0, ...alone(length - 9)),
  ];
}

const NOTHING = new Uint8Array(0);

const replaced = new Segment();

/**
 * What may stand in place of a segment's payload: a sample by which its kind (payload-kind.ts) is known, whether it
 * says good-bye (farewell.ts), and the error of a GOAWAY (go-away.ts). It depends on these three and on the payload's
 * length, and on no byte else of it. Empty where the payload is of no kind that is known, and where no sample of the
 * length shows the same; never longer than what was captured.
 */
export function payloadSample(segment: Segment, bytes: Uint8Array): Uint8Array {
  const kind = payloadKind(segment, bytes);
  const saysGoodBye = farewell(segment, bytes) > 0;
  const code = goAway(segment, bytes)?.code;
  const name = PAYLOAD_KINDS[kind]!;
  const ofKind = saysGoodBye ? FAREWELLS : name === 'none' || name === 'unknown' ? [] : [OF_KIND[name]];
  const samples = code === undefined ? ofKind : goAways(code);
  for (const make of samples) {
    const sample = make(segment.length).subarray(0, segment.payloadCaptured);
    replaced.length = segment.length;
    replaced.payloadCaptured = sample.length;
    if (
      payloadKind(replaced, sample) === kind && farewell(replaced, sample) > 0 === saysGoodBye &&
      goAway(replaced, sample)?.code === code
    )
      return sample;
  }
  return NOTHING;
}

function binary(...bytes: readonly number[]): Sample {
  const sample = Uint8Array.from(bytes);
  return () => sample;
}

function text(words: string): Sample {
  const sample = new Uint8Array(Buffer.from(words, 'latin1'));
  return () => sample;
}
