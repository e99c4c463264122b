import { describe, expect, it } from 'vitest';
import { atTop, moved, within, type Move } from '../../../src/tui/list/cursor.js';

const extent = { count: 100, height: 10 };

describe('a cursor', () => {
  it.each<[Move[], { row: number; top: number }]>([
    [['down'], { row: 1, top: 0 }],
    [['up'], { row: 0, top: 0 }],
    [['page-down'], { row: 9, top: 0 }],
    [['page-down', 'down'], { row: 10, top: 1 }],
    [['half-page-down'], { row: 5, top: 0 }],
    [['last'], { row: 99, top: 90 }],
    [['last', 'down'], { row: 99, top: 90 }],
    [['last', 'page-up'], { row: 90, top: 90 }],
    [['last', 'page-up', 'up'], { row: 89, top: 89 }],
    [['last', 'first'], { row: 0, top: 0 }],
    [['wheel-down', 'wheel-down', 'wheel-up'], { row: 3, top: 0 }],
  ])('after %j is at %j', (moves, expected) => {
    expect(moves.reduce((cursor, move) => moved(cursor, move, extent), atTop)).toEqual(expected);
  });

  it('stays in a list that became shorter, and on a screen that became lower', () => {
    expect(within({ row: 99, top: 90 }, { count: 5, height: 10 })).toEqual({ row: 4, top: 0 });
    expect(within({ row: 99, top: 90 }, { count: 100, height: 3 })).toEqual({ row: 99, top: 97 });
  });

  it('leaves no room empty on a screen that became higher', () => {
    expect(within({ row: 99, top: 90 }, { count: 100, height: 40 })).toEqual({ row: 99, top: 60 });
  });

  it('is at the top of an empty list', () => {
    expect(moved(atTop, 'down', { count: 0, height: 10 })).toEqual(atTop);
  });
});
