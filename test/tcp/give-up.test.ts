import { describe, expect, it } from 'vitest';

import { ACK, FIN, RST, SYN } from '../../src/decode/segment.js';
import { FOREIGN, PROBE, REPEAT } from '../../src/flow/history/telling-segment.js';
import { givesUpAt } from '../../src/tcp/give-up.js';
import { SECOND } from '../../src/base/time.js';
import { type RowFields, storyOf } from './segment-history-fixture.js';

const data = (at: number, repeats: number): RowFields => ({
  at, flags: ACK, sequence: 1, length: 30, repeats, marks: repeats > 0 ? REPEAT : 0,
});
const probe = (at: number, repeats: number): RowFields => ({ at, flags: ACK, repeats, marks: REPEAT | PROBE });
const gaveUp = (rows: readonly RowFields[], captureEnd: number, end = 0): number | null => {
  const time = givesUpAt(storyOf(rows, captureEnd), end);
  return time === null ? null : time / SECOND;
};

describe('an end that is not answered gives up', () => {
  it('when the next timeout, twice the last, brought nothing', () => {
    expect(gaveUp([data(0, 0), data(1, 1), data(3, 2)], 60)).toBe(7);
  });

  it('where the history holds only the first and the last of a long series', () => {
    // 0, 1, 3, 7, 15, 31: the last interval is 16 s, the next would be 32 s.
    expect(gaveUp([data(0, 0), data(1, 1), data(31, 5)], 90)).toBeCloseTo(63, 6);
  });

  it('not when the second one came too soon for a timer: a fast retransmission, or the same packet captured twice', () => {
    expect(gaveUp([data(0, 0), data(0.005, 1)], 60)).toBeNull();
    expect(gaveUp([data(0, 0), data(0.00001, 1)], 60)).toBeNull();
  });

  it('by the longest interval, where a capture has every packet twice', () => {
    const twice = [0, 0.2, 0.6].flatMap((at, index) => [data(at, index * 2), data(at + 0.00001, index * 2 + 1)]);
    expect(gaveUp(twice, 1.3)).toBeNull();
    expect(gaveUp(twice, 9)).toBeCloseTo(1.4, 3);
  });

  it('not when the clock stepped back', () => {
    expect(gaveUp([data(10, 0), data(4, 1)], 60)).toBeNull();
  });

  it('after two minutes at most', () => {
    expect(gaveUp([data(0, 0), data(100, 1), data(220, 2)], 900)).toBe(340);
  });

  it('after the same interval if it was probing', () => {
    expect(gaveUp([probe(10, 1), probe(85, 2)], 900)).toBe(160);
  });

  it('although it answered the SYN of a new connection on its ports in between', () => {
    const syn: RowFields = { at: 4, flags: SYN, talker: 1, marks: FOREIGN };
    const challenge: RowFields = { at: 4, flags: ACK, sequence: 31 };
    expect(gaveUp([data(0, 0), data(1, 1), data(3, 2), syn, challenge], 60)).toBe(7);
  });

  it('whatever else the peer says', () => {
    const asks: RowFields = { at: 2, talker: 1, flags: ACK, sequence: 1, length: 10, acknowledgment: 1 };
    expect(
      gaveUp(
        [
          data(0, 0), data(1, 1), asks, { at: 2.001, flags: ACK, sequence: 31, acknowledgment: 11 }, data(3, 1),
          { ...asks, at: 30 },
        ],
        60,
      ),
    ).toBe(7);
  });

  it('although an acknowledgment was seen: what comes again so long after it shows that it was lost', () => {
    expect(
      gaveUp([data(0, 0), { at: 0.01, talker: 1, flags: ACK, acknowledgment: 31 }, data(1, 1), data(3, 2)], 60),
    ).toBe(7);
  });

  it('although its peer acknowledges it after all, when the next one was long overdue', () => {
    expect(
      gaveUp([data(0, 0), data(1, 1), data(3, 2), { at: 30, talker: 1, flags: FIN | ACK, acknowledgment: 31 }], 60),
    ).toBe(7);
  });

  it('before its first repetition, if a SYN is not followed by one', () => {
    expect(gaveUp([{ at: 0, flags: SYN }], 9)).toBe(3);
    expect(gaveUp([{ at: 0, flags: SYN | ACK }], 9)).toBeNull();
  });

  it('with a FIN, too, and with a SYN', () => {
    for (const flags of [FIN | ACK, SYN]) {
      const again = (at: number, repeats: number): RowFields => ({
        at, flags, repeats, marks: repeats > 0 ? REPEAT : 0,
      });
      expect(gaveUp([again(0, 0), again(1, 1)], 9)).toBe(3);
    }
  });
});

describe('nothing is said of giving up', () => {
  it.each<[string, readonly RowFields[], number]>([
    ['if nothing was sent twice', [data(0, 0)], 60],
    ['if the capture ends before the next is due', [data(0, 0), data(1, 1), data(3, 2)], 6.9],
    ['if it may only be late by the load of its host', [data(0, 0), data(1, 1), data(3, 2)], 7.2],
    [
      'if the peer acknowledged it', [data(0, 0), data(1, 1), { at: 1.1, talker: 1, flags: ACK, acknowledgment: 31 }],
      60,
    ],
    [
      'if the acknowledgment had crossed it',
      [data(0, 0), { at: 0.999, talker: 1, flags: ACK, acknowledgment: 31 }, data(1, 1)], 60,
    ],
    ['if the peer answered the probe', [probe(10, 1), probe(85, 2), { at: 85.1, talker: 1, flags: ACK }], 900],
    ['if it went on', [data(0, 0), data(1, 1), { at: 30, flags: ACK, sequence: 31 }], 60],
    ['if its lone SYN is young', [{ at: 0, flags: SYN }], 3.1],
    ['if it aborted itself', [data(0, 0), data(1, 1), { at: 3, flags: RST | ACK, repeats: 1 }], 60],
    ['of an empty history', [], 60],
  ])('%s', (_, rows, captureEnd) => {
    expect(gaveUp(rows, captureEnd)).toBeNull();
  });

  it('of the end that is silent', () => {
    expect(gaveUp([data(0, 0), data(1, 1)], 60, 1)).toBeNull();
  });
});

it('what another connection of the tuple says does not count', () => {
  expect(gaveUp([data(0, 0), data(1, 1), { at: 2, talker: 1, flags: SYN, marks: FOREIGN }], 60)).toBe(3);
});
