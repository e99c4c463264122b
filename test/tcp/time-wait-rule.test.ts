import { describe, expect, it } from 'vitest';

import { answerToSyn } from '../../src/tcp/time-wait-rule.js';

describe('a SYN into TIME-WAIT', () => {
  // Measured on Linux 6.18: test/vectors/tw_*.pcap.
  it.each([
    ['a newer sequence number, no timestamps', 1000, null, 'accepted'],
    ['an older one, no timestamps', -1000, null, 'challenged'],
    ['the same one, no timestamps', 0, null, 'challenged'],
    ['an older one, but a newer timestamp', -1000, 5, 'accepted'],
    ['an older one, the same timestamp', -1000, 0, 'challenged'],
    ['a newer one, but an older timestamp (PAWS)', 1000, -5, 'challenged'],
    ['a newer one, the same timestamp', 1000, 0, 'accepted'],
  ] as const)('on Linux: %s', (_, distance, advance, answer) => {
    expect(answerToSyn('linux', distance, advance)).toBe(answer);
  });

  it('elsewhere: an older one is dropped by BSD and answered by Windows', () => {
    expect(
      (['freebsd', 'macos', 'windows'] as const).map((system) => [
        answerToSyn(system, 1, null), answerToSyn(system, -1, 5),
      ]),
    ).toEqual([
      ['accepted', 'dropped'], ['accepted', 'dropped'], ['accepted', 'challenged'],
    ]);
  });
});
