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

/** HEADERS of a stream, that begin or end it, with DATA between or before. */
const request = (stream: number): string =>
  framed(1, 'x'.repeat(60), stream, 4) + framed(0, '\0\0\0\0\x05hello', stream, 1);
const body = (stream: number): string => framed(0, 'y'.repeat(100), stream, 0);
const trailers = (stream: number): string => framed(1, 'z'.repeat(12), stream, 5);

function framed(type: number, carries: string, stream: number, flags: number): string {
  return `\0\0${String.fromCharCode(carries.length, type, flags)}\0\0\0${String.fromCharCode(stream)}${carries}`;
}

/**
 * What grpc-go does at its MaxConnectionAge (internal/transport/http2_server.go, drain): GOAWAY and PING, GOAWAY of the
 * last stream when that is answered, and the close when the last stream that is open has its trailers. `meanwhile`:
 * what the client still says, before the close (`asks`), across it or behind it.
 */
function aged(meanwhile: 'nothing' | 'asks' | 'across' | 'behind', isDrained = true): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < 6; index++) {
    const begin = index * 2.3;
    const call = capture.begin({ client: 10 + (index % 3), port: 50_051 }).open(begin);
    call.exchange(begin + 0.01, 0.005, `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${frame(4)}`, frame(4));
    for (let stream = 1; stream < 9; stream += 2)
      call.exchange(begin + stream, 0.02, request(stream), body(stream) + trailers(stream));
    const old = begin + 20 + (index * 7 % 6) * 0.3;
    call.say(old - 1, 'client', request(9)).acknowledge(old - 0.999, 'server');
    if (isDrained)
      call.say(old, 'server', goAway(0, 'max_age') + PING).say(old + 0.002, 'client', framed(6, '12345678', 0, 1))
        .say(old + 0.004, 'server', goAway(0, 'max_age')).acknowledge(old + 0.006, 'client');
    const done = old + 0.2 + ((index * 5) % 6) * 0.2;
    call.say(done, 'server', body(9)).acknowledge(done + 0.002, 'client')
      .say(done + 0.01, 'server', body(9) + trailers(9));
    if (meanwhile === 'nothing') call.close(done + 0.011, 'server').close(done + 0.014, 'client');
    else if (meanwhile === 'asks')
      call.say(done + 0.012, 'client', request(11)).acknowledge(done + 0.013, 'server').close(done + 0.3, 'server')
        .close(done + 0.31, 'client');
    else if (meanwhile === 'across')
      call.say(done + 0.0105, 'client', request(11), true).close(done + 0.011, 'server', false)
        .reset(done + 0.0115, 'server', { bare: true });
    else
      call.close(done + 0.011, 'server').say(done + 0.4, 'client', request(11))
        .reset(done + 0.401, 'server', { bare: true });
  }
  return capture;
}

test('nothing: a server at its age answers what is open and closes; what its client asks then it asks elsewhere', async () => {
  for (const meanwhile of ['nothing', 'asks', 'across', 'behind'] as const) {
    const { diagnoses, findings } = await aged(meanwhile).analyze();
    expect([meanwhile, ...diagnoses.map(inShort)]).toEqual([meanwhile]);
    expect(findings.filter(({ severity }) => severity !== 'info')).toEqual([]);
  }
});

test('the same without a word of it is a fault: its clients cannot know', async () => {
  expect((await aged('across', false).diagnoses()).map(inShort)).toEqual(['error keep-alive-mismatch server 10.0.0.2']);
  expect((await aged('asks', false).diagnoses()).map(inShort)).toEqual(['error closed-without-answer server 10.0.0.2']);
});

test('a server that says so when its idle limit has passed has that limit, and nothing is lost by it', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 6; index++) {
    const begin = index * 2.3;
    const call = capture.begin({ port: 8443 }).open(begin);
    call.exchange(begin + 0.01, 0.005, `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${frame(4)}`, frame(4));
    call.exchange(begin + 0.1, 0.02, request(1), body(1) + trailers(1));
    const close = begin + 0.122 + 5.003;
    call.say(close, 'server', goAway(0)).say(close + 0.0003, 'client', request(3), true)
      .close(close + 0.0005, 'server', false).reset(close + 0.001, 'server', { bare: true });
  }
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['info idle-limit server 10.0.0.2']);
  expect(diagnoses[0]!.numbers).toMatchObject({ matching: 6, lost: 0 });
});
