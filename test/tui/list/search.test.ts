import { expect, it } from 'vitest';
import { search } from '../../../src/tui/list/search.js';
import { positionOf, type Matches, type Source } from '../../../src/tui/list/source.js';
import { connectionsSource } from '../../../src/tui/connections/source.js';
import { analysisOf } from '../fixture.js';

function found(source: Source<unknown>, filter: string, signal: AbortSignal, onShow: () => void = () => {}): Promise<Matches<unknown>> {
  return new Promise((resolve) => {
    search(source, filter, (matches) => {
      onShow();
      if (matches.searched === 1) resolve(matches);
    }, signal);
  });
}

const flows = connectionsSource(analysisOf(50_000));

it('finds every row that holds the text, whatever its case', async () => {
  const { indices } = await found(flows, 'REFUSED', new AbortController().signal);
  const expected = Array.from({ length: 50_000 }, (_, id) => id).filter((id) => id % 3 !== 0 && id % 7 === 0);
  expect(indices).toEqual(expected);
});

it('lets others have their turn while it searches', async () => {
  let turns = 0;
  const timer = setInterval(() => {
    turns += 1;
  }, 0);
  await found(flows, 'closed', new AbortController().signal);
  clearInterval(timer);
  expect(turns).toBeGreaterThan(0);
});

it('is silent after it was stopped', async () => {
  const stop = new AbortController();
  let shown = 0;
  void found(flows, 'closed', stop.signal, () => {
    shown += 1;
  });
  stop.abort();
  const before = shown;
  await found(flows, 'refused', new AbortController().signal);
  expect(shown).toBe(before);
});

it('finds a row again where it stands now', () => {
  const matches = { source: flows, indices: [3, 6, 9, 12], searched: 1 };
  expect(positionOf(matches, '9', 0)).toBe(2);
  expect(positionOf(matches, '3', 3)).toBe(0);
  expect(positionOf(matches, '4', 1)).toBe(-1);
});
