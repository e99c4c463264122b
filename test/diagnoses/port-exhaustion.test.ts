import { expect, test } from 'vitest';

import { Conversations, inShort } from './conversations.js';

function used(
  ports: readonly number[], closer: 'client' | 'server' = 'client', client = 1, capture = new Conversations(), from = 0,
): Conversations {
  const other = closer === 'client' ? 'server' : 'client';
  ports.forEach((clientPort, index) => {
    const start = from + index * 0.003;
    capture
      .begin({ client, clientPort })
      .open(start)
      .exchange(start + 0.003)
      .close(start + 0.02, closer)
      .close(start + 0.021, other);
  });
  return capture;
}

/** By steps of 2 from somewhere in the middle, round at the upper end, the odd ones last: as Linux does. */
const ROUND = Array.from({ length: 400 }, (_, index) => 52_000 + ((260 + index * 2) % 400) + (index < 200 ? 0 : 1));

test('each port of a range was used once, in an order that went round', async () => {
  const diagnoses = await used(ROUND).diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error port-exhaustion client 10.0.0.1']);
  expect(diagnoses[0]!.message).toContain('400 of 400 local ports (52000-52399) to 10.0.0.2:80');
  expect(diagnoses[0]!.numbers).toMatchObject({ ports: 400, of: 400, low: 52_000, high: 52_399 });
});

test('ascending ports have no end, few ports tell nothing, and the server may hold TIME-WAIT', async () => {
  expect(await used(Array.from({ length: 400 }, (_, index) => 52_000 + index)).diagnoses()).toEqual([]);
  expect(await used(ROUND.slice(0, 150)).diagnoses()).toEqual([]);
  expect((await used(ROUND, 'server').diagnoses()).map(({ id }) => id)).not.toContain('port-exhaustion');
});

test('many clients at once are one story, which says what they have in common', async () => {
  const capture = new Conversations();
  for (const client of [11, 12]) used(ROUND, 'client', client, capture);
  expect((await capture.diagnoses()).map(inShort)).toEqual([
    'error port-exhaustion client 10.0.0.11', 'error port-exhaustion client 10.0.0.12',
  ]);
  used(ROUND, 'client', 13, capture);
  const [all, ...others] = await capture.diagnoses();
  expect([inShort(all!), ...others]).toEqual(['error port-exhaustion client 10.0.0.11']);
  expect(all!.message).toBe(
    '3 clients (10.0.0.11, 10.0.0.12, 10.0.0.13) run out of local ports to 10.0.0.2:80 at once: 1200 ports within ' +
      '1.20 s, most of them in TIME-WAIT.',
  );
  expect(all!.numbers).toMatchObject({ clients: 3, ports: 1200 });
  expect(all!.flows).toBe(1200);
});

test('one after the other, minutes apart, have nothing in common', async () => {
  const capture = new Conversations();
  for (const client of [11, 12, 13]) used(ROUND, 'client', client, capture, (client - 11) * 120);
  expect(await capture.diagnoses()).toHaveLength(3);
});
