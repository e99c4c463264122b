import { expect, test } from 'vitest';

import { ACK, SYN } from '../../src/decode/segment.js';
import { Conversations, inShort } from './conversations.js';

/** Requests of which some draw a RST from a hop nearer, though the server answers, if it hears them at all. */
function filtered(each: (index: number) => boolean, hears = true): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < 8; index++) {
    const connection = capture
      .begin({ serverTtl: 63 })
      .open(index)
      .say(index + 0.01, 'client', 83);
    if (each(index)) connection.reset(index + 0.01002, 'server', { bare: true, ttl: 64 });
    if (hears || !each(index)) connection.say(index + 0.02, 'server', 200);
    if (!each(index))
      connection
        .acknowledge(index + 0.021, 'client')
        .close(index + 0.03, 'client')
        .close(index + 0.04, 'server');
  }
  return capture;
}

test('some requests draw a RST that the server did not send', async () => {
  const diagnoses = await filtered((index) => index % 2 === 1).diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error firewall-reset path 10.0.0.2']);
  expect(diagnoses[0]).toMatchObject({ numbers: { matching: 4, of: 8, ttl: 64, ownTtl: 63 } });
  expect(diagnoses[0]!.explains).toContain('forged-reset');
});

test('it is one story, too, where the request that is reset comes no further', async () => {
  const diagnoses = await filtered((index) => index % 2 === 1, false).diagnoses();
  expect(diagnoses.map(({ message }) => message)).toEqual([
    'Something on the way resets 4 of 8 connections to 10.0.0.2:80 in answer to the first request, in the name of ' +
      '10.0.0.2, which did not send these RSTs (TTL 64, its own 63).',
  ]);
});

test('connections of one age are reset whatever they have carried: a limit of time', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 5; index++) {
    const begin = index * 9.1;
    const connection = capture.begin({ port: 445, serverTtl: 120 }).open(begin);
    for (let time = 0.5; time < 29.5; time += 0.6 + index * 0.1) connection.exchange(begin + time, 0.01, 100, 400);
    connection.reset(begin + 30, 'server', { ttl: 255 }).reset(begin + 30.0001, 'client', { ttl: 255 });
  }
  const [told, ...others] = await capture.diagnoses();
  expect([inShort(told!), ...others]).toEqual(['error firewall-reset path 10.0.0.2']);
  expect(told!.message).toContain('30.00 s after each began, whatever it carried by then, in the name of 10.0.0.2');
  expect(told!.numbers['seconds']).toBeCloseTo(30, 2);
});

/** So many first requests, each of which draws a RST. */
function allRejected(count: number): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < count; index++)
    capture
      .begin({ port: 443 })
      .open(index * 4)
      .say(index * 4 + 0.003, 'client', 517)
      .reset(index * 4 + 0.004, 'server', { bare: true });
  return capture;
}

test('every first request draws a RST of who has just completed the handshake: nobody stands behind it', async () => {
  const [told, ...others] = await allRejected(4).diagnoses();
  expect([inShort(told!), told!.confidence, ...others]).toEqual(['error firewall-reset path 10.0.0.2', 'possible']);
  expect(told!.message).toContain('All 4 connections to 10.0.0.2:443 are reset in answer to their first request');
  expect(await allRejected(2).diagnoses()).toEqual([]);
});

test('one alone is a warning, and none is nothing', async () => {
  const diagnoses = await filtered((index) => index === 3).diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['warning firewall-reset path 10.0.0.2']);
  expect(diagnoses[0]).toMatchObject({ numbers: { matching: 1, of: 8 } });
  expect(await filtered(() => false).diagnoses()).toEqual([]);
});

test('what resets in the names of many servers is one thing on the way', async () => {
  const capture = new Conversations();
  for (let server = 20; server < 26; server++) {
    capture
      .begin({ server, port: 443, serverTtl: 50 + server % 3 })
      .open(server)
      .say(server + 0.01, 'client', 200)
      .reset(server + 0.011, 'server', { ttl: 61 });
    capture
      .begin({ server: server + 20, port: 443, serverTtl: 50 })
      .open(server)
      .exchange(server + 0.01)
      .close(server + 0.1, 'client')
      .close(server + 0.11, 'server');
  }
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error firewall-reset path 10.0.0.1']);
  expect(diagnoses[0]!.numbers).toMatchObject({ matching: 6, of: 12, servers: 6 });
  expect(diagnoses[0]!.message).toBe(
    'Something on the way resets 6 of 12 connections of 10.0.0.1, to 6 servers at port 443 (10.0.0.20, 10.0.0.21, ' +
      "10.0.0.22, …), in answer to the first request, in the servers' names, which did not send these RSTs.",
  );
});

test('the answer that came behind the RST was not there before it', async () => {
  const diagnoses = await filtered((index) => index % 2 === 1).diagnoses();
  expect(diagnoses[0]!.message).toContain('in answer to the first request');
});

