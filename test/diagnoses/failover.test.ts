import { expect, test } from 'vitest';

import type { Role } from '../../src/tcp/connection.js';
import { SYN } from '../../src/decode/segment.js';
import { randomFrom } from '../captures/random.js';
import { Conversations, inShort } from './conversations.js';

test('four conversations fall silent in one moment', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 4; index++) {
    const conversation = capture.begin({ port: 6379 }).open(index * 0.1);
    for (let turn = 0; turn < 8; turn++) conversation.exchange(index * 0.1 + 0.01 + turn * 0.5);
    conversation.say(4.1 + index * 0.01, 'client', 100, true);
    for (const after of [0.2, 0.6, 1.4, 3, 6.2]) conversation.again(4.1 + index * 0.01 + after, 'client');
  }
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error failover path 10.0.0.2']);
  expect(diagnoses[0]!.message).toContain('4 of 4 connections between 10.0.0.1 and 10.0.0.2:6379 fell silent at once');
  expect(diagnoses[0]!.numbers).toMatchObject({ connections: 4, of: 4 });
});

test('four clients of a server that lose it in one moment are one story', async () => {
  const capture = new Conversations();
  for (const client of [11, 12, 13, 14])
    for (let index = 0; index < 4; index++) {
      const conversation = capture.begin({ port: 6379, client }).open(index * 0.1);
      for (let turn = 0; turn < 8; turn++) conversation.exchange(index * 0.1 + 0.01 + turn * 0.5);
      conversation.say(4.1 + index * 0.01, 'client', 100, true);
      for (const after of [0.2, 0.6, 1.4, 3, 6.2]) conversation.again(4.1 + index * 0.01 + after, 'client');
    }
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error failover path 10.0.0.2']);
  expect(diagnoses[0]!.message).toContain('16 of 16 connections between 4 clients and 10.0.0.2:6379 fell silent at once');
});

test('clients that find out at their own pace are one story, however many connections each has', async () => {
  const capture = new Conversations();
  for (const [client, connections] of [[11, 4], [12, 1], [13, 3], [14, 2], [15, 4]] as const)
    for (let index = 0; index < connections; index++) {
      const conversation = capture.begin({ port: 5432, client }).open(index * 0.1);
      for (let turn = 0; turn < 8; turn++) conversation.exchange(index * 0.1 + 0.01 + turn * 0.5);
      const asks = 4.1 + (client - 11) * 0.35 + index * 0.03;
      conversation.say(asks, 'client', 100, true);
      for (const after of [0.2, 0.6, 1.4, 3, 6.2]) conversation.again(asks + after, 'client');
      capture
        .begin({ port: 5432, client })
        .open(asks + 7)
        .exchange(asks + 7.1)
        .close(asks + 8, 'client')
        .close(asks + 8.1, 'server');
    }
  // One that had been idle for longer finds out last, and shows no moment of its own.
  const idle = capture.begin({ port: 5432, client: 16 }).open(0).exchange(0.1).say(19, 'client', 100, true);
  for (const after of [0.2, 0.6, 1.4, 3]) idle.again(19 + after, 'client');
  const analysis = await capture.analyze();
  expect(analysis.diagnoses.map(inShort)).toEqual(['error failover path 10.0.0.2']);
  expect(analysis.diagnoses[0]!.message).toMatch(
    /^15 of 15 connections between 6 clients and 10\.0\.0\.2:5432 fell silent at once, within 1\.49 s/,
  );
  expect(analysis.findings.filter((finding) => analysis.explanationOf(finding) === null)).toEqual([]);
});

test('one of them that goes on refutes it', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 4; index++) {
    const conversation = capture.begin().open(index * 0.1);
    for (let turn = 0; turn < 8; turn++) conversation.exchange(index * 0.1 + 0.01 + turn * 0.5);
    if (index === 0) conversation.exchange(5).exchange(6).exchange(7);
    else {
      conversation.say(4.1 + index * 0.01, 'client', 100, true);
      for (const after of [0.2, 0.6, 1.4, 3]) conversation.again(4.1 + index * 0.01 + after, 'client');
    }
  }
  expect((await capture.diagnoses()).filter(({ id }) => id === 'failover')).toEqual([]);
});

