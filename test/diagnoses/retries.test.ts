import { expect, test } from 'vitest';

import { ACK, FIN, SYN } from '../../src/decode/segment.js';
import { Conversations, inShort } from './conversations.js';

test('one client tries every quarter of a second what is refused each time', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 40; index++) capture.refused(index * 0.25, { client: 4, port: 6379 });
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['warning retries client 10.0.0.4']);
  expect(diagnoses[0]).toMatchObject({
    numbers: { attempts: 40, refused: 40, seconds: 9.75, interval: 0.25 },
    explains: ['refused'],
  });
  expect(diagnoses[0]!.advice.join(' ')).toContain('back off');
});

test('a client that tries without a pause is told in milliseconds', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 400; index++) capture.refused(index * 0.0017, { client: 4, port: 6379 });
  const [told] = await capture.diagnoses();
  expect(told!.message).toContain('tried 400 times in 0.68 s to connect to 10.0.0.2:6379 (every 1.7 ms)');
});

test('who waits longer each time does back off', async () => {
  const capture = new Conversations();
  for (const start of [0, 1, 3, 7, 15]) capture.refused(start, { port: 6379 });
  const [told] = await capture.diagnoses();
  expect(told!.id).toBe('retries');
  expect(told!.advice.join(' ')).not.toContain('back off');
});

test('two failures, or failures between successes, are none', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 6; index++) {
    if (index % 3 === 2)
      capture
        .begin({ port: 6379 })
        .open(index)
        .exchange(index + 0.01)
        .close(index + 0.02, 'client')
        .close(index + 0.03, 'server');
    else capture.refused(index, { port: 6379 });
  }
  expect((await capture.diagnoses()).map(({ id }) => id)).not.toContain('retries');
});

test('an ICMP error tells why each of them failed', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 4; index++) {
    const conversation = capture.begin({ clientPort: 50_000 + index });
    conversation.send(index * 10, 'client', SYN).unreachable(index * 10 + 0.001, 9, 1);
  }
  capture.until(60);
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['warning retries client 10.0.0.1']);
  expect(diagnoses[0]!.message).toContain('rejected each time: 10.0.0.9 says that the host is unreachable (ICMP 3/1)');
});

test('what is taken and reset each time is not refused: something listens there', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 6; index++)
    capture.begin({ port: 3306 }).open(index * 4).reset(index * 4 + 0.01, 'server');
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['warning retries server 10.0.0.2']);
  expect(diagnoses[0]!.message).toContain('taken and reset each time, before a word was said');
  expect(diagnoses[0]!.numbers).toMatchObject({ attempts: 6, refused: 0 });
});

test('of a client whose peer the tap does not see nothing failed, though it ends by RST', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 5; index++) {
    const conversation = capture.begin({ port: 443 });
    conversation.send(index, 'client', SYN).standing().send(index + 0.01, 'client', ACK);
    conversation.say(index + 0.02, 'client', 517);
    conversation.skip('server', 200).standing().send(index + 3, 'client', FIN | ACK).reset(index + 3.01, 'client');
  }
  capture.until(60);
  expect((await capture.diagnoses()).map(inShort)).toEqual([]);
});

test('where nothing listens, what many clients try in vain is one story of the service', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 60; index++)
    capture.refused(index * 0.4, { client: 20 + (index % 12), port: 6379 });
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['warning retries server 10.0.0.2']);
  expect(diagnoses[0]!.numbers).toMatchObject({ attempts: 60, clients: 12, refused: 60, seconds: 23.6, interval: 4.8 });
  expect(diagnoses[0]!.message).toBe(
    '12 clients tried 60 times in 23.60 s to connect to 10.0.0.2:6379, refused each time: nothing listens there.',
  );
});

