import { describe, expect, test } from 'vitest';

import type { Diagnosis } from '../../src/analysis/model.js';
import { ACK, SYN } from '../../src/decode/segment.js';
import { Conversations, inShort } from './conversations.js';

/** What is told, with how sure it is. */
async function told(capture: Conversations): Promise<string[]> {
  return (await capture.diagnoses()).map((diagnosis) => `${inShort(diagnosis)}, ${diagnosis.confidence}`);
}

async function only(capture: Conversations): Promise<Diagnosis> {
  const diagnoses = await capture.diagnoses();
  expect(diagnoses).toHaveLength(1);
  return diagnoses[0]!;
}

/** A connection that a keepalive finds reset after so many seconds of silence. */
function silent(idle: number): Conversations {
  const capture = new Conversations();
  const conversation = capture.begin({ port: 443 }).open(0).exchange(0.01);
  conversation.probe(idle, 'client').reset(idle + 0.001, 'server', { bare: true });
  return capture;
}

describe('a keepalive after minutes of silence draws a RST', () => {
  test('something forgets idle connections', async () => {
    const diagnosis = await only(silent(360));
    expect(`${inShort(diagnosis)}, ${diagnosis.confidence}`).toBe('warning nat-forgot path 10.0.0.2, possible');
    expect(diagnosis.message).toContain('after at most 360 s: it happened once, and a keepalive drew a RST');
    expect(diagnosis.message).toContain('350 s (AWS Network Load Balancer and NAT gateway)');
    expect(diagnosis.message).toContain('Or 10.0.0.2 was restarted meanwhile.');
    expect(diagnosis.explains).toEqual(['unexpected-reset']);
    expect(diagnosis.advice.join(' ')).toContain('TCP_KEEPIDLE');
  });

  test('of three clients, each once, it is one story', async () => {
    const capture = new Conversations();
    for (const client of [3, 4, 5]) {
      const idle = 350 + client * 10;
      capture.begin({ port: 443, client }).open(client).exchange(client + 0.01)
        .probe(client + idle, 'client').reset(client + idle + 0.001, 'server', { bare: true });
    }
    const diagnosis = await only(capture);
    expect(`${inShort(diagnosis)}, ${diagnosis.confidence}`).toBe('warning nat-forgot path 10.0.0.2, possible');
    expect(diagnosis.message).toMatch(/^Something between 3 clients and .* it happened 3 times, and a keepalive drew/);
    expect(diagnosis.flows).toBe(3);
  });

  test('where one of them lived for as long, another one is told of by itself', async () => {
    const capture = silent(360);
    const idle = (client: number, longer: number): void => {
      const conversation = capture.begin({ port: 443, client }).open(client).exchange(client + 0.01);
      conversation.exchange(client + longer).probe(client + longer + 380, 'client')
        .reset(client + longer + 380.001, 'server', { bare: true });
    };
    idle(3, 400);
    const diagnosis = await only(capture);
    expect(diagnosis.message).toMatch(/^Something between 10\.0\.0\.1 and .* it happened once/);
  });

  test('the RST came with an ACK, but from another distance', async () => {
    const capture = new Conversations();
    capture
      .begin({ port: 443, serverTtl: 58 })
      .open(0)
      .exchange(0.01)
      .probe(360, 'client')
      .reset(360.001, 'server', { ttl: 28 });
    expect(await told(capture)).toEqual(['warning nat-forgot path 10.0.0.2, possible']);
  });

  test('with an ACK, and from where the host is: it may have been restarted', async () => {
    const capture = new Conversations();
    capture.begin({ port: 443 }).open(0).exchange(0.01).probe(360, 'client').reset(360.001, 'server');
    expect(await told(capture)).toEqual([]);
  });

  test('no box is known to forget sooner than after a minute', async () => {
    expect(await told(silent(30))).toEqual([]);
  });

  test('another connection lived through a longer silence: that is not it', async () => {
    const capture = silent(360);
    capture.begin({ port: 443 }).open(1).exchange(1.01).exchange(420).close(421, 'client').close(421.01, 'server');
    expect(await told(capture)).toEqual([]);
  });
});

describe('an idle connection that its server closed is used again', () => {
  test('a pool keeps it for longer than the server', async () => {
    const capture = new Conversations();
    capture
      .begin({ port: 8080 })
      .open(0)
      .exchange(0.01)
      .close(10.345, 'server')
      .say(10.36, 'client', 300)
      .reset(10.361, 'server', { bare: true });
    const diagnosis = await only(capture);
    expect(`${inShort(diagnosis)}, ${diagnosis.confidence}`).toBe('warning idle-limit server 10.0.0.2, possible');
    expect(diagnosis.numbers['seconds']).toBeCloseTo(10.33, 1);
    expect(diagnosis.message).toContain('closed 1 connection that had been idle for 10.33 s');
  });

  test('twice after different times is no timer', async () => {
    const capture = new Conversations();
    capture
      .begin({ port: 8080 })
      .open(0)
      .exchange(0.01)
      .close(10.345, 'server')
      .say(10.36, 'client', 300)
      .reset(10.361, 'server', { bare: true });
    capture
      .begin({ port: 8080 })
      .open(1)
      .exchange(1.01)
      .close(5.345, 'server')
      .say(5.36, 'client', 300)
      .reset(5.361, 'server', { bare: true });
    expect(await told(capture)).toEqual([]);
  });

  test('the request crossed the close', async () => {
    const capture = new Conversations();
    const conversation = capture.begin({ port: 8080 }).open(0).exchange(0.01).close(5.02, 'server', false);
    conversation.say(5.0205, 'client', 300).reset(5.0215, 'server', { bare: true });
    expect(await told(capture)).toEqual(['warning keep-alive-mismatch server 10.0.0.2, possible']);
  });

  test('where nothing came later nobody is told of one that was closed idle', async () => {
    const capture = new Conversations();
    capture.begin().open(0).exchange(0.01).close(10.3, 'server').close(10.31, 'client');
    expect(await told(capture)).toEqual([]);
  });
});

