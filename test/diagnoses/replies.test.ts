import { expect, test } from 'vitest';

import { Conversations, inShort } from './conversations.js';

/** A server that says something now and then, which its client acknowledges in twelve bytes; and who closes, when. */
function pushes(closer: 'client' | 'server', after: (index: number) => number, last = 12): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < 6; index++) {
    const at = index * 20;
    const session = capture.begin({ port: 9222 }).open(at).exchange(at + 0.003, 0.01, 60, 200);
    for (let beat = 1; beat <= 4; beat++)
      session.say(at + beat * 2.3, 'server', 300).say(at + beat * 2.3 + 0.002, 'client', beat === 4 ? last : 12)
        .acknowledge(at + beat * 2.3 + 0.04, 'server');
    const end = at + 9.202 + after(index);
    session.close(end, closer).close(end + 0.008, closer === 'client' ? 'server' : 'client');
  }
  return capture;
}

test('who answers pushes in a few bytes, and closes later, waited for nothing', async () => {
  for (const after of [(index: number) => 0.3 + index * 0.7, (index: number) => 4 + index * 0.7]) {
    for (const closer of ['client', 'server'] as const) {
      const { diagnoses, findings } = await pushes(closer, after).analyze();
      expect([...diagnoses, ...findings]).toEqual([]);
    }
  }
});

test('a long word behind a push may be a request', async () => {
  expect((await pushes('server', () => 3, 400).diagnoses()).map(inShort)).toEqual([
    'error closed-without-answer server 10.0.0.2',
  ]);
});

test('a short request behind a slow answer is one', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 6; index++) {
    const at = index * 9;
    capture.begin({ port: 9222 }).open(at).exchange(at + 0.003, 2.5, 20, 200).say(at + 2.507, 'client', 20)
      .acknowledge(at + 2.55, 'server').close(at + 5.5, 'client').close(at + 5.51, 'server');
  }
  expect((await capture.diagnoses()).map(inShort)).toEqual(['error client-patience client 10.0.0.1']);
});

test('an answer of SIP asks for nothing, whoever closes behind it', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 6; index++) {
    const phone = capture.begin({ client: 10 + index, port: 5060 }).open(index)
      .exchange(index + 0.01, 0.02, 'REGISTER sip:x SIP/2.0\r\n\r\n', 'SIP/2.0 200 OK\r\n\r\n');
    for (let turn = 1; turn < 5; turn++) {
      const at = index + turn * 30;
      phone.say(at, 'server', 'OPTIONS sip:u SIP/2.0\r\n\r\n')
        .say(at + 0.02, 'client', `SIP/2.0 200 OK\r\nContact: ${'c'.repeat(150)}\r\n\r\n`)
        .acknowledge(at + 0.06, 'server');
    }
    const end = index + 123 + index * 2.7;
    phone.close(end, index % 2 ? 'client' : 'server').close(end + 0.02, index % 2 ? 'server' : 'client');
  }
  const { diagnoses, findings } = await capture.analyze();
  expect([...diagnoses, ...findings].filter(({ severity }) => severity !== 'info')).toEqual([]);
});
