import type { Key } from 'ink';
import { describe, expect, it } from 'vitest';
import { keyNames } from '../../../src/tui/terminal/key-names.js';

const none: Key = {
  upArrow: false, downArrow: false, leftArrow: false, rightArrow: false, pageDown: false, pageUp: false, home: false,
  end: false, return: false, escape: false, ctrl: false, shift: false, tab: false, backspace: false, delete: false,
  meta: false, super: false, hyper: false, capsLock: false, numLock: false,
};

describe('what Ink tells of keys', () => {
  it.each<[string, Partial<Key>, string[]]>([
    ['j', {}, ['j']],
    ['G', { shift: true }, ['G']],
    ['', { downArrow: true }, ['down']],
    ['d', { ctrl: true }, ['ctrl-d']],
    ['', { escape: true, meta: true }, ['escape']],
    ['', { delete: true }, ['backspace']],
    ['jj\r', {}, ['j', 'j', 'enter']],
    ['a\u0004\u007F', {}, ['a', 'ctrl-d', 'backspace']],
    ['[<64;10;5M', {}, ['wheel-up']],
    ['[<65;10;5M', {}, ['wheel-down']],
    ['[<0;10;5M', {}, []],
    ['[<0;10;5m', {}, []],
    ['x', { meta: true }, []],
  ])('%j with %j means %j', (input, key, names) => {
    expect(keyNames(input, { ...none, ...key })).toEqual(names);
  });
});
