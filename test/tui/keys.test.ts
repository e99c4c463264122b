import { describe, expect, it } from 'vitest';
import { actionOf, bindings, showKey } from '../../src/tui/keys.js';

const contexts = [...new Set(bindings.flatMap(({ when }) => when))];

describe('the table of keys', () => {
  it.each(contexts)('gives no key two meanings in %s', (context) => {
    const keys = bindings.filter(({ when }) => when.includes(context)).flatMap(({ keys }) => keys);
    expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
  });

  it.each(contexts)('lets Ctrl-C out of %s', (context) => {
    expect(actionOf('ctrl-c', context)).toBe('quit');
  });

  it.each(['filter', 'language'] as const)('leaves letters to the %s', (context) => {
    expect('abcdefghijklmnopqrstuvwxyzG/? 0'.split('').map((key) => actionOf(key, context))).toEqual(
      Array(31).fill(undefined),
    );
  });
});

it('writes keys as people do', () => {
  expect(['enter', 'ctrl-d', 'G', 'page-up', ' '].map(showKey)).toEqual(['Enter', 'Ctrl-D', 'G', 'PgUp', 'Space']);
});
