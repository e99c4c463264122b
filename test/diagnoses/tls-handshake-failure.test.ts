import { expect, test } from 'vitest';

import { Conversations, inShort } from './conversations.js';
import type { Conversation } from './conversations.js';

/** A record of TLS that begins so, and is so many bytes long. */
const record = (head: string, bytes: number): string => head.padEnd(bytes, 'x');

const HELLO = record('\x16\x03\x01\x00\xc3\x01\x00', 200);
const CERTIFICATE = record('\x16\x03\x03\x00\x7a\x02\x00', 1200);
const FINISHED = record('\x14\x03\x03\x00\x01\x01\x17', 80);
const ALERT = '\x15\x03\x03\x00\x02\x02\x30';
const HIDDEN_ALERT = record('\x17\x03\x03\x00\x13', 24);

function greeted(capture: Conversations, at: number, client = 1): Conversation {
  const conversation = capture.begin({ port: 443, client }).open(at);
  return conversation.say(at + 0.01, 'client', HELLO).say(at + 0.02, 'server', CERTIFICATE);
}

/** One that comes to its end: a request, an answer. */
function served(capture: Conversations, at: number, client = 1): void {
  greeted(capture, at, client)
    .say(at + 0.03, 'client', FINISHED)
    .exchange(at + 0.05, 0.005, record('\x17\x03\x03\x00\x5f', 100), record('\x17\x03\x03\x02\xb7', 700))
    .close(at + 0.1, 'client')
    .close(at + 0.11, 'server');
}

function refusedByClient(capture: Conversations, at: number, client = 1): void {
  greeted(capture, at, client).say(at + 0.03, 'client', ALERT).close(at + 0.031, 'client').close(at + 0.04, 'server');
}

test('a client that trusts none of the certificates, again and again', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 4; index++) refusedByClient(capture, index);
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error tls-handshake-failure client 10.0.0.1']);
  expect(diagnoses[0]!.message).toBe(
    '10.0.0.1 breaks off 4 of 4 TLS handshakes with 10.0.0.2:443 by an alert: it does not accept the certificate.',
  );
  expect(diagnoses[0]!.numbers).toEqual({ matching: 4, of: 4, alerts: 4 });
});

test('some of its programs do: a warning', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 4; index++) {
    refusedByClient(capture, index);
    served(capture, index + 0.5);
  }
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['warning tls-handshake-failure client 10.0.0.1']);
  expect(diagnoses[0]!.message).toContain('4 of 8 TLS handshakes');
});

test('a server that wants a certificate of its clients', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 4; index++)
    greeted(capture, index)
      .acknowledge(index + 0.021, 'client')
      .say(index + 0.03, 'client', FINISHED)
      .say(index + 0.04, 'server', HIDDEN_ALERT)
      .close(index + 0.041, 'server')
      .close(index + 0.05, 'client');
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error tls-handshake-failure server 10.0.0.2']);
  expect(diagnoses[0]!.message).toBe(
    '10.0.0.2:443 breaks off 4 of 4 TLS handshakes by an alert: it misses a certificate of the client, or does ' +
      'not accept it.',
  );
  expect(diagnoses[0]!.advice[0]).toContain('ssl_verify_client');
});

/** A client that closes when it has seen the certificate. */
function left(capture: Conversations, at: number): void {
  greeted(capture, at).acknowledge(at + 0.021, 'client').close(at + 0.06, 'client').close(at + 0.07, 'server');
}

test('a client that leaves without an alert when it has seen the certificate', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 5; index++) left(capture, index * 0.37);
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error tls-handshake-failure client 10.0.0.1']);
  expect(diagnoses[0]!.message).toContain('5 of 5 TLS handshakes with 10.0.0.2:443 without a word');
  expect(diagnoses[0]!.confidence).toBe('possible');
});

test('a browser opens several at a time, learns that one of HTTP/2 is enough, and leaves the others', async () => {
  const capture = new Conversations();
  for (let page = 0; page < 2; page++) {
    for (let index = 0; index < 5; index++) left(capture, page * 9 + index * 0.003);
    served(capture, page * 9 + 0.02);
  }
  expect((await capture.diagnoses()).filter(({ severity }) => severity !== 'info')).toEqual([]);
});

test('one that it uses before, between or half a minute later says nothing of those', async () => {
  for (const used of [0.2, 1.6, 30]) {
    const capture = new Conversations();
    for (let index = 0; index < 5; index++) left(capture, 0.5 + index * 0.37);
    served(capture, used);
    expect((await capture.diagnoses()).map(inShort)).toEqual(['warning tls-handshake-failure client 10.0.0.1']);
  }
});

test('a monitor that looks every two seconds whether TLS is spoken is none', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 8; index++) left(capture, index * 2);
  expect((await capture.diagnoses()).filter(({ severity }) => severity !== 'info')).toEqual([]);
});

test('nothing of handshakes that come to their end, nor of two that do not', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 6; index++) served(capture, index);
  for (let index = 6; index < 8; index++) refusedByClient(capture, index);
  expect(await capture.diagnoses()).toEqual([]);
});

