import { expect, test } from 'vitest';

import { Conversations, inShort } from './conversations.js';

function silent(capture: Conversations, start: number, pause: number, client = 1): void {
  const conversation = capture
    .begin({ port: 5432, client })
    .open(start)
    .exchange(start + 0.01)
    .say(start + pause, 'client', 40, true);
  for (const after of [0.2, 0.6, 1.4, 3]) conversation.again(start + pause + after, 'client');
}

test('connections that were idle for long die, and those that were idle for less live', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 4; index++)
    capture
      .begin({ port: 5432 })
      .open(index)
      .exchange(index + 0.01)
      .exchange(index + 4 + index * 0.1)
      .close(index + 4.6, 'client')
      .close(index + 4.7, 'server');
  for (let index = 0; index < 5; index++) silent(capture, index * 0.7, 8 + index);
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error nat-forgot path 10.0.0.2']);
  expect(diagnoses[0]!.message).toMatch(
    /forgets what is idle between 4\.\d\d s and 8\.\d\d s|between 4\.\d\d s and 7\.9\d s/,
  );
  expect(diagnoses[0]!.numbers).toMatchObject({ died: 5, lived: 4 });
});

test('a box before a server that forgets the connections of four clients is one story', async () => {
  const capture = new Conversations();
  for (const client of [11, 12, 13, 14]) {
    for (let index = 0; index < 4; index++)
      capture
        .begin({ port: 5432, client })
        .open(index)
        .exchange(index + 0.01)
        .exchange(index + 4 + index * 0.1)
        .close(index + 4.6, 'client')
        .close(index + 4.7, 'server');
    for (let index = 0; index < 5; index++) silent(capture, client * 0.3 + index * 0.7, 8 + index, client);
  }
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error nat-forgot path 10.0.0.2']);
  expect(diagnoses[0]!.message).toMatch(/^A NAT or firewall between 4 clients and 10\.0\.0\.2:5432 forgets/);
  expect(diagnoses[0]!.numbers).toMatchObject({ died: 20, lived: 16 });
});

test('a box that forgets some connections of one client and one of each other is one story', async () => {
  const capture = new Conversations();
  for (const [client, deaths] of [[11, 3], [12, 1], [13, 2], [14, 1], [15, 0]] as const) {
    for (let index = 0; index < 2; index++)
      capture
        .begin({ port: 5671, client })
        .open(index)
        .exchange(index + 0.01)
        .exchange(index + 260 + client * 2)
        .close(index + 300, 'client')
        .close(index + 300.1, 'server');
    for (let index = 0; index < deaths; index++)
      capture
        .begin({ port: 5671, client })
        .open(client * 3 + index)
        .exchange(client * 3 + index + 0.01)
        .say(client * 3 + index + 360 + client * index, 'client', 120)
        .reset(client * 3 + index + 360.001 + client * index, 'server', { bare: true });
  }
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error nat-forgot path 10.0.0.2']);
  expect(diagnoses[0]!.message).toMatch(/^A NAT or firewall between 4 clients and 10\.0\.0\.2:5671 forgets/);
  expect(diagnoses[0]!.numbers).toMatchObject({ died: 7, lived: 10 });
});

test('what was asleep when the capture began, and dies as others do, is of their story', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 4; index++) {
    capture
      .begin({ port: 5671 })
      .open(index)
      .exchange(index + 0.01)
      .exchange(index + 200)
      .say(index + 560, 'client', 120)
      .reset(index + 560.001, 'server', { bare: true });
    capture
      .begin({ port: 5671 })
      .skip('client', index * 70_000 + 90_000)
      .skip('server', index * 80_000 + 90_000)
      .standing()
      .say(index * 70 + 90, 'client', 120)
      .reset(index * 70 + 90.001, 'server', { bare: true });
  }
  // The server resets what it had answered in this capture: no silence from before, and a story of its own.
  const other = capture.begin({ port: 5671 }).skip('client', 9e6).skip('server', 9e6).standing().exchange(20);
  other.say(20.5, 'client', 120).reset(20.501, 'server', { bare: true });
  const analysis = await capture.analyze();
  expect(analysis.diagnoses.map(inShort)).toEqual(['error nat-forgot path 10.0.0.2']);
  expect(analysis.diagnoses[0]!.numbers).toMatchObject({ died: 4, lived: 4 });
  expect(analysis.diagnoses[0]!.numbers).not.toHaveProperty('moved');
  const faults = analysis.findings.filter(({ severity }) => severity !== 'info');
  expect(faults.filter((finding) => analysis.explanationOf(finding) === null)).toHaveLength(1);
});