test('a RST out of nine seconds of silence, which nothing had drawn', async () => {
  const capture = new Conversations();
  capture.begin().open(0).exchange(0.01).reset(9.1, 'server', { bare: true });
  const diagnosis = await only(capture);
  expect(`${inShort(diagnosis)}, ${diagnosis.confidence}`).toBe('warning idle-limit server 10.0.0.2, possible');
  expect(diagnosis.message).toContain(
    '10.0.0.2:80, or a box before it, ended 1 connection by RST after 9.08 s without a segment',
  );
});

describe('a client gives up a request', () => {
  test('once, after three seconds', async () => {
    const capture = new Conversations();
    capture
      .begin()
      .open(0)
      .say(0.01, 'client', 'GET / HTTP/1.1\r\n\r\n')
      .acknowledge(0.011, 'server')
      .reset(3.153, 'client');
    const diagnosis = await only(capture);
    expect(`${inShort(diagnosis)}, ${diagnosis.confidence}`).toBe('warning client-patience client 10.0.0.1, possible');
    expect(diagnosis.message).toBe(
      '10.0.0.1 gave up waiting for 10.0.0.2:80 once, 3.14 s after its request; the server never answered.',
    );
    expect(diagnosis.numbers['seconds']).toBeCloseTo(3.143, 3);
  });

  test('while its others are answered: reasons of its own', async () => {
    const capture = new Conversations();
    capture
      .begin()
      .open(0)
      .say(0.01, 'client', 'GET / HTTP/1.1\r\n\r\n')
      .acknowledge(0.011, 'server')
      .reset(3.153, 'client');
    for (const at of [0.5, 1.5, 2.5])
      capture
        .begin()
        .open(at)
        .exchange(at + 0.01, 0.005, 'GET / HTTP/1.1\r\n\r\n', 'HTTP/1.1 200 OK\r\n\r\n')
        .close(at + 0.1, 'client')
        .close(at + 0.11, 'server');
    expect(await told(capture)).toEqual([]);
  });
});

test('a server that works on a request for five seconds and closes', async () => {
  const capture = new Conversations();
  capture
    .begin()
    .open(0)
    .say(0.01, 'client', 'GET / HTTP/1.1\r\n\r\n')
    .acknowledge(0.011, 'server')
    .close(5.01, 'server')
    .close(5.02, 'client');
  const diagnosis = await only(capture);
  expect(`${inShort(diagnosis)}, ${diagnosis.confidence}`).toBe(
    'warning closed-without-answer server 10.0.0.2, possible',
  );
  expect(diagnosis.message).toContain('closed without an answer once, 5.00 s after the request');
});

test('a RST of another distance, in answer to the keepalive after two hours', async () => {
  const capture = new Conversations();
  const conversation = capture
    .begin({ port: 3020, serverTtl: 58 })
    .send(0, 'client', SYN)
    .send(0.08, 'server', SYN | ACK)
    .send(0.081, 'client', ACK);
  conversation.exchange(0.1, 0.085).probe(7200, 'client').reset(7200.01, 'server', { ttl: 28 });
  const diagnosis = await only(capture);
  expect(`${inShort(diagnosis)}, ${diagnosis.confidence}`).toBe('warning firewall-reset path 10.0.0.2, likely');
  expect(diagnosis.message).toContain(
    'reset the connection of 10.0.0.1 to 10.0.0.2:3020 after 7200 s of its silence (so does an idle limit)',
  );
  expect(diagnosis.message).toContain('(TTL 28, its own 58)');
  expect(diagnosis.advice[0]).toContain('keepalives');
});

test('a connection goes on from another port of its NAT, where nobody knows it', async () => {
  const capture = new Conversations();
  const conversation = capture.begin({ port: 8899, clientPort: 31_445 }).open(0).exchange(0.01);
  conversation.movedTo(35_051).say(414.5, 'client', 1).reset(414.501, 'server', { bare: true });
  const diagnosis = await only(capture);
  expect(`${inShort(diagnosis)}, ${diagnosis.confidence}`).toBe('error nat-forgot path 10.0.0.2, likely');
  expect(diagnosis.message).toContain('it went on from port 35051 in place of 31445');
  expect(diagnosis.explains).toEqual(
    ['rst-after-push', 'nat-rebinding'].toSorted(
      (a, b) => diagnosis.explains.indexOf(a) - diagnosis.explains.indexOf(b),
    ),
  );
});

test('a server that repeats its SYN-ACK to a client that had answered it, and takes none of its data', async () => {
  const capture = new Conversations();
  const conversation = capture.begin({ port: 9999 }).open(0).say(0.003, 'client', 50, true);
  for (const at of [0.2, 0.6, 1.4, 3]) conversation.again(at, 'client');
  for (const at of [1.01, 3.01, 7.01, 15.01, 31.01])
    conversation.repeated(at, 'server', 1).send(at + 0.001, 'client', ACK, undefined, true);
  capture.until(40);
  const diagnosis = await only(capture);
  expect(`${inShort(diagnosis)}, ${diagnosis.confidence}`).toBe('warning accept-queue server 10.0.0.2, possible');
  expect(diagnosis.message).toContain(": the accept queue was full once, or the client's segments were lost on the way: ");
  expect(diagnosis.advice.join(' ')).toContain('somaxconn');
  expect(diagnosis.advice.join(' ')).toContain('Capture at the server, too');
});
