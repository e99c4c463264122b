import { expect, test } from 'vitest';

import { Conversations, inShort } from './conversations.js';

/** Requests of which some draw a RST from a hop nearer, though the server answers. */
function filtered(each: (index: number) => boolean): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < 8; index++) {
    const connection = capture
      .begin({ serverTtl: 63 })
      .open(index)
      .say(index + 0.01, 'client', 83);
    if (each(index)) connection.reset(index + 0.01002, 'server', { bare: true, ttl: 64 });
    connection.say(index + 0.02, 'server', 200);
    if (!each(index))
      connection
        .acknowledge(index + 0.021, 'client')
        .close(index + 0.03, 'client')
        .close(index + 0.04, 'server');
  }
  return capture;
}

test('some requests draw a RST that the server did not send', async () => {
  const diagnoses = await filtered((index) => index % 2 === 1).diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['error firewall-reset path 10.0.0.2']);
  expect(diagnoses[0]).toMatchObject({ numbers: { matching: 4, of: 8, ttl: 64, ownTtl: 63 } });
  expect(diagnoses[0]!.explains).toContain('forged-reset');
});

test('one alone is a warning, and none is nothing', async () => {
  const diagnoses = await filtered((index) => index === 3).diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['warning firewall-reset path 10.0.0.2']);
  expect(diagnoses[0]).toMatchObject({ numbers: { matching: 1, of: 8 } });
  expect(await filtered(() => false).diagnoses()).toEqual([]);
});
