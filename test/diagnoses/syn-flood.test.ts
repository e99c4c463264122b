import { expect, test } from 'vitest';

import { ACK, SYN } from '../../src/decode/segment.js';
import { Conversations, inShort } from './conversations.js';

/** Handshakes that stop at the SYN-ACK, of as many addresses, beside six that are served. */
function flood(count: number, sources: number): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < count; index++) {
    const start = index * 0.01;
    capture
      .begin({ client: 1000 + (index % sources) })
      .send(start, 'client', SYN)
      .send(start + 0.001, 'server', SYN | ACK, undefined, true);
  }
  for (let index = 0; index < 6; index++)
    capture
      .begin()
      .open(index * 0.2)
      .exchange(index * 0.2 + 0.01)
      .close(index * 0.2 + 0.03, 'client')
      .close(index * 0.2 + 0.04, 'server');
  capture.until(count * 0.01 + 10);
  return capture;
}

test('handshakes of many addresses that nobody goes on with', async () => {
  const diagnoses = await flood(400, 400).diagnoses();
  expect(diagnoses.map(inShort)).toEqual(['warning syn-flood client 10.0.0.0/16']);
  expect(diagnoses[0]!.numbers).toMatchObject({ handshakes: 400, sources: 400, served: 6, of: 6 });
});

test('a few, or many of a few addresses, are none', async () => {
  expect((await flood(60, 60).diagnoses()).map(({ id }) => id)).not.toContain('syn-flood');
  expect((await flood(400, 40).diagnoses()).map(({ id }) => id)).not.toContain('syn-flood');
});

test('a busy server has none', async () => {
  const capture = new Conversations();
  for (let index = 0; index < 300; index++) {
    const start = index * 0.01;
    capture
      .begin({ client: 1000 + index })
      .open(start)
      .exchange(start + 0.003)
      .close(start + 0.02, 'client')
      .close(start + 0.021, 'server');
  }
  expect(await capture.diagnoses()).toEqual([]);
});
