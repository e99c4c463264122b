import { expect, test } from 'vitest';

import { randomFrom } from '../captures/random.js';
import { SYN } from '../../src/decode/segment.js';
import { type Conversation, Conversations, inShort } from './conversations.js';

test('a process ends in the middle of requests, refuses for two seconds, and is back', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 6; index++) {
    const conversation = capture.begin({ port: 3000 }).open(index * 0.4).exchange(index * 0.4 + 0.01);
    if (index < 4) conversation.say(index * 0.4 + 0.2, 'client', 90).acknowledge(index * 0.4 + 0.201, 'server');
    conversation.close(3 + index * 1e-4, 'server');
  }
  for (let index = 0; index < 7; index++) capture.refused(3.2 + index * 0.25, { port: 3000 });
  capture.begin({ port: 3000 }).open(5.1).exchange(5.11).close(5.2, 'client').close(5.21, 'server');
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error restart server 10.0.0.2']);
  expect(diagnoses[0]!.numbers).toMatchObject({ ended: 6, lost: 4, refused: 7 });
  expect(diagnoses[0]!.numbers['downSeconds']).toBeCloseTo(2.1, 1);
  expect(diagnoses[0]!.explains).toContain('refused');
});

test('the listening socket may be gone a moment before the connections', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 6; index++)
    capture.begin().open(index * 0.4).exchange(index * 0.4 + 0.01).close(3 + index * 1e-4, 'server');
  for (const time of [2.997, 3.2, 3.5]) capture.refused(time);
  const analysis = await capture.analyze();
  expect(analysis.diagnoses.map(inShort)).toEqual(['error restart server 10.0.0.2']);
  expect(analysis.diagnoses[0]!.numbers).toMatchObject({ ended: 6, refused: 3 });
});

test('connections that are closed together while the service goes on are no restart', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 6; index++)
    capture
      .begin()
      .open(index * 0.4)
      .exchange(index * 0.4 + 0.01)
      .close(3 + index * 1e-4, 'server')
      .close(3.01 + index * 1e-4, 'client');
  for (let index = 0; index < 4; index++)
    capture
      .begin()
      .open(3.2 + index)
      .exchange(3.21 + index)
      .close(3.3 + index, 'client')
      .close(3.31 + index, 'server');
  expect(await capture.diagnoses()).toEqual([]);
});

test('a connection whose SYN-ACK was not captured was not refused', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 6; index++)
    capture
      .begin()
      .open(index * 0.1)
      .exchange(1 + index * 1e-4)
      .close(7 + index * 1e-4, 'server')
      .close(7.01 + index * 1e-4, 'client');
  const lost = capture.begin().open(7.1).exchange(7.2);
  const synAck = capture.frames.findIndex(({ time }) => time === 7.101);
  capture.frames.splice(synAck, 1);
  lost.say(7.3, 'client', 90).reset(7.301, 'server');
  capture.begin().open(13).exchange(13.1).close(13.2, 'client').close(13.21, 'server');
  expect((await capture.diagnoses()).map(({ id }) => id)).not.toContain('restart');
});

/** A server of a process for each connection, which end 12 ms apart, and refuse afterwards. */
function oneByOne(beside: (capture: Conversations) => void = () => {}): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < 6; index++) {
    const at = 3 + index * 0.012;
    capture
      .begin({ port: 5432 })
      .open(index * 0.4)
      .exchange(index * 0.4 + 0.01)
      .say(2.9, 'client', 90)
      .acknowledge(2.901, 'server')
      .close(at, 'server')
      .close(at + 0.003, 'client');
  }
  for (let index = 0; index < 5; index++) capture.refused(3.3 + index * 0.25, { port: 5432 });
  beside(capture);
  capture.until(5);
  return capture;
}

test('processes that end one by one, and refusals behind them', async () => {
  const diagnoses = await oneByOne().diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error restart server 10.0.0.2']);
  expect(diagnoses[0]!.numbers).toMatchObject({ ended: 6, refused: 5 });
});

test('one that stands on through the refusals refutes it', async () => {
  const diagnoses = await oneByOne((capture) =>
    capture.begin({ port: 5432 }).open(0.1).exchange(0.2).exchange(4).close(4.5, 'client').close(4.6, 'server'),
  ).diagnoses();
  expect(diagnoses.filter(({ id }) => id === 'restart')).toEqual([]);
});

