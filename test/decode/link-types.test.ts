import { expect, test } from 'vitest';
import { isLinkTypeSupported, linkTypeName } from '../../src/decode/link-types.js';

test('names', () => {
  expect(linkTypeName(1)).toBe('ETHERNET (1)');
  expect(linkTypeName(113)).toBe('LINUX_SLL (113)');
  expect(linkTypeName(105)).toBe('IEEE802_11 (105)');
  expect(linkTypeName(4711)).toBe('LINKTYPE 4711');
});

test('what is supported', () => {
  const supported = Array.from({ length: 65_536 }, (_, linkType) => linkType).filter(isLinkTypeSupported);
  expect(supported).toEqual([
    0, 1, 6, 7, 9, 10, 12, 14, 50, 51, 101, 104, 105, 108, 113, 127, 129, 178, 192, 228, 229, 239, 242, 276,
  ]);
});
