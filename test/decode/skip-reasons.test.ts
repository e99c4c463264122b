import { expect, test } from 'vitest';
import { type SkipReason, skipReasons } from '../../src/decode/skip-reasons.js';
import { ETHERNET_ADDRESSES, IPV6_ADDRESSES, decoded, hex } from './bytes.js';

const ETHERNET = 1;
const RAW = 101;
const IPV4_TCP = '4500 0028 1234 4000 40 06 0000 0a000001 0a000002';
const PORTS_AND_NUMBERS = '00000000 00000000 00000000';

/** A packet for each reason: link type, bytes and, where a snap length cut it, its length on the wire. */
const examples: Record<SkipReason, [linkType: number, bytes: string, original?: number]> = {
  'link type not supported': [105, '0800'],
  'layers nested too deeply': [ETHERNET, `${ETHERNET_ADDRESSES} ${'8100 0001'.repeat(40)}`],
  'ethernet: header cut': [ETHERNET, `${ETHERNET_ADDRESSES} 08`],
  'ethernet: ARP': [ETHERNET, `${ETHERNET_ADDRESSES} 0806 0001`],
  'ethernet: EtherType not IP': [ETHERNET, `${ETHERNET_ADDRESSES} 88cc 0207`],
  'vlan: tag cut': [ETHERNET, `${ETHERNET_ADDRESSES} 8100 0001 08`],
  'llc: header cut': [ETHERNET, `${ETHERNET_ADDRESSES} 0008 aaaa03 000000 08`],
  'llc: not SNAP with an EtherType': [ETHERNET, `${ETHERNET_ADDRESSES} 0026 424203 0000000000`],
  'linux cooked: header cut': [113, '0000 0001 0006 0200000000010000 08'],
  'bsd loopback: header cut': [0, '020000'],
  'bsd loopback: family not IP': [0, '01000000'],
  'ppp: header cut': [9, 'ff03 21'],
  'ppp: protocol not IP': [9, 'c021'],
  'pppoe: header cut': [51, '1100 0001 00'],
  'pppoe: not session data': [51, '1109 0000 0000'],
  'mpls: header cut': [ETHERNET, `${ETHERNET_ADDRESSES} 8847 00010040 000111`],
  'mpls: neither IP nor Ethernet': [ETHERNET, `${ETHERNET_ADDRESSES} 8847 00011140 ${'ff'.repeat(18)}`],
  'raw ip: empty packet': [RAW, ''],
  'raw ip: version neither 4 nor 6': [RAW, '55'],
  'ipv4: header cut by snap length': [RAW, IPV4_TCP.slice(0, -2), 20],
  'ipv4: header longer than its packet': [RAW, IPV4_TCP.slice(0, -2)],
  'ipv4: version not 4': [228, IPV4_TCP.replace('45', '55')],
  'ipv4: header length below 5': [RAW, IPV4_TCP.replace('45', '44')],
  'ipv4: UDP': [RAW, IPV4_TCP.replace('40 06', '40 11')],
  'ipv4: ICMP': [RAW, IPV4_TCP.replace('40 06', '40 01')],
  'ipv4: other protocol': [RAW, IPV4_TCP.replace('40 06', '40 84')],
  'ipv4: fragment without the TCP header': [RAW, IPV4_TCP.replace('4000', '00b9')],
  'ipv6: header cut by snap length': [RAW, `60000000 0014 06 40 ${IPV6_ADDRESSES.slice(0, -2)}`, 40],
  'ipv6: header longer than its packet': [RAW, `60000000 0014 06 40 ${IPV6_ADDRESSES.slice(0, -2)}`],
  'ipv6: version not 6': [229, `40000000 0014 06 40 ${IPV6_ADDRESSES}`],
  'ipv6: extension header cut': [RAW, `60000000 0014 00 40 ${IPV6_ADDRESSES} 06000000000000`, 60],
  'ipv6: UDP': [RAW, `60000000 0014 11 40 ${IPV6_ADDRESSES}`],
  'ipv6: ICMP': [RAW, `60000000 0014 3a 40 ${IPV6_ADDRESSES}`],
  'ipv6: other protocol': [RAW, `60000000 0014 84 40 ${IPV6_ADDRESSES}`],
  'ipv6: fragment without the TCP header': [RAW, `60000000 0014 2c 40 ${IPV6_ADDRESSES} 0600 00b8 00000001`],
  'tcp: header cut by snap length': [RAW, `${IPV4_TCP} ${PORTS_AND_NUMBERS} 5010 ffff 0000 00`, 40],
  'tcp: header longer than its packet': [RAW, `${IPV4_TCP} ${PORTS_AND_NUMBERS} 5010 ffff 0000 00`],
  'tcp: data offset below 5': [RAW, `${IPV4_TCP} ${PORTS_AND_NUMBERS} 4010 ffff 0000 0000`],
};

test.each(Object.entries(examples))('%s', (reason, [linkType, digits, original]) => {
  const bytes = hex(digits);
  expect(decoded(bytes, { linkType, original: original ?? bytes.length })).toBe(reason);
});

test('every reason is said once, as "layer: reason"', () => {
  expect(skipReasons[0]).toBe('');
  expect(new Set(skipReasons).size).toBe(skipReasons.length);
});
