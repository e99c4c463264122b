import { expect, test } from 'vitest';
import { type TwoTaps, between, readPairLadder, readPairLadders } from '../../src/between/between.js';
import { pairLadder } from '../../src/report/between/ladder.js';
import { bothEnds } from './two-tapes.js';

/** How they open. */
function opening(shift: number): string {
  return [
    `${(0.1 + shift).toFixed(6)} > S 0:0`, `${(0.11 - shift).toFixed(6)} < S. 0:0 ack 1`,
    `${(0.12 + shift).toFixed(6)} > . 1:1 ack 1`, '',
  ].join('\n');
}

/** Requests and answers, 2 ms from tap to tap; what the client sends at `lost` does not arrive. */
function chatter(requests: number, lost: number): Promise<TwoTaps> {
  const script = (shift: number, isThere: (index: number) => boolean): string =>
    Array.from({ length: requests }, (_, index) => [
      ...(isThere(index)
        ? [[1 + index * 0.1 + shift, `> P. ${1 + index * 10}:${11 + index * 10} ack ${1 + index * 20}`]]
        : []),
      [1 + index * 0.1 + 0.01 - shift, `< P. ${1 + index * 20}:${21 + index * 20} ack ${11 + index * 10}`],
    ])
      .flat()
      .map(([time, segment]) => `${Number(time).toFixed(6)} ${segment}`)
      .join('\n');
  return bothEnds(
    [{ script: opening(0) + script(0, () => true) }],
    [{ script: opening(0.002) + script(0.002, (index) => index !== lost) }],
  );
}

test('of a connection of many segments the first half and the last ones stand for all', async () => {
  const taps = await chatter(20, 18);
  const whole = await readPairLadder(taps, taps.pairs[0]!);
  const cut = await readPairLadder(taps, taps.pairs[0]!, { most: 10 });
  expect(whole).toHaveLength(43);
  expect(cut).toHaveLength(10);
  // What is told of a segment rests on those before it, told or not.
  expect(cut.slice(0, 5)).toEqual(whole.slice(0, 5));
  expect(cut[5]).toEqual({ ...whole[38]!, leftOut: 33 });
  expect(cut.slice(6)).toEqual(whole.slice(39));
  const page = [...pairLadder(taps, taps.pairs[0]!, cut, { color: false, width: 160 })].join('');
  expect(page.split('\n').filter((line) => line.includes('33 segments before it are left out'))).toHaveLength(1);
  expect(page).toContain('lost');
});

test('a limit that is not reached leaves nothing out', async () => {
  const taps = await chatter(3, 1);
  const whole = await readPairLadder(taps, taps.pairs[0]!);
  expect(await readPairLadder(taps, taps.pairs[0]!, { most: whole.length })).toEqual(whole);
});

test('several ladders are read at once, each as it is read alone', async () => {
  const name = 'captures/between/tuple-shared';
  const taps = await between([`${name}.client.pcapng`], [`${name}.server.pcapng`]);
  const alone = await Promise.all(taps.pairs.map((pair) => readPairLadder(taps, pair)));
  expect(await readPairLadders(taps, taps.pairs)).toEqual(alone);
  expect(alone.length).toBeGreaterThan(1);
});
