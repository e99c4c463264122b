import { expect, test } from 'vitest';

import { Conversations, inShort } from './conversations.js';

/** Uploads of which what is larger than 1400 bytes is lost, beside small requests. */
function road(large: number): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < 3; index++) {
    const start = index * 0.1;
    const upload = capture
      .begin()
      .open(start)
      .say(start + 0.01, 'client', 100)
      .acknowledge(start + 0.012, 'server')
      .say(start + 0.02, 'client', large, large > 1400);
    if (large > 1400) for (const later of [0.2, 0.6, 1.4, 3, 6.2]) upload.again(start + 0.02 + later, 'client');
    else
      upload
        .say(start + 0.03, 'server', 50)
        .acknowledge(start + 0.032, 'client')
        .close(start + 0.04, 'client')
        .close(start + 0.05, 'server');
    capture
      .begin()
      .open(start + 2)
      .exchange(start + 2.01)
      .close(start + 2.03, 'client')
      .close(start + 2.04, 'server');
  }
  return capture;
}

test('large segments never arrive, small ones do', async () => {
  const diagnoses = await road(1448).diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error path-mtu path 10.0.0.1']);
  expect(diagnoses[0]!.numbers).toMatchObject({ size: 1448, passes: 100, connections: 3, of: 3 });
});

test('where they arrive there is none, and what is lost beside them is loss', async () => {
  expect(await road(1400).diagnoses()).toEqual([]);
  const capture = road(1448);
  capture
    .begin()
    .open(5)
    .say(5.01, 'client', 1448)
    .say(5.02, 'server', 40)
    .acknowledge(5.03, 'client')
    .close(5.04, 'client')
    .close(5.05, 'server');
  expect((await capture.diagnoses()).map(({ id }) => id)).not.toContain('path-mtu');
});

test('a peer that closes at once is not kept waiting, though nobody hears what is sent again behind that', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 3; index++) {
    const start = index * 5;
    const session = capture.begin().open(start).exchange(start + 0.01).say(start + 0.5, 'client', 1101, true);
    session.close(start + 0.52, 'server').acknowledge(start + 0.521, 'client');
    for (const later of [0.2, 0.6, 1.4, 3]) session.again(start + 0.5 + later, 'client');
  }
  expect((await capture.diagnoses()).map(({ id }) => id)).not.toContain('path-mtu');
});

test('seen at the receiver, the large segments are holes that nobody fills: no leak of the server', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 5; index++) {
    const start = index * 4;
    capture
      .begin()
      .open(start)
      .say(start + 0.01, 'client', 200)
      .acknowledge(start + 0.02, 'server')
      .skip('server', 2896)
      .say(start + 0.03, 'server', 300, true)
      .acknowledge(start + 0.031, 'client')
      .close(start + 20, 'client');
  }
  capture.until(90);
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error path-mtu path 10.0.0.2']);
  expect(diagnoses[0]!.numbers).toMatchObject({ size: 1448, connections: 5, of: 5 });
});

test('a server whose large segments reach none of its clients is told once', async () => {
  const capture = new Conversations();
  for (let client = 20; client < 26; client++) {
    const conversation = capture.begin({ client, port: 443 }).open(client).say(client + 0.01, 'client', 500);
    conversation.acknowledge(client + 0.012, 'server').say(client + 0.02, 'server', 1448, true);
    for (const after of [0.2, 0.6, 1.4, 3, 6.2]) conversation.again(client + 0.02 + after, 'server');
    conversation.close(client + 10, 'client');
  }
  capture.until(60);
  const diagnoses = await capture.diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error path-mtu path 10.0.0.2']);
  expect(diagnoses[0]!.numbers).toMatchObject({ size: 1448, connections: 6, of: 6 });
  expect(diagnoses[0]!.message).toContain('from 10.0.0.2 to 6 hosts never arrive');
});

/** Clients that upload to servers; what is larger than 1400 bytes is lost of those whose uploads are named. */
function site(lost: readonly (readonly [client: number, server: number])[]): Conversations {
  const capture = new Conversations();
  for (const client of [11, 12, 13])
    for (const server of [21, 22]) {
      const start = client + server / 10;
      const upload = capture.begin({ client, server }).open(start).exchange(start + 0.01, 0.005, 300, 400);
      if (lost.some(([one, other]) => one === client && other === server)) {
        upload.say(start + 0.1, 'client', 1448, true);
        for (const later of [0.2, 0.6, 1.4, 3]) upload.again(start + 0.1 + later, 'client');
      } else upload.close(start + 0.1, 'client').close(start + 0.11, 'server');
      capture
        .begin({ client, server })
        .open(start + 6)
        .exchange(start + 6.01)
        .close(start + 6.1, 'client')
        .close(start + 6.11, 'server');
    }
  return capture;
}

test('clients of a site that upload to several servers, each once, are one story', async () => {
  const diagnoses = await site([[11, 21], [12, 21], [12, 22], [13, 22]]).diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error path-mtu path 10.0.0.11']);
  expect(diagnoses[0]!.message).toMatch(
    /^Path MTU: segments of 1448 bytes from 3 hosts to 2 hosts never arrive, those of 300 bytes do: 4 of 4 /,
  );
});

test('what was lost once, and shares no host with others, is an accident', async () => {
  expect((await site([[11, 21], [12, 22]]).diagnoses()).map(({ id }) => id)).not.toContain('path-mtu');
});