test('one process of several ends: its requests are cut off together, and others are served on', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 5; index++) {
    capture
      .begin()
      .open(1 + index * 0.3)
      .say(1.01 + index * 0.3, 'client', 90)
      .acknowledge(1.011 + index * 0.3, 'server')
      .close(3 + index * 1e-4, 'server')
      .close(3.01 + index * 1e-4, 'client');
  }
  for (let index = 0; index < 8; index++)
    capture
      .begin()
      .open(0.5 + index * 0.6)
      .exchange(0.51 + index * 0.6)
      .close(0.6 + index * 0.6, 'client')
      .close(0.61 + index * 0.6, 'server');
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error restart server 10.0.0.2']);
  expect(diagnoses[0]!.message).toBe(
    'A process of 10.0.0.2:80 ended, and the service went on: 5 connections were closed in one moment, 5 requests ' +
      'of different ages among them unanswered.',
  );
  expect(diagnoses[0]!.confidence).toBe('possible');
});

test('a limit for requests that is looked at once a second cuts off some together, and is no restart', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 9; index++) {
    const start = index * 0.3;
    const close = Math.ceil(start + 7) + index * 1e-4;
    capture
      .begin()
      .open(start)
      .say(start + 0.01, 'client', 60)
      .acknowledge(start + 0.011, 'server')
      .close(close, 'server')
      .close(close + 0.01, 'client');
  }
  expect((await capture.diagnoses()).filter(({ id }) => id === 'restart')).toEqual([]);
});

/** A server ends all sessions in one moment, whatever each is at, and takes new ones; `idle` of them said nothing. */
function endedTogether(idle: number, apart = 0.0007): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < 6; index++) {
    const at = 3 + index * apart;
    const session = capture.begin({ port: 6379 }).open(index * 0.1).exchange(index * 0.1 + 0.01);
    if (index >= idle) session.exchange(2.6 + index * 0.05);
    session
      .close(at, 'server')
      .say(3.4 + index * 0.05, 'client', 30)
      .reset(3.401 + index * 0.05, 'server', { bare: true });
    capture
      .begin({ port: 6379 })
      .open(3.5 + index * 0.05)
      .exchange(3.6 + index * 0.05)
      .close(4.5 + index * 0.1, 'client')
      .close(4.51 + index * 0.1, 'server');
  }
  capture.until(7);
  return capture;
}

/** A server ends all sessions by RST, between their requests; the clients begin anew, or have done with it. */
function aborted(isBack: boolean): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < 7; index++) {
    const session = capture.begin({ port: 6379 }).open(index * 0.1);
    for (let time = index * 0.1 + 0.2; time < 3; time += 0.25) session.exchange(time);
    session.reset(3.1 + index * 1e-4, 'server');
    if (isBack)
      capture.begin({ port: 6379 }).open(3.2 + index * 0.03).exchange(3.3 + index * 0.03)
        .close(4.5 + index * 0.1, 'client').close(4.51 + index * 0.1, 'server');
  }
  capture.until(9);
  return capture;
}

test('sessions that are aborted between requests, all in one moment, are told where their clients begin anew', async () => {
  const [diagnosis, ...others] = await aborted(true).diagnoses();
  expect(others).toEqual([]);
  expect(inShort(diagnosis!)).toBe('warning restart server 10.0.0.2');
  expect(diagnosis!.message).toBe(
    '10.0.0.2:6379 closed all of its 7 connections in one moment, whatever each was at, and took new ones 0.10 s ' +
      'later; by RST: who used them next got ECONNRESET.',
  );
  expect(await aborted(false).diagnoses()).toEqual([]);
});

test('an administrator ends all sessions, and the server goes on', async () => {
  const [diagnosis, ...others] = await endedTogether(2).diagnoses();
  expect(others).toEqual([]);
  expect(inShort(diagnosis!)).toBe('error restart server 10.0.0.2');
  expect(diagnosis!.message).toBe(
    '10.0.0.2:6379 closed all of its 6 connections in one moment, whatever each was at, and took new ones 0.50 s ' +
      'later; 6 requests were lost.',
  );
  expect(diagnosis!.advice[0]).toContain('CLIENT KILL');
  expect(diagnosis!.explains).toEqual(['rst-after-push']);
});

