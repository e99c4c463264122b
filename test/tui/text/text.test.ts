import { describe, expect, it } from 'vitest';
import { fit } from '../../../src/tui/text/fit.js';
import { showDate, showSeconds, showTime } from '../../../src/tui/text/times.js';
import { wrap, wrapItem } from '../../../src/tui/text/wrap.js';
import { clock } from '../fixture.js';

describe('fit', () => {
  it.each([
    ['abc', 5, 'left', 'abc  '],
    ['abc', 5, 'right', '  abc'],
    ['abcdef', 4, 'left', 'abc…'],
    ['[2001:db8::1]:443', 8, 'tail', '…:1]:443'],
    ['漢字', 3, 'left', '漢…'],
    ['漢字漢', 4, 'left', '漢… '],
    ['a\u202Eb', 10, 'left', String.raw`a\u{202e}b`],
    ['abc', 0, 'left', ''],
  ] as const)('%j in %i columns, %s', (text, columns, how, expected) => {
    expect(fit(text, columns, how)).toBe(expected);
  });
});

describe('wrap', () => {
  it('breaks between words and keeps the line breaks and indents of code', () => {
    expect(wrap('Call close() when read() returns 0:\n    with conn:\n        serve(conn)', 20))
      .toEqual(['Call close() when', 'read() returns 0:', '    with conn:', '        serve(conn)']);
  });

  it('cuts a word that is longer than a line', () => {
    expect(wrap('a abcdefghijkl b', 6)).toEqual(['a', 'abcde…', 'b']);
  });

  it('indents what belongs to an item', () => {
    expect(wrapItem('1 ', 'one two three', 9)).toEqual(['1 one two', '  three']);
  });
});

describe('times', () => {
  it('are UTC, to the second', () => {
    expect(showTime(clock, 8e9)).toBe('10:24:08');
    expect(showDate(clock, -1)).toBe('2026-11-20 10:23:59');
  });

  it('beyond the calendar are not shown', () => {
    expect(showTime({ epoch: 1e15, digits: 0 }, 0)).toBe('-');
  });

  it('have the digits of the capture, at most six', () => {
    expect(showSeconds({ epoch: 0, digits: 3 }, 1.5e9)).toBe('1.500');
    expect(showSeconds({ epoch: 0, digits: 9 }, 412_345)).toBe('0.000412');
  });
});