test('requests that cross the close of an idle limit fell on no deaf ears', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 4; index++) {
    const begin = index * 0.01;
    const conversation = capture.begin({ port: 8080 }).open(begin).say(begin + 0.1, 'client', 90, true);
    for (const after of [0.03, 0.07, 0.15]) conversation.again(begin + 0.1 + after, 'client');
    conversation.say(begin + 0.3, 'server', 200).exchange(begin + 3).say(begin + 4, 'client', 90, true);
    conversation.close(begin + 4.01, 'server').close(begin + 4.011, 'client', false);
    conversation.reset(begin + 4.02, 'server', { bare: true });
  }
  capture.until(30);
  expect((await capture.diagnoses()).map(({ id }) => id)).not.toContain('failover');
});

/** Four conversations whose road is cut for seven seconds; `more` are added beside them. */
function cut(
  more: (capture: Conversations) => void = () => {}, client = 1, capture = new Conversations(),
): Conversations {
  for (let index = 0; index < 4; index++) {
    const conversation = capture.begin({ port: 3306, client }).open(index * 0.1);
    for (let turn = 0; turn < 8; turn++) conversation.exchange(index * 0.1 + 0.01 + turn * 0.4);
    const at = 4.1 + index * 0.01;
    conversation.say(at, 'client', 100);
    for (const after of [0.2, 0.6, 1.4, 3, 6.2]) conversation.again(at + after, 'client');
    conversation
      .say(at + 6.3, 'server', 200)
      .acknowledge(at + 6.31, 'client')
      .exchange(at + 7)
      .close(at + 7.5, 'client')
      .close(at + 7.6, 'server');
  }
  more(capture);
  return capture;
}

test('those of five clients that stand still together are one story', async () => {
  const capture = new Conversations();
  for (const client of [11, 12, 13, 14, 15]) cut(undefined, client, capture);
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['warning failover path 10.0.0.2']);
  expect(diagnoses[0]!.message).toMatch(
    /^20 of 20 connections between 5 clients and 10\.0\.0\.2:3306 stood still together .*: 5 clients sent again up to/,
  );
});

test('four conversations stand still together, and go on', async () => {
  const diagnoses = await cut().diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['warning failover path 10.0.0.2']);
  expect(diagnoses[0]!.message).toBe(
    '4 of 4 connections between 10.0.0.1 and 10.0.0.2:3306 stood still together for 6.00 s or more, and went on: ' +
      '10.0.0.1 sent again up to 5 times, ' +
      'and nothing came back. The road was cut for a while, or 10.0.0.2 itself stood still.',
  );
  expect(diagnoses[0]!.numbers).toEqual({ connections: 4, of: 4, seconds: 6, repeats: 5 });
});

test('connects that had to wait for the same are of its story, and show no full queue', async () => {
  const capture = cut((beside) => {
    for (let index = 0; index < 4; index++) {
      const late = beside.begin({ port: 3306 });
      for (const after of [0, 1, 3]) late.begins(5.6 + index * 0.2 + after, SYN);
      const back = 12.6 + index * 0.2;
      late.open(back).exchange(back + 0.1).close(back + 0.3, 'client').close(back + 0.31, 'server');
    }
  });
  const { diagnoses, findings } = await capture.analyze();
  expect(diagnoses.map(inShort)).toEqual(['warning failover path 10.0.0.2']);
  expect(findings.filter(({ id }) => id === 'slow-connect')).toHaveLength(4);
  expect(diagnoses[0]!.explains).toContain('slow-connect');
});

test('a handshake that came to its end meanwhile refutes a cut', async () => {
  const capture = cut((beside) =>
    beside.begin({ port: 3306 }).open(7).exchange(7.1).close(7.2, 'client').close(7.3, 'server'),
  );
  expect((await capture.diagnoses()).filter(({ id }) => id === 'failover')).toEqual([]);
});

/** One conversation each of eight clients of a server that answers every half second, until something loses them. */
function ofManyClients(lives: (index: number) => boolean): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < 8; index++) {
    const begin = index * 0.05;
    const conversation = capture.begin({ client: 20 + index, port: 5432 }).open(begin);
    for (let turn = 0; turn < 8; turn++) conversation.exchange(begin + 0.01 + turn * 0.5);
    const at = 4.1 + index * 0.15;
    if (lives(index)) conversation.exchange(5).exchange(6.5).exchange(8);
    else {
      conversation.say(at, 'server', 100, true);
      for (const after of [0.2, 0.6, 1.4, 3, 6.2]) conversation.again(at + after, 'server');
    }
  }
  return capture;
}

