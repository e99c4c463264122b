import { expect, test } from 'vitest';

import type { Diagnosis } from '../../src/analysis/model.js';
import { Conversations, inShort } from './conversations.js';

test('a client gives up after a second, and the answers come later', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 5; index++) {
    const start = index * 0.8;
    capture
      .begin({ port: 8080 })
      .open(start)
      .say(start + 0.003, 'client', 90)
      .acknowledge(start + 0.004, 'server')
      .close(start + 1.003 + index * 0.001, 'client')
      .say(start + 3.1, 'server', 300)
      .reset(start + 3.101, 'client', { bare: true });
  }
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error client-patience client 10.0.0.1']);
  expect(diagnoses[0]!.message).toMatch(
    /^10\.0\.0\.1 gives up waiting for 10\.0\.0\.2:8080 1\.00 s after .* \(5 of 5\); the server answered 3\.10 s after the request, to nobody\.$/,
  );
  expect(diagnoses[0]!.numbers).toMatchObject({ matching: 5, of: 5, answeredLater: 5 });
});

test('answers that were sent again and again before the close, and never arrived, are no slow server', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 5; index++) {
    const start = index * 40;
    const asks = capture.begin({ port: 1883 }).open(start).exchange(start + 0.1, 0.001, 40, 4);
    asks.say(start + 30, 'client', 2).say(start + 30.001, 'server', 2, true);
    for (const after of [0.21, 0.63, 1.5, 3.2]) asks.again(start + 30 + after, 'server');
    asks.close(start + 34, 'client');
  }
  expect((await capture.diagnoses()).filter(({ id }) => id === 'client-patience')).toEqual([]);
});

test('an answer that came in time and was lost twice is dated by the first time that it was sent', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 4; index++) {
    const start = index * 40;
    const asks = capture.begin({ port: 1883 }).open(start).exchange(start + 0.1, 0.001, 40, 4);
    asks.say(start + 30, 'client', 2).say(start + 31, 'server', 2, true);
    for (const after of [1.21, 1.63]) asks.again(start + 30 + after, 'server');
    asks.close(start + 34, 'client');
  }
  expect((await capture.diagnoses()).map(({ id, numbers }) => [id, numbers['answeredAfter']])).toEqual([
    ['client-patience', 1],
  ]);
});

test('keepalives of a byte, as Windows sends them, are no request that nobody answers', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 5; index++) {
    const asks = capture.begin({ client: 3 + index, port: 1433 }).open(index).exchange(index + 1);
    for (let probe = 0; probe < 10; probe++) asks.probe(index + 31 + probe, 'client', 1);
    asks.reset(index + 41, 'client');
  }
  const { diagnoses, groups } = await capture.analyze();
  expect(diagnoses).toEqual([]);
  expect(groups.map(({ finding, cause, flows }) => [finding, cause, flows])).toEqual([
    ['half-open', 'keepalive-timeout', 5],
  ]);
});

test('who waits for a greeting is not idle: the server speaks when the client has gone', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 4; index++) {
    const begin = index * 15;
    const conversation = capture.begin({ port: 3306 }).open(begin).close(begin + 10.002, 'client');
    conversation.say(begin + 10.3, 'server', 90).reset(begin + 10.301, 'client', { bare: true });
  }
  const [told, ...others] = await capture.diagnoses();
  expect([inShort(told!), ...others]).toEqual(['error client-patience server 10.0.0.2']);
  expect(told!.message).toBe(
    '10.0.0.1 gives up waiting for 10.0.0.2:3306 to greet it 10.00 s after the handshake (4 of 4); the greeting came ' +
      'after 10.30 s, to nobody.',
  );
});

test('six clients that leave once each before a greeting that is held back are one story', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 6; index++) {
    const begin = index * 3.1;
    const session = capture.begin({ client: 20 + index, port: 25 }).open(begin).close(begin + 10.002, 'client');
    session.say(begin + 20, 'server', '220 mx.example ESMTP\r\n').reset(begin + 20.001, 'client', { bare: true });
  }
  const { diagnoses: [told, ...others], findings } = await capture.analyze();
  expect([inShort(told!), ...others]).toEqual(['error client-patience server 10.0.0.2']);
  expect(told!.message).toContain('6 clients give up waiting for 10.0.0.2:25 to greet them 10.00 s after the');
  expect(findings.every(({ severity }) => severity === 'info' || told!.explains.length > 0)).toBe(true);
});

