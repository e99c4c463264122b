import { layerOfEtherType } from './ether-type.js';
import type { Packet } from './packet.js';
import { skip } from './skip-reasons.js';

/**
 * Destination and source access point (0xaa: SNAP), control (3: unnumbered information) and the upper byte of the OUI.
 */
const SNAP = 0xaaaa_0300;
/** The lower two bytes of the OUI. */
const OUI = 4;
const ETHER_TYPE = 6;
const SIZE = 8;

/** OUIs whose protocol number is an EtherType: RFC 1042, and 802.1H bridge tunnels. */
const RFC_1042 = 0x0000;
const BRIDGE_TUNNEL = 0x00f8;

const CUT = skip('llc: header cut');
const NOT_SNAP = skip('llc: not SNAP with an EtherType');

/** Logical link control (IEEE 802.2) with SNAP: how IP travels in 802.3 frames that carry a length. */
export function llc(packet: Packet): number {
  if (!packet.has(SIZE)) return CUT;
  const { view, offset } = packet;
  if (view.getUint32(offset) !== SNAP) return NOT_SNAP;
  const oui = view.getUint16(offset + OUI);
  if (oui !== RFC_1042 && oui !== BRIDGE_TUNNEL) return NOT_SNAP;
  packet.offset += SIZE;
  return layerOfEtherType(view.getUint16(offset + ETHER_TYPE));
}
