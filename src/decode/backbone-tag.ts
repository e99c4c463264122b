import { ETHERNET } from './layer.js';
import type { Packet } from './packet.js';
import { skip } from './skip-reasons.js';

/** Priority and flags in a byte, the service's number in three (IEEE 802.1Q §9.7); the customer's frame follows. */
const SERVICE = 0;
const SERVICE_MASK = 0xff_ffff;
const SIZE = 4;

const CUT = skip('802.1ah: tag cut');

/** A customer's frame inside a provider's (802.1ah, MAC in MAC). */
export function backboneTag(packet: Packet): number {
  if (!packet.has(SIZE)) return CUT;
  packet.network = packet.view.getUint32(packet.offset + SERVICE) & SERVICE_MASK;
  packet.offset += SIZE;
  return ETHERNET;
}
