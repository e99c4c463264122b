import { describe, expect, test } from 'vitest';

import { analyze } from '../../src/analysis/analyze.js';
import { readLadder } from '../../src/reread/ladder.js';
import { decode } from '../../src/decode/decode.js';
import { Segment } from '../../src/decode/segment.js';
import { SEPARATORS, Separation, type Separator } from '../../src/decode/separation.js';
import { bytes, pcapWriter } from '../capture/build.js';
import { scratch } from '../capture/read.js';
import { ETHERNET_ADDRESSES, HELLO, IPV4_HELLO, helloBehind, hex, inIpv4, inIpv6, inUdp, packet } from './bytes.js';

const files = scratch();

/** The network that a packet is seen in: of raw IP, or behind Ethernet. */
function realm(data: readonly number[], by: readonly Separator[], { linkType = 101, seenAt = 0 } = {}): number {
  const segment = new Segment();
  const batch = packet(data, { linkType });
  batch.interface[0] = seenAt;
  decode(batch, 0, segment, null, new Separation(by));
  return segment.realm;
}

/** Behind Ethernet and the tags of some VLANs. */
const tagged = (...tags: string[]): number[] => helloBehind(ETHERNET_ADDRESSES, ...tags, '0800');
const vxlan = (network: string, from = 0): number[] =>
  inUdp(4789, helloBehind('08000000', network, '00', ETHERNET_ADDRESSES, '0800')).map((byte, at) =>
    at === 15 ? byte + from : byte,
  );
const gre = (key: string): number[] => inIpv4(47, helloBehind('2000 0800', key));
const eoip = (tunnel: string): number[] =>
  inIpv4(47, helloBehind('2001 6400', '003b', tunnel, ETHERNET_ADDRESSES, '0800'));
/** The outer addresses the other way round. */
const backwards = (data: readonly number[]): number[] => [
  ...data.slice(0, 12), ...data.slice(16, 20), ...data.slice(12, 16), ...data.slice(20),
];
/** Other outer addresses. */
const elsewhere = (data: readonly number[]): number[] => data.map((byte, at) => (at === 14 ? 3 : byte));

describe('what keeps equal tuples apart', () => {
  test.each<[string, Separator, number[], number[]]>([
    ['two VLANs', 'vlan', tagged('8100 0064'), tagged('8100 0065')],
    ['the outer tags of two stacks', 'vlan', tagged('88a8 0064 8100 0001'), tagged('88a8 0065 8100 0001')],
    ['the inner tags of two stacks', 'vlan', tagged('88a8 0064 8100 0001'), tagged('88a8 0064 8100 0002')],
    ['a VLAN and none', 'vlan', tagged('8100 0064'), tagged()],
    ['two VXLAN networks', 'tunnel', vxlan('000007'), vxlan('000008')],
    ['two GRE keys', 'tunnel', gre('00000007'), gre('00000008')],
    ['two EoIP tunnels', 'tunnel', eoip('0100'), eoip('0200')],
    ['two pairs of tunnel ends', 'tunnel', inIpv4(4, helloBehind()), elsewhere(inIpv4(4, helloBehind()))],
    [
      'two pairs of GRE without a key', 'tunnel', inIpv4(47, helloBehind('0000 0800')),
      elsewhere(inIpv4(47, helloBehind('0000 0800'))),
    ],
    ['a tunnel and none', 'tunnel', inIpv6(4, helloBehind()), IPV4_HELLO],
  ])('%s', (_, by, one, other) => {
    const linkType = by === 'vlan' ? 1 : 101;
    expect(realm(one, [by], { linkType })).not.toBe(realm(other, [by], { linkType }));
    for (const another of SEPARATORS.filter((separator) => separator !== by))
      expect(realm(one, [another], { linkType })).toBe(realm(other, [another], { linkType }));
    expect(realm(one, SEPARATORS, { linkType })).not.toBe(realm(other, SEPARATORS, { linkType }));
  });

  test('two interfaces', () => {
    expect(realm(IPV4_HELLO, ['interface'])).not.toBe(realm(IPV4_HELLO, ['interface'], { seenAt: 1 }));
    expect(realm(IPV4_HELLO, ['vlan', 'tunnel'])).toBe(realm(IPV4_HELLO, ['vlan', 'tunnel'], { seenAt: 1 }));
  });
});

describe('what does not', () => {
  test.each<[string, number[], number[]]>([
    ['the direction in a tunnel', inIpv4(4, helloBehind()), backwards(inIpv4(4, helloBehind()))],
    ['the direction in a VXLAN network', vxlan('000007'), backwards(vxlan('000007'))],
    ['other ends of the same VXLAN network', vxlan('000007'), vxlan('000007', 5)],
    [
      'an authentication header', inIpv4(51, hex('0604 0000 00000001 00000001 000102030405060708090a0b').concat(HELLO)),
      IPV4_HELLO,
    ],
    ['an ICMP error that quotes a segment', inIpv4(1, [3, 1, 0, 0, 0, 0, 0, 0, ...IPV4_HELLO]), IPV4_HELLO],
  ])('%s', (_, one, other) => {
    expect(realm(one, SEPARATORS)).toBe(realm(other, SEPARATORS));
  });
});

/** A SYN in a VLAN. */
function syn(vlan: string): Uint8Array {
  return Uint8Array.from(
    hex(
      ETHERNET_ADDRESSES, '8100', vlan, '0800', '4500 0028 0001 4000 40 06 0000 0a000001 0a000002',
      'c350 0050 000003e8 00000000 5002 01f6 0000 0000',
    ),
  );
}

test('connections in two VLANs are two only where that was asked for, in ladders too', async () => {
  const { header, record } = pcapWriter();
  const path = files.write(
    'vlans.pcap', bytes(header, record({ data: syn('0064') }), record({ data: syn('0065'), fraction: 500_000 })),
  );
  expect((await analyze([path])).connectionCount).toBe(1);
  const apart = await analyze([path], { separate: ['vlan'] });
  expect([...apart.connections()].map(({ stream, firstFrame, lastFrame }) => [stream, firstFrame, lastFrame])).toEqual([
    [0, 1, 1], [1, 2, 2],
  ]);
  expect((await readLadder(apart, 1)).map(({ frame }) => frame)).toEqual([2]);
});
