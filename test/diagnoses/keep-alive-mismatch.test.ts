import { expect, test } from 'vitest';

import { ACK, SYN } from '../../src/decode/segment.js';
import { Conversations, inShort } from './conversations.js';

test('requests cross the close of a server that keeps connections for a shorter time than its client', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 9; index++) {
    const start = index * 0.61;
    const conversation = capture.begin({ port: 3000 }).open(start).exchange(start + 0.01);
    const close = start + 0.015 + 3.001;
    // Sent before the FIN arrived: it acknowledges nothing of it.
    if (index % 3 === 0)
      conversation
        .close(close, 'server', false)
        .say(close + 0.0005, 'client', 120, true)
        .reset(close + 0.0012, 'server', { bare: true });
    else conversation.close(close, 'server').close(close + 0.01, 'client');
  }
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error keep-alive-mismatch server 10.0.0.2']);
  expect(diagnoses[0]!.message).toBe(
    '10.0.0.2:3000 closes connections that are idle for 3.00 s (9 of 9); 10.0.0.1 still uses them: 3 requests ' +
      'crossed the close and were lost.',
  );
  expect(diagnoses[0]!.numbers).toMatchObject({ matching: 9, of: 9, lost: 3, crossed: 3 });
});

test('a request that is seen before the FIN it crosses is lost all the same', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 5; index++) {
    const start = index * 0.61;
    const close = start + 0.015 + 3.001;
    capture
      .begin({ port: 3000 })
      .open(start)
      .exchange(start + 0.01)
      .say(close - 0.0002, 'client', 120, true)
      .close(close, 'server')
      .reset(close + 0.001, 'server', { bare: true });
  }
  const [diagnosis] = await capture.diagnoses();
  expect(inShort(diagnosis!)).toBe('error keep-alive-mismatch server 10.0.0.2');
  expect(diagnosis!.numbers['seconds']).toBeCloseTo(3, 1);
});

test('one request that happens to cross is no mismatch, and a last word is no request', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 6; index++) {
    const start = index * 0.61;
    const close = start + 3.016;
    capture
      .begin()
      .open(start)
      .exchange(start + 0.01)
      .close(close, 'server', false)
      .say(close + 0.0005, 'client', 24)
      .close(close + 0.0006, 'client');
  }
  expect((await capture.diagnoses()).map(inShort)).toEqual(['info idle-limit server 10.0.0.2']);
});

test('a server that keeps no connection, and a client that takes them for kept', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 5; index++)
    capture
      .begin()
      .open(index * 0.4)
      .exchange(index * 0.4 + 0.01, 0.005, 'GET / HTTP/1.1\r\n\r\n', 'HTTP/1.1 200 OK\r\n\r\n')
      .close(index * 0.4 + 0.018, 'server')
      .say(index * 0.4 + 5.1, 'client', 'GET / HTTP/1.1\r\n\r\n')
      .reset(index * 0.4 + 5.101, 'server', { bare: true });
  const [diagnosis, ...others] = await capture.diagnoses();
  expect(others).toEqual([]);
  expect(inShort(diagnosis!)).toBe('error keep-alive-mismatch server 10.0.0.2');
  expect(diagnosis!.message).toBe(
    '10.0.0.2:80 closes connections right behind its answer (5); 10.0.0.1 uses them again 5.08 s later: 5 requests ' +
      'of 5 were lost.',
  );
});

test('a server that keeps connections for a fifth of a second, and a client that takes them for kept', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 5; index++)
    capture
      .begin({ port: 53 })
      .open(index * 0.4)
      .exchange(index * 0.4 + 0.01)
      .close(index * 0.4 + 0.216, 'server')
      .say(index * 0.4 + 2.1, 'client', 28)
      .reset(index * 0.4 + 2.101, 'server', { bare: true });
  const [diagnosis, ...others] = await capture.diagnoses();
  expect([inShort(diagnosis!), ...others]).toEqual(['error keep-alive-mismatch server 10.0.0.2']);
  expect(diagnosis!.numbers).toMatchObject({ seconds: 0.201, matching: 5, lost: 5 });
  expect(diagnosis!.message).toContain('closes connections 0.20 s behind its answer (5); 10.0.0.1 uses them again');
});