test('some requests draw a RST that looks like the server\'s, which serves others', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 12; index++) {
    const connection = capture.begin().open(index).say(index + 0.01, 'client', 83);
    if (index % 3 === 1) connection.reset(index + 0.012, 'server', { bare: true });
    else
      connection
        .say(index + 0.02, 'server', 200)
        .acknowledge(index + 0.021, 'client')
        .close(index + 0.03, 'client')
        .close(index + 0.04, 'server');
  }
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error firewall-reset path 10.0.0.2']);
  expect(diagnoses[0]).toMatchObject({ confidence: 'possible', numbers: { matching: 4, of: 12, served: 6 } });
});

test('what resets in the names of many clients of a service is one thing before it', async () => {
  const capture = new Conversations();
  for (let client = 20; client < 32; client++) {
    const start = client * 3;
    capture.begin({ client, port: 5432 }).open(start).exchange(start + 0.01).reset(start + 240, 'client', { ttl: 125 });
  }
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error firewall-reset path 10.0.0.2']);
  expect(diagnoses[0]!.numbers).toMatchObject({ matching: 12, of: 12, clients: 12, ttl: 125, ownTtl: 64 });
  expect(diagnoses[0]!.message).toBe(
    'Something on the way resets 12 of 12 connections to 10.0.0.2:5432 after at least 240 s of their silence (so ' +
      'does an idle limit), in the names of 12 clients, which did not send these RSTs (TTL 125, 10.0.0.20 itself ' +
      'has 64).',
  );
});

test('a RST as the client itself would send it, which went on: its kernel may have sent it', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 4; index++)
    capture
      .begin({ port: 8080 })
      .open(index)
      .exchange(index + 0.01, 0.005, 61, 1400)
      .say(index + 0.03, 'server', 1400)
      .reset(index + 0.0312, 'client', { bare: true })
      .acknowledge(index + 0.2, 'client')
      .say(index + 0.2001, 'client', 61)
      .reset(index + 0.2003, 'server', { bare: true });
  const [diagnosis, ...others] = await capture.diagnoses();
  expect(others).toEqual([]);
  expect(inShort(diagnosis!)).toBe('error firewall-reset path 10.0.0.1');
  expect(diagnosis!.message).toMatch(/in the name of 10\.0\.0\.1, whose program did not close and went on\.$/);
  expect(diagnosis!.advice.join(' ')).toContain('nf_conntrack_tcp_be_liberal');
});

test('a second host with the address of the server answers as far away, and otherwise', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 3; index++) {
    const connection = capture.begin().open(index * 40).exchange(index * 40 + 0.01).say(index * 40 + 20, 'client', 90);
    connection.reset(index * 40 + 20.001, 'server', { bare: true, ttl: 128 }).say(index * 40 + 25, 'server', 30);
  }
  const [told, ...others] = await capture.diagnoses();
  expect([inShort(told!), ...others]).toEqual(['error firewall-reset path 10.0.0.2']);
  expect(told!.message).toContain('; or a second host near it has its address as well.');
  expect(told!.advice.join(' ')).toContain('arping');
});

/** TLS to a server that is 30 ms away; every other greeting draws a RST so many seconds later. */
function greetings(after: number, quickest = 0.03): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < 8; index++) {
    const begin = index * 2;
    const hello = capture.begin({ port: 443 }).send(begin, 'client', SYN).send(begin + 0.03, 'server', SYN | ACK)
      .send(begin + 0.0301, 'client', ACK).say(begin + 0.0303, 'client', 517);
    if (index % 2 === 0) hello.reset(begin + 0.0303 + after, 'server');
    else
      hello.say(begin + 0.061, 'server', 3000).acknowledge(begin + 0.0611, 'client').exchange(begin + 0.07, 0.03)
        .close(begin + 0.2, 'client').close(begin + 0.23, 'server');
  }
  const quick = capture.begin({ port: 443 }).send(20, 'client', SYN).send(20 + quickest, 'server', SYN | ACK);
  quick.send(20.031, 'client', ACK).exchange(20.04, 0.03).close(20.2, 'client').close(20.23, 'server');
  return capture;
}

test('it is one story with those of which the distance shows it', async () => {
  const capture = greetings(0.01);
  for (let begin = 30; begin < 36; begin += 2)
    capture.begin({ port: 443 }).send(begin, 'client', SYN).send(begin + 0.03, 'server', SYN | ACK)
      .send(begin + 0.0301, 'client', ACK).say(begin + 0.0303, 'client', 517)
      .reset(begin + 0.0403, 'server', { ttl: 61 });
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error firewall-reset path 10.0.0.2']);
  expect(diagnoses[0]!.numbers).toMatchObject({ matching: 7, of: 12, ttl: 61, ownTtl: 64 });
});

test('a RST that comes before the request can have been there was sent on the way', async () => {
  const [told, ...others] = await greetings(0.01).diagnoses();
  expect([inShort(told!), told!.confidence, ...others]).toEqual(['error firewall-reset path 10.0.0.2', 'likely']);
  expect(told!.message).toBe(
    'Something on the way resets 4 of 9 connections to 10.0.0.2:443 in answer to the first request, in the name of ' +
      '10.0.0.2: at most 10.2 ms after the handshake, where the way there and back takes 30.0 ms.',
  );
});

test("one that comes when it can have been there may be the server's own", async () => {
  for (const capture of [greetings(0.031), greetings(0.01, 0.012)])
    expect((await capture.diagnoses()).map(inShort)).toEqual(['error closed-without-answer server 10.0.0.2']);
});
