import { expect, test } from 'vitest';

import { Conversations, inShort } from './conversations.js';

test('a server closes three seconds after each request', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 5; index++) {
    const start = index * 0.9;
    capture
      .begin({ port: 8080 })
      .open(start)
      .say(start + 0.01, 'client', 80)
      .acknowledge(start + 0.011, 'server')
      .close(start + 3.012 + index * 0.001, 'server')
      .close(start + 3.02, 'client');
  }
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error closed-without-answer server 10.0.0.2']);
  expect(diagnoses[0]!.message).toBe(
    '10.0.0.2:8080 closes without an answer: 3.00 s after the request (5 of 5); 5 requests of 5 unanswered.',
  );
});

test('or at once', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 4; index++)
    capture
      .begin()
      .open(index)
      .say(index + 0.01, 'client', 80)
      .acknowledge(index + 0.011, 'server')
      .reset(index + 0.0115, 'server');
  const [diagnosis] = await capture.diagnoses();
  expect(diagnosis!.message).toContain('at once (4 requests of 4)');
});

test('a server that closes behind QUIT has answered', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 6; index++)
    capture
      .begin()
      .open(index)
      .exchange(index + 0.01)
      .say(index + 0.1, 'client', 'QUIT\r\n')
      .close(index + 0.101, 'server')
      .close(index + 0.11, 'client');
  expect(await capture.diagnoses()).toEqual([]);
});

test('an answer that the tap missed is one: the sequence numbers say so', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 6; index++) {
    const conversation = capture.begin().open(index).say(index + 0.01, 'client', 80).say(index + 0.02, 'server', 200);
    capture.frames.pop();
    conversation.close(index + 3, 'server').close(index + 3.01, 'client');
  }
  expect((await capture.diagnoses()).filter(({ id }) => id === 'closed-without-answer')).toEqual([]);
});

test('a proxy that finds nobody behind it closes while the first request is under way', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 6; index++)
    capture
      .begin({ port: 8080 })
      .open(index)
      .say(index + 0.003, 'client', 83, true)
      .close(index + 0.0035, 'server', false)
      .reset(index + 0.005, 'server', { bare: true });
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error closed-without-answer server 10.0.0.2']);
  expect(diagnoses[0]!.numbers).toMatchObject({ atOnce: 6, of: 6 });
});
