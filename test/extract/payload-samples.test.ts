import { describe, expect, it } from 'vitest';

import { Segment } from '../../src/decode/segment.js';
import { payloadSample } from '../../src/extract/payload-samples.js';
import { farewell } from '../../src/flow/farewell.js';
import { goAway } from '../../src/flow/go-away.js';
import { PAYLOAD_KINDS, type PayloadKind, payloadKind } from '../../src/flow/payload-kind.js';

const SECRET = 'secret: the words of somebody, 0123456789';

/** Payloads of a kind that say more than the kind, as programs send them. */
const PAYLOADS: Readonly<Record<Exclude<PayloadKind, 'none' | 'unknown'>, readonly string[]>> = {
  tls: [
    '\u0016\u0003\u0001\u0002\0\u0001\0\u0001\u00fc\u0003\u0003', '\u0017\u0003\u0003\0\u0050',
    '\u0014\u0003\u0003\0\u0001\u0001',
  ],
  'http-request': ['GET /secret/path?token=1 HTTP/1.1\r\n', 'POST /a HTTP/1.0\r\n', 'PROPFIND /b HTTP/1.1\r\n'],
  'http-answer': ['HTTP/1.1 404 Not Found\r\nServer: nginx/1.2\r\n', 'HTTP/1.0 200 OK\r\n'],
  http2: ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', '\0\0\u0012\u0004\0\0\0\0\0\0\u0003\0\0\0\u0064'],
  ssh: ['SSH-2.0-OpenSSH_9.6 Debian\r\n'],
  'mysql-greeting': ['\u005b\0\0\0\n8.0.36\0', '\u0016\0\0\0\u00ff\u0015\u0004'],
  'postgresql-startup': ['\0\0\0\u0029\0\u0003\0\0user\0alice\0', '\0\0\0\u0008\u0004\u00d2\u0016\u002f'],
  'redis-command': ['*2\r\n$4\r\nAUTH\r\n', 'PING\r\n'],
  'redis-answer': ['-NOAUTH Authentication required\r\n', '$5\r\nhello\r\n', '+PONG\r\n'],
  'smtp-greeting': ['220 mail.example.com ESMTP Postfix\r\n'],
  'smtp-command': ['EHLO client.example.com\r\n', 'HELO a\r\n'], 'ftp-greeting': ['220 (vsFTPd 3.0.5)\r\n'],
  'pop3-greeting': ['+OK Dovecot ready.\r\n'],
  'imap-greeting': ['* OK [CAPABILITY] Dovecot\r\n', '* PREAUTH alice\r\n'],
  'memcached-command': ['get user:1\r\n', 'set key 0 0 5\r\n', 'mg k v\r\n'], amqp: ['AMQP\0\0\t\u0001'],
  mqtt: ['\u0010\u0020\0\u0004MQTT\u0004\u0002\0\u003c', '\u0010\u0080\u0001\0\u0004MQTT'],
  ldap: ['0\u0020\u0002\u0001\u0001`\u001b\u0002\u0001\u0003', '0\u0084\0\0\0\u0020\u0002\u0001\u0007'],
  smb: ['\0\0\0\u00e4\u00feSMB@\0', '\0\0\0\u0085\u00ffSMBr'],
  rdp: ['\u0003\0\0\u002b\u0026\u00e0\0\0\0\0\0Cookie: mstshash=alice'],
  git: ['003egit-upload-pack /project.git\0host=example.com\0'],
  'proxy-protocol': ['PROXY TCP4 192.0.2.1 198.51.100.1 1 2\r\n', '\r\n\r\n\0\r\nQUIT\n'],
  rsync: ['@RSYNCD: 31.0 sha512\n'],
  mongodb: [
    '\u0070\0\0\0\u0005\0\0\0\0\0\0\0\u00dd\u0007\0\0hello', '\u0070\0\0\0\u0005\0\0\0\0\0\0\0\u00d4\u0007\0\0',
  ],
  'http-upgrade': ['HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n'],
  refusal: [
    '-ERR max number of clients reached\r\n', 'Exceeded MaxStartups\r\n', '\u0017\0\0\0\u00ff\u0010\u0004',
    '421 Too many connections\r\n', 'ERROR :Closing link: Server full\r\n', 'E\0\0\0\u0057SFATAL\0VFATAL\0C53300\0', 'E\0\0\0\u0057SFATAL\0C53300\0',
    'E\0\0\0\u0040SFATAL\0C08P01\0Mno more connections', 'E\0\0\0\u0040SFATAL\0C08P01\0Mclient connections',
  ],
  'http-timeout': ['HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n'],
  'mysql-login': [`\u0060\0\0\u0001\r\u00a2\u003e\0\0\0\0\u0001\u0021${'\0'.repeat(23)}alice`],
  'postgresql-cancel': ['\0\0\0\u0010\u0004\u00d2\u0016\u002e\0\0\u0012\u0034abcd'],
  openflow: ['\u0001\0\0\u0008\0\0\u0012\u0034', '\u0004\0\0\u0010\0\0\u0012\u0034\0\u0001\0\u0008\0\0\0\u0012'],
  pptp: [`\0\u009c\0\u0001\u001a\u002b\u003c\u004d\0\u0001${'\0'.repeat(8)}`],
  irc: ['NICK alice\r\nUSER alice 0 * :Alice\r\n', 'CAP LS 302\r\n'],
  xmpp: ["<?xml version='1.0'?><stream:stream to='example.com'>", "<stream:stream to='example.com'>"],
  bgp: [`${'\u00ff'.repeat(16)}\0\u001d\u0001\u0004\u00fd\u00e8`, `${'\u00ff'.repeat(16)}\0\u0013\u0004`],
  nats: ['INFO {"server_id":"NAB"}\r\n', 'CONNECT {"verbose":false}\r\n'],
};

