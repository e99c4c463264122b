import { expect, test } from 'vitest';

import { Conversations, inShort } from './conversations.js';

/** A frame of HTTP/2 on stream 0 (RFC 9113 §4.1). */
const frame = (type: number, carries = ''): string =>
  `\0\0${String.fromCharCode(carries.length, type)}\0\0\0\0\0${carries}`;
const PING = frame(6, '12345678');
const goAway = (code: number, words = ''): string => frame(7, `\0\0\0\x03\0\0\0${String.fromCharCode(code)}${words}`);

/** Clients that speak HTTP/2 and ping, until the server says `last` and closes; they may ping once more before that. */
function pinged(last: string, pingsOn: boolean): Conversations {
  const capture = new Conversations();
  for (let client = 10; client < 15; client++) {
    const start = client * 0.7;
    const asked = capture
      .begin({ client, port: 50_051 })
      .open(start)
      .exchange(start + 0.01, 0.005, `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${frame(4)}`, frame(4))
      .exchange(start + 0.1, 0.005, PING, PING)
      .say(start + 0.2, 'client', PING)
      .say(start + 0.201, 'server', last);
    if (pingsOn) asked.say(start + 0.4, 'client', PING).acknowledge(start + 0.401, 'server');
    asked.close(start + 0.7, 'server').close(start + 0.71, 'client');
  }
  return capture;
}

test('a server whose clients ping too often', async () => {
  const diagnoses = await pinged(goAway(11, 'too_many_pings'), false).diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['warning go-away server 10.0.0.2']);
  expect(diagnoses[0]!.message).toBe(
    '10.0.0.2:50051 ended 5 of 5 connections of 5 clients by a GOAWAY (ENHANCE_YOUR_CALM, "too_many_pings").',
  );
  expect(diagnoses[0]!.explains).toEqual(['unanswered-request']);
});

test('nothing: a server that drains its connections, whatever its clients still say', async () => {
  for (const pingsOn of [false, true]) expect(await pinged(goAway(0, 'max_age'), pingsOn).diagnoses()).toEqual([]);
});
