import { describe, expect, it } from 'vitest';

import type { Analysis } from '../../src/analysis/model.js';
import { Conversations } from './conversations.js';

/** Healthy conversations of several kinds. */
function healthy(): Conversations {
  const capture = new Conversations();
  for (let index = 0; index < 12; index++) {
    const start = index * 1.5;
    // A short one that its client closes.
    capture
      .begin({ port: 80 })
      .open(start)
      .exchange(start + 0.01)
      .close(start + 0.05, 'client')
      .close(start + 0.06, 'server');
    // A kept one that its server closes when it has been idle for five seconds, and whose client throws it away.
    capture
      .begin({ port: 8080 })
      .open(start)
      .exchange(start + 0.01)
      .exchange(start + 1)
      .close(start + 6.005, 'server')
      .reset(start + 9, 'client');
    // One with slow answers.
    capture
      .begin({ port: 5432, client: 3 + (index % 3) })
      .open(start)
      .exchange(start + 0.1, 1.2)
      .exchange(start + 2, 2.5)
      .close(start + 8, 'client')
      .close(start + 8.01, 'server');
    // One whose client's host sent its request again, and one whose SYN was lost once.
    capture
      .begin({ port: 8081 })
      .open(start)
      .say(start + 0.1, 'client', 90, true)
      .again(start + 0.3, 'client')
      .again(start + 0.7, 'client')
      .say(start + 0.8, 'server', 200)
      .close(start + 0.9, 'client')
      .close(start + 0.91, 'server');
  }
  capture.until(40);
  return capture;
}

function sourcePort(frame: Uint8Array): number {
  return (frame[34]! << 8) | frame[35]!;
}

/** What a tap sees that one direction alone passes by: frames with the ports of servers on one side. */
async function halfOf(capture: Conversations, role: 'client' | 'server'): Promise<Analysis> {
  const kept = capture.frames.filter(
    ({ data }) => data[12] !== 8 || data[13] !== 0 || sourcePort(data) >= 40_000 === (role === 'client'),
  );
  capture.frames.splice(0, capture.frames.length, ...kept);
  return capture.analyze();
}

describe('one direction alone was captured', () => {
  it.each(['client', 'server'] as const)('what the %s sent is no reason for an alarm', async (role) => {
    const analysis = await halfOf(healthy(), role);
    const alarms = [...analysis.diagnoses, ...analysis.findings].filter(({ severity }) => severity !== 'info');
    expect(alarms.map(({ id, message }) => `${id}: ${message}`)).toEqual([]);
    expect(analysis.connectionCount).toBe(48);
    const judged = [...analysis.connections()].map(({ verdict, doubt }) => `${verdict} ${doubt}`);
    const noted = role === 'client' ? ['found null'] : [];
    expect(new Set(judged)).toEqual(new Set(['unknown one-way', ...noted]));
  });

  it('a client that hears nothing at all is another matter', async () => {
    const capture = new Conversations();
    const said = capture.begin().standing().say(0, 'client', 90, true);
    for (const time of [0.2, 0.6, 1.4, 3, 6.2, 12.6]) said.again(time, 'client');
    capture.until(40);
    const { findings } = await capture.analyze();
    expect(findings.map(({ id, cause }) => `${id} ${cause}`)).toEqual(['half-open retransmission-timeout']);
  });
});

it.each([['client', 0], ['client', 1], ['server', 0], ['server', 1]] as const)(
  'keepalives of a %s with %d bytes, of which the answers were not captured, say nothing of its peer',
  async (role, bytesOfIt) => {
    const capture = new Conversations();
    for (let index = 0; index < 10; index++) {
      const kept = capture.begin({ port: 445, client: 10 + index }).open(index * 0.3).exchange(index * 0.3 + 0.01);
      for (let time = 30; time < 300; time += 30) kept.probe(index * 0.3 + time, role, bytesOfIt);
    }
    capture.until(310);
    const { findings, diagnoses } = await halfOf(capture, role);
    expect([...findings, ...diagnoses].filter(({ severity }) => severity !== 'info')).toEqual([]);
  },
);
