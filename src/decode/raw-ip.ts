import { IPV4, IPV6 } from './layer.js';
import type { Packet } from './packet.js';
import { skip } from './skip-reasons.js';

const EMPTY = skip('raw ip: empty packet');
const NEITHER = skip('raw ip: version neither 4 nor 6');

/** No link layer: the packet begins with an IP header, whose version says which. */
export function rawIp(packet: Packet): number {
  if (!packet.has(1)) return EMPTY;
  switch (packet.view.getUint8(packet.offset) >> 4) {
    case 4: return IPV4;
    case 6: return IPV6;
    default: return NEITHER;
  }
}