test('a client that sleeps for an hour is no NAT: the server had given it up', async () => {
  const capture = new Conversations();
  for (const [index, port] of [22, 443, 993].entries()) {
    const conversation = capture.begin({ port }).open(index);
    for (let time = index + 1; time < 20; time += 2) conversation.exchange(time);
    const asleep = 42 + index * 9;
    conversation.exchange(asleep - 2).say(asleep, 'server', 80, true);
    for (const after of [0.25, 0.75, 1.75, 3.75, 7.75, 15.75, 31.75]) conversation.again(asleep + after, 'server');
    conversation.say(3600 + index * 0.1, 'client', 48, true).reset(3600.001 + index * 0.1, 'server', { bare: true });
  }
  expect((await capture.diagnoses()).filter(({ id }) => id === 'nat-forgot')).toEqual([]);
});

test('a host that lets nobody in any more is gone, and has forgotten nothing', async () => {
  const capture = new Conversations();
  for (const [index, port] of [6379, 6379, 26379].entries()) {
    const conversation = capture.begin({ port }).open(index * 0.1);
    for (let time = 1 + index * 0.1; time < 30; time += 1.1) conversation.exchange(time);
    conversation.say(30.9 + index * 0.01, 'client', 30, true);
    for (const after of [0.2, 0.6, 1.4, 3, 6.2]) conversation.again(30.9 + index * 0.01 + after, 'client');
  }
  const attempt = capture.begin({ port: 6379 }).send(50, 'client', 0x02);
  for (const after of [1, 3, 7, 15]) attempt.again(50 + after, 'client');
  capture.until(90);
  const [told, ...others] = await capture.diagnoses();
  expect([inShort(told!), ...others]).toEqual(['error failover path 10.0.0.2']);
  expect(told!.message).toContain('nothing of 10.0.0.2 came any more; 1 later connect got no answer either.');
});

test('where longer pauses were survived nothing forgets', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 4; index++)
    capture
      .begin({ port: 5432 })
      .open(index)
      .exchange(index + 0.01)
      .exchange(index + 20)
      .close(index + 21, 'client')
      .close(index + 21.1, 'server');
  for (let index = 0; index < 3; index++) silent(capture, index * 2.7, 8);
  expect((await capture.diagnoses()).filter(({ id }) => id === 'nat-forgot')).toEqual([]);
});

test('a server that had closed is no NAT', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 5; index++)
    capture
      .begin()
      .open(index)
      .exchange(index + 0.01)
      .close(index + 1 + index * 0.4, 'server')
      .say(index + 8, 'client', 40)
      .reset(index + 8.001, 'server', { bare: true });
  expect((await capture.diagnoses()).filter(({ id }) => id === 'nat-forgot')).toEqual([]);
});

test('a silence of two seconds before all of them die tells of no idle limit', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 5; index++) {
    const start = index * 7;
    const conversation = capture.begin().open(start).exchange(start + 0.01).say(start + 2, 'client', 80, true);
    for (const at of [2.2, 2.6, 3.4, 5]) conversation.again(start + at, 'client');
  }
  capture.until(60);
  expect((await capture.diagnoses()).map(({ id }) => id)).not.toContain('nat-forgot');
});

test('a balancer before many clients, each of which it forgets once, is one story', async () => {
  const capture = new Conversations();
  for (let client = 10; client < 18; client++) {
    const start = client * 3;
    capture
      .begin({ client, port: 5222, serverTtl: 59 })
      .open(start)
      .exchange(start + 0.1)
      .exchange(start + 90)
      .say(start + 445 + client, 'client', 120)
      .reset(start + 445.001 + client, 'server', { bare: true, ttl: 63 });
  }
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error nat-forgot path 10.0.0.2']);
  expect(diagnoses[0]!.numbers).toMatchObject({ died: 8, lived: 8, matching: 8, of: 8 });
  expect(diagnoses[0]!.message).toContain('between 8 clients and 10.0.0.2:5222');
});

test('what asks each second and falls silent with all others was idle for no time that anything forgets', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 5; index++) {
    const conversation = capture.begin().open(index * 0.1);
    for (let turn = 0; turn < 8; turn++) conversation.exchange(index * 0.1 + 0.01 + turn * 1.02);
    const at = 8.8 + index * 0.13;
    conversation.say(at, 'client', 40, true);
    for (const after of [0.2, 0.6, 1.4, 3, 6.2]) conversation.again(at + after, 'client');
  }
  expect((await capture.diagnoses()).map(inShort)).toEqual(['error failover path 10.0.0.2']);
});

