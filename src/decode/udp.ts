import { UDP_TUNNELS } from './layer.js';
import type { Packet } from './packet.js';
import { skip } from './skip-reasons.js';

// RFC 768
const SOURCE_PORT = 0;
const DESTINATION_PORT = 2;
const LENGTH = 4;
const SIZE = 8;

const CUT = skip('udp: header cut');
const UDP_4 = skip('ipv4: UDP');
const UDP_6 = skip('ipv6: UDP');

/** UDP, for the tunnels in it. */
export function udp(packet: Packet): number {
  if (!packet.has(SIZE)) return CUT;
  const { view, offset } = packet;
  const source = view.getUint16(offset + SOURCE_PORT);
  const destination = view.getUint16(offset + DESTINATION_PORT);
  const tunnel = UDP_TUNNELS.get(destination) ?? UDP_TUNNELS.get(source);
  if (tunnel === undefined) return packet.ipVersion === 4 ? UDP_4 : UDP_6;
  const length = view.getUint16(offset + LENGTH);
  if (length >= SIZE) packet.endAt(offset + length);
  packet.offset += SIZE;
  return tunnel;
}