/** GOAWAYs of HTTP/2 with their errors: long words, which make no good-bye of it; and behind SETTINGS. */
const GO_AWAYS: readonly (readonly [code: number, words: string])[] = [
  [11, `\0\0\u0016\u0007\0\0\0\0\0\0\0\0\u0001\0\0\0\u000btoo_many_pings`],
  [0, `\0\0\u0071\u0007\0\0\0\0\0\0\0\0\u0001\0\0\0\0${'secret '.repeat(15)}`],
  [2, `\0\0\u0006\u0004\0\0\0\0\0SECRET\0\0\u0008\u0007\0\0\0\0\0\0\0\0\u0001\0\0\u0001\0`],
];

/** Good-byes, some with words of their own. */
const FAREWELLS = [
  '\u0015\u0003\u0003\0\u0002\u0001\0', `\u0015\u0003\u0003\0\u001a${'e'.repeat(26)}`,
  `\u0017\u0003\u0003\0\u0013${'e'.repeat(19)}`, `\0\0\u0008\u0007\0\0\0\0\0${'e'.repeat(8)}`,
  '\u0088\u0002\u0003\u00e8', '\u0088\u0082maskXX', '\u0088\0', '\u0001\0\0\0\u0001', 'X\0\0\0\u0004',
  '\u0005\0\0\0\u0019\u0001\0\0\0', '\u0005\0\0\0\u0019\u0001\0\0\0\u0001\0\0\0\u0001',
  '0\u0005\u0002\u0001\u0003B\0', '0\u0006\u0002\u0002\u0103B\0', '\u00e0\0', '\u00e0\u0001x', 'QUIT\r\n',
  'QUIT :secret words\r\n', 'a004 LOGOUT\r\n', '421 secret.\r\n', '221 2.0.0 Bye alice\r\n', '* BYE alice\r\n',
  '205 bye\r\n', 'HTTP/1.1 408 Request Timeout\r\n', 'E\0\0\0\u007dSFATAL\0C25P03\0',
  'E\0\0\0\u007dSFATAL\0VFATAL\0C53300\0',
  `\0\u0004\0\u0008\u0021\u0012\u00a4\u0042${'i'.repeat(12)}\0\u000d\0\u0004\0\0\0\0`,
];

function segmentOf(length: number, captured: number): Segment {
  return Object.assign(new Segment(), { payloadOffset: 0, payloadCaptured: captured, length });
}

/** What is seen of a payload of `length` bytes, of which `bytes` were captured. */
function seen(bytes: Uint8Array, length: number): { kind: PayloadKind; goodBye: boolean; goAway: number | null } {
  const segment = segmentOf(length, bytes.length);
  return {
    kind: PAYLOAD_KINDS[payloadKind(segment, bytes)]!, goodBye: farewell(segment, bytes) > 0,
    goAway: goAway(segment, bytes)?.code ?? null,
  };
}

/** What stands in place of a payload, and what is seen of that. */
function sampleOf(bytes: Uint8Array, length = bytes.length): { sample: Buffer; shows: ReturnType<typeof seen> } {
  const sample = Buffer.from(payloadSample(segmentOf(length, bytes.length), bytes));
  return { sample, shows: seen(sample, length) };
}

/** What is seen of a payload of which nothing is left. */
const CUT_OFF = { kind: 'unknown', goodBye: false, goAway: null };

const known = PAYLOAD_KINDS.filter((kind) => kind !== 'none' && kind !== 'unknown');