test('a server that keeps none, and a client that knows', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 5; index++)
    capture
      .begin()
      .open(index * 0.4)
      .exchange(index * 0.4 + 0.01, 0.005, 'GET / HTTP/1.0\r\n\r\n', 'HTTP/1.0 200 OK\r\n\r\n')
      .close(index * 0.4 + 0.018, 'server')
      .close(index * 0.4 + 0.03, 'client');
  expect(await capture.diagnoses()).toEqual([]);
});

test('what is closed in one moment, whatever it had said before, was ended by something else', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 5; index++)
    capture
      .begin()
      .open(index * 0.01)
      .exchange(index * 0.01 + 0.01)
      .close(0.1 + index * 0.0001, 'server')
      .say(index * 0.4 + 2.1, 'client', 90)
      .reset(index * 0.4 + 2.101, 'server', { bare: true });
  expect((await capture.diagnoses()).filter(({ id }) => id === 'keep-alive-mismatch')).toEqual([]);
});

test('a server that looks once a second: requests that its kernel takes in just before belong to it', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 30; index++) {
    const start = index * 0.737;
    const answered = start + 0.015;
    // The first full second from which on it has been idle for four; the last one comes late, for the machine is busy.
    const close = Math.ceil(answered + 4) + (index === 29 ? 0.2 : 0);
    const conversation = capture.begin({ port: 8080 }).open(start).exchange(start + 0.01);
    if (index % 6 === 0)
      conversation
        .say(close - 0.004, 'client', 120)
        .acknowledge(close - 0.003, 'server')
        .close(close, 'server')
        .close(close + 0.01, 'client');
    else if (index % 6 === 1)
      conversation
        .close(close, 'server', false)
        .say(close + 0.0005, 'client', 120, true)
        .reset(close + 0.0012, 'server', { bare: true });
    else conversation.close(close, 'server').close(close + 0.01, 'client');
  }
  const analysis = await capture.analyze();
  expect(analysis.diagnoses.map(inShort)).toEqual(['error keep-alive-mismatch server 10.0.0.2']);
  expect(analysis.diagnoses[0]!.message).toContain('10 requests crossed the close and were lost');
  const faults = analysis.findings.filter(({ severity }) => severity !== 'info');
  expect(faults.length).toBeGreaterThanOrEqual(5);
  expect(faults.filter((finding) => analysis.explanationOf(finding) === null)).toEqual([]);
});

test('a server that lets a connection carry so many requests, and closes behind the last answer', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 5; index++) {
    const start = index * 3;
    const kept = capture.begin().open(start);
    for (let request = 0; request < 20; request++)
      kept.exchange(start + 0.01 + request * (0.05 + index * 0.01), 0.005, 'GET / HTTP/1.1\r\n\r\n', 200);
    const end = start + 0.0151 + 19 * (0.05 + index * 0.01);
    kept.close(end, 'server').say(end + 0.3, 'client', 80).reset(end + 0.301, 'server', { bare: true });
  }
  const [diagnosis] = await capture.diagnoses();
  expect(diagnosis!.message).toBe(
    '10.0.0.2:80 closes connections right behind answer number 20 (5); 10.0.0.1 uses them again 0.30 s later: 5 ' +
      'requests of 5 were lost.',
  );
  expect(diagnosis!.advice.join(' ')).toContain('keepalive_requests');
  expect(diagnosis!.numbers['answers']).toBe(20);
});

test('a server 60 ms away aborts what has come in just before it closes: the request is a way there and back older', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 16; index++) {
    const start = index * 0.37;
    const answered = start + 0.122;
    const conversation = capture
      .begin({ port: 8000 })
      .send(start, 'client', SYN)
      .send(start + 0.06, 'server', SYN | ACK)
      .send(start + 0.0601, 'client', ACK)
      .say(start + 0.061, 'client', 285)
      .say(answered, 'server', 146)
      .acknowledge(answered + 0.0001, 'client');
    if (index % 4 === 0) conversation.say(answered + 1.965, 'client', 285).reset(answered + 2.027, 'server');
    else if (index % 4 === 1)
      conversation
        .close(answered + 2.004, 'server', false)
        .say(answered + 2.0045, 'client', 285, true)
        .reset(answered + 2.064, 'server', { bare: true });
    else conversation.close(answered + 2.002, 'server').close(answered + 2.005, 'client');
  }
  const analysis = await capture.analyze();
  expect(analysis.diagnoses.map(inShort)).toEqual(['error keep-alive-mismatch server 10.0.0.2']);
  expect(analysis.diagnoses[0]!.numbers).toMatchObject({ lost: 8, crossed: 8 });
  const faults = analysis.findings.filter(({ severity }) => severity !== 'info');
  expect(faults.filter((finding) => analysis.explanationOf(finding) === null)).toEqual([]);
});

