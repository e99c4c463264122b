import { expect, test } from 'vitest';

import { Conversations, inShort } from './conversations.js';

/** Two downloads whose reader shuts its window for so long, while the server asks. */
function downloads(stall: number, client = 1, capture = new Conversations()): Conversations {
  for (const start of [0, 0.5]) {
    const download = capture
      .begin({ client })
      .open(start)
      .say(start + 0.01, 'client', 80)
      .say(start + 0.02, 'server', 1400)
      .window(start + 0.03, 'client', 0);
    for (let asked = 0.2; asked < stall; asked *= 2)
      download.probe(start + 0.03 + asked, 'server').window(start + 0.031 + asked, 'client', 0);
    const open = start + 0.03 + stall;
    download
      .window(open, 'client', 500)
      .say(open + 0.001, 'server', 1400)
      .acknowledge(open + 0.002, 'client')
      .close(open + 0.01, 'server')
      .close(open + 0.02, 'client');
  }
  return capture;
}

test('a client does not read for nine seconds what the server has for it', async () => {
  const diagnoses = await downloads(9).diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['warning stalled-reader client 10.0.0.1']);
  expect(diagnoses[0]!.numbers).toMatchObject({ connections: 2, of: 2 });
  expect(diagnoses[0]!.numbers['seconds']).toBeCloseTo(9, 1);
});

test('four clients that do not read are one story', async () => {
  const capture = new Conversations();
  for (const client of [1, 3, 4, 5]) downloads(9 + client, client, capture);
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['warning stalled-reader client 10.0.0.1']);
  expect(diagnoses[0]!.message).toMatch(/^4 clients do not read for 14\.0\d s what 10\.0\.0\.2:80 has for them: window 0 on 8 of 8/);
  expect(diagnoses[0]!.numbers).toMatchObject({ connections: 8, of: 8, clients: 4 });
});

/** Two downloads that pause for so long and go on, the last of them until the server has sent all and the client goes. */
function paused(pause: number, isGivenUp = false): Conversations {
  const capture = new Conversations();
  for (const start of [0, 3]) {
    const download = capture.begin().open(start).say(start + 0.01, 'client', 'GET /film HTTP/1.1\r\n\r\n');
    download.say(start + 0.02, 'server', `HTTP/1.1 200 OK\r\nContent-Length: 2500\r\n\r\n${'x'.repeat(1200)}`);
    download.window(start + 0.03, 'client', 0);
    for (let asked = 0.2; asked < pause; asked *= 2)
      download.probe(start + 0.03 + asked, 'server').window(start + 0.031 + asked, 'client', 0);
    const open = start + 0.03 + pause;
    download.window(open, 'client', 500);
    if (isGivenUp && start > 0) {
      download.say(open + 0.001, 'server', 800).close(open + 0.002, 'server').close(open + 0.01, 'client');
      continue;
    }
    download.say(open + 0.001, 'server', 1300).acknowledge(open + 0.002, 'client');
    download.close(open + 0.01, 'client').close(open + 0.02, 'server');
  }
  return capture;
}

test('a player that pauses for a minute and goes on is information', async () => {
  const [told, ...others] = await paused(60).diagnoses();
  expect([inShort(told!), ...others]).toEqual(['info stalled-reader client 10.0.0.1']);
  expect(told!.message).toMatch(/window 0 on 2 of 2 connections; then it reads on\.$/);
});

test('one of the two that the server gave up meanwhile is none', async () => {
  const [told, ...others] = await paused(61, true).diagnoses();
  expect([inShort(told!), ...others]).toEqual(['error stalled-reader client 10.0.0.1']);
  expect(told!.message).not.toContain('reads on');
});

/** What is told of a download that stands still for 70 s when the capture ends, or until an end aborts it. */
async function standing(how: 'stands' | 'client aborts' | 'server aborts'): Promise<string[]> {
  const length = 70;
  const capture = new Conversations();
  const download = capture.begin().open(0).say(0.01, 'client', 80).say(0.02, 'server', 1400).window(0.03, 'client', 0);
  for (let asked = 0.2; asked < length; asked *= 2)
    download.probe(0.03 + asked, 'server').window(0.031 + asked, 'client', 0);
  if (how !== 'stands') download.reset(length, how === 'client aborts' ? 'client' : 'server');
  capture.until(length + 0.1);
  return (await capture.diagnoses()).map(inShort);
}

