import type { Packet } from './packet.js';
import type { Segment } from './segment.js';

/**
 * Reads the header at `packet.offset` and answers with one number:
 * 0 (`IS_TCP`), the packet is a TCP segment and `segment` is filled;
 * above 0, it is none, and this is the index into `skipReasons`;
 * below 0, the layer to go on with (below), at the `packet.offset` that was set.
 *
 * A layer names the next one instead of calling it, so that Ethernet may hold MPLS that holds Ethernet
 * without a recursion to bound or an import that points back.
 */
export type Layer = (packet: Packet, segment: Segment) => number;

export const IS_TCP = 0;

export const ETHERNET = -1;
export const VLAN = -2;
export const LLC = -3;
export const LINUX_COOKED_1 = -4;
export const LINUX_COOKED_2 = -5;
export const BSD_LOOPBACK = -6;
export const PPP = -7;
export const PPPOE = -8;
export const MPLS = -9;
export const RAW_IP = -10;
export const IPV4 = -11;
export const IPV6 = -12;
export const TCP = -13;
export const IPV4_FRAGMENT = -14;
export const ICMP = -15;
export const ICMPV6 = -16;
export const UDP = -17;
export const AUTHENTICATION = -18;
export const ETHER_IP = -19;
export const GRE = -20;
export const ERSPAN_2 = -21;
export const ERSPAN_3 = -22;
export const VXLAN = -23;
export const GENEVE = -24;
export const GTP = -25;
export const TEREDO = -26;
export const L2TP = -27;
export const CAPWAP = -28;
export const BACKBONE_TAG = -29;
export const FABRIC_PATH = -30;
export const CISCO_HDLC = -31;
export const IEEE_802_11 = -32;
export const RADIOTAP = -33;
export const PPI = -34;
export const NFLOG = -35;
export const JUNIPER_ETHERNET = -36;
export const INFINIBAND = -37;
export const FDDI = -38;
export const TOKEN_RING = -39;
export const ARCNET_BSD = -40;
export const ARCNET_LINUX = -41;
export const LISP = -42;
export const WCCP = -43;
export const PADDED_IEEE_802_11 = -44;
export const CISCO_METADATA = -45;
export const CISCO_METADATA_IN_GRE = -46;
export const VN_TAG = -47;
export const E_TAG = -48;
export const VXLAN_GPE = -49;
export const NSH = -50;
export const AYIYA = -51;
export const IPCOMP = -52;

/** Tunnels in UDP by their port (IANA but for 8472), of either end: an answer comes from it. */
export const UDP_TUNNELS: ReadonlyMap<number, number> = new Map([
  [1701, L2TP],
  [2152, GTP],
  [3544, TEREDO],
  [4341, LISP],
  [4754, GRE], // RFC 8086
  [4789, VXLAN],
  [4790, VXLAN_GPE],
  [5072, AYIYA],
  [5247, CAPWAP],
  [6081, GENEVE],
  [6635, MPLS], // RFC 7510
  [8472, VXLAN], // Linux, from before there was a number
]);
