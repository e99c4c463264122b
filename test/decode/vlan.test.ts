import { expect, test } from 'vitest';
import { ETHERNET_ADDRESSES, decoded, helloAt, helloBehind } from './bytes.js';

test.each([
  ['802.1Q', '8100 0064', 4],
  ['802.1ad', '88a8 0064 8100 00c8', 8],
  ['QinQ of old', '9100 0064 9100 00c8 8100 012c', 12],
])('%s', (_name, tags, size) => {
  expect(decoded(helloBehind(ETHERNET_ADDRESSES, tags, '0800'))).toEqual(helloAt(14 + size));
});

test('a priority tag before an 802.3 length', () => {
  expect(decoded(helloBehind(ETHERNET_ADDRESSES, '8100 e000', '0035', 'aaaa03 000000 0800'))).toEqual(helloAt(26));
});

test('a stack ends somewhere', () => {
  expect(decoded(helloBehind(ETHERNET_ADDRESSES, '8100 0064'.repeat(20), '0800'))).toEqual(helloAt(14 + 20 * 4));
  expect(decoded(helloBehind(ETHERNET_ADDRESSES, '8100 0064'.repeat(40), '0800'))).toBe('layers nested too deeply');
});