test('one conversation each of many clients of a server falls silent in one moment', async () => {
  const diagnoses = await ofManyClients(() => false).diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error failover path 10.0.0.2']);
  expect(diagnoses[0]!.message).toContain(
    '8 of 8 connections between 8 clients and 10.0.0.2:5432 fell silent at once',
  );
});

test('a client that goes on refutes that the server lost all of them', async () => {
  const diagnoses = await ofManyClients((index) => index === 3).diagnoses();
  expect(diagnoses.filter(({ id }) => id === 'failover')).toEqual([]);
});

/** One conversation each of `clients` with one of `servers`; some fall silent in one moment, and may be heard again. */
function beside(
  clients: number, servers: number, met: (index: number) => 'gone' | 'given up' | 'cut' | 'lives',
): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < Math.max(clients, servers); index++) {
    const begin = index * 0.05;
    const ends = { client: 20 + (index % clients), server: 100 + (index % servers), port: 443 };
    const conversation = capture.begin(ends).open(begin);
    for (let turn = 0; turn < 8; turn++) conversation.exchange(begin + 0.01 + turn * 0.5);
    const [at, what] = [4.2 + index * 0.02, met(index)];
    if (what === 'lives') {
      for (let turn = 0; turn < 30; turn++) conversation.exchange(at + turn * 0.5);
      continue;
    }
    conversation.say(at, 'client', 100, what !== 'cut');
    for (const after of [0.2, 0.6, 1.4, 3, 6.2]) conversation.again(at + after, 'client');
    if (what === 'cut') conversation.say(at + 6.3, 'server', 200).acknowledge(at + 6.31, 'client').exchange(at + 7);
    if (what === 'given up') conversation.reset(at + 12, 'client');
  }
  return capture;
}

test('one conversation each of six clients of a server stands still, and goes on', async () => {
  const [told, ...others] = await beside(6, 1, () => 'cut').diagnoses();
  expect([inShort(told!), ...others]).toEqual(['warning failover path 10.0.0.100']);
  expect(told!.message).toBe(
    '6 of 6 connections between 6 clients and 10.0.0.100:443 stood still together for 6.00 s or more, and went on: ' +
      '6 clients sent again up to 5 times, and nothing came back. The road was cut for a while, or 10.0.0.100 itself ' +
      'stood still.',
  );
});

test('one client loses six servers in one moment: its road, not the servers', async () => {
  const [told, ...others] = await beside(1, 6, () => 'given up').diagnoses();
  expect([inShort(told!), ...others]).toEqual(['error failover path 10.0.0.20']);
  expect(told).toMatchObject({ service: null, confidence: 'possible', flows: 6 });
  // Its own RSTs say that it gave up, and not that somebody did not know it.
  expect(told!.message).toBe(
    '6 of 6 connections between 10.0.0.20 and 6 servers fell silent at once, within 0.10 s, in the middle: nothing of ' +
      '6 servers came any more.',
  );
});

test('nine clients and three servers stand still together: what lies between them', async () => {
  const [told, ...others] = await beside(9, 3, () => 'cut').diagnoses();
  expect([inShort(told!), ...others]).toEqual(['warning failover path 10.0.0.100']);
  expect(told!.message).toMatch(/^9 of 9 connections between 9 clients and 3 servers stood still .* for a while\.$/);
});

test('three servers of ten that go while the others go on have no road in common', async () => {
  for (const what of ['gone', 'cut'] as const) {
    const diagnoses = await beside(1, 10, (index) => (index % 4 === 1 ? what : 'lives')).diagnoses();
    expect(diagnoses.filter(({ id }) => id === 'failover')).toEqual([]);
  }
});

