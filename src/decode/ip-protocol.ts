import { TCP } from './layer.js';

/** Protocol numbers (IANA) that IPv4 and IPv6 share. */
export const TCP_NUMBER = 6;

/** What an IP version answers where no TCP follows: skip reasons. */
export interface WithoutTcp {
  readonly udp: number;
  readonly icmp: number;
  readonly other: number;
}

/** The layer behind IPv4's protocol or IPv6's next header; one of `without` where none is known. */
export function layerOfIpProtocol(protocol: number, without: WithoutTcp): number {
  switch (protocol) {
    case TCP_NUMBER: return TCP;
    case 17: return without.udp;
    case 1: // ICMP
    case 58: return without.icmp; // ICMPv6
    default: return without.other;
  }
}