test('a client that may read on later, or has left by itself, is no error; one that its server gave up is', async () => {
  expect(await standing('stands')).toEqual(['warning stalled-reader client 10.0.0.1']);
  expect(await standing('client aborts')).toEqual(['warning stalled-reader client 10.0.0.1']);
  expect(await standing('server aborts')).toEqual(['error stalled-reader client 10.0.0.1']);
});

test('half a second is flow control', async () => {
  expect(await downloads(0.5).diagnoses()).toEqual([]);
});

test('an answer that its server cuts off because nobody reads it is the same story', async () => {
  const capture = new Conversations();
  for (const client of [1, 3, 4]) {
    const download = capture.begin({ client }).open(client).say(client + 0.01, 'client', 'GET /iso HTTP/1.1\r\n\r\n')
      .say(client + 0.02, 'server', `HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n${'x'.repeat(1300)}`)
      .window(client + 0.03, 'client', 0);
    for (let asked = 0.2; asked < 60; asked *= 2)
      download.probe(client + 0.03 + asked, 'server').window(client + 0.031 + asked, 'client', 0);
    download.reset(client + 60.02, 'server');
  }
  const { diagnoses, groups } = await capture.analyze();
  const found = ['incomplete-message', 'linger-reset', 'stalled-reader'];
  expect(groups.map(({ finding }) => finding).sort()).toEqual(found);
  expect(diagnoses.map(inShort)).toEqual(['error stalled-reader client 10.0.0.1']);
  expect(diagnoses[0]!.explains).toEqual(found);
});

/** Four uploads that fill the kernel's buffer and stop; where the server `answers`, a program has had them. */
function uploads(answers: boolean): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < 4; index++) {
    const upload = capture.begin({ port: 2080 }).open(index * 2);
    const begin = index * 2 + 0.01;
    for (let piece = 0; piece < 6; piece++)
      upload.say(begin + piece * 0.01, 'client', 1400).acknowledge(begin + piece * 0.01 + 0.001, 'server');
    if (answers)
      upload.say(begin + 0.1, 'server', 20).acknowledge(begin + 0.101, 'client').say(begin + 0.2, 'client', 1400);
    upload.window(begin + 0.3, 'server', 0);
    for (let asked = 0.3; asked < 40; asked *= 2)
      upload.probe(begin + 0.3 + asked, 'client').window(begin + 0.301 + asked, 'server', 0);
  }
  capture.until(90);
  return capture;
}

test('a server that has never touched any of its connections does not seem to call accept()', async () => {
  const [told] = await uploads(false).diagnoses();
  expect(inShort(told!)).toBe('error stalled-reader server 10.0.0.2');
  expect(told!.message).toContain('it has never said a word on any of them: nobody seems to call accept()');
  expect((await uploads(true).diagnoses())[0]!.message).not.toContain('accept()');
});

test('a proxy that stops reading since its clients do is part of their story', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 3; index++) {
    const begin = index * 2.1;
    for (const [after, ends] of [[0, { client: 20 + index, server: 5 }], [0.1, { client: 5, server: 9 }]] as const) {
      const leg = capture.begin(ends).open(begin + after).say(begin + after + 0.01, 'client', 90);
      leg.say(begin + after + 0.02, 'server', 1400).window(begin + after + 0.5, 'client', 0);
      for (const later of [0.2, 0.6, 1.4, 3, 6.2, 12.6]) {
        leg.probe(begin + after + 0.5 + later, 'server');
        leg.window(begin + after + 0.501 + later, 'client', 0);
      }
    }
  }
  capture.until(40);
  const [told, ...others] = await capture.diagnoses();
  expect([inShort(told!), ...others]).toEqual(['warning stalled-reader client 10.0.0.20']);
  expect(told!.message).toContain('; 10.0.0.5 stops reading what 10.0.0.9:80 has for it meanwhile.');
});

test('a window that was closed when the writer gave up is so no longer than until then', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 3; index++) {
    const at = index * 40;
    const download = capture.begin({ client: 10 + index }).open(at).say(at + 0.01, 'client', 40)
      .say(at + 0.02, 'server', 1448).window(at + 0.05, 'client', 0);
    for (const after of [0.3, 0.9, 2.1, 4.5, 9.3])
      download.probe(at + 0.05 + after, 'server').window(at + 0.051 + after, 'client', 0);
    download.reset(at + 20.05, 'server');
  }
  capture.until(300);
  const [told] = await capture.diagnoses();
  expect(inShort(told!)).toBe('error stalled-reader client 10.0.0.10');
  expect(told!.message).toContain('3 clients do not read for 20.00 s');
});
