import { expect, test } from 'vitest';
import { ETHERNET_ADDRESSES, decoded, helloAt, helloBehind } from './bytes.js';

test.each([['RFC 1042', '000000'], ['a bridge tunnel', '0000f8']])('SNAP of %s', (_name, oui) => {
  expect(decoded(helloBehind(ETHERNET_ADDRESSES, '0035', 'aaaa03', oui, '0800'))).toEqual(helloAt(22));
});

test.each([
  ['spanning tree', '424203 000000 0800'], ['another OUI', 'aaaa03 00000c 0800'],
  ['another OUI still', 'aaaa03 010000 0800'],
])('%s', (_name, header) => {
  expect(decoded(helloBehind(ETHERNET_ADDRESSES, '0035', header))).toBe('llc: not SNAP with an EtherType');
});

test('the length of 802.3 ends the packet where IP has none', () => {
  const offloaded = helloBehind(ETHERNET_ADDRESSES, '0035', 'aaaa03 000000 0800');
  offloaded.splice(24, 2, 0, 0);
  expect(decoded([...offloaded, 0, 0, 0, 0])).toEqual(helloAt(22));
});