test('each session has a process of its own, which ends when it is its turn', async () => {
  expect((await endedTogether(2, 0.009).diagnoses()).map(inShort)).toEqual(['error restart server 10.0.0.2']);
  expect((await endedTogether(2, 0.06).diagnoses()).filter(({ id }) => id === 'restart')).toEqual([]);
});

test('the first of them, whose end made the server end the others, belongs to them', async () => {
  const capture = endedTogether(2, 0.001);
  capture
    .begin({ port: 6379 })
    .open(0.7)
    .exchange(2.5)
    .close(2.985, 'server')
    .say(3.5, 'client', 30)
    .reset(3.501, 'server', { bare: true });
  const [diagnosis, ...others] = await capture.diagnoses();
  expect([inShort(diagnosis!), ...others]).toEqual(['error restart server 10.0.0.2']);
  expect(diagnosis!.numbers).toMatchObject({ ended: 7, lost: 7 });
});

test('a measurement over several connections ends all of them, behind its last word', async () => {
  const capture = new Conversations();
  for (const begin of [0, 3.1]) {
    const control = capture.begin({ port: 5201 }).open(begin).exchange(begin + 0.01);
    for (let index = 0; index < 4; index++) {
      const data = capture.begin({ port: 5201 }).open(begin + 0.02 + index * 0.002).exchange(begin + 0.04, 0.005, 37);
      for (let time = 0.1; time < 2; time += 0.1)
        data.say(begin + time, 'server', 40_000).acknowledge(begin + time + 0.002, 'client');
      data.close(begin + 2.04 + index * 0.0003, 'server').close(begin + 2.043 + index * 0.0003, 'client');
    }
    control
      .exchange(begin + 2.03)
      .say(begin + 2.0405, 'client', 1)
      .close(begin + 2.042, 'server')
      .close(begin + 2.046, 'client');
  }
  expect((await capture.diagnoses()).filter(({ severity }) => severity !== 'info')).toEqual([]);
});

test('sessions that all say good-bye in one moment were not ended by the server, though it closes first', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 4; index++) {
    const session = capture.begin({ port: 3306 }).open(index * 0.2);
    for (const time of [1, 2, 3]) session.exchange(time + index * 0.03);
    session
      .say(3.5 + index * 0.0003, 'client', '\x01\0\0\0\x01')
      .close(3.5001 + index * 0.0003, 'server')
      .close(3.502 + index * 0.0003, 'client');
  }
  expect(await capture.diagnoses()).toEqual([]);
});

test('one that goes on is told, and a round of idle ones is none of it', async () => {
  for (const [capture, told] of [[endedTogether(2), ['restart']], [endedTogether(6), []]] as const) {
    capture.begin({ port: 6379 }).open(0.5).exchange(0.6).exchange(5).close(5.1, 'client').close(5.2, 'server');
    const diagnoses = (await capture.diagnoses()).filter(({ id }) => id === 'restart');
    expect(diagnoses.map(({ id }) => id)).toEqual(told);
    for (const { message, numbers } of diagnoses) {
      expect(message).toContain('closed 6 of its 7 connections in one moment, whatever each was at');
      expect(numbers).toMatchObject({ ended: 6, of: 7, lost: 6 });
    }
  }
});

test('a client of redis ends all others, right behind their first answers, and they ask again two seconds later', async () => {
  const capture = new Conversations();
  const own = capture.begin({ port: 6379 }).open(0).exchange(0.1);
  // Beyond its limit of clients; these closed by themselves.
  for (let index = 0; index < 4; index++)
    capture.begin({ port: 6379 }).open(0.1 + index * 1e-3)
      .say(0.1002 + index * 1e-3, 'server', '-ERR max number of clients reached\r\n')
      .reset(0.1003 + index * 1e-3, 'server');
  for (let index = 1; index < 6; index++)
    capture.begin({ port: 6379 }).open(index * 0.0002).exchange(0.1002 + index * 0.0006)
      .close(0.106 + index * 1e-5, 'server').acknowledge(0.107 + index * 1e-5, 'client')
      .say(2.1 + index * 1e-4, 'client', 14).reset(2.101 + index * 1e-4, 'server', { bare: true });
  own.exchange(2.1).close(2.2, 'client').close(2.21, 'server');
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error restart server 10.0.0.2', 'error connection-limit server 10.0.0.2']);
  expect(diagnoses[0]!.numbers).toMatchObject({ ended: 5, of: 6, lost: 5 });
});

