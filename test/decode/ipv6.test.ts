import { expect, test } from 'vitest';
import { HELLO, IPV6_ADDRESSES, IPV6_HELLO, START, decoded, hex, segmentOf } from './bytes.js';

const IPV6 = { linkType: 229 };

/** IPv6 with `HELLO` behind extension headers. */
function behind(next: string, extensions: string): number[] {
  const length = hex(extensions).length + HELLO.length;
  return [...hex('60000000', length.toString(16).padStart(4, '0'), next, '40', IPV6_ADDRESSES, extensions), ...HELLO];
}

const words = {
  family: 6, ipId: -1, dontFragment: 0,
  source0: 0x2001_0db8, source3: 1, destination0: 0x2001_0db8, destination3: 2,
};

test('every field', () => {
  const packet = [
    ...hex('6b9fffff 0019 06 01', '80000001 80000002 80000003 80000004 90000001 90000002 90000003 90000004'), ...HELLO,
  ];
  expect(decoded(packet, IPV6)).toEqual(
    segmentOf({
      family: 6, ipId: -1, dontFragment: 0, trafficClass: 0xb9, ttl: 1, source0: 0x8000_0001 | 0,
      source1: 0x8000_0002 | 0, source2: 0x8000_0003 | 0, source3: 0x8000_0004 | 0, destination0: 0x9000_0001 | 0,
      destination1: 0x9000_0002 | 0, destination2: 0x9000_0003 | 0, destination3: 0x9000_0004 | 0,
      payloadOffset: START + 60,
    }),
  );
});

test('padding behind the payload length', () => {
  expect(decoded([...IPV6_HELLO, 0, 0, 0], IPV6)).toEqual(segmentOf({ ...words, payloadOffset: START + 60 }));
});

test('payload length 0 (jumbogram, offload): the length on the wire counts', () => {
  const jumbo = [...IPV6_HELLO];
  jumbo.splice(4, 2, 0, 0);
  expect(decoded(jumbo, { ...IPV6, original: 100_060 })).toEqual(
    segmentOf({ ...words, payloadOffset: START + 60, length: 100_000 }),
  );
});

test.each([
  ['hop-by-hop options', '00', '0600 000000000000', 8],
  ['routing', '2b', '0602 000000000000 0000000000000000 0000000000000000', 24],
  ['destination options', '3c', '0601 000000000000 0000000000000000', 16],
  ['mobility', '87', '0600 000000000000', 8],
  ['authentication, counted in words of four', '33', '0604 0000 00000001 00000002 000000000000000000000000', 24],
  ['the first fragment, whose second byte is no length', '2c', '06ff 0001 00000007', 8],
  ['a fragment of one', '2c', '0600 0000 00000007', 8],
  ['a chain', '00', '3c00 000000000000 2b00 000000000000 0600 000000000000', 24],
])('%s', (_name, next, extensions, size) => {
  expect(decoded(behind(next, extensions), IPV6)).toEqual(segmentOf({ ...words, payloadOffset: START + 60 + size }));
});

test.each([
  ['of TCP', '0600 0008 00000007', 'ipv6: fragment without the TCP header'],
  ['of options before TCP', '3c00 0008 00000007', 'ipv6: fragment without the TCP header'],
  ['of UDP', '1100 0008 00000007', 'ipv6: UDP'],
])('a later fragment %s', (_name, extension, reason) => {
  expect(decoded(behind('2c', extension), IPV6)).toBe(reason);
});

test('an extension header longer than the packet', () => {
  expect(decoded(behind('00', '06ff 000000000000'), IPV6)).toBe('tcp: header longer than its packet');
  expect(decoded(behind('00', '3cff 000000000000'), IPV6)).toBe('ipv6: extension header cut');
});

test('what is not TCP behind a chain', () => {
  expect(decoded(behind('00', '3a00 000000000000'), IPV6)).toBe('ipv6: ICMP');
  expect(decoded(behind('3b', ''), IPV6)).toBe('ipv6: other protocol');
  expect(decoded(behind('32', ''), IPV6)).toBe('ipv6: other protocol');
});
