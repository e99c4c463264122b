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