test('a server that closes behind each answer ends those together whom it answers together', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 6; index++)
    capture.begin({ port: 8080 }).open(index * 0.0002).exchange(0.1 + index * 0.0006)
      .close(0.1021 + index * 0.0006, 'server').acknowledge(0.107 + index * 1e-5, 'client')
      .say(2.1 + index * 1e-4, 'client', 90).reset(2.101 + index * 1e-4, 'server', { bare: true });
  capture.begin({ port: 8080 }).open(0.05).exchange(0.06).exchange(3).close(3.1, 'client').close(3.2, 'server');
  expect((await capture.diagnoses()).filter(({ id }) => id === 'restart')).toEqual([]);
});

test('a process that is killed, and back before anybody asks: all connections in one moment, requests of all ages', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 12; index++) {
    capture
      .begin({ client: 10 + index })
      .open(index * 0.3)
      .exchange(index * 0.3 + 0.01)
      .say(19.9 + index * 0.005, 'client', 90)
      .acknowledge(19.901 + index * 0.005, 'server')
      .reset(20 + index * 0.000_03, 'server');
  }
  for (let index = 0; index < 12; index++)
    capture
      .begin({ client: 10 + index })
      .open(20.3 + index * 0.5)
      .exchange(20.31 + index * 0.5)
      .close(20.4 + index * 0.5, 'client')
      .close(20.41 + index * 0.5, 'server');
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error restart server 10.0.0.2']);
  expect(diagnoses[0]!.numbers).toMatchObject({ ended: 12, lost: 12, refused: 0 });
});

test('a limit of time that all requests reach together is no restart', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 12; index++) {
    capture
      .begin({ client: 10 + index })
      .open(index * 0.3)
      .exchange(index * 0.3 + 0.01)
      .say(19 + index * 0.0001, 'client', 90)
      .acknowledge(19.001 + index * 0.0001, 'server')
      .reset(20 + index * 0.000_03, 'server');
  }
  expect((await capture.diagnoses()).map(({ id }) => id)).not.toContain('restart');
});

test('a proxy is killed: what it asked the server behind, and left, is part of it', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 6; index++) {
    const start = index * 0.3;
    capture
      .begin({ client: 1, server: 3, port: 80 })
      .open(start)
      .say(start + 0.01, 'client', 90)
      .acknowledge(start + 0.011, 'server')
      .close(3 + index * 1e-4, 'server')
      .close(3.01 + index * 1e-4, 'client');
    capture
      .begin({ client: 3, server: 4, port: 8080 })
      .open(start + 0.012)
      .say(start + 0.02, 'client', 90)
      .acknowledge(start + 0.021, 'server')
      .close(3 + index * 1e-4, 'client')
      .close(3.01 + index * 1e-4, 'server');
  }
  for (let index = 0; index < 7; index++) capture.refused(3.2 + index * 0.25, { client: 1, server: 3, port: 80 });
  capture
    .begin({ client: 1, server: 3, port: 80 })
    .open(5.1)
    .exchange(5.11)
    .close(5.2, 'client')
    .close(5.21, 'server');
  const analysis = await capture.analyze();
  expect(analysis.diagnoses.map(inShort)).toEqual(['error restart server 10.0.0.3']);
  const faults = analysis.findings.filter(({ severity }) => severity !== 'info');
  expect(faults.length).toBeGreaterThanOrEqual(12);
  expect(faults.filter((finding) => analysis.explanationOf(finding) === null)).toEqual([]);
});

test('on a busy service two closes at once, and a refusal behind them, are chance', async () => {
  const capture = new Conversations();
  const random = randomFrom(1);
  for (let index = 0; index < 1200; index++) {
    const start = random(60e6) / 1e6;
    capture
      .begin({ client: 10 + (index % 40) })
      .open(start)
      .exchange(start + 0.01)
      .exchange(start + 0.5)
      .close(start + 0.7 + random(1e6) / 1e6, 'server')
      .close(start + 2, 'client');
    if (index % 12 === 0) capture.refused(random(60e6) / 1e6, { client: 10 + (index % 40) });
  }
  expect((await capture.diagnoses()).filter(({ id }) => id === 'restart')).toEqual([]);
});

