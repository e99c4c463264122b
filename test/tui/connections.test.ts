import { describe, expect, it, test } from 'vitest';
import { looksLikeFilter, textOrFilter } from '../../src/tui/connections/text-or-filter.js';
import { analysisOf } from './fixture.js';

const analysis = analysisOf(30);
const searchable = {
  text: (index: number): string => `row ${index} of leaks`, flows: (index: number): readonly number[] => [index],
};
const found = (typed: string, isStrict = false): number[] => {
  const fits = textOrFilter(analysis, typed, searchable, isStrict);
  return Array.from({ length: 30 }, (_, index) => index).filter((index) => fits(index));
};

describe('what is typed to search a list', () => {
  it('is a filter where it can be one', () => {
    expect(found('ending refused')).toEqual([7, 14, 28]);
    expect(found('finding half-closed and client-port < 20010')).toEqual([0, 3, 6, 9]);
  });

  it('is a text where it is none', () => {
    expect(found('ROW 12 ')).toEqual([12]);
    expect(found('nothing of the kind')).toEqual([]);
  });

  it('is a text, too, where it only looks like a filter, unless the list tells what is wrong with that', () => {
    expect(found('server closed')).toEqual([]);
    expect(() => found('server closed', true)).toThrow(/column/);
    expect(() => found('prot 3', true)).toThrow('unknown field "prot"; did you mean "port"?');
    expect(found('of leaks', true)).toHaveLength(30);
  });
});

test.each([
  ['port 80', true], ['prot 80', true], ['(leak', true], ['not leak', true], ['age>3s', true], ['10.0.0.7', false],
  ['leak', false], ['nothing listens', false], ['prot', false], ['', false],
])('%j looks like a filter: %s', (text, expected) => {
  expect(looksLikeFilter(text)).toBe(expected);
});
