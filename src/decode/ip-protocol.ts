import { AUTHENTICATION, ETHER_IP, GRE, ICMP, ICMPV6, IPCOMP, IPV4, IPV6, MPLS, TCP, UDP } from './layer.js';

/** Protocol numbers (IANA) that IPv4 and IPv6 share. */
export const TCP_NUMBER = 6;
export const UDP_NUMBER = 17;

/** The layer behind IPv4's protocol or IPv6's next header; `unknown`, a skip reason, where none is known. */
export function layerOfIpProtocol(protocol: number, unknown: number): number {
  switch (protocol) {
    case TCP_NUMBER: return TCP;
    case UDP_NUMBER: return UDP;
    case 1: return ICMP;
    case 58: return ICMPV6;
    case 4: return IPV4; // IP in IP, RFC 2003
    case 41: return IPV6; // 6in4 (RFC 4213), and IPv6 in IPv6 (RFC 2473)
    case 47: return GRE;
    case 51: return AUTHENTICATION;
    case 97: return ETHER_IP;
    case 108: return IPCOMP;
    case 137: return MPLS; // RFC 4023
    default: return unknown;
  }
}