describe.each(known)('of %s', (kind) => {
  it.each(PAYLOADS[kind].flatMap((words) => [words, words + SECRET]))(
    'a payload is known by its sample: %j',
    (words) => {
    const bytes = Buffer.from(words, 'latin1');
    const { sample, shows } = sampleOf(bytes);
    expect(seen(bytes, bytes.length).kind).toBe(kind);
    expect(shows).toEqual(seen(bytes, bytes.length));
    expect(sample.length).toBeGreaterThan(0);
    expect(sample.length).toBeLessThanOrEqual(bytes.length);
  },
  );

  it('no byte of a payload makes the sample another one', () => {
    const samples = new Set(
      PAYLOADS[kind]
        .map((words) => Buffer.from(words.padEnd(80, '!'), 'latin1'))
        .filter((bytes) => !seen(bytes, 80).goodBye)
        .map((bytes) => sampleOf(bytes).sample.toString('latin1')),
    );
    expect(samples.size).toBe(
      PAYLOADS[kind].every((words) => seen(Buffer.from(words.padEnd(80, '!'), 'latin1'), 80).goodBye) ? 0 : 1,
    );
  });
});

describe('a good-bye', () => {
  it.each(FAREWELLS)('is one in its sample, too: %j', (words) => {
    const bytes = Buffer.from(words, 'latin1');
    expect(seen(bytes, bytes.length).goodBye).toBe(true);
    expect(sampleOf(bytes).shows).toEqual(seen(bytes, bytes.length));
  });

  it('leaves no word of its own', () => {
    expect(sampleOf(Buffer.from('QUIT :secret words\r\n')).sample.toString()).toBe('221 ');
    expect(sampleOf(Buffer.from('a004 LOGOUT\r\n')).sample.toString()).toBe('221 ');
    expect(sampleOf(Buffer.from('0\u0005\u0002\u0001\u0003B\0', 'latin1')).sample).toEqual(
      sampleOf(Buffer.from('0\u0005\u0002\u0001\u007fB\0', 'latin1')).sample,
    );
  });
});

it.each(GO_AWAYS)('a GOAWAY of error %d is one in its sample, without its words', (code, words) => {
  const bytes = Buffer.from(words, 'latin1');
  expect(seen(bytes, bytes.length).goAway).toBe(code);
  expect(sampleOf(bytes).shows).toEqual(seen(bytes, bytes.length));
  expect(sampleOf(bytes).sample.toString('latin1')).not.toMatch(/secret|pings/i);
});

it('of what is of no kind nothing is left', () => {
  for (const words of ['hello', 'x', SECRET, '\u0001\u0002\u0003'])
    expect(sampleOf(Buffer.from(words)).sample.length).toBe(0);
  expect(sampleOf(new Uint8Array(0)).sample.length).toBe(0);
});

it('what a snap length left is never exceeded, and shows what it showed', () => {
  for (const words of [...Object.values(PAYLOADS).flat(), ...FAREWELLS]) {
    const whole = Buffer.from(words + SECRET, 'latin1');
    for (let captured = 0; captured <= 32; captured++) {
      const bytes = whole.subarray(0, captured);
      const { sample, shows } = sampleOf(bytes, whole.length);
      expect(sample.length).toBeLessThanOrEqual(captured);
      expect(shows).toEqual(sample.length === 0 ? CUT_OFF : seen(bytes, whole.length));
    }
  }
});

it('depends on the kind, the good-bye and the length, and on nothing else of any payload', () => {
  const byWhatIsSeen = new Map<string, string>();
  let seed = 7;
  const random = (below: number): number => (seed = (seed * 48_271) % 0x7fff_ffff) % below;
  const beginnings = [...Object.values(PAYLOADS).flat(), ...FAREWELLS];
  for (let round = 0; round < 20_000; round++) {
    const beginning = beginnings[random(beginnings.length)]!;
    const bytes = Buffer.from(beginning.slice(0, random(beginning.length + 1)) + SECRET.slice(0, random(10)), 'latin1');
    for (let flips = random(3); flips > 0 && bytes.length > 0; flips--) bytes[random(bytes.length)] = random(256);
    const length = bytes.length + (random(4) === 0 ? random(5) : 0);
    const { sample, shows } = sampleOf(bytes, length);
    expect(shows).toEqual(sample.length === 0 ? seen(sample, length) : seen(bytes, length));
    const key = JSON.stringify([seen(bytes, length), length, bytes.length]);
    const text = sample.toString('latin1');
    expect(byWhatIsSeen.get(key) ?? text).toBe(text);
    byWhatIsSeen.set(key, text);
  }
  expect(byWhatIsSeen.size).toBeGreaterThan(500);
});
