import { expect, test } from 'vitest';

import { Conversations, inShort } from './conversations.js';

/** Connections that a server closes after ten seconds and clients use again; one more stood before, and is closed at `at`. */
function closedIdle(at: number, isBefore = true): Conversations {
  const capture = new Conversations();
  capture.until(0);
  for (let index = 0; index < 6; index++) {
    const start = 0.2 + index * 0.7;
    const close = start + 0.015 + 10.003 + index * 0.002;
    capture.begin({ port: 6380 }).open(start).exchange(start + 0.01).close(close, 'server')
      .say(close + 2, 'client', 130).reset(close + 2.001, 'server', { bare: true });
  }
  const one = capture.begin({ port: 6380 });
  if (isBefore) one.standing();
  else one.open(at - 4).exchange(at - 3.9);
  one.close(at, 'server').say(at + 1.5, 'client', 130).reset(at + 1.501, 'server', { bare: true });
  return capture;
}

async function unexplained(capture: Conversations): Promise<number> {
  const analysis = await capture.analyze();
  expect(analysis.diagnoses.map(inShort)).toEqual(['error idle-limit server 10.0.0.2']);
  const faults = analysis.findings.filter(({ severity }) => severity !== 'info');
  return faults.filter((finding) => analysis.explanationOf(finding) === null).length;
}

test('a connection whose silence began before the capture is of the story of the others', async () => {
  expect(await unexplained(closedIdle(9.2))).toBe(0);
});

test('one that was closed when the clock would have been seen, or sooner than it runs, is not', async () => {
  expect(await unexplained(closedIdle(12))).toBe(1);
  expect(await unexplained(closedIdle(9.2, false))).toBe(1);
});
