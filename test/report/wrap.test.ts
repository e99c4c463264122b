import { expect, test } from 'vitest';
import { hang, wrap } from '../../src/report/wrap.js';

test('breaks at spaces', () => {
  expect(wrap('the server never closed', 11)).toEqual(['the server', 'never', 'closed']);
});

test('a word longer than the line stays whole', () => {
  expect(wrap('see 2001:db8:0:1::1 now', 8)).toEqual(['see', '2001:db8:0:1::1', 'now']);
});

test('code keeps its lines and indents', () => {
  expect(wrap('Close it:\n  if (n == 0) close(fd);', 16)).toEqual(['Close it:', '  if (n == 0)', '  close(fd);']);
});

test('lines hang under their label', () => {
  expect(hang('  > ', 4, ['Close', 'the socket.'])).toBe('  > Close\n    the socket.\n');
});
