import { expect, test } from 'vitest';

import { analyze } from '../../src/analysis/analyze.js';
import { Conversations, inShort } from './conversations.js';

test('a server forgets to close some of the connections that its clients have closed', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 20; index++) {
    const start = index + (index % 4) * 0.3;
    const conversation = capture.begin({ port: 9000 }).open(start).exchange(start + 0.01).close(start + 0.1, 'client');
    if (index % 2 === 1) conversation.close(start + 0.11, 'server');
  }
  capture.until(60);
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error leak server 10.0.0.2']);
  expect(diagnoses[0]!.numbers).toMatchObject({ connections: 10, of: 20 });
  expect(diagnoses[0]!.numbers['perMinute']).toBeCloseTo(30, -1);
  expect(diagnoses[0]!.explains).toContain('half-closed');
});

test('so does a client', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 10; index++)
    capture
      .begin()
      .open(index)
      .exchange(index + 0.01)
      .close(index + 0.1, 'server');
  capture.until(60);
  expect((await capture.diagnoses()).map(inShort)).toEqual(['error leak client 10.0.0.1']);
});

test('many hosts that run the same program leak together', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 48; index++)
    capture
      .begin({ client: 20 + (index % 6) })
      .open(index)
      .exchange(index + 0.01)
      .close(index + 0.1, 'server');
  capture.until(90);
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error leak client 10.0.0.20']);
  expect(diagnoses[0]!.numbers).toMatchObject({ connections: 48, of: 48, clients: 6, perMinute: 60 });
  expect(diagnoses[0]!.message).toContain('6 clients of 10.0.0.2:80 do not close 48 of 48 connections');
});

test('a pool that has not looked at its idle connections yet does not leak', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 10; index++)
    capture
      .begin()
      .open(index * 0.01)
      .exchange(index * 0.01 + 0.1)
      .close(5.1 + index * 0.013, 'server');
  capture.until(60);
  expect((await capture.diagnoses()).filter(({ id }) => id === 'leak')).toEqual([]);
});

test('a server whose kernel sends keepalives leaks, too: they meet a peer that is gone', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 10; index++) {
    const start = index * 0.5;
    const conversation = capture.begin({ port: 7000 }).open(start).exchange(start + 0.01).close(start + 0.1, 'client');
    for (const at of [15, 30, 45, 60])
      conversation.probe(start + at, 'server').acknowledge(start + at + 0.001, 'client');
    conversation.probe(start + 75, 'server').reset(start + 75.001, 'client', { bare: true });
  }
  capture.until(85);
  expect((await capture.diagnoses()).map(inShort)).toEqual(['error leak server 10.0.0.2']);
});

test('a server leaks, too, whose clients say by RST that they have waited in FIN-WAIT-2 for long enough', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 10; index++) {
    const start = index * 0.5;
    const conversation = capture.begin({ port: 7000 }).open(start).exchange(start + 0.01).close(start + 0.1, 'client');
    conversation.reset(start + 120.1, 'client');
  }
  capture.until(130);
  const [told, ...others] = await capture.diagnoses();
  expect([inShort(told!), ...others]).toEqual(['error leak server 10.0.0.2']);
  expect(told!.explains).toEqual(['half-closed']);
});

test('the tails of connections that were closed before the capture began are no leak', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 10; index++) capture.begin({ port: 7000 }).standing().close(index, 'client');
  capture.until(85);
  expect(await capture.diagnoses()).toEqual([]);
});

test('what only one direction shows is no leak, and no attempt in vain', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 10; index++)
    capture.begin({ port: 7000 }).open(index).exchange(index + 0.01).close(index + 1, 'client');
  capture.until(200);
  const fromClient = capture.frames.filter(({ data }) => data[12] !== 8 || data[13] !== 0 || data[29] === 1);
  capture.frames.splice(0, capture.frames.length, ...fromClient);
  expect(await capture.diagnoses()).toEqual([]);
});

test('connections that nobody accepts stay in the queue: no descriptor is used up by them', async () => {
  const analysis = await analyze(['captures/showcase.pcapng']);
  const [diagnosis] = analysis.diagnoses.filter(({ id, service }) => id === 'leak' && service?.port === 9000);
  expect(diagnosis!.message).toBe(
    '198.51.100.20:9000 seems never to accept 8 of 8 connections, which its clients have closed since: CLOSE-WAIT ' +
      'grows by 20 a minute, in its accept queue.',
  );
  expect(diagnosis!.advice.join(' ')).toContain('accept()');
  expect(diagnosis!.numbers).not.toHaveProperty('untilLimit');
});

test('where nobody is answered a server may still work on what was asked: that is only possible', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 8; index++)
    capture
      .begin({ port: 9000 })
      .open(index * 2)
      .say(index * 2 + 0.01, 'client', 40)
      .acknowledge(index * 2 + 0.011, 'server')
      .close(index * 2 + 0.02, 'client');
  capture.until(30);
  const [diagnosis] = await capture.diagnoses();
  expect([diagnosis!.id, diagnosis!.confidence]).toEqual(['leak', 'possible']);
  expect(diagnosis!.message).toContain('Or it still works on what they asked: 8 wait for an answer.');
});
