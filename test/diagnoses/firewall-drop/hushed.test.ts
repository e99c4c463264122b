import { expect, test } from 'vitest';

import { Conversations } from '../conversations.js';

interface Case {
  /** Hosts to which it happens. */
  readonly hosts?: number;
  /** Seconds from the handshake to the words that nobody hears. */
  readonly after?: number;
  readonly length?: number;
  /** Something else of the client goes on. */
  readonly goesOn?: boolean;
  /** The last of these is heard at last. */
  readonly isLate?: boolean;
}

/** A client that is heard by each of several hosts, one after the other, for its first words alone. */
function hushed({ hosts = 4, after = 0.1, length = 80, goesOn = true, isLate = false }: Case = {}): Conversations {
  const capture = new Conversations();
  for (let host = 0; host < hosts; host++) {
    const begin = host * 7;
    const conversation = capture.begin({ server: 10 + host, port: 443 }).open(begin).exchange(begin + 0.01);
    conversation.say(begin + after, 'client', length, true);
    for (const later of [0.4, 1.2, 2.8, 6, 12]) conversation.again(begin + after + later, 'client');
    if (isLate && host === hosts - 1) {
      conversation.say(begin + after + 13, 'client', 8).acknowledge(begin + after + 13.001, 'server');
      conversation.say(begin + after + 13.1, 'server', 60).acknowledge(begin + after + 13.102, 'client');
    } else conversation.close(begin + after + 15, 'client', false);
  }
  if (goesOn) {
    const other = capture.begin({ server: 90, port: 80 }).open(0);
    for (let time = 1; time < 60; time += 0.7) other.exchange(time);
  }
  capture.until(90);
  return capture;
}

test('what a client says behind its first words is dropped, whomever it talks to', async () => {
  const [diagnosis, ...others] = await hushed().diagnoses();
  expect(others).toEqual([]);
  expect(diagnosis).toMatchObject({
    id: 'firewall-drop', severity: 'error', confidence: 'likely', by: { role: 'path', address: '10.0.0.1' },
    numbers: { matching: 4, of: 5, hosts: 4, others: 1, repeats: 5 }, explains: ['half-open'],
  });
  expect(diagnosis!.message).toBe(
    'Something on the way drops what 10.0.0.1 says behind its first words to 4 hosts (10.0.0.10, 10.0.0.11, ' +
      '10.0.0.12, …): on 4 of 5 connections it was sent again up to 5 times in 15.00 s and never acknowledged, while ' +
      '1 other went on.',
  );
});

test('one that comes through late is a part of it', async () => {
  const [diagnosis] = await hushed({ isLate: true }).diagnoses();
  expect(diagnosis).toMatchObject({ id: 'firewall-drop', numbers: { matching: 4, hosts: 4 } });
  expect(diagnosis!.message).toContain('never acknowledged (on 1 late), while');
});

test('two hosts may have gone, and so may peers that had stayed for a while', async () => {
  for (const capture of [hushed({ hosts: 2 }), hushed({ after: 30 })])
    expect((await capture.diagnoses()).map(({ id }) => id)).not.toContain('firewall-drop');
});

test('where nothing goes on the road of the client is cut, and large segments may be lost for their size', async () => {
  for (const capture of [hushed({ goesOn: false }), hushed({ length: 1400 })])
    expect((await capture.diagnoses()).map(({ id }) => id)).not.toContain('firewall-drop');
});