test('who tried it once is of the same story, and who was served is not', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 12; index++) capture.refused(index * 2, { client: 20 + (index % 3), port: 1433 });
  for (const client of [31, 32]) capture.refused(client - 20.5, { client, port: 1433 });
  const analysis = await capture.analyze();
  expect(analysis.diagnoses.map(inShort)).toEqual(['warning retries server 10.0.0.2']);
  expect(analysis.diagnoses[0]!.numbers).toMatchObject({ attempts: 14, clients: 5, refused: 14 });
  expect(analysis.findings.filter((finding) => analysis.explanationOf(finding) === null)).toEqual([]);
});

test('what refuses while others are served has no room for more, or listens no more', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 4; index++) {
    const poll = capture.begin({ client: 11 + index, port: 502 }).open(index * 0.3);
    for (let time = index * 0.3 + 1; time < 60; time += 2) poll.exchange(time, 0.02, 12, 29);
  }
  for (let index = 0; index < 10; index++) capture.refused(4 + index * 5, { client: 21 + (index % 3), port: 502 });
  capture.until(61);
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['warning retries server 10.0.0.2']);
  expect(diagnoses[0]!.numbers).toMatchObject({ attempts: 10, standing: 4 });
  expect(diagnoses[0]!.message).toBe(
    '3 clients tried 10 times in 45.00 s to connect to 10.0.0.2:502, refused each time, while 4 that were taken before ' +
      'are served: it takes no more than so many at a time, or nothing listens there any more.',
  );
});

/** A service that is there for the last `up` of `every` ten or more seconds; its clients come every second in turn. */
function comesAndGoes(clients: number, up: number, every = 10): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < 60; index++) {
    const ends = { client: 20 + (index % clients), port: 8080 };
    if (index % every >= every - up) capture.begin(ends).open(index).exchange(index + 0.01).close(index + 0.1, 'client')
      .close(index + 0.102, 'server');
    else capture.refused(index, ends);
  }
  return capture;
}

test('a service that comes and goes is one story, and no story of each client and each time', async () => {
  const [told, ...others] = (await comesAndGoes(1, 3).diagnoses()).filter(({ severity }) => severity !== 'info');
  expect([inShort(told!), ...others]).toEqual(['warning retries server 10.0.0.2']);
  expect(told!.message).toBe(
    '10.0.0.20 tried 42 times in 56.00 s to connect to 10.0.0.2:8080, refused each time: nothing listens there; 6 ' +
      'times it was served at last.',
  );
  const many = (await comesAndGoes(3, 5, 20).diagnoses()).filter(({ severity }) => severity !== 'info');
  expect(many.map(inShort)).toEqual(['warning retries server 10.0.0.2']);
});

test('who was served at last after two failures and after three has one story of the three', async () => {
  const capture = new Conversations();
  for (const at of [0, 1, 10, 11, 12]) capture.refused(at, { port: 8080 });
  for (const at of [2, 13]) capture.begin({ port: 8080 }).open(at).exchange(at + 0.01).close(at + 0.1, 'client');
  const told = (await capture.diagnoses()).filter(({ id }) => id === 'retries');
  expect(told.map(inShort)).toEqual(['warning retries client 10.0.0.1']);
  expect(told[0]!.message).toMatch(/tried 3 times in 2\.00 s .*; 1\.00 s later it was served\.$/);
});

test('what one router rejects of two clients is one story of the router', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 8; index++)
    capture.begin({ client: 20 + (index % 2) }).send(index, 'client', SYN).unreachable(index + 0.003, 9, 1);
  capture.begin({ client: 20 }).open(9).exchange(9.01).close(9.1, 'client').close(9.2, 'server');
  const [told, ...others] = await capture.diagnoses();
  expect([inShort(told!), ...others]).toEqual(['warning retries path 10.0.0.9']);
  expect(told!.message).toBe(
    '2 clients tried 8 times in 7.00 s to connect to 10.0.0.2:80, rejected each time: 10.0.0.9 says that the host is ' +
      'unreachable (ICMP 3/1); one of them was served at last.',
  );
});