/** Clients that ask again every four seconds, which is when the server closes; so many requests come just before. */
function inStep(first: number): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < 8; index++) {
    const start = index * 0.43;
    const conversation = capture.begin().open(start).exchange(start + 0.01);
    const close = start + 0.015 + 4.001;
    if (index < first) conversation.say(close - 0.001, 'client', 27).reset(close, 'server');
    else
      conversation
        .close(close, 'server', false)
        .say(close + 0.0004, 'client', 27, true)
        .reset(close + 0.0008, 'server', { bare: true });
  }
  return capture;
}

test('clients that ask as often as the server closes hide its clock from all but one close', async () => {
  const [told, ...others] = await inStep(7).diagnoses();
  expect([inShort(told!), ...others]).toEqual(['error keep-alive-mismatch server 10.0.0.2']);
  expect(told!.numbers).toMatchObject({ matching: 8, of: 8, lost: 8 });
  expect(told!.numbers['seconds']).toBeCloseTo(4, 2);
});

test('where none is closed out of silence, the request itself may be what ends it', async () => {
  expect((await inStep(8).diagnoses()).map(({ id }) => id)).not.toContain('keep-alive-mismatch');
});

/** Records of TLS: data, and what begins a handshake. */
const record = (length: number): string =>
  `\x17\x03\x03${String.fromCharCode(length >> 8, length & 255)}${'r'.repeat(length)}`;
const hello = (type: number, length: number): string =>
  `\x16\x03\x03${String.fromCharCode(length >> 8, length & 255, type)}${'h'.repeat(length - 1)}`;
const NOTIFY = `\x17\x03\x03\0\x13${'n'.repeat(19)}`;

/** Six connections over TLS that a server closes after five seconds by a close_notify; `across`: what crosses that. */
function closedOverTls(across: 'nothing' | 'good-bye' | 'request', isBehind = false): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < 6; index++) {
    const start = index * 2.3;
    const kept = capture.begin({ port: 443 }).open(start).exchange(start + 0.01, 0.005, hello(1, 195), hello(2, 1045));
    kept.exchange(start + 0.1, 0.02, record(200), record(900));
    const close = start + 0.122 + 5.003;
    kept.say(close, 'server', NOTIFY);
    const says = across === 'request' ? record(200) : NOTIFY;
    if (across === 'nothing') kept.close(close + 0.0003, 'server').close(close + 0.004, 'client');
    else if (isBehind)
      kept.close(close + 0.0003, 'server').say(close + 0.004, 'client', says)
        .reset(close + 0.005, 'server', { bare: true });
    else
      kept.say(close + 0.0003, 'client', says, true).close(close + 0.0005, 'server', false)
        .reset(close + 0.001, 'server', { bare: true });
  }
  return capture;
}

test('a client that says good-bye to the good-bye of TLS has lost no request', async () => {
  for (const capture of [closedOverTls('nothing'), closedOverTls('good-bye'), closedOverTls('good-bye', true)]) {
    const diagnoses = await capture.diagnoses();
    expect(diagnoses.map(inShort)).toEqual(['info idle-limit server 10.0.0.2']);
    expect(diagnoses[0]!.numbers).toMatchObject({ matching: 6, lost: 0 });
  }
});

test('a request between the good-bye of TLS and the FIN crosses the end of an idle connection, and no answer', async () => {
  const diagnoses = await closedOverTls('request').diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error keep-alive-mismatch server 10.0.0.2']);
  expect(diagnoses[0]!.message).toBe(
    '10.0.0.2:443 closes connections that are idle for 5.00 s (6 of 6); 10.0.0.1 still uses them: 6 requests crossed ' +
      'the close and were lost.',
  );
});

test('a good-bye of which the capture lacks the silence before it tells of no close behind an answer', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 6; index++) {
    const begin = index * 1.4;
    capture.begin({ port: 5432 }).standing().say(begin, 'server', 'E\0\0\0\x60SFATAL\0VFATAL\0C25P03\0Mterminating')
      .close(begin + 0.0002, 'server').say(begin + 7, 'client', 40).reset(begin + 7.001, 'server', { bare: true });
  }
  expect((await capture.diagnoses()).map(({ id }) => id)).not.toContain('keep-alive-mismatch');
});
