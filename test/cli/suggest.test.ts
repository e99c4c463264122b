import { expect, test } from 'vitest';
import { suggest } from '../../src/cli/suggest.js';

const commands = ['report', 'netstat', 'flow', 'explain'];

test.each([
  ['reprot', ' Did you mean report?'], ['netsat', ' Did you mean netstat?'], ['flows', ' Did you mean flow?'],
  ['trace', ''], ['x', ''], ['', ''],
])('%j: %j', (word, suggestion) => {
  expect(suggest(word, commands)).toBe(suggestion);
});

test('a word of any length is soon judged', () => {
  expect(suggest('x'.repeat(1_000_000), commands)).toBe('');
});
