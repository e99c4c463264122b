import { expect, it } from 'vitest';
import { search } from '../../../src/tui/list/search.js';
import { positionOf, type Matches, type Source } from '../../../src/tui/list/source.js';
import { firstChoice, sortBy } from '../../../src/tui/connections/state.js';
import { connectionsSource } from '../../../src/tui/connections/source.js';
import { analysisOf, connection } from '../fixture.js';

function found(
  source: Source<unknown>, filter: string, signal: AbortSignal, onShow: () => void = () => {},
): Promise<Matches<unknown>> {
  return new Promise((resolve) => {
    search(source, filter, (matches) => {
      onShow();
      if (matches.searched === 1) resolve(matches);
    }, signal);
  });
}

const flows = connectionsSource(analysisOf(50_000), { choice: firstChoice, marks: new Set(), ids: null });

it('finds every row that fits', async () => {
  const { indices } = await found(flows, 'ending REFUSED and port 8081', new AbortController().signal);
  const expected = Array.from({ length: 50_000 }, (_, id) => id).filter((id) => id % 3 !== 0 && id % 7 === 0);
  expect(indices).toEqual(expected);
});

it('lets others have their turn while it searches', async () => {
  let turns = 0;
  const timer = setInterval(() => {
    turns += 1;
  }, 0);
  await found(flows, 'ending closed', new AbortController().signal);
  clearInterval(timer);
  expect(turns).toBeGreaterThan(0);
});

it('is silent after it was stopped', async () => {
  const stop = new AbortController();
  let shown = 0;
  void found(flows, 'ending closed', stop.signal, () => {
    shown += 1;
  });
  stop.abort();
  const before = shown;
  await found(flows, 'ending refused', new AbortController().signal);
  expect(shown).toBe(before);
});

it('finds a row again where it stands now', () => {
  const matches = { source: flows, indices: [3, 6, 9, 12], searched: 1 };
  expect(positionOf(matches, '9', 0)).toBe(2);
  expect(positionOf(matches, '3', 3)).toBe(0);
  expect(positionOf(matches, '4', 1)).toBe(-1);
});

it('says at once what is wrong with a filter', () => {
  expect(() => search(flows, 'port 80 and prot 3', () => {}, new AbortController().signal)).toThrow(
    'at column 13: unknown field "prot"; did you mean "port"?',
  );
});

it('puts rows in order by any column, equal ones as they came', async () => {
  const choice = sortBy(sortBy(firstChoice, 'SERVER'), 'SERVER');
  const sorted = connectionsSource(analysisOf(30), { choice, marks: new Set(), ids: null });
  const { indices } = await found(sorted, '', new AbortController().signal);
  const servers = Array.from(indices!, (index) => connection(index).server.port);
  expect(servers).toEqual(servers.toSorted((a, b) => b - a));
  expect(Array.from(indices!).slice(0, 3)).toEqual([7, 14, 28]);
});
