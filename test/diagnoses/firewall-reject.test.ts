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

/** Attempts of one client to `count` services, which host `by` rejects; `to` says which services these are. */
function turnedAway(count: number, by: number, to: (index: number) => { server: number; port: number }): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < count; index++)
    capture.begin({ ...to(index) }).send(index * 0.5, 'client', SYN).unreachable(index * 0.5 + 0.001, by, 13);
  capture.until(count + 20);
  return capture;
}

const mail = (index: number): { server: number; port: number } => ({ server: 20 + index, port: 25 });

test('what one router rejects of twelve servers is one story, and that of two is one each', async () => {
  const [told, ...others] = await turnedAway(12, 9, mail).diagnoses();
  expect([inShort(told!), ...others]).toEqual(['error firewall-reject path 10.0.0.9']);
  expect(told!.message).toBe(
    '10.0.0.9, a firewall or router on the way, rejects 12 of 12 attempts to connect to 12 hosts at port 25 ' +
      '(10.0.0.20, 10.0.0.21, 10.0.0.22, …) by ICMP (prohibited, ICMP 3/13).',
  );
  expect(told).toMatchObject({ service: null, flows: 12, numbers: { rejected: 12, of: 12 } });
  expect((await turnedAway(2, 9, mail).diagnoses()).map(({ service }) => service?.address)).toEqual([
    '10.0.0.20', '10.0.0.21',
  ]);
});

test('a scan of ports that the firewall of the host rejects is no more than a scan', async () => {
  const analysis = await turnedAway(60, 2, (index) => ({ server: 2, port: 1 + index })).analyze();
  expect(analysis.diagnoses.map(inShort)).toEqual(['info scan client 10.0.0.1']);
  expect(new Set(analysis.groups.map(({ severity }) => severity))).toEqual(new Set(['info']));
});

test('many hosts at one port, which a router turns away: a rule there, and no scan', async () => {
  const diagnoses = await turnedAway(40, 9, mail).diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error firewall-reject path 10.0.0.9']);
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

/** One client asks twelve hosts in as many networks, of which each refuses with the TTL that `ttl` tells. */
function refusedEverywhere(ttl: (index: number) => number, network: number): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < 12; index++)
    capture.refused(index * 1.7, { server: (index + 10) * network + 709, port: 443 }, ttl(index));
  return capture;
}

const DISTANT = 0x7010000;

test('hosts of many networks refuse one client by RSTs of one TTL: a portal, or its own firewall', async () => {
  const [told, ...others] = await refusedEverywhere(() => 64, DISTANT).diagnoses();
  expect([inShort(told!), ...others]).toEqual(['error firewall-reject path 10.0.0.1']);
  expect(told!.message).toContain('12 of 12 have TTL 64, 0 hops from here');
  expect(told!.explains).toEqual(['refused']);
});

test('where each is as far away as hosts are, or all are in one network, they refuse themselves', async () => {
  const alone = refusedEverywhere((index) => 47 + index, DISTANT);
  // Twelve hops away, as the hosts of one cloud may be.
  const ofOneCloud = refusedEverywhere(() => 52, DISTANT);
  for (const capture of [alone, ofOneCloud, refusedEverywhere(() => 64, 1)])
    expect((await capture.diagnoses()).map(({ id }) => id)).not.toContain('firewall-reject');
});
