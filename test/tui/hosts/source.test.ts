import { expect, it } from 'vitest';

import { hostsSource } from '../../../src/tui/hosts/source.js';
import { analysisOf } from '../fixture.js';

it('hosts are searched by their words, and by a filter that one of their flows passes', () => {
  const source = hostsSource(analysisOf(12));
  const fitting = (filter: string): string[] =>
    Array.from({ length: source.count }, (_, index) => index)
      .filter(source.predicate!(filter))
      .map((index) => source.key(index));
  expect(fitting('windows')).toEqual(['10.77.2.2']);
  expect(fitting('finding half-closed')).toEqual(['10.77.1.2', '10.77.2.2']);
  expect(fitting('client 10.77.1.3')).toEqual(['10.77.2.2']);
  expect(fitting('port 1')).toEqual([]);
});
