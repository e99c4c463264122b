import { ETHERNET, IEEE_802_11 } from './layer.js';
import type { Packet } from './packet.js';
import type { Segment } from './segment.js';
import { skip } from './skip-reasons.js';

// RFC 5415 §4.3: a preamble, then 24 bits: length in units of four bytes (5), radio (5), binding (5) and flags.
const PREAMBLE_AND_FIELDS = 0;
const PREAMBLE_BIT = 24;
const LENGTH_BIT = 19;
const BINDING_BIT = 9;
const FIVE_BITS = 0x1f;
/** The frame is one of the binding, not of Ethernet. */
const NATIVE = 0x0100;
const FRAGMENT = 0x0080;
const LAST_FRAGMENT = 0x0040;
const KEEP_ALIVE = 0x0008;
const BINDING_802_11 = 1;
/** Where a fragment has the number of its frame, and its place: 13 bits, in units of 8 bytes, above 3 reserved bits. */
const FRAGMENT_ID = 4;
const FRAGMENT_OFFSET = 6;
const FRAGMENT_OFFSET_MASK = 0xfff8;
const SIZE = 8;
/** Length of the UDP header, which stands right before. */
const PORTS_BEFORE = 8;

const CUT = skip('capwap: header cut');
const NOT_DATA = skip('capwap: encrypted or keep-alive');
const INCOMPLETE = skip('capwap: fragment that completes no frame');
const LATER_FRAGMENT = skip('capwap: fragment without the headers of its frame');

/** What an access point sends to its controller: 802.11 or Ethernet frames, in UDP. */
export function capwap(packet: Packet, segment: Segment): number {
  if (!packet.has(SIZE)) return CUT;
  const { view, offset } = packet;
  const fields = view.getUint32(offset + PREAMBLE_AND_FIELDS);
  if (fields >>> PREAMBLE_BIT !== 0 || (fields & KEEP_ALIVE) !== 0) return NOT_DATA;
  packet.offset += ((fields >>> LENGTH_BIT) & FIVE_BITS) * 4;
  if ((fields & FRAGMENT) !== 0) {
    const answer = fragment(packet, segment, offset, (fields & LAST_FRAGMENT) !== 0);
    if (answer !== 0) return answer;
  }
  if ((fields & NATIVE) === 0) return ETHERNET;
  return ((fields >>> BINDING_BIT) & FIVE_BITS) === BINDING_802_11 ? IEEE_802_11 : NOT_DATA;
}

/**
 * A frame that was too large for the way is sent in parts (RFC 5415 §3.4). Answers 0 to go on: this part made it whole.
 *
 * Where parts are not put together, because nobody keeps them or a snap length has cut this one, the first goes on with
 * what it holds.
 */
function fragment(packet: Packet, segment: Segment, header: number, isLast: boolean): number {
  const { view, offset, fragments } = packet;
  if (!packet.has(0)) return CUT;
  const start = view.getUint16(header + FRAGMENT_OFFSET) & FRAGMENT_OFFSET_MASK;
  if (fragments === null || packet.quotedBy !== 0 || packet.end < packet.wireEnd) {
    return start === 0 ? 0 : LATER_FRAGMENT;
  }
  const payload = fragments.add(keyOf(packet, segment, header), view, offset, packet.end - offset, start, isLast);
  if (payload === null) return INCOMPLETE;
  packet.enter(payload, offset);
  return 0;
}

/** The addresses and ports of the tunnel, the number that its sender gave the frame, and the VLAN, as for datagrams. */
function keyOf({ view, vlan }: Packet, segment: Segment, header: number): string {
  const { source0, source1, source2, source3, destination0, destination1, destination2, destination3 } = segment;
  const source = `${source0} ${source1} ${source2} ${source3}`;
  const destination = `${destination0} ${destination1} ${destination2} ${destination3}`;
  return `capwap ${source} ${destination} ${view.getUint32(header - PORTS_BEFORE)} ` +
    `${view.getUint16(header + FRAGMENT_ID)} ${vlan}`;
}
