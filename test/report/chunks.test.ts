import { expect, test } from 'vitest';
import { chunks } from '../../src/report/chunks.js';

test('pieces are joined until the size is reached', () => {
  expect([...chunks(['ab', 'cd', 'ef', 'g'], 4)]).toEqual(['abcd', 'efg']);
});

test('of nothing there is no chunk', () => {
  expect([...chunks([])]).toEqual([]);
});

test('bytes are handed on as they are, behind the text before them', () => {
  const [bytes, none] = [Buffer.from('cd'), Buffer.alloc(0)];
  expect([...chunks(['a', 'b', bytes, none, 'e', 'f'], 4)]).toEqual(['ab', bytes, 'ef']);
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
