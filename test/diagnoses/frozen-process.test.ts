import { expect, test } from 'vitest';

import { SYN } from '../../src/decode/segment.js';
import { Conversations, inShort } from './conversations.js';

function frozen(thaw: number): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < 4; index++)
    capture
      .begin()
      .open(index * 0.2)
      .exchange(index * 0.2 + 0.01)
      .close(index * 0.2 + 0.05, 'client')
      .close(index * 0.2 + 0.06, 'server');
  for (let index = 0; index < 6; index++) {
    const start = 1 + index * 0.8;
    capture
      .begin()
      .open(start)
      .say(start + 0.003, 'client', 90)
      .acknowledge(start + 0.004, 'server')
      .say(thaw + index * 0.0003, 'server', 200)
      .acknowledge(thaw + 0.01, 'client')
      .close(thaw + 0.1, 'client')
      .close(thaw + 0.11, 'server');
  }
  return capture;
}

test('a server answers nobody for seven seconds, and then all at once', async () => {
  const diagnoses = await frozen(8).diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error frozen-process server 10.0.0.2']);
  expect(diagnoses[0]!.numbers).toMatchObject({ requests: 6, gaveUp: 0 });
  expect(diagnoses[0]!.numbers['seconds']).toBeCloseTo(7, 1);
});

/** Three times for some seconds; others ask on the same connections between, and are answered at once. */
function frozenAgain(isLate: boolean): Conversations {
  const capture = new Conversations();
  for (let freeze = 0; freeze < 3; freeze++) {
    const thaw = freeze * 20 + 8;
    for (let index = 0; index < 5; index++) {
      const start = thaw - 4 + index * 0.7;
      const answered = thaw + index * (isLate ? 0.6 : 0.0003);
      capture
        .begin()
        .open(start - 2)
        .exchange(start - 1.5)
        .say(start, 'client', 90)
        .acknowledge(start + 0.001, 'server')
        .say(answered, 'server', 200)
        .acknowledge(answered + 0.01, 'client')
        .close(answered + 0.1, 'client')
        .close(answered + 0.11, 'server');
    }
  }
  return capture;
}

test('what stands still again and again is one story; a service that takes long does not', async () => {
  const diagnoses = await frozenAgain(false).diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error frozen-process server 10.0.0.2']);
  expect(diagnoses[0]!.message).toContain('stood still (frozen) 3 times, for 4.00 s: 15 requests waited');
  expect(diagnoses[0]!.numbers).toMatchObject({ requests: 15, times: 3, gaveUp: 0 });
  expect(await frozenAgain(true).diagnoses()).toEqual([]);
});

test('an answer to somebody meanwhile refutes it', async () => {
  const capture = frozen(8);
  capture.begin().open(4).exchange(4.01).close(4.1, 'client').close(4.11, 'server');
  expect(await capture.diagnoses()).toEqual([]);
});

test('an answer that the capture lacks makes no long wait of it', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 4; index++) {
    const conversation = capture.begin().open(index * 0.01).exchange(1 + index * 0.01);
    if (index === 0) conversation.say(3, 'client', 90).skip('server', 200);
    else conversation.exchange(3 + index * 0.01);
    conversation.exchange(9 + index * 0.002, 0.12 - index * 0.002).close(12, 'client').close(12.01, 'server');
  }
  expect((await capture.diagnoses()).map(({ id }) => id)).not.toContain('frozen-process');
});

test('a service that always takes long does not stand still', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 12; index++)
    capture
      .begin()
      .open(index * 0.8)
      .exchange(index * 0.8 + 0.01, 4)
      .close(index * 0.8 + 4.1, 'client')
      .close(index * 0.8 + 4.2, 'server');
  expect(await capture.diagnoses()).toEqual([]);
});

test('clients that ask every second: six wait for one thaw, and ask on', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 6; index++) {
    const conversation = capture.begin({ port: 7000 }).open(index * 0.13);
    let at = index * 0.13 + 0.01;
    for (; at < 3; at += 0.9) conversation.exchange(at);
    conversation
      .say(at, 'client', 90)
      .acknowledge(at + 0.001, 'server')
      .say(10.2 + index * 0.0004, 'server', 200)
      .acknowledge(10.21, 'client');
    for (at = 11.3 + index * 0.07; at < 15; at += 1.2) conversation.exchange(at);
    conversation.close(15.5 + index * 0.2, 'client').close(15.6 + index * 0.2, 'server');
  }
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error frozen-process server 10.0.0.2']);
  expect(diagnoses[0]!.numbers).toMatchObject({ requests: 6, gaveUp: 0 });
});

test('a few that end together by design, shortly after they began together, wait for one thing', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 6; index++)
    capture
      .begin()
      .open(index * 0.03)
      .say(index * 0.03 + 0.01, 'client', 90)
      .acknowledge(index * 0.03 + 0.011, 'server')
      .say(5 + index * 0.0004, 'server', 200)
      .acknowledge(5.01, 'client')
      .close(5.1 + index * 0.01, 'client')
      .close(5.2 + index * 0.01, 'server');
  expect(await capture.diagnoses()).toEqual([]);
});

test('a server that looks at its limits once a second closes several at a time, without an answer', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 12; index++) {
    const begin = index * 0.18;
    const close = Math.ceil(begin + 7.01) + index * 0.0001;
    capture
      .begin()
      .open(begin)
      .say(begin + 0.003, 'client', 25)
      .acknowledge(begin + 0.004, 'server')
      .close(close, 'server')
      .close(close + 0.002, 'client');
  }
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error closed-without-answer server 10.0.0.2']);
});