test('and where all wait for it nothing is told', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 6; index++) {
    const begin = index * 3.1;
    capture.begin({ client: 20 + index, port: 25 }).open(begin).say(begin + 20, 'server', '220 mx.example ESMTP\r\n')
      .exchange(begin + 20.1, 0.01, 'EHLO a.example\r\n', '250 mx.example\r\n')
      .say(begin + 21 + index, 'client', 'QUIT\r\n').say(begin + 21.01 + index, 'server', '221 Bye\r\n')
      .close(begin + 21.011 + index, 'server')
      .close(begin + 21.02 + index, 'client');
  }
  expect(await capture.diagnoses()).toEqual([]);
});

test('a request that had waited longer before and was answered refutes it', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 5; index++) {
    const start = index * 0.8;
    capture
      .begin()
      .open(start)
      .say(start + 0.003, 'client', 90)
      .acknowledge(start + 0.004, 'server')
      .close(start + 1.003, 'client')
      .close(start + 1.01, 'server');
    capture.begin().open(start).exchange(start + 0.003, 2.5).close(start + 2.6, 'client').close(start + 2.61, 'server');
  }
  expect(await capture.diagnoses()).toEqual([]);
});

test('an answer that draws a RST refutes nothing: its client had closed, and the capture lacks the FIN', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 6; index++) {
    const start = index * 0.4;
    const conversation = capture.begin().open(start).say(start + 0.01, 'client', 90);
    conversation.acknowledge(start + 0.011, 'server');
    if (index > 0) conversation.close(start + 1.01, 'client');
    conversation.say(start + 3, 'server', 200).reset(start + 3.001, 'client', { bare: true });
  }
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toContain('error client-patience client 10.0.0.1');
  expect(diagnoses[0]!.numbers).toMatchObject({ matching: 5, of: 5 });
});

test('who closes right behind its last word waits for nothing', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 8; index++)
    capture
      .begin()
      .open(index)
      .exchange(index + 0.01)
      .say(index + 0.5, 'client', 6)
      .close(index + 0.5005, 'client')
      .close(index + 0.51, 'server');
  expect(await capture.diagnoses()).toEqual([]);
});

test('the end of a load test gives all up at once', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 8; index++)
    capture
      .begin()
      .open(index * 0.3)
      .say(index * 0.3 + 0.01, 'client', 60)
      .acknowledge(index * 0.3 + 0.011, 'server')
      .close(3 + index * 1e-5, 'client')
      .close(3.01 + index * 1e-5, 'server');
  expect(await capture.diagnoses()).toEqual([]);
});

test('publishers of MQTT wait for no answer', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 8; index++) {
    const start = index * 0.7;
    capture
      .begin({ port: 1883 })
      .open(start)
      .exchange(start + 0.01, 0.002, '\x10\x0e\x00\x04MQTT\x04\x02\x00\x05\x00\x0201', '\x20\x02\x00\x00')
      .say(start + 0.02, 'client', '\x30\x05\x00\x01txx')
      .acknowledge(start + 0.021, 'server')
      .say(start + 0.12, 'client', '\x30\x05\x00\x01txx')
      .acknowledge(start + 0.121, 'server')
      .say(start + 0.32, 'client', '\xe0\x00')
      .close(start + 0.3201, 'client')
      .close(start + 0.33, 'server');
  }
  expect(await capture.diagnoses()).toEqual([]);
});

test('one that gave up a little later than the others refutes nothing, though its answer came at last', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 7; index++) {
    const start = index * 0.7;
    const gaveUp = start + (index === 3 ? 7.25 : 7.003);
    capture
      .begin({ port: 8000 })
      .open(start)
      .say(start + 0.003, 'client', 84)
      .acknowledge(start + 0.004, 'server')
      .close(gaveUp, 'client')
      .say(start + 12, 'server', 143)
      .reset(start + 12.001, 'client', { bare: true });
  }
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error client-patience client 10.0.0.1']);
  expect(diagnoses[0]!.numbers['seconds']).toBeCloseTo(7, 1);
});

