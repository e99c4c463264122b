import { expect, test } from 'vitest';

import { ACK, SYN } from '../../src/decode/segment.js';
import { Conversations, inShort } from './conversations.js';

test('connects need several SYNs while the server serves others', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 12; index++) {
    const attempts = index < 5 ? 1 : 2 + (index % 3);
    const start = index * 0.05;
    const up = start + attempts - 1 + 0.01;
    capture
      .begin({ port: 8000 })
      .open(start, attempts)
      .exchange(up, 0.4)
      .close(up + 0.5, 'client')
      .close(up + 0.51, 'server');
  }
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error accept-queue server 10.0.0.2']);
  expect(diagnoses[0]!.numbers).toMatchObject({ slow: 7, of: 12, attempts: 4 });
  expect(diagnoses[0]!.numbers['longest']).toBeCloseTo(3, 1);
  expect(diagnoses[0]!.advice[0]).toContain('somaxconn');
});

test('SYNs that fell into TIME-WAIT, of many clients, have a reason of their own', async () => {
  const capture = new Conversations();
  for (let client = 10; client < 20; client++) {
    const start = (client - 10) * 0.3;
    const ends = { client, clientPort: 41_000 };
    capture
      .begin(ends)
      .open(start)
      .exchange(start + 0.01)
      .close(start + 0.5, 'client')
      .close(start + 0.51, 'server');
    // The same ports, 70 s later: a balancer holds them still, and takes the second SYN.
    capture
      .begin(ends)
      .open(start + 70, 2)
      .exchange(start + 71.1)
      .close(start + 71.5, 'client')
      .close(start + 71.51, 'server');
  }
  const { diagnoses, findings } = await capture.analyze();
  expect(diagnoses.map(inShort)).toEqual([]);
  expect(new Set(findings.map(({ id, cause }) => `${id} ${cause}`))).toEqual(new Set(['time-wait-reuse dropped']));
});

test('a service that is served at the first SYN has none, however busy', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 30; index++)
    capture
      .begin()
      .open(index * 0.01)
      .exchange(index * 0.01 + 0.01, 0.4)
      .close(index * 0.01 + 0.5, 'client')
      .close(index * 0.01 + 0.51, 'server');
  expect(await capture.diagnoses()).toEqual([]);
});

test('a SYN-ACK that was captured twice, two milliseconds apart, waits for no room', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 8; index++) {
    const start = index * 0.5;
    const conversation = capture.begin();
    conversation.open(start).repeated(start + 0.003, 'server', 1);
    conversation.exchange(start + 0.01).close(start + 0.4, 'client').close(start + 0.41, 'server');
  }
  expect(await capture.diagnoses()).toEqual([]);
});

/** Connections in pairs, of which the second one says nothing for long and is asked again. */
function inPairs(speaker: 'client' | 'server'): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < 5; index++) {
    const start = index * 20;
    const first = capture.begin({ port: 443 }).open(start);
    if (speaker === 'client') first.exchange(start + 0.01).exchange(start + 1).exchange(start + 2);
    else first.say(start + 0.01, 'server', 60).exchange(start + 0.02).exchange(start + 1).exchange(start + 2);
    const end = start + 4 + 1.3 * index;
    first.close(end, 'client').close(end + 0.01, 'server');
    const second = capture.begin({ port: 443 }).open(start + 0.25);
    second.repeated(start + 1.45, 'server', 1).acknowledge(start + 1.451, 'client');
    if (speaker === 'server') second.say(start + 1.6, 'server', 60);
    if (index % 2 === 0) second.exchange(start + 3);
    second.close(end, 'client').close(end + 0.01, 'server');
  }
  return capture;
}

test('a server that waits for data before it accepts asks those again that a browser opens ahead', async () => {
  const { diagnoses, findings } = await inPairs('client').analyze();
  expect(diagnoses.map(inShort)).toEqual([]);
  expect(findings.filter(({ severity }) => severity !== 'info')).toEqual([]);
});

/** The server is a third of a second away; the word of the client is heard so long after it was asked again. */
function askedFromFar(saidAt: number): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < 5; index++) {
    const start = index * 20;
    const end = start + 6 + 1.3 * index;
    capture.begin({ port: 443 }).open(start).exchange(start + 0.01).exchange(start + 1).exchange(start + 2)
      .close(end, 'client').close(end + 0.01, 'server');
    capture.begin({ port: 443 }).send(start + 0.25, 'client', SYN).send(start + 0.6, 'server', SYN | ACK)
      .send(start + 0.601, 'client', ACK).say(start + saidAt, 'client', 238).repeated(start + 1.75, 'server', 1)
      .acknowledge(start + 1.751, 'client').say(start + 1.9, 'server', 1400).acknowledge(start + 1.901, 'client')
      .exchange(start + 3).close(end, 'client').close(end + 0.01, 'server');
  }
  return capture;
}

test('what the client said less than the way to the server and back before was not heard when that asked again', async () => {
  expect((await askedFromFar(1.6).diagnoses()).map(inShort)).toEqual([]);
  expect((await askedFromFar(0.7).diagnoses()).map(inShort)).toEqual(['error accept-queue server 10.0.0.2']);
});

test('a server that speaks first does not wait for data: what it asks again waits in the queue', async () => {
  expect((await inPairs('server').diagnoses()).map(inShort)).toEqual(['error accept-queue server 10.0.0.2']);
});

test('attempts that are given up while others wait stand in the same queue', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 6; index++) {
    const start = index * 0.05;
    const conversation = capture.begin({ port: 6379 }).open(start).say(1 + start, 'client', 30);
    conversation.acknowledge(1.001 + start, 'server').say(6.3 + index * 0.05, 'server', 7);
    conversation.close(7 + start, 'client').close(7.01 + start, 'server');
  }
  for (let index = 0; index < 5; index++) {
    const given = capture.begin({ port: 6379 }).send(1.2 + index * 0.05, 'client', SYN);
    for (const again of [1, 2, 3]) given.again(1.2 + index * 0.05 + again, 'client');
    const start = 1.5 + index * 0.05;
    const served = capture.begin({ port: 6379 }).open(start, 6).exchange(start + 5.1);
    served.close(start + 6, 'client').close(start + 6.01, 'server');
  }
  const analysis = await capture.analyze();
  expect(analysis.diagnoses.map(inShort)).toEqual(['error accept-queue server 10.0.0.2']);
  const unanswered = analysis.findings.filter(({ id }) => id === 'unanswered');
  expect(unanswered).toHaveLength(5);
  expect(unanswered.filter((finding) => analysis.explanationOf(finding) === null)).toEqual([]);
});