test('where connections to many servers die at any time, some do in one second by chance', async () => {
  const capture = new Conversations();
  const random = randomFrom(1);
  for (let index = 0; index < 240; index++) {
    const start = random(60e6) / 1e6;
    const ends = { client: 10 + (index % 60), server: 100 + (index % 30) };
    const connection = capture.begin(ends).open(start).exchange(start + 0.2);
    connection.say(start + 0.5, 'client', 100, true);
    for (const again of [0.7, 1.1, 1.9, 3.5]) connection.again(start + again, 'client');
  }
  capture.until(70);
  expect((await capture.diagnoses()).filter(({ id }) => id === 'failover')).toEqual([]);
});

/**
 * Eight clients ask every 2.5 s. From the 20th second on those that `isLost` says are answered no more, or by the RST
 * of a host with this TTL; all come again and are served.
 */
function fromThenOn(
  isLost: (index: number) => boolean, by: { readonly ttl: number; readonly serves: number } | null,
): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < 8; index++) {
    const ends = { client: 11 + index, serverTtl: 58 };
    let time = index * 0.29;
    const session = capture.begin(ends).open(time);
    for (time += 0.5; time < (isLost(index) ? 20 : 34); time += 2.5) session.exchange(time);
    if (!isLost(index)) {
      session.close(time + index ** 2 * 0.1, 'client').close(time + index ** 2 * 0.1 + 0.01, 'server');
      continue;
    }
    session.say(time, 'client', 100, by === null);
    if (by === null) for (const after of [0.2, 0.6, 1.4, 3, 6.2, 12.6]) session.again(time + after, 'client');
    else session.reset(time + 0.002, 'server', { bare: true, ttl: by.ttl });
    const again = time + (by === null ? 8 : 0.1);
    capture.begin({ ...ends, serverTtl: by?.serves ?? 58 }).open(again).exchange(again + 0.01).exchange(again + 2.5)
      .close(again + 3 + index ** 2 * 0.1, 'client').close(again + 3.01 + index ** 2 * 0.1, 'server');
  }
  return capture;
}

test('another host has the address: it knows none of what stood, and serves what comes', async () => {
  const { diagnoses: [told, ...others], findings } = await fromThenOn(() => true, { ttl: 57, serves: 57 }).analyze();
  expect([inShort(told!), ...others]).toEqual(['error failover path 10.0.0.2']);
  expect(told!.message).toBe(
    'Another host answers at 10.0.0.2:80: it resets 8 of 8 connections that stood, of 8 clients, and takes new ones ' +
      '(TTL 57, before 58).',
  );
  expect(new Set(findings.map(({ id }) => id))).toEqual(new Set(told!.explains));
});

test('or it has some of them, where a hash chose anew', async () => {
  const [told, ...others] = await fromThenOn((index) => index % 2 === 0, { ttl: 57, serves: 57 }).diagnoses();
  expect([inShort(told!), ...others]).toEqual(['error failover path 10.0.0.2']);
  expect(told!.message).toContain('resets 4 of 8 connections that stood');
  expect(told!.message).toContain('; 4 went on.');
});

test('who resets and serves nobody is something on the way', async () => {
  const told = await fromThenOn((index) => index % 2 === 0, { ttl: 57, serves: 58 }).diagnoses();
  expect(told.filter(({ id }) => id === 'failover')).toEqual([]);
});

test('some fall silent in one moment, others go on: one of several hosts behind the address', async () => {
  const [told, ...others] = await fromThenOn((index) => index % 2 === 0, null).diagnoses();
  expect([inShort(told!), ...others]).toEqual(['error failover path 10.0.0.2']);
  expect(told!.message).toContain('4 of 8 connections of 4 clients to 10.0.0.2:80 fell silent at once');
  expect(told!.message).toContain('while 4 went on and new ones of the same clients were taken: one of several hosts');
  expect(told!.confidence).toBe('likely');
});

