import { expect, test } from 'vitest';

import { SYN } from '../../src/decode/segment.js';
import { Conversations, inShort } from './conversations.js';
import type { Ends } from './conversations.js';

/** An attempt with the SYNs that Linux sends, by default seven (RFC 6298 §5.5). */
function unanswered(capture: Conversations, time: number, ends: Ends = {}, syns = 7): void {
  const conversation = capture.begin(ends).send(time, 'client', SYN);
  for (let again = 1; again < syns; again++) conversation.again(time + 2 ** again - 1, 'client');
}

/** A request to another host. */
function served(capture: Conversations, time: number, ends: Ends = {}): void {
  capture.begin({ server: 3, ...ends }).open(time).exchange(time + 0.01).close(time + 0.03, 'client')
    .close(time + 0.04, 'server');
}

test('a host that says nothing to anybody, at any port, while others answer: one outage', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 6; index++)
    unanswered(capture, index * 2, { client: 10 + (index % 3), server: 9, port: [443, 8443][index & 1]! });
  for (let index = 0; index < 12; index++) served(capture, index * 4, { client: 10 + (index % 3) });
  capture.until(120);
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error silent-host path 10.0.0.9']);
  expect(diagnoses[0]!.message).toBe(
    '10.0.0.9 answers nobody: 6 attempts of 3 clients to connect to its ports 443 and 8443 were in vain (up to 7 ' +
    'SYNs in 63.00 s), and nothing of it is in the capture, while another host answered them meanwhile: it is down, a ' +
    'firewall drops what goes to it or comes back, or a route is wrong.',
  );
  expect(diagnoses[0]).toMatchObject({
    confidence: 'likely', service: null, explains: ['unanswered'],
    numbers: { attempts: 6, clients: 3, ports: 2, syns: 7, seconds: 63, answering: 1 },
  });
  expect(diagnoses[0]!.advice.join(' ')).toMatch(/arping.*traceroute/s);
});

test('one attempt that was meant is enough: it tried for a minute', async () => {
  const capture = new Conversations();
  unanswered(capture, 0, { server: 9 });
  served(capture, 1);
  capture.until(120);
  expect((await capture.diagnoses()).map(inShort)).toEqual(['warning silent-host path 10.0.0.9']);
});

test('who gives up each second, and tries again', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 5; index++) unanswered(capture, index * 10, { server: 9 }, 1);
  served(capture, 12);
  capture.until(120);
  expect((await capture.diagnoses()).map(inShort)).toEqual(['error silent-host path 10.0.0.9']);
});

test('where nothing answers this client at all it may be its own road', async () => {
  const capture = new Conversations();
  for (const server of [7, 8, 9]) for (const start of [0, 20]) unanswered(capture, start + server, { server });
  capture.until(120);
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error silent-host path 10.0.0.1']);
  expect(diagnoses[0]!.confidence).toBe('possible');
  expect(diagnoses[0]!.message).toMatch(
    /^Nobody answers 10\.0\.0\.1: 6 attempts to connect to 3 hosts \(10\.0\.0\.7, 10\.0\.0\.8 and 10\.0\.0\.9\) were /,
  );
});

test('many silent hosts are one story: a network is gone', async () => {
  const capture = new Conversations();
  for (const server of [20, 21, 22, 23]) for (const client of [1, 2]) unanswered(capture, server, { client, server });
  for (let index = 0; index < 12; index++) served(capture, index * 5, { client: 1 + (index & 1) });
  capture.until(150);
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error silent-host path 10.0.0.20']);
  expect(diagnoses[0]!.message).toMatch(/^4 hosts \(10\.0\.0\.20, 10\.0\.0\.21, 10\.0\.0\.22 and 1 more\) answer nobody: /);
  expect(diagnoses[0]!.numbers).toMatchObject({ hosts: 4, attempts: 8 });
});

test('not of a host that is heard, nor of what an ICMP error answers, nor of a SYN that just came', async () => {
  const heard = new Conversations();
  for (let index = 0; index < 5; index++) unanswered(heard, index, { server: 9 });
  served(heard, 1, { server: 9, port: 22 });
  heard.until(120);
  const rejected = new Conversations();
  for (let index = 0; index < 4; index++)
    rejected.begin({ server: 9 }).send(index * 10, 'client', SYN).unreachable(index * 10 + 0.001, 8, 1);
  rejected.until(60);
  const young = new Conversations();
  for (let index = 0; index < 4; index++) unanswered(young, index / 10, { server: 9 }, 1);
  served(young, 0.4);
  for (const capture of [heard, rejected, young])
    expect((await capture.diagnoses()).map(({ id }) => id)).not.toContain('silent-host');
});

test('nor where the capture has one direction: what its clients acknowledge shows that they heard it', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 6; index++) {
    capture.begin({ server: 9 }).open(index).exchange(index + 0.01).close(index + 0.03, 'client');
    capture.begin({ server: 9, port: 443 }).send(10 + index, 'client', SYN);
  }
  const toServer = capture.frames.filter(({ data }) => data[29] === 1);
  capture.frames.splice(0, capture.frames.length, ...toServer);
  capture.until(40);
  expect((await capture.diagnoses()).map(({ id }) => id)).not.toContain('silent-host');
});

test('nor of two attempts that somebody gave up at once', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 2; index++) unanswered(capture, index * 10, { server: 9 }, 1);
  served(capture, 12);
  capture.until(120);
  expect((await capture.diagnoses()).map(inShort)).toEqual([]);
});

test('a host that dies while it is asked: what stood and who knocks since are one story', async () => {
  for (const isBack of [false, true]) {
    const capture = new Conversations();
    const session = capture.begin({ server: 9, port: 3260 }).open(0);
    for (let time = 1; time < 29; time += 1.3) session.exchange(time, 0.002, 48, 48);
    session.say(30, 'client', 48, true);
    for (const after of [0.2, 0.6, 1.4, 3, 6.2]) session.again(30 + after, 'client');
    session.close(40, 'client', false);
    for (let index = 0; index < 4; index++) unanswered(capture, 40.1 + index * 15, { server: 9, port: 3260 }, 4);
    for (let index = 0; index < 10; index++) served(capture, index * 9);
    if (isBack) capture.begin({ server: 9, port: 3260 }).open(101).exchange(101.1);
    capture.until(130);
    const told = (await capture.diagnoses()).filter(({ severity }) => severity !== 'info');
    expect(told.some(({ id }) => id === 'silent-host')).toBe(!isBack);
    if (isBack) continue;
    expect(told.map(inShort)).toEqual(['error silent-host path 10.0.0.9']);
    expect(told[0]!.message).toContain(
      '10.0.0.9 fell silent: what 1 connection that stood sent up to 6 times was never acknowledged, and 4 attempts of ' +
        '10.0.0.1 to connect since were in vain',
    );
    expect(told[0]!.explains.toSorted()).toEqual(['half-open', 'unanswered']);
  }
});

test('captured twice, before and behind a router, it is the same story', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 4; index++) unanswered(capture, index * 20, { server: 9, port: 445 }, 3);
  for (let index = 0; index < 12; index++) served(capture, index * 7);
  const routed = capture.frames.map(({ time, data }) => ({ time: time + 30e-6, data: data.with(22, data[22]! - 1) }));
  capture.frames.push(...routed);
  capture.until(120);
  const [told, ...others] = (await capture.diagnoses()).filter(({ severity }) => severity !== 'info');
  expect([inShort(told!), ...others]).toEqual(['error silent-host path 10.0.0.9']);
  expect(told!.numbers).toMatchObject({ attempts: 4, syns: 3 });
});
