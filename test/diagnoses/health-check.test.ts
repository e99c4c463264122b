import { expect, test } from 'vitest';

import { Conversations, inShort } from './conversations.js';

test('a balancer looks every second, without a word', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 9; index++)
    capture
      .begin({ client: 5 })
      .open(index * 1.003)
      .reset(index * 1.003 + 0.003, 'client');
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['info health-check client 10.0.0.5']);
  expect(diagnoses[0]!.message).toBe(
    '10.0.0.5 checks the health of 10.0.0.2:80 every 1.00 s: 9 connections without a word.',
  );
});

test('connections that come at any time are no checks', async () => {
  const capture = new Conversations();
  for (const start of [0, 0.4, 2.9, 3.1, 7, 7.9, 12])
    capture
      .begin()
      .open(start)
      .close(start + 0.01, 'client')
      .close(start + 0.02, 'server');
  expect(await capture.diagnoses()).toEqual([]);
});

test('three connections without a word are no rhythm where their distances differ', async () => {
  const capture = new Conversations();
  for (const start of [0, 4, 17]) capture.begin().open(start).reset(start + 0.003, 'client');
  expect(await capture.diagnoses()).toEqual([]);
});
