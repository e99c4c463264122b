import { expect, test } from 'vitest';
import { decoded, helloAt, helloBehind } from './bytes.js';

test.each([
  ['bare', '0021', 2],
  ['with address and control', 'ff03 0021', 4],
  ['with a compressed protocol', '21', 1],
  ['with both', 'ff03 21', 3],
  ['with MPLS', '0281 00011140', 6],
  ['with MPLS multicast', '0283 00011140', 6],
])('%s', (_name, header, size) => {
  for (const linkType of [9, 50]) expect(decoded(helloBehind(header), { linkType })).toEqual(helloAt(size));
});

test('a compressed TCP header cannot be read', () => {
  expect(decoded(helloBehind('002d'), { linkType: 9 })).toBe('ppp: protocol not IP');
});
