/**
 * Why a packet is not a TCP segment, as `layer: reason`. Index 0 is unused: it means that the packet is one.
 *
 * "Cut" is the capture's doing; a header that its own packet has no room for is the sender's.
 */
export const skipReasons = [
  '',
  'link type not supported',
  'layers nested too deeply',
  'ethernet: header cut',
  'ethernet: ARP',
  'ethernet: EtherType not IP',
  'vlan: tag cut',
  'llc: header cut',
  'llc: not SNAP with an EtherType',
  'linux cooked: header cut',
  'bsd loopback: header cut',
  'bsd loopback: family not IP',
  'ppp: header cut',
  'ppp: protocol not IP',
  'pppoe: header cut',
  'pppoe: not session data',
  'mpls: header cut',
  'mpls: neither IP nor Ethernet',
  'raw ip: empty packet',
  'raw ip: version neither 4 nor 6',
  'ipv4: header cut by snap length',
  'ipv4: header longer than its packet',
  'ipv4: version not 4',
  'ipv4: header length below 5',
  'ipv4: UDP',
  'ipv4: ICMP',
  'ipv4: other protocol',
  'ipv4: fragment without the TCP header',
  'ipv6: header cut by snap length',
  'ipv6: header longer than its packet',
  'ipv6: version not 6',
  'ipv6: extension header cut',
  'ipv6: UDP',
  'ipv6: ICMP',
  'ipv6: other protocol',
  'ipv6: fragment without the TCP header',
  'tcp: header cut by snap length',
  'tcp: header longer than its packet',
  'tcp: data offset below 5',
] as const;

export type SkipReason = Exclude<(typeof skipReasons)[number], ''>;

/** What a layer answers to give `reason`. For module constants: it searches. */
export function skip(reason: SkipReason): number {
  return skipReasons.indexOf(reason);
}
