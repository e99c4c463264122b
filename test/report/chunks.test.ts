import { expect, test } from 'vitest';
import { chunks } from '../../src/report/chunks.js';

test('pieces are joined until the size is reached', () => {
  expect([...chunks(['ab', 'cd', 'ef', 'g'], 4)]).toEqual(['abcd', 'efg']);
});

test('of nothing there is no chunk', () => {
  expect([...chunks([])]).toEqual([]);
});

test('no piece is made before its chunk is asked for', () => {
  let made = 0;
  function* pieces(): IterableIterator<string> {
    for (;;) {
      made += 1;
      yield 'x'.repeat(1024);
    }
  }
  chunks(pieces()).next();
  expect(made).toBe(64);
});
