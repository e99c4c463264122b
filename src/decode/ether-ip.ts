import { ETHERNET } from './layer.js';
import type { Packet } from './packet.js';
import { skip } from './skip-reasons.js';

/** Version 3 and reserved bits (RFC 3378 §3). */
const SIZE = 2;

const CUT = skip('etherip: header cut');

/** Ethernet in IP. */
export function etherIp(packet: Packet): number {
  if (!packet.has(SIZE)) return CUT;
  packet.offset += SIZE;
  return ETHERNET;
}