/** The client says its part of the handshake, `bytes` long, hears the server's, and leaves; 0.3 s and more apart. */
function leftBehind(
  capture: Conversations, index: number, bytes: number, server: number, wait = 0.002, at = index * (0.4 + index * 0.05),
): void {
  greeted(capture, at)
    .say(at + 0.03, 'client', record('\x14\x03\x03\x00\x01', bytes))
    .say(at + 0.035, 'server', record('\x17\x03\x03\x00\xfa', server))
    .close(at + 0.037 + wait, 'client')
    .close(at + 0.05 + wait, 'server');
}

test('a client that looks at the certificate when the handshake is over, and leaves', async () => {
  for (const [bytes, server] of [[80, 510], [64, 510], [93, 258], [318, 51]] as const) {
    const capture = new Conversations();
    for (let index = 0; index < 6; index++) leftBehind(capture, index, bytes, server);
    const diagnoses = await capture.diagnoses();
    expect(diagnoses.map(inShort)).toEqual(['warning tls-handshake-failure client 10.0.0.1']);
    expect(diagnoses[0]).toMatchObject({ confidence: 'possible', numbers: { matching: 6, of: 6, alerts: 0 } });
  }
});

test('a short request, a connection that is kept for later, and a beat of a monitor are none', async () => {
  for (const leave of [
    (capture: Conversations, index: number) => leftBehind(capture, index, 108, 539),
    (capture: Conversations, index: number) => leftBehind(capture, index, 80, 510, 2),
    (capture: Conversations, index: number) => leftBehind(capture, index, 80, 510, 0.002, index * 2),
  ]) {
    const capture = new Conversations();
    for (let index = 0; index < 6; index++) leave(capture, index);
    expect((await capture.diagnoses()).filter(({ id }) => id === 'tls-handshake-failure')).toEqual([]);
  }
});

test('what no client accepts is one story of the server, and else of these clients', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 8; index++) refusedByClient(capture, index, 20 + index);
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error tls-handshake-failure server 10.0.0.2']);
  expect(diagnoses[0]!.message).toBe(
    '8 clients break off 8 of 8 TLS handshakes with 10.0.0.2:443 by an alert: they do not accept the certificate.',
  );
  for (let index = 0; index < 3; index++) served(capture, 10 + index, 5);
  expect((await capture.diagnoses()).map(inShort)).toEqual(['error tls-handshake-failure client 10.0.0.20']);
});

test('TLS where plain HTTP is spoken: nothing of it works, whoever comes', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 4; index++)
    capture
      .begin({ port: 8080, client: 1 + (index % 2) * 4 })
      .open(index)
      .say(index + 0.01, 'client', HELLO)
      .say(index + 0.02, 'server', 'HTTP/1.1 400 Bad Request\r\n\r\n')
      .close(index + 0.021, 'server')
      .close(index + 0.03, 'client');
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error tls-handshake-failure server 10.0.0.2']);
  expect(diagnoses[0]!.message).toBe(
    '10.0.0.2:8080 speaks plain HTTP, and no TLS: 4 of 4 connections that began by a ClientHello of 2 clients failed.',
  );
});

test('one client that speaks plain HTTP to a service that others speak TLS to', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 4; index++) {
    served(capture, index);
    capture
      .begin({ port: 443, client: 5 })
      .open(index + 0.5)
      .say(index + 0.51, 'client', 'GET / HTTP/1.1\r\n\r\n')
      .say(index + 0.52, 'server', '\x15\x03\x01\x00\x02\x02\x0a')
      .close(index + 0.521, 'server')
      .close(index + 0.53, 'client');
  }
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['warning tls-handshake-failure client 10.0.0.5']);
  expect(diagnoses[0]!.message).toBe(
    '10.0.0.5 speaks plain HTTP to 10.0.0.2:443, which speaks TLS: 4 of 4 connections failed.',
  );
});

/** A client whose requests in the clear are closed without a word; to others the service speaks TLS, or HTTP, too. */
function closedInTheClear(speaksHttp: boolean): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < 4; index++) {
    served(capture, index);
    capture.begin({ port: 443, client: 5 }).open(index + 0.5).say(index + 0.51, 'client', 'GET / HTTP/1.1\r\n\r\n')
      .close(index + 0.514, 'server').close(index + 0.53, 'client');
    if (!speaksHttp) continue;
    capture.begin({ port: 443, client: 6 }).open(index + 0.6)
      .exchange(index + 0.61, 0.005, 'GET / HTTP/1.1\r\n\r\n', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
      .close(index + 0.7, 'client').close(index + 0.71, 'server');
  }
  return capture;
}

test('text that a service of TLS closes without a word is text all the same', async () => {
  const [told, ...others] = await closedInTheClear(false).diagnoses();
  expect([inShort(told!), ...others]).toEqual(['warning tls-handshake-failure client 10.0.0.5']);
  expect(told!.message).toBe('10.0.0.5 speaks plain HTTP to 10.0.0.2:443, which speaks TLS: 4 of 4 connections failed.');
  expect((await closedInTheClear(true).diagnoses()).map(({ id }) => id)).toEqual(['closed-without-answer']);
});
