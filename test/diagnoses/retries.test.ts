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