test('a host that knows nobody any more, though its clients ask as often as before: no pause is why', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 8; index++) {
    let time = index * 0.29;
    const session = capture.begin({ client: 11 + index }).open(time);
    for (time += 0.5; time < 20; time += 2.5) session.exchange(time);
    // The last beats are a little slower, as those of any timer may be.
    session.say(time + 0.01, 'client', 100).reset(time + 0.012, 'server', { bare: true });
    capture.begin({ client: 11 + index }).open(time + 0.1).exchange(time + 0.2).exchange(time + 2.7)
      .close(time + 3 + index ** 2 * 0.1, 'client');
  }
  const [told, ...others] = await capture.diagnoses();
  expect([inShort(told!), ...others]).toEqual(['error restart server 10.0.0.2']);
  expect(told!.message).toContain('knows none of its 8 older connections any more');
});

test('a device that answers what it does not know by a RST with ACK was restarted, too', async () => {
  const capture = new Conversations();
  for (let client = 11; client < 16; client++) {
    const poll = capture.begin({ client, port: 502 }).open(client * 0.1);
    for (let time = 2 + client * 0.1; time < 20; time += 2) poll.exchange(time, 0.02, 12, 29);
    // Away for three seconds; lwIP's RST has the numbers of the segment that drew it.
    poll.say(22 + client * 0.1, 'client', 12);
    for (const later of [0.2, 0.6, 1.4]) poll.again(22 + client * 0.1 + later, 'client');
    poll.again(25 + client * 0.1, 'client').reset(25.001 + client * 0.1, 'server');
    const next = capture.begin({ client, port: 502 }).open(27 + client * 0.1);
    for (let time = 28 + client * 0.1; time < 34; time += 2) next.exchange(time, 0.02, 12, 29);
  }
  const [told, ...others] = (await capture.diagnoses()).filter(({ severity }) => severity !== 'info');
  expect([inShort(told!), ...others]).toEqual(['error restart server 10.0.0.2']);
  expect(told!.message).toContain('knows none of its 5 older connections any more');
});

test('who asks while the host is away waits for it, and is of its story', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 6; index++) {
    const session = capture.begin({ client: 11 + index }).open(index * 0.3);
    const reset = 30.002 + index * 0.4;
    session.exchange(index * 0.3 + 1).say(reset - 0.002, 'client', 100).reset(reset, 'server', { bare: true });
    const waiting = capture.begin({ client: 11 + index });
    for (const after of [0, 1, 3]) waiting.begins(9 + index * 0.7 + after, SYN);
    if (index % 2 === 0) continue;
    const back = 16 + index * 0.7;
    waiting.open(back).exchange(back + 0.1).close(back + 0.2, 'client').close(back + 0.21, 'server');
  }
  const analysis = await capture.analyze();
  expect(analysis.diagnoses.map(inShort)).toEqual(['error restart server 10.0.0.2']);
  expect(analysis.diagnoses[0]!.explains).toEqual(
    expect.arrayContaining(['rst-after-push', 'slow-connect', 'unanswered']),
  );
});

/** So many times a process serves for some seconds, ends, and refuses for three; in all but the first one is open. */
function crashLoop(times: number): Conversations {
  const capture = new Conversations();
  for (let round = 0; round < times; round++) {
    const begin = round * 8;
    for (let index = 0; index < 4; index++) {
      const start = begin + index * 0.9;
      capture.begin({ client: 11 + index }).open(start).exchange(start + 0.1).close(start + 0.3, 'client')
        .close(start + 0.301, 'server');
    }
    const end = begin + 4.3;
    for (let index = 0; index < (round === 0 ? 3 : 1); index++)
      capture.begin({ client: 11 + index }).open(end - 0.5 - index * 0.2).exchange(end - 0.4)
        .say(end - 0.25, 'client', 100).close(end + index * 0.0001, 'server').close(end + 0.01, 'client');
    for (let index = 0; index < 6; index++) capture.refused(end + 0.4 + index * 0.5, { client: 11 + (index % 4) });
  }
  capture.until(times * 8);
  return capture;
}