/** Clients that say all and wait; the answer comes 70 s later and draws a RST. */
function halfClosed(ttl: number): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < 4; index++) {
    const start = index * 2.3;
    capture
      .begin({ port: 9000 })
      .open(start)
      .say(start + 0.01, 'client', 40 + index)
      .close(start + 0.011, 'client')
      .say(start + 70, 'server', 900, true)
      .reset(start + 70.001, 'client', { bare: true, ttl });
  }
  return capture;
}

test('an answer to a client that had half-closed draws a RST from elsewhere: a tracker had let go of it', async () => {
  const diagnoses = await halfClosed(255).diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error nat-forgot path 10.0.0.1']);
  expect(diagnoses[0]!.message).toBe(
    'A NAT or firewall between 10.0.0.1 and 10.0.0.2:9000 forgets what is idle after at most 69.99 s: 4 of 4 died ' +
      'after it (RSTs of another TTL).',
  );
});

test('from where the client is it says that the client had closed', async () => {
  expect((await halfClosed(64).diagnoses()).filter(({ id }) => id === 'nat-forgot')).toEqual([]);
});

test('servers that speak to a client of whom nothing is heard any more have lost it: it left', async () => {
  for (const isHeard of [false, true]) {
    const capture = new Conversations();
    for (let index = 0; index < 3; index++) {
      const begin = index * 0.4;
      const session = capture.begin({ port: 443 }).open(begin);
      for (let time = begin + 0.2; time < begin + 20; time += 2.5) session.exchange(time);
      session.say(begin + 34, 'server', 100, true);
      for (const after of [0.2, 0.6, 1.4, 3, 6.2, 12.6]) session.again(begin + 34 + after, 'server');
    }
    if (isHeard) capture.begin({ port: 443 }).open(36).exchange(36.1);
    capture.until(60);
    expect((await capture.diagnoses()).some(({ id }) => id === 'nat-forgot')).toBe(isHeard);
  }
});

test('keepalives of a server that nobody answers any more: a box forgot its clients, or these are gone', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 6; index++) {
    const at = index * 1.3;
    const session = capture.begin({ client: 10 + index, port: 6379 }).open(at).exchange(at + 0.01).exchange(at + 1);
    const last = index < 3 ? at + 1.007 : at + 61;
    if (index >= 3) session.exchange(at + 60.993);
    for (let probe = 0; probe < 9; probe++) session.probe(last + 300 + probe * 10, 'server');
    session.reset(last + 390, 'server');
  }
  capture.until(650);
  const analysis = await capture.analyze();
  const [told, ...others] = analysis.diagnoses;
  expect([inShort(told!), ...others]).toEqual(['warning nat-forgot path 10.0.0.2']);
  expect(told!.message).toContain(
    'seems to forget idle connections between 59.99 s and 300 s: it happened 6 times, and keepalives were not answered ' +
      'any more',
  );
  expect(told!.message).toContain('Or these clients were gone by then.');
  expect(analysis.findings.map((finding) => analysis.explanationOf(finding)?.id)).toEqual(Array(6).fill('nat-forgot'));
});

/** A client of four servers that is silent for twenty minutes, and then uses each connection again. */
function away(isElsewhere: boolean): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < 4; index++) {
    const session = capture.begin({ client: 9, server: 40 + index, port: 443 }).open(index).exchange(index + 0.1)
      .exchange(index + 1);
    const again = 1300 + index * 0.2;
    session.say(again, 'client', 120).reset(again + 0.03, 'server', { bare: true });
  }
  if (isElsewhere)
    for (let at = 10; at < 1300; at += 90)
      capture.begin({ client: 9, server: 80 }).open(at).exchange(at + 0.1).close(at + 1, 'client')
        .close(at + 1.01, 'server');
  return capture;
}

test('a laptop that slept, and four servers that had let go of it, are one story; or a box before it', async () => {
  const [told, ...others] = await away(false).diagnoses();
  expect([inShort(told!), ...others]).toEqual(['warning nat-forgot client 10.0.0.9']);
  expect(told!.message).toBe(
    '10.0.0.9 was silent for 1299 s on 4 connections to 4 hosts, and what it sent then was not known any more: it was ' +
      'asleep or away, and its peers had let go of it, or a NAT or firewall before it forgot what is idle.',
  );
  const [awake, ...more] = await away(true).diagnoses();
  expect([inShort(awake!), ...more]).toEqual(['warning nat-forgot path 10.0.0.9']);
  expect(awake!.message).not.toContain('asleep');
});
