import { expect, test } from 'vitest';

import { Conversations, inShort } from '../conversations.js';

interface Beats {
  readonly clients: number;
  /** Whether the clients come again. */
  readonly isBack?: boolean;
  readonly farewell?: string;
  /** Seconds between two beats of each end while both speak, and while the server is mute. */
  readonly before?: number;
}

/** Both ends say that they live every second; then the server is mute, and after five beats its client leaves. */
function beating({ clients, isBack = true, farewell, before = 1 }: Beats): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < clients; index++) {
    const start = index * 0.7;
    const tunnel = capture.begin({ client: 10 + index, port: 1194 }).open(start);
    let at = start + 0.1;
    for (let beat = 0; beat < 8; beat++, at += before) tunnel.exchange(at, 0.05, 40, 40);
    const heard = at - before + 0.05;
    for (let beat = 0; beat < 5; beat++)
      tunnel.say(heard + 1 + beat, 'client', 40).acknowledge(heard + 1.001 + beat, 'server');
    if (farewell !== undefined) tunnel.say(heard + 5.99, 'client', farewell).acknowledge(heard + 5.992, 'server');
    tunnel.close(heard + 6, 'client').close(heard + 6.01, 'server');
    if (isBack)
      capture.begin({ client: 10 + index, port: 1194 }).open(heard + 7).exchange(heard + 7.1, 0.05, 40, 40)
        .exchange(heard + 8.1, 0.05, 40, 40);
  }
  return capture;
}

test('clients whose server falls silent leave it after as long, and come again', async () => {
  const [told, ...others] = await beating({ clients: 4 }).diagnoses();
  expect([inShort(told!), ...others]).toEqual(['warning client-patience server 10.0.0.2']);
  expect(told!.message).toBe(
    '10.0.0.2:1194 said nothing any more on 4 connections, though 4 clients spoke on: they left it after 6.00 s, and ' +
      'came again.',
  );
  expect(told!.numbers).toMatchObject({ matching: 4, seconds: 6, clients: 4 });
});

test('so does one of them, which may have a reason of its own', async () => {
  const [told, ...others] = await beating({ clients: 1 }).diagnoses();
  expect([inShort(told!), ...others]).toEqual(['warning client-patience server 10.0.0.2']);
  expect(told!.confidence).toBe('possible');
  expect(told!.message).toBe(
    '10.0.0.2:1194 said nothing any more on 1 connection, though 10.0.0.10 spoke on: it left after 6.00 s, and came ' +
      'again.',
  );
});

test.each([
  ['who does not come again has left for good', { clients: 4, isBack: false }],
  ['who says good-bye has, too', { clients: 4, farewell: 'QUIT :bye\r\n' }],
  ['who had been answered at once, and speaks on for long, sends what wants no answer', { clients: 4, before: 0.1 }],
])('%s', async (_, beats) => {
  expect((await beating(beats).diagnoses()).filter(({ message }) => message.includes('said nothing'))).toEqual([]);
});