test('a service that crashes again and again is one story', async () => {
  const analysis = await crashLoop(4).analyze();
  expect(analysis.diagnoses.map(inShort)).toEqual(['error restart server 10.0.0.2']);
  expect(analysis.diagnoses[0]!.message).toBe(
    '10.0.0.2:80 was restarted, or crashed, 4 times: 6 connections ended, 6 requests lost, 24 attempts refused; it was ' +
      'away for up to 3.70 s.',
  );
  const faults = analysis.findings.filter(({ severity }) => severity !== 'info');
  expect(faults.filter((finding) => analysis.explanationOf(finding) === null)).toEqual([]);
  const [once, ...others] = await crashLoop(1).diagnoses();
  expect([inShort(once!), ...others]).toEqual(['error restart server 10.0.0.2']);
  expect(once!.message).toContain('was restarted, or crashed: 3 connections ended in one moment');
});

test('a device that was silent, and then does not know its connection any more', async () => {
  const capture = new Conversations();
  const poll = capture.begin({ port: 502, serverTtl: 255 }).open(0);
  for (let turn = 0; turn < 30; turn++) poll.exchange(1 + turn, 0.01, 12, 15);
  poll.say(31, 'client', 12, true);
  for (const after of [0.3, 0.9, 2.1, 4.5, 9.3]) poll.again(31 + after, 'client');
  poll.reset(40.5, 'server', { bare: true, ttl: 255 });
  const anew = capture.begin({ port: 502, serverTtl: 255 }).open(45);
  for (let turn = 0; turn < 30; turn++) anew.exchange(46 + turn, 0.01, 12, 15);
  const [told, ...others] = await capture.diagnoses();
  expect([inShort(told!), ...others]).toEqual(['warning restart server 10.0.0.2']);
  expect(told!.numbers).toMatchObject({ connections: 1, seconds: 9.2, repeats: 5 });
});

test('half of what a service has is reset in one moment, with requests of different ages: one of its processes', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 16; index++) {
    const ends = { client: 10 + index, port: 8080 };
    const session = capture.begin(ends).open(index * 0.3);
    for (let turn = 0; turn < 10; turn++) session.exchange(5 + index * 0.1 + turn);
    if (index % 2 === 0) {
      for (let turn = 0; turn < 10; turn++) session.exchange(16 + index * 0.1 + turn);
      continue;
    }
    const asked = 16 + index * 0.03;
    session.say(asked, 'client', 100).acknowledge(asked + 0.02, 'server').reset(16.5 + index * 0.0001, 'server');
    capture.begin(ends).open(17 + index * 0.1).exchange(17.1 + index * 0.1).exchange(25);
  }
  const [told, ...others] = await capture.diagnoses();
  expect([inShort(told!), ...others]).toEqual(['error restart server 10.0.0.2']);
  expect(told!.message).toContain('A process of 10.0.0.2:8080 ended, and the service went on: 8 connections');
});

test('a client that begins anew on its old port again and again, and its server still holds the one before', async () => {
  const capture = new Conversations();
  let before: Conversation | null = null;
  for (let index = 0; index < 6; index++) {
    const at = index * 60;
    const sequences = [1000 + index * 777_777, 500_000 + index * 999_999] as const;
    const ends = { client: 9, clientPort: 49_153, port: 1883, sequences };
    const session = capture.begin(ends);
    if (before === null) session.open(at + 3);
    else {
      session.begins(at, SYN);
      before.acknowledge(at + 0.001, 'server').refuses(at + 0.002, 'client');
      session.open(at + 3);
    }
    session.exchange(at + 3.1, 0.01, 40, 4);
    for (let turn = 0; turn < 5; turn++)
      session.say(at + 5 + turn * 10, 'client', 30).acknowledge(at + 5.01 + turn * 10, 'server');
    before = session;
  }
  capture.until(370);
  const analysis = await capture.analyze();
  const [told, ...others] = analysis.diagnoses;
  expect([inShort(told!), ...others]).toEqual(['warning restart client 10.0.0.9']);
  expect(told!.numbers).toEqual({ matching: 5, of: 5 });
  const loud = analysis.findings.filter(({ severity }) => severity !== 'info');
  expect(loud.map((finding) => analysis.explanationOf(finding)?.id)).toEqual(Array(5).fill('restart'));
});
