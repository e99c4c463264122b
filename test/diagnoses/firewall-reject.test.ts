import { expect, test } from 'vitest';

import { SYN } from '../../src/decode/segment.js';
import { Conversations, inShort } from './conversations.js';

test('a router rejects SYNs by ICMP', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 4; index++)
    capture
      .begin({ port: 5432 })
      .send(index, 'client', SYN)
      .unreachable(index + 0.001, 9, 13);
  capture.until(20);
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error firewall-reject path 10.0.0.9']);
  expect(diagnoses[0]).toMatchObject({ numbers: { rejected: 4, of: 4 }, explains: ['unanswered'] });
});

test('and what established connections send', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 3; index++) {
    const start = index * 0.1;
    const session = capture
      .begin({ port: 5432 })
      .open(start)
      .exchange(start + 0.01)
      .say(4 + start, 'client', 40, true)
      .unreachable(4.001 + start, 9, 13);
    for (const later of [0.2, 0.6, 1.4]) session.again(4 + start + later, 'client');
  }
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error firewall-reject path 10.0.0.9']);
  expect(diagnoses[0]!.numbers).toMatchObject({ rejected: 3, established: 3 });
});

test("RSTs in the host's name from another distance", async () => {
  const capture = new Conversations();
  for (let index = 0; index < 3; index++) capture.refused(index, { port: 8080 }, 64);
  for (let index = 0; index < 3; index++)
    capture
      .begin({ serverTtl: 63 })
      .open(index)
      .exchange(index + 0.01)
      .close(index + 0.02, 'client')
      .close(index + 0.03, 'server');
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error firewall-reject path 10.0.0.2']);
  expect(diagnoses[0]!.message).toContain('1 hop nearer than 10.0.0.2 (TTL 64, its own 63)');
});

test('a RST of the host itself is refused, and a route that is gone says nothing of a rule', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 3; index++) capture.refused(index, { port: 8080 }, 63);
  for (let index = 0; index < 3; index++)
    capture
      .begin({ serverTtl: 63 })
      .open(index)
      .exchange(index + 0.01)
      .close(index + 0.02, 'client')
      .close(index + 0.03, 'server');
  for (let index = 0; index < 3; index++)
    capture
      .begin({ server: 3 })
      .send(index, 'client', SYN)
      .unreachable(index + 0.001, 9, 1);
  expect((await capture.diagnoses()).map(({ id }) => id)).not.toContain('firewall-reject');
});

test('an ICMP error about a connection that goes on rejects nothing', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 4; index++)
    capture
      .begin()
      .open(index)
      .say(index + 0.01, 'client', 100)
      .unreachable(index + 0.011, 9, 13)
      .say(index + 0.02, 'server', 100)
      .close(index + 0.03, 'client')
      .close(index + 0.04, 'server');
  expect(await capture.diagnoses()).toEqual([]);
});
