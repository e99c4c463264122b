import { expect, test } from 'vitest';

import { Conversations, inShort } from './conversations.js';

/** Eight connections that ask at a pace of their own until the server closes them, `age` seconds after they began. */
function aged(age: (index: number) => number, lost: (index: number) => boolean, pace = 0.37): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < 8; index++) {
    const start = index * 1.9;
    const end = start + age(index);
    const conversation = capture.begin({ port: 8080 }).open(start);
    let at = start + 0.1;
    for (let turn = 0; at < end - 0.2; at += pace + (((index + 3) * (turn++ + 5)) % 7) * 0.11)
      conversation.exchange(at, 0.01);
    if (lost(index)) {
      conversation.send(end, 'server', 0x11, new Uint8Array(0), true).say(end + 0.0005, 'client', 80, true);
      conversation.reset(end + 0.0015, 'server', { bare: true });
    } else conversation.close(end, 'server').close(end + 0.01, 'client');
  }
  return capture;
}

test('a proxy ends connections ten seconds after they began, in the middle of what they do', async () => {
  const diagnoses = await aged(() => 10, (index) => index % 2 === 0).diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error age-limit server 10.0.0.2']);
  expect(diagnoses[0]!.message).toBe(
    '10.0.0.2:8080 ends connections 10.00 s after they began, whatever passes on them (8 of 8); 4 requests crossed ' +
      'the close and were lost.',
  );
  expect(diagnoses[0]!.numbers).toMatchObject({ seconds: 10, matching: 8, of: 8, lost: 4 });
});

test('where nothing is lost it is information', async () => {
  expect((await aged(() => 10, () => false).diagnoses()).map(inShort)).toEqual(['info age-limit server 10.0.0.2']);
});

test('connections that end at all ages show none', async () => {
  const diagnoses = await aged((index) => 5 + index * 1.3, (index) => index % 2 === 0).diagnoses();
  expect(diagnoses.filter(({ id }) => id === 'age-limit')).toEqual([]);
});

test('an idle limit behind the same requests is told as that', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 8; index++) {
    const start = index * 1.9;
    const conversation = capture.begin({ port: 8080 }).open(start);
    for (const at of [0.1, 1.1, 2.1, 3.1]) conversation.exchange(start + at, 0.01);
    conversation.close(start + 8.1, 'server').say(start + 9, 'client', 80);
    conversation.reset(start + 9.001, 'server', { bare: true });
  }
  expect((await capture.diagnoses()).map(inShort)).toEqual(['error idle-limit server 10.0.0.2']);
});
