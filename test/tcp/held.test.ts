import { expect, it } from 'vitest';

import { ACK, FIN, SYN } from '../../src/decode/segment.js';
import { DONT_FRAGMENT } from '../../src/flow/history/telling-segment.js';
import { fold } from '../../src/tcp/fold.js';
import { timers } from '../../src/tcp/profiles.js';
import type { Profile } from '../../src/tcp/profiles.js';
import { storyOf } from './segment-history-fixture.js';

/** The client closes, then the server; the client's last acknowledgment has this IP ID. */
function held(ipId: number, system: Profile, marks: number): boolean {
  const history = storyOf(
    [
      { at: 0, flags: SYN }, { at: 0.01, talker: 1, flags: SYN | ACK, acknowledgment: 1 },
      { at: 0.02, flags: ACK, sequence: 1, acknowledgment: 1 },
      { at: 1, flags: FIN | ACK, sequence: 1, acknowledgment: 1 },
      { at: 1.01, talker: 1, flags: ACK, sequence: 1, acknowledgment: 2 },
      { at: 3, talker: 1, flags: FIN | ACK, sequence: 1, acknowledgment: 2 },
      { at: 3.01, flags: ACK, sequence: 2, acknowledgment: 2, ipId, marks },
    ],
    10,
  );
  return fold(history, [timers[system], timers.linux]).held[0];
}

it('a closer whose last acknowledgment goes on with its count of IP IDs was only shut down', () => {
  expect(held(4711, 'linux', DONT_FRAGMENT)).toBe(true);
});

it('one that sends IP ID 0 was closed: TIME-WAIT answers for it', () => {
  expect(held(0, 'linux', DONT_FRAGMENT)).toBe(false);
});

it('nothing follows from a count that goes on for all packets of the host', () => {
  expect(held(4711, 'windows', DONT_FRAGMENT)).toBe(false);
  expect(held(4711, 'linux', 0)).toBe(false);
});

it("nothing follows where the peer's FIN is the first to acknowledge its own: a full socket answers, closed or not", () => {
  const history = storyOf(
    [
      { at: 0, flags: SYN }, { at: 0.01, talker: 1, flags: SYN | ACK, acknowledgment: 1 },
      { at: 0.02, flags: ACK, sequence: 1, acknowledgment: 1 },
      { at: 1, flags: FIN | ACK, sequence: 1, acknowledgment: 1 },
      { at: 1.01, talker: 1, flags: FIN | ACK, sequence: 1, acknowledgment: 2 },
      { at: 1.02, flags: ACK, sequence: 2, acknowledgment: 2, ipId: 4711, marks: DONT_FRAGMENT },
    ],
    10,
  );
  expect(fold(history, [timers.linux, timers.linux]).held[0]).toBe(false);
});
