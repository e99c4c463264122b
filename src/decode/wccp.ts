import { RAW_IP } from './layer.js';
import type { Packet } from './packet.js';
import { skip } from './skip-reasons.js';

/** What version 2 of the web cache protocol puts before the packet that it redirects, and version 1 does not. */
const REDIRECT_SIZE = 4;
/** The first nibble of an IPv4 header; in the redirect header most of it is reserved. */
const IPV4_NIBBLE = 4;

const CUT = skip('wccp: header cut');

/** Packets that a router redirects to a cache by WCCP, in GRE. */
export function wccp(packet: Packet): number {
  if (!packet.has(REDIRECT_SIZE)) return CUT;
  if (packet.view.getUint8(packet.offset) >> 4 !== IPV4_NIBBLE) packet.offset += REDIRECT_SIZE;
  return RAW_IP;
}
