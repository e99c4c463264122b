import { layerOfIpProtocol } from './ip-protocol.js';
import type { Packet } from './packet.js';
import { skip } from './skip-reasons.js';

// RFC 4302 §2: next header, then the length in units of four bytes, less two.
const NEXT = 0;
const LENGTH = 1;
const SIZE = 12;

const CUT = skip('ah: header cut');
const OTHER = skip('ipv4: other protocol');

/** The authentication header behind IPv4, which encrypts nothing. Behind IPv6 it is one of the extension headers. */
export function authentication(packet: Packet): number {
  if (!packet.has(SIZE)) return CUT;
  const { view, offset } = packet;
  packet.offset += (view.getUint8(offset + LENGTH) + 2) * 4;
  return layerOfIpProtocol(view.getUint8(offset + NEXT), OTHER);
}
