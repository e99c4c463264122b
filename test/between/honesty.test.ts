import { describe, expect, test } from 'vitest';

import { randomFrom } from '../captures/random.js';
import { type Strip, bothEnds, healthy } from './two-tapes.js';

/*
 * `certain` may never be wrong. Nothing is lost between these taps and nobody forges anything; but one of the captures,
 * or both, has missed packets, began late, stopped early, or sees one direction only.
 */

const SEEDS = Array.from({ length: 40 }, (_, seed) => seed + 1);

/** Lines of a strip that `keep` says yes to, by their time. */
function only({ script, ...rest }: Strip, keep: (time: number, line: string) => boolean): Strip {
  return {
    ...rest,
    script: script
      .split('\n')
      .filter((line) => keep(Number(line.trim().split(' ')[0]), line))
      .join('\n'),
  };
}

const all = Array.from({ length: 30 }, (_, index) => healthy(index * 0.2, 20_000 + index));

const filled = (strips: readonly Strip[]): Strip[] => strips.filter(({ script }) => script.trim() !== '');

async function certainFacts(client: readonly Strip[], server: readonly Strip[]): Promise<string[]> {
  const { pairs, unpaired } = await bothEnds(filled(client), filled(server), { offset: 0.2, drift: 50 });
  return [
    ...pairs.flatMap(({ facts }) =>
      facts.filter(({ confidence }) => confidence === 'certain').map(({ id, message }) => `${id}: ${message}`),
    ),
    ...unpaired
      .filter(({ what, confidence }) => what === 'never-arrived' && confidence === 'certain')
      .map(({ message }) => message),
  ];
}

describe('nothing is certain that the captures only missed', () => {
  test.each(SEEDS)('one packet in twenty is missing at each tap (%i)', async (seed) => {
    const random = randomFrom(seed);
    const dropping = (strip: Strip): Strip => only(strip, () => random(20) > 0);
    expect(
      await certainFacts(
        all.map(({ client }) => dropping(client)),
        all.map(({ server }) => dropping(server)),
      ),
    ).toEqual([]);
  });

  test.each(SEEDS.slice(0, 15))('the capture at one end stopped early or began late (%i)', async (seed) => {
    const random = randomFrom(seed);
    const cut = random(6000) / 1000;
    const kept = (time: number): boolean => (seed % 2 === 0 ? time < cut : time > cut);
    const isClient = seed % 3 === 0;
    expect(
      await certainFacts(
        all.map(({ client }) => (isClient ? only(client, kept) : client)),
        all.map(({ server }) => (isClient ? server : only(server, kept))),
      ),
    ).toEqual([]);
  });

  test.each([
    ['>', 'client'],
    ['<', 'client'],
    ['>', 'server'],
    ['<', 'server'],
  ])('only what goes %s was captured at the %s', async (arrow, tap) => {
    const way = (strip: Strip, here: string): Strip =>
      here === tap ? only(strip, (_, line) => line.includes(` ${arrow} `)) : strip;
    expect(
      await certainFacts(
        all.map(({ client }) => way(client, 'client')),
        all.map(({ server }) => way(server, 'server')),
      ),
    ).toEqual([]);
  });
});

const line = (time: number, words: string): string => `${time.toFixed(4)} ${words}`;

/** A request in `segments`: 2 ms after it is seen at the client's tap it is at the server's, and the answer so before. */
function request(tap: 'client' | 'server', segments: readonly string[]): Strip {
  const [there, back] = tap === 'client' ? [0, 0] : [0.002, -0.002];
  return {
    script: [
      line(there, '> S 0:0 <mss 1460>'), line(0.004 + back, '< S. 0:0 ack 1 <mss 1460>'),
      line(0.005 + there, '> . 1:1 ack 1'),
      ...segments.map((segment, index) => line(0.01 + index * 1e-4 + there, `> ${segment} ack 1`)),
      line(0.02 + back, '< . 1:1 ack 3001'),
    ].join('\n'),
  };
}

test('an offload that joins segments at one tap loses none', async () => {
  const pieces = ['. 1:1461', '. 1461:2921', 'P. 2921:3001'];
  for (const joined of ['client', 'server'] as const) {
    const at = (tap: 'client' | 'server'): Strip => request(tap, tap === joined ? ['P. 1:3001'] : pieces);
    const {
      pairs: [pair],
    } = await bothEnds([at('client')], [at('server')]);
    expect([pair!.facts, pair!.legs.client.lost, pair!.legs.server.lost]).toEqual([[], 0, 0]);
  }
});

/** Acknowledges the answer by a segment of its own, before it closes. */
function acknowledging({ script, ...rest }: Strip): Strip {
  const acknowledged = script.split('\n').flatMap((line) => {
    const time = Number(line.split(' ')[0]);
    return line.includes('> F.') ? [`${(time - 0.0005).toFixed(6)} > . 31:31 ack 51`, line] : [line];
  });
  return { ...rest, script: acknowledged.join('\n') };
}

test('a FIN that its receiver acknowledged was not lost: its capture has missed it', async () => {
  const server = all.map((one, index) => {
    const whole = acknowledging(one.server);
    return index % 5 === 0 ? only(whole, (_, line) => !line.includes('> F.')) : whole;
  });
  const taps = await bothEnds(all.map(({ client }) => acknowledging(client)), server, { offset: 0.2 });
  expect(taps.pairs.flatMap(({ facts }) => facts.map(({ id }) => id))).toEqual([]);
  expect(taps.holes.server).toBe(6);
});

test('a capture with holes that lacks a FIN has missed it, unless its sender goes on', async () => {
  const server = all.map((one, index) =>
    index % 3 === 0
      ? one.server
      : only(one.server, (_, line) => !line.includes(index % 3 === 1 ? '< F.' : '< P.')),
  );
  const taps = await bothEnds(all.map(({ client }) => client), server, { offset: 0.2 });
  expect(taps.holes.server).toBeGreaterThan(5);
  expect(taps.pairs.flatMap(({ facts }) => facts.map(({ id }) => id))).toEqual([]);
});