/** A cut road under neighbours of BGP: both ends send again and give up, and what comes when it is whole draws RSTs. */
function cutUntilGivenUp(isCut: boolean, by: Role = 'server'): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < 4; index++) {
    const start = index * 0.05;
    const session = capture.begin({ client: 3 + index, port: 179 }).open(start).exchange(start + 1, 0.6, 19, 19)
      .exchange(start + 2.4, 0.6, 19, 19).exchange(start + 3.8, 0.6, 19, 19);
    const from = 5.5 + start;
    session.say(from, 'server', 19, true);
    for (const after of [0.21, 0.63, 1.5, 3.2, 6.6]) session.again(from + after, 'server');
    if (isCut) session.say(from + 12.9, 'client', 19).reset(from + 12.901, by, { bare: true });
    else session.say(from + 4, 'client', 19).say(from + 5, 'client', 19).reset(from + 12.901, 'server');
    capture.begin({ client: 3 + index, port: 179 }).open(18 + start).exchange(18.1 + start, 0.5, 50, 50)
      .exchange(20 + start, 0.6, 19, 19);
  }
  return capture;
}

test('what comes when the road is whole again, and draws RSTs of who had given up, ends no silence', async () => {
  // Of the server, or of the client, whose word met what the server sent again.
  for (const by of ['server', 'client'] as const) {
    const [told, ...others] = await cutUntilGivenUp(true, by).diagnoses();
    expect([inShort(told!), ...others]).toEqual(['error failover path 10.0.0.2']);
    expect(told!.message).toContain('4 of 4 connections between 4 clients and 10.0.0.2:179 fell silent at once');
  }
  expect((await cutUntilGivenUp(false).diagnoses()).map(({ id }) => id)).not.toContain('failover');
});

test('each of those that stood still together is explained; one alone is a story, too', async () => {
  const many = await cut().analyze();
  expect(many.findings.map(({ id }) => id)).toEqual(['outage', 'outage', 'outage', 'outage']);
  expect(many.findings.map((finding) => many.explanationOf(finding)?.id)).toEqual(Array(4).fill('failover'));
  const capture = new Conversations();
  const conversation = capture.begin().open(0).exchange(0.01).say(2, 'client', 100);
  for (const after of [0.2, 0.6, 1.4, 3, 6.2, 12.6]) conversation.again(2 + after, 'client');
  conversation.say(14.61, 'server', 200).acknowledge(14.62, 'client').close(15, 'client').close(15.01, 'server');
  const [told, ...others] = await capture.diagnoses();
  expect([inShort(told!), ...others]).toEqual(['warning failover path 10.0.0.2']);
  expect(told!.message).toBe(
    '1 connection between 10.0.0.1 and 10.0.0.2:80 stood still for 12.40 s or more, and went on: what was sent again ' +
      'up to 6 times was acknowledged at last. The road was cut for a while, or 10.0.0.2 itself stood still.',
  );
});

/** One conversation each of a client with six hosts, each of which finds out later, one by one, that nothing passes. */
function cutOff(by: (index: number) => 'client' | 'server', goesOn = false): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < 6; index++) {
    const conversation = capture.begin({ client: 9, server: 30 + index, port: 443 }).open(index * 0.1);
    for (let turn = 0; turn < 6; turn++) conversation.exchange(1 + index * 0.1 + turn * 1.4);
    if (goesOn && index === 5) {
      conversation.exchange(20).exchange(30);
      continue;
    }
    const at = 10 + index * 4;
    conversation.say(at, by(index), 120, true);
    for (const after of [0.2, 0.6, 1.4, 3, 6.2, 12.6]) conversation.again(at + after, by(index));
  }
  capture.until(60);
  return capture;
}

test('a client cut off from all that it has open is one story, though each finds out later', async () => {
  for (const by of [() => 'client' as const, (index: number) => (index % 2 === 0 ? 'client' : 'server')] as const) {
    const [told, ...others] = await cutOff(by).diagnoses();
    expect([inShort(told!), ...others]).toEqual(['error failover path 10.0.0.9']);
    expect(told!.numbers).toMatchObject({ connections: 6, servers: 6, window: 20 });
  }
  expect((await cutOff(() => 'client').diagnoses())[0]!.message).toBe(
    'Nothing comes through any more between 10.0.0.9 and 6 hosts: on 6 of its connections what it sent since was never ' +
      'acknowledged, found out one by one within 20.00 s, and nothing else of it was answered: its own link, or what ' +
      'stands before it.',
  );
});

test('not where one of its conversations goes on, nor where only its servers speak: it has left', async () => {
  for (const capture of [cutOff(() => 'client', true), cutOff(() => 'server')])
    expect((await capture.diagnoses()).map(({ id }) => id)).not.toContain('failover');
});
