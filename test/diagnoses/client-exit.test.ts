import { expect, test } from 'vitest';

import { Conversations, inShort } from './conversations.js';

/** Eight connections that ask again and again, until all are closed within half a millisecond, requests under way. */
function loadTest(
  { age = (index: number) => 0.0002 + index * 0.0003, count = 8, spread = 0.0005 } = {},
): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < count; index++) {
    const asks = capture.begin({ client: 9 }).open(index * 0.01);
    for (let turn = 0; turn < 6; turn++) asks.exchange(0.2 + index * 0.01 + turn * 0.4);
    const end = 6 + (index / count) * spread;
    asks.say(end - age(index), 'client', 80);
    if (index % 2 === 0) asks.reset(end, 'client');
    else asks.close(end, 'client', false).say(end + 0.001, 'server', 200).reset(end + 0.002, 'client', { bare: true });
  }
  capture.until(20);
  return capture;
}

test('the end of a load test is no fault of anybody', async () => {
  const { diagnoses, groups } = await loadTest().analyze();
  expect(diagnoses.map(inShort)).toEqual(['info client-exit client 10.0.0.9']);
  expect(diagnoses[0]!.message).toBe(
    '10.0.0.9 closed all of its 8 connections to 10.0.0.2:80 in one moment, 8 of them in the middle of a request, and ' +
      'did not come again: so does the end of a load test, or of a program.',
  );
  expect(new Set(groups.map(({ severity }) => severity))).toEqual(new Set(['info']));
});

test('who leaves a server that has not answered for long may leave for that', async () => {
  for (const age of [() => 3, (index: number) => 0.2 + index * 0.4])
    expect((await loadTest({ age }).diagnoses()).map(({ id }) => id)).not.toContain('client-exit');
});

/** Seven uploads, a piece every 50 ms, until all are closed in one moment: `begins` says when the first ones began. */
function uploads(begins: (index: number) => number): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < 7; index++) {
    const upload = capture.begin({ client: 9, port: 8080 }).open(begins(index));
    upload.say(begins(index) + 0.01, 'client', 'POST / HTTP/1.1\r\nContent-Length: 99000000\r\n\r\n');
    for (let time = begins(index) + 0.05; time < 5; time += 0.05)
      upload.say(time, 'client', 1000).acknowledge(time + 0.001, 'server');
    const end = 5.01 + index * 0.0002;
    // node answers a body that ends early by 400.
    upload.close(end, 'client').say(end + 0.001, 'server', 'HTTP/1.1 400 Bad Request\r\n\r\n');
    upload.reset(end + 0.0011, 'client', { bare: true });
  }
  capture.until(20);
  return capture;
}

test('a program that is killed with uploads under way has ended, and its server was not frozen', async () => {
  const { diagnoses, findings } = await uploads((index) => index * 0.3).analyze();
  expect(diagnoses.map(inShort)).toEqual(['info client-exit client 10.0.0.9']);
  expect(diagnoses[0]!.message).toContain('7 of them in the middle of a request');
  expect(findings.filter(({ id }) => id === 'incomplete-message')).toHaveLength(7);
  expect(diagnoses[0]!.explains).toContain('incomplete-message');
});

test('uploads that are ended at one age may have been ended for that', async () => {
  const told = await uploads((index) => index * 0.0001).diagnoses();
  expect(told.map(({ id }) => id)).not.toContain('client-exit');
});

test('who comes again at once has not ended, and four are few', async () => {
  const again = loadTest();
  again.begin({ client: 9 }).open(6.1).exchange(6.2).close(6.3, 'client').close(6.303, 'server');
  for (const capture of [again, loadTest({ count: 4 }), loadTest({ spread: 2 })])
    expect((await capture.diagnoses()).map(({ id }) => id)).not.toContain('client-exit');
});

/** Sixty clients of which so many vanish behind a request; `elsewhere` says whether they are heard at another port. */
function vanishing(count: number, elsewhere = false): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < 60; index++) {
    const conversation = capture.begin({ client: 11 + index, port: 443 }).open(index * 3).exchange(index * 3 + 0.1);
    if (index % 20 >= count) {
      const leaves = index * 3 + 0.2 + (index % 7) * 0.4;
      conversation.close(leaves, 'client').close(leaves + 0.1, 'server');
      continue;
    }
    conversation.say(index * 3 + 0.5, 'client', 90).acknowledge(index * 3 + 0.501, 'server');
    conversation.say(index * 3 + 0.55, 'server', 400, true);
    for (const after of [0.3, 0.9, 2.1, 4.5, 9.3, 18.9]) conversation.again(index * 3 + 0.55 + after, 'server');
    if (elsewhere)
      capture.begin({ client: 11 + index, port: 8443 }).open(index * 3 + 5).exchange(index * 3 + 5.1)
        .close(index * 3 + 6, 'client').close(index * 3 + 6.1, 'server');
  }
  capture.until(400);
  return capture;
}

test('clients that vanish now and then among many are no fault of anybody', async () => {
  const { diagnoses, groups } = await vanishing(1).analyze();
  expect(diagnoses.map(inShort)).toEqual(['info client-exit client 10.0.0.11']);
  expect(diagnoses[0]!.numbers).toEqual({ left: 3, of: 60 });
  expect(new Set(groups.map(({ severity }) => severity))).toEqual(new Set(['info']));
});

test('where many do, or they are heard elsewhere, it is the road', async () => {
  for (const capture of [vanishing(3), vanishing(1, true)])
    expect((await capture.diagnoses()).map(({ id }) => id)).not.toContain('client-exit');
});
