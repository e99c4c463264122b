import { expect, test } from 'vitest';
import { Fragments } from '../../src/decode/fragments.js';
import { type SkipReason, skipReasons } from '../../src/decode/skip-reasons.js';
import { ETHERNET_ADDRESSES, IPV6_ADDRESSES, decoded, hex } from './bytes.js';

const ETHERNET = 1;
const RAW = 101;
const IPV4_TCP = '4500 0028 1234 4000 40 06 0000 0a000001 0a000002';
const PORTS_AND_NUMBERS = '00000000 00000000 00000000';

/** UDP to a port, both in hexadecimal. */
function inUdp(port: string, payload: string): [linkType: number, bytes: string] {
  return [RAW, `${IPV4_TCP.replace('40 06', '40 11')} c001 ${port} 0014 0000 ${payload}`];
}

/** A packet for each reason: link type, bytes and, where a snap length cut it, its length on the wire. */
const examples: Record<SkipReason, [linkType: number, bytes: string, original?: number]> = {
  'link type not supported': [147, '0800'],
  'layers nested too deeply': [ETHERNET, `${ETHERNET_ADDRESSES} ${'8100 0001'.repeat(40)}`],
  'ethernet: header cut': [ETHERNET, `${ETHERNET_ADDRESSES} 08`],
  'ethernet: ARP': [ETHERNET, `${ETHERNET_ADDRESSES} 0806 0001`],
  'ethernet: EtherType not IP': [ETHERNET, `${ETHERNET_ADDRESSES} 88cc 0207`],
  'vlan: tag cut': [ETHERNET, `${ETHERNET_ADDRESSES} 8100 0001 08`],
  'llc: header cut': [ETHERNET, `${ETHERNET_ADDRESSES} 0008 aaaa03 000000 08`],
  'llc: not SNAP with an EtherType': [ETHERNET, `${ETHERNET_ADDRESSES} 0026 424203 0000000000`],
  'linux cooked: header cut': [113, '0000 0001 0006 0200000000010000 08'], 'bsd loopback: header cut': [0, '020000'],
  'bsd loopback: family not IP': [0, '01000000'], 'ppp: header cut': [9, 'ff03 21'],
  'ppp: protocol not IP': [9, 'c021'], 'pppoe: header cut': [51, '1100 0001 00'],
  'pppoe: not session data': [51, '1109 0000 0000'],
  'mpls: header cut': [ETHERNET, `${ETHERNET_ADDRESSES} 8847 00010040 000111`],
  'mpls: neither IP nor Ethernet': [ETHERNET, `${ETHERNET_ADDRESSES} 8847 00011140 ${'ff'.repeat(18)}`],
  '802.1ah: tag cut': [ETHERNET, `${ETHERNET_ADDRESSES} 88e7 0000`],
  'fabricpath: tag cut': [ETHERNET, `${ETHERNET_ADDRESSES} 8903 00`],
  'cisco metadata: header cut': [ETHERNET, `${ETHERNET_ADDRESSES} 8909 01 01 0001 0002 08`],
  'vn-tag: tag cut': [ETHERNET, `${ETHERNET_ADDRESSES} 8926 00033810 08`],
  'e-tag: tag cut': [ETHERNET, `${ETHERNET_ADDRESSES} 893f 3001 1002 0304 08`],
  '802.11: header cut': [105, '0801 0000'], '802.11: not a data frame': [105, `8000 ${'00'.repeat(22)}`],
  '802.11: protected frame': [105, `0841 ${'00'.repeat(22)}`], '802.11: fragment': [105, `0805 ${'00'.repeat(22)}`],
  'radiotap: header cut': [127, '0000 0900 0000 0000'], 'ppi: header cut': [192, '0000 0700 01000000'],
  'nflog: header cut': [239, '02000000 0800'], 'nflog: no packet in it': [239, '02000000 0800 0100 08000300'],
  'juniper: header cut': [178, '4d474380 00'], 'juniper: no magic number': [178, '4d474400'],
  'infiniband: header cut': [242, '00'.repeat(43)], 'fddi: header cut': [10, '50'],
  'fddi: not an LLC frame': [10, `41 ${ETHERNET_ADDRESSES}`], 'token ring: header cut': [6, '1040'],
  'token ring: not an LLC frame': [6, `1000 ${ETHERNET_ADDRESSES}`], 'arcnet: header cut': [7, '0102'],
  'arcnet: protocol not IP': [7, '0102 d5 00 0001'], 'arcnet: packet in parts': [7, '0102 d4 01 0001'],
  'cisco hdlc: header cut': [104, '0f00 08'],
  'icmp: quotes a TCP segment': [
    RAW,
    `${IPV4_TCP.replace('40 06', '40 01').replace('0028', '0044')} 0301 0000 00000000 ${IPV4_TCP} ` +
      `${PORTS_AND_NUMBERS} 5010 ffff 00000000`,
  ],
  'ah: header cut': [RAW, `${IPV4_TCP.replace('40 06', '40 33')} 0604`],
  'etherip: header cut': [RAW, `${IPV4_TCP.replace('40 06', '40 61')} 30`],
  'gre: header cut': [RAW, `${IPV4_TCP.replace('40 06', '40 2f')} 0000 08`],
  'erspan: header cut': [RAW, `${IPV4_TCP.replace('40 06', '40 2f')} 1000 88be 00000001 10`],
  'wccp: header cut': [RAW, `${IPV4_TCP.replace('40 06', '40 2f')} 0000 883e 00`],
  'udp: header cut': [RAW, IPV4_TCP.replace('40 06', '40 11')], 'vxlan: header cut': inUdp('12b5', '08'),
  'vxlan: no valid header': inUdp('12b6', '0c0000ff 00000000'),
  'nsh: header cut': [ETHERNET, `${ETHERNET_ADDRESSES} 894f 0fc2 0201 0000`],
  'nsh: protocol not IP': [ETHERNET, `${ETHERNET_ADDRESSES} 894f 0fc2 0206 000001ff`],
  'geneve: header cut': inUdp('17c1', '00'), 'geneve: version not 0': inUdp('17c1', '40000800 00000000'),
  'gtp: header cut': inUdp('0868', '30ff'), 'gtp: not user data': inUdp('0868', '3001 0000 00000000'),
  'teredo: header cut': inUdp('0dd8', '6000'), 'l2tp: header cut': inUdp('06a5', '0002'),
  'l2tp: not data of version 2': inUdp('06a5', 'c802 000c 0000 0000 0000 0000'),
  'lisp: header cut': inUdp('10f5', '80'), 'capwap: header cut': inUdp('147f', '00'),
  'capwap: encrypted or keep-alive': inUdp('147f', '01000000 00000000'),
  'capwap: fragment that completes no frame': inUdp('147f', '00100080 00010000 0000'),
  'capwap: fragment without the headers of its frame': [RAW, inUdp('147f', '00100080 00010008 0000')[1], 60],
  'ayiya: header cut': inUdp('13d0', '21 00 01'),
  'ayiya: no IP packet in it': inUdp('13d0', '21 00 00 3b 00000001 c0000201'),
  'ipcomp: header cut': [RAW, `${IPV4_TCP.replace('40 06', '40 6c')} 06 00`],
  'ipcomp: other protocol': [RAW, `${IPV4_TCP.replace('40 06', '40 6c')} 32 00 0002`],
  'ipcomp: compressed': [RAW, `${IPV4_TCP.replace('40 06', '40 6c')} 06 00 0003 00`], 'raw ip: empty packet': [RAW, ''],
  'raw ip: version neither 4 nor 6': [RAW, '55'], 'ipv4: header cut by snap length': [RAW, IPV4_TCP.slice(0, -2), 20],
  'ipv4: header longer than its packet': [RAW, IPV4_TCP.slice(0, -2)],
  'ipv4: version not 4': [228, IPV4_TCP.replace('45', '55')],
  'ipv4: header length below 5': [RAW, IPV4_TCP.replace('45', '44')],
  'ipv4: UDP': [RAW, `${IPV4_TCP.replace('40 06', '40 11')} 0035 0035 0008 0000`],
  'ipv4: ICMP': [RAW, IPV4_TCP.replace('40 06', '40 01')],
  'ipv4: other protocol': [RAW, IPV4_TCP.replace('40 06', '40 84')],
  'ipv4: fragment that completes no datagram': [
    RAW, `${IPV4_TCP.replace('4000', '20b9')} ${PORTS_AND_NUMBERS} 5010 ffff 0000 0000`,
  ],
  'ipv4: fragment without the TCP header': [RAW, IPV4_TCP.replace('4000', '00b9')],
  'ipv6: header cut by snap length': [RAW, `60000000 0014 06 40 ${IPV6_ADDRESSES.slice(0, -2)}`, 40],
  'ipv6: header longer than its packet': [RAW, `60000000 0014 06 40 ${IPV6_ADDRESSES.slice(0, -2)}`],
  'ipv6: version not 6': [229, `40000000 0014 06 40 ${IPV6_ADDRESSES}`],
  'ipv6: extension header cut': [RAW, `60000000 0014 00 40 ${IPV6_ADDRESSES} 06000000000000`, 60],
  'ipv6: UDP': [RAW, `60000000 0014 11 40 ${IPV6_ADDRESSES} 0035 0035 0008 0000`],
  'ipv6: ICMP': [RAW, `60000000 0014 3a 40 ${IPV6_ADDRESSES}`],
  'ipv6: other protocol': [RAW, `60000000 0014 84 40 ${IPV6_ADDRESSES}`],
  'ipv6: fragment that completes no datagram': [
    RAW, `60000000 0010 2c 40 ${IPV6_ADDRESSES} 0600 0001 00000001 0000000000000000`,
  ],
  'ipv6: fragment without the TCP header': [RAW, `60000000 0014 2c 40 ${IPV6_ADDRESSES} 0600 00b8 00000001`, 60],
  'tcp: header cut by snap length': [RAW, `${IPV4_TCP} ${PORTS_AND_NUMBERS} 5010 ff`, 40],
  'tcp: header longer than its packet': [RAW, `${IPV4_TCP} ${PORTS_AND_NUMBERS} 5010 ff`],
  'tcp: header cut behind its window': [RAW, `${IPV4_TCP} ${PORTS_AND_NUMBERS} 5010 ffff 0000 00`],
  'tcp: data offset beyond its packet': [RAW, `${IPV4_TCP} ${PORTS_AND_NUMBERS} 6010 ffff 0000 0000`],
  'tcp: data offset below 5': [RAW, `${IPV4_TCP} ${PORTS_AND_NUMBERS} 4010 ffff 0000 0000`],
};

test.each(Object.entries(examples))('%s', (reason, [linkType, digits, original]) => {
  const bytes = hex(digits);
  expect(decoded(bytes, { linkType, original: original ?? bytes.length }, new Fragments())).toBe(reason);
});

test('every reason is said once, as "layer: reason"', () => {
  expect(skipReasons[0]).toBe('');
  expect(new Set(skipReasons).size).toBe(skipReasons.length);
});