test('a proxy that cuts half-closed connections off is one story, with the answers that nobody stays for', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 5; index++) {
    const start = index * 3;
    capture
      .begin({ client: 1, server: 3, port: 7000 })
      .open(start)
      .say(start + 0.003, 'client', 90)
      .close(start + 0.004, 'client')
      .close(start + 0.505, 'server');
    capture
      .begin({ client: 3, server: 4, port: 7000 })
      .open(start + 0.006)
      .say(start + 0.01, 'client', 90)
      .close(start + 0.012, 'client')
      .say(start + 2, 'server', 6000)
      .reset(start + 2.001, 'client', { bare: true });
  }
  const analysis = await capture.analyze();
  const { diagnoses, findings } = analysis;
  expect(diagnoses.map(inShort)).toEqual(['error client-patience proxy 10.0.0.3']);
  const faults = findings.filter(({ severity }) => severity !== 'info');
  expect(faults.map(({ id, cause }) => `${id} ${cause}`)).toContain('unanswered-request left');
  expect(faults.filter((finding) => analysis.explanationOf(finding) === null)).toEqual([]);
});

/** A client that looks at its clock once a second gives up after different times. */
function looselyGivenUp(capture: Conversations): void {
  for (const [index, wait] of [3.65, 2.26, 3.17, 2.8, 3.55].entries()) {
    const start = index * 0.9;
    capture
      .begin({ port: 8080 })
      .open(start)
      .say(start + 0.01, 'client', 90)
      .acknowledge(start + 0.011, 'server')
      .close(start + 0.01 + wait, 'client')
      .close(start + 0.02 + wait, 'server');
  }
}

test('no clock shows, and all were given up: it is told, as possible', async () => {
  const capture = new Conversations();
  looselyGivenUp(capture);
  const [diagnosis, ...others] = await capture.diagnoses();
  expect(others).toEqual([]);
  expect(inShort(diagnosis!)).toBe('warning client-patience client 10.0.0.1');
  expect(diagnosis!.message).toBe(
    '10.0.0.1 gives up waiting for 10.0.0.2:8080 2.26 to 3.65 s after its request (5 of 5); the server never answered.',
  );
  expect(diagnosis!.confidence).toBe('possible');
});

test('and where one waited longer and was answered, it is no patience', async () => {
  const capture = new Conversations();
  looselyGivenUp(capture);
  capture.begin({ port: 8080 }).open(1).exchange(1.01, 6).close(7.1, 'client').close(7.2, 'server');
  expect(await capture.diagnoses()).toEqual([]);
});

test('a server that aborts half-closed connections after a time of its own is a warning', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 6; index++)
    capture
      .begin({ port: 9000 })
      .open(index * 2)
      .say(index * 2 + 0.01, 'client', 500)
      .close(index * 2 + 0.0101, 'client')
      .reset(index * 2 + 30.0101, 'server');
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['warning client-patience server 10.0.0.2']);
  expect(diagnoses[0]!.numbers['seconds']).toBeCloseTo(30, 1);
  expect(diagnoses[0]!.message).toContain('aborts 30.00 s after its client has half-closed');
});

test('twenty clients that each gave up two requests after the same time are one story', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 40; index++) {
    const begin = index * 0.7;
    const conversation = capture.begin({ client: 20 + (index % 20), port: 8080 }).open(begin);
    conversation.say(begin + 0.01, 'client', 'GET /slow HTTP/1.1\r\n\r\n').acknowledge(begin + 0.02, 'server');
    conversation.close(begin + 10.01, 'client');
    conversation.say(begin + 15 + index * 0.1, 'server', 200);
    conversation.reset(begin + 15.001 + index * 0.1, 'client', { bare: true });
  }
  const [told, ...others] = await capture.diagnoses();
  expect([inShort(told!), ...others]).toEqual(['error client-patience client 10.0.0.20']);
  expect(told!.numbers).toMatchObject({ seconds: 10, matching: 40, of: 40, clients: 20 });
  expect(told!.message).toContain(
    '20 clients give up waiting for 10.0.0.2:8080 10.00 s after their request (40 of 40)',
  );
});

/** Each client with the seconds after which it gives up its requests, one after the other. */
async function impatient(...clients: readonly (readonly number[])[]): Promise<readonly Diagnosis[]> {
  const capture = new Conversations();
  clients.forEach((waits, client) =>
    waits.forEach((wait, index) => {
      const begin = index * 3.3 + client * 1.7;
      const asks = capture.begin({ client: 20 + client, port: 8080 }).open(begin);
      asks.say(begin + 0.01, 'client', 'GET /slow HTTP/1.1\r\n\r\n').acknowledge(begin + 0.02, 'server');
      asks.close(begin + 0.01 + wait, 'client').say(begin + 20, 'server', 200);
      asks.reset(begin + 20.001, 'client', { bare: true });
    }),
  );
  return capture.diagnoses();
}

