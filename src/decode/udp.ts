import { AYIYA, CAPWAP, GENEVE, GRE, GTP, L2TP, LISP, MPLS, TEREDO, VXLAN, VXLAN_GPE } from './layer.js';
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

/** Tunnels by their port (IANA but for 8472), of either end: an answer comes from it. */
const tunnels: ReadonlyMap<number, number> = new Map([
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

/** UDP, for the tunnels in it. */
export function udp(packet: Packet): number {
  if (!packet.has(SIZE)) return CUT;
  const { view, offset } = packet;
  const source = view.getUint16(offset + SOURCE_PORT);
  const destination = view.getUint16(offset + DESTINATION_PORT);
  const tunnel = tunnels.get(destination) ?? tunnels.get(source);
  if (tunnel === undefined) return packet.ipVersion === 4 ? UDP_4 : UDP_6;
  const length = view.getUint16(offset + LENGTH);
  if (length >= SIZE) packet.endAt(offset + length);
  packet.offset += SIZE;
  return tunnel;
}
