import { expect, test } from 'vitest';

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