test('two clients with one patience are one story, however few of it each shows', async () => {
  for (const clients of [
    [[10.001, 10.003, 10.002], [10.02, 10.004, 10.003]],
    [[10.001, 10.003], [10.02, 10.004]],
    [[10.001, 10.003, 10.002, 10.002], [10.02]],
  ]) {
    const diagnoses = await impatient(...clients);
    expect(diagnoses.map(inShort)).toEqual(['error client-patience client 10.0.0.20']);
    const all = clients.flat().length;
    expect(diagnoses[0]!.numbers).toMatchObject({ matching: all, of: all, clients: 2 });
    expect(diagnoses[0]!.message).toContain(
      `2 clients give up waiting for 10.0.0.2:8080 10.00 s after their request (${all} of ${all})`,
    );
  }
});

test('two clients with a patience of their own are two', async () => {
  const diagnoses = await impatient([10.001, 10.003, 10.002], [12.02, 12.004, 12.003]);
  expect(diagnoses.map(({ by, numbers }) => [by.address, numbers['seconds'], numbers['clients']])).toEqual([
    ['10.0.0.20', expect.closeTo(10, 1), undefined], ['10.0.0.21', expect.closeTo(12, 1), undefined],
  ]);
});

test('and one that gives up once, and sooner, is none of the other', async () => {
  const diagnoses = await impatient([10.001, 10.003, 10.002, 10.004], [7.5]);
  expect(diagnoses.map(inShort)).toEqual(['error client-patience client 10.0.0.20']);
  expect(diagnoses[0]!.numbers).toMatchObject({ matching: 4, of: 4 });
  expect(diagnoses[0]!.flows).toBe(4);
});

test('a proxy that leaves with its clients is part of their story, and who is slow behind it', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 8; index++) {
    const begin = index * 1.3;
    const front = capture.begin({ client: 20 + index, server: 5 }).open(begin);
    front.say(begin + 0.003, 'client', 90).acknowledge(begin + 0.004, 'server');
    const behind = capture.begin({ client: 5, server: 9, port: 3000 }).open(begin + 0.004);
    behind.say(begin + 0.007, 'client', 90).acknowledge(begin + 0.008, 'server');
    const left = begin + 3.003 + index * 0.001;
    front.close(left, 'client').close(left + 0.003, 'server');
    behind.close(left + 0.0005, 'client').say(begin + 7.5, 'server', 200);
    behind.reset(begin + 7.501, 'client', { bare: true });
  }
  const [told, ...others] = await capture.diagnoses();
  expect([inShort(told!), ...others]).toEqual(['error client-patience client 10.0.0.20']);
  expect(told!.message).toMatch(/10\.0\.0\.5 had asked 10\.0\.0\.9:3000, which answered after 7\.49 s\.$/);
});

test('the first request of a process, whose clock ran while it began, is given up sooner by what that took', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 6; index++) {
    const start = 0.13 + index * 0.4;
    const close = index === 0 ? 3 : start + 3;
    capture
      .begin({ port: 8080 })
      .open(start)
      .say(start + 0.003, 'client', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n')
      .acknowledge(start + 0.004, 'server')
      .close(close, 'client')
      .close(close + 0.01, 'server');
  }
  const analysis = await capture.analyze();
  expect(analysis.diagnoses.map(inShort)).toEqual(['error client-patience client 10.0.0.1']);
  expect(analysis.diagnoses[0]!.numbers['seconds']).toBeCloseTo(3, 2);
  const faults = analysis.findings.filter(({ severity }) => severity !== 'info');
  expect(faults.filter((finding) => analysis.explanationOf(finding) === null)).toEqual([]);
});

/** Nine programs that write a line every 0.4 s to who never says a word, and leave; `answered`: who says one to one. */
function loggers(isAnswered = false): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < 9; index++) {
    const at = index * 0.7;
    const log = capture.begin({ port: 514 }).open(at);
    for (let line = 0; line < 8; line++)
      log.say(at + 0.003 + line * 0.4, 'client', '<13>app: line').acknowledge(at + 0.005 + line * 0.4, 'server');
    if (isAnswered && index === 0) log.say(at + 2.9, 'server', 'ok').acknowledge(at + 2.901, 'client');
    log.close(at + 3.203, 'client').close(at + 3.204, 'server');
  }
  return capture;
}

test('who says lines to a service that never says a word, and leaves, waits for no answer', async () => {
  expect(await loggers().diagnoses()).toEqual([]);
});