test('who could not even connect meanwhile waited for the same process: its accept queue was full', async () => {
  const capture = frozen(8);
  for (let index = 0; index < 4; index++) {
    const start = 5.1 + index * 0.1;
    const served = start + 3;
    capture
      .begin()
      .open(start, 4)
      .exchange(served + 0.003)
      .close(served + 0.1, 'client')
      .close(served + 0.11, 'server');
  }
  capture.begin().send(5.5, 'client', SYN).again(6.5, 'client').again(7.5, 'client');
  const [told, ...others] = await capture.diagnoses();
  expect([inShort(told!), ...others]).toEqual(['error frozen-process server 10.0.0.2']);
  expect(told!.message).toBe(
    '10.0.0.2:80 stood still (frozen) for 7.00 s: 6 requests waited, then all were answered at once; 5 connects ' +
      'needed several SYNs, for nobody took any from its accept queue.',
  );
  expect(told!.numbers).toMatchObject({ requests: 6, connects: 5 });
  expect(told!.explains).toEqual(expect.arrayContaining(['slow-connect', 'unanswered']));
});

/** Clients of a chat that say something nobody answers, each at its own time; then the server pings all at once. */
function pinged(hello: string, words: string): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < 6; index++) {
    const start = index * 0.5;
    const ping = 9 + index * 0.0004;
    capture.begin({ port: 6667 }).open(start).exchange(start + 0.01, 0.002, hello, 900)
      .say(start + 0.6, 'client', words).acknowledge(start + 0.601, 'server')
      .say(ping, 'server', 30).acknowledge(ping + 0.001, 'client')
      .say(ping + 0.1, 'client', words).acknowledge(ping + 0.101, 'server').close(14 + index, 'client')
      .close(14.01 + index, 'server');
  }
  return capture;
}

test('pings in one round to clients of IRC, BGP or XMPP answer none of their words', async () => {
  const marker = '\xff'.repeat(16);
  for (const [hello, words] of [
    ['NICK a\r\nUSER a 0 * :a\r\n', 'PRIVMSG #a :hello\r\n'],
    [`${marker}\0\x1d\x01\x04\xfd\xe8\0\x06\x0a\0\0\x01\0`, `${marker}\0\x13\x04`],
    ["<?xml version='1.0'?><stream:stream to='a'>", "<message to='b'/>"],
    ["<stream:stream to='a'>", "<message to='b'/>"],
  ] as const)
    expect((await pinged(hello, words).diagnoses()).map(inShort)).toEqual([]);
  expect((await pinged('hello', 'again').diagnoses()).map(inShort)).toEqual(['error frozen-process server 10.0.0.2']);
});

test('but it stood still where it left their ends unanswered, and then saw them all at once', async () => {
  const capture = new Conversations();
  const marker = '\xff'.repeat(16);
  for (let index = 0; index < 4; index++) {
    const [start, left] = [index * 0.5, 9 + index * 0.7];
    const session = capture.begin({ client: 3 + index, port: 179 }).open(start)
      .exchange(start + 0.01, 0.002, `${marker}\0\x1d\x01\x04\xfd\xe8\0\x06\x0a\0\0\x01\0`, `${marker}\0\x1d\x01`)
      .exchange(start + 1, 0.2, `${marker}\0\x13\x04`, `${marker}\0\x13\x04`);
    for (let beat = 0; beat < 3; beat++) session.say(start + 2 + 2 * beat, 'client', `${marker}\0\x13\x04`);
    session.say(left, 'client', `${marker}\0\x15\x03\x04\0`)
      .close(left + 0.001, 'client').close(13.5 + index * 0.0002, 'server');
  }
  const [told, ...others] = await capture.diagnoses();
  expect([inShort(told!), ...others]).toEqual(['error frozen-process server 10.0.0.2']);
});

test('who had left meanwhile, and is closed when it wakes, is of the same story', async () => {
  const capture = frozen(8);
  capture.begin().open(0.3).exchange(0.31).close(7.85, 'client').say(8.001, 'server', 900)
    .reset(8.002, 'client', { bare: true });
  const [told, ...others] = await capture.diagnoses();
  expect([inShort(told!), ...others]).toEqual(['error frozen-process server 10.0.0.2']);
});

test('what it aborts when it wakes is no process that ended: it closes in order what it has read', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 4; index++) {
    const start = index * 0.5;
    const wakes = 13.5 + index * 0.0004;
    capture.begin({ client: 3 + index, port: 179 }).open(start).exchange(start + 0.01)
      .exchange(start + 1, 0.1).say(5 + start, 'client', 19).say(8 + start, 'client', 19)
      .close(9 + start, 'client').close(wakes, 'server');
    capture.begin({ client: 3 + index, port: 179 }).open(10 + 2 * start).say(10.01 + 2 * start, 'client', 50)
      .acknowledge(10.011 + 2 * start, 'server').reset(wakes + 0.0002, 'server');
  }
  for (let index = 0; index < 4; index++)
    capture.begin({ client: 3 + index, port: 179 }).open(15 + index).exchange(15.1 + index).close(17 + index, 'client')
      .close(17.01 + index, 'server');
  expect((await capture.diagnoses()).map(inShort)).toEqual(['error frozen-process server 10.0.0.2']);
});

test('ticks both ways that end with their clients, one by one, are none that wait', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 5; index++) {
    const game = capture.begin({ client: 10 + index, port: 7777 }).open(index);
    for (let tick = 0; tick < 80; tick++) {
      game.say(index + 0.5 + tick * 0.1, 'server', 90);
      if (tick % 2 === 1) game.say(index + 0.55 + tick * 0.1, 'client', 40);
    }
    game.acknowledge(index + 8.49, 'server').reset(index + 9, 'client');
  }
  capture.until(20);
  expect((await capture.diagnoses()).map(({ id }) => id)).not.toContain('frozen-process');
});
