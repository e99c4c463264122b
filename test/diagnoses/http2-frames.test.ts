import { expect, test } from 'vitest';

import { Conversations, inShort } from './conversations.js';

/** A frame of HTTP/2 (RFC 9113 §4.1). */
const frame = (type: number, flags: number, stream: number, payload: string): string =>
  `${String.fromCharCode(0, payload.length >> 8, payload.length & 255, type, flags, 0, 0, 0, stream)}${payload}`;
const SETTINGS = frame(4, 0, 0, '\0\x03\0\0\0\x64');
const RECEIVED = frame(4, 1, 0, '');
const PING = frame(6, 0, 0, '12345678');
const PONG = frame(6, 1, 0, '12345678');
const ROOM = frame(8, 0, 0, '\0\0\xff\xff') + frame(8, 0, 1, '\0\0\xff\xff');
const CANCEL = frame(3, 0, 3, '\0\0\0\x08');
const REQUEST = frame(1, 5, 1, 'x'.repeat(40));
const ANSWER = frame(1, 4, 1, 'y'.repeat(20)) + frame(0, 1, 1, 'z'.repeat(100));

/** Connections of HTTP/2, each with one call, and what the client says behind it. */
function calls(last: string, closer: 'client' | 'server', after: number, isAnswered = true): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < 6; index++) {
    const at = index * 7;
    const call = capture.begin({ port: 50_051 }).open(at)
      .exchange(at + 0.003, 0.002, `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${SETTINGS}`, SETTINGS)
      .say(at + 0.01, 'client', REQUEST);
    if (isAnswered) call.say(at + 0.03, 'server', ANSWER).acknowledge(at + 0.04, 'client');
    if (last === PONG) call.say(at + 1, 'server', PING);
    call.say(at + 1.002, 'client', last).acknowledge(at + 1.04, 'server');
    const end = at + 1.002 + after;
    call.close(end, closer).close(end + 0.004, closer === 'client' ? 'server' : 'client');
  }
  return capture;
}

test.each([
  ['flow control', ROOM], ['the receipt of settings', RECEIVED], ['the answer to a ping', PONG],
  ['a stream that is given up', CANCEL],
])('%s asks for nothing: a client and a server that close later are idle', async (_, last) => {
  for (const closer of ['client', 'server'] as const) {
    const { diagnoses, findings } = await calls(last, closer, 5).analyze();
    expect(findings).toEqual([]);
    expect(diagnoses.map(inShort)).toEqual([`info idle-limit ${closer} 10.0.0.${closer === 'client' ? 1 : 2}`]);
  }
});

test('a call that waits goes on waiting whatever such frames come behind it', async () => {
  for (const last of [ROOM, PONG]) {
    const [told, ...others] = await calls(last, 'client', 4, false).diagnoses();
    expect([inShort(told!), ...others]).toEqual(['error client-patience client 10.0.0.1']);
    expect(told!.numbers['seconds']).toBeCloseTo(4.99, 1);
  }
});

test('a ping of the client that nobody answers is a question', async () => {
  const [told, ...others] = await calls(PING, 'client', 20).diagnoses();
  expect([inShort(told!), ...others]).toEqual(['error client-patience client 10.0.0.1']);
  expect(told!.numbers).toMatchObject({ seconds: 20, matching: 6, of: 6 });
});

/** A record of TLS (RFC 8446 §5.1) with so many bytes in it. */
const record = (type: number, length: number): string =>
  `${String.fromCharCode(type, 3, 3, length >> 8, length & 255)}${'e'.repeat(length)}`;

/** Connections of TLS, each with a request and its answer, and a piece of so many bytes behind it. */
function encrypted(length: number, closer: 'client' | 'server'): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < 6; index++) {
    const at = index * 7;
    const end = at + 8 + (closer === 'client' ? index ** 2 * 0.3 : 0);
    capture.begin({ port: 443 }).open(at)
      .exchange(at + 0.003, 0.003, record(22, 500), record(22, 120) + record(20, 1) + record(23, 2000))
      .exchange(at + 0.01, 0.02, record(20, 1) + record(23, 53) + record(23, 300), record(23, 700))
      .say(at + 0.05, 'client', record(23, length - 5)).acknowledge(at + 0.09, 'server')
      .close(end, closer).close(end + 0.004, closer === 'client' ? 'server' : 'client');
  }
  return capture;
}

test('in TLS what may be such a frame by its size is no fault; a longer piece is a request', async () => {
  for (const length of [31, 35, 39, 42]) {
    for (const closer of ['client', 'server'] as const) {
      const { diagnoses, findings } = await encrypted(length, closer).analyze();
      expect([...diagnoses, ...findings].filter(({ severity }) => severity !== 'info')).toEqual([]);
    }
  }
  expect((await encrypted(300, 'server').diagnoses()).map(inShort)).toEqual([
    'error closed-without-answer server 10.0.0.2',
  ]);
});
