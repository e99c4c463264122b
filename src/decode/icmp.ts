import { IPV4, IPV6 } from './layer.js';
import type { Packet } from './packet.js';
import type { Segment } from './segment.js';
import { skip } from './skip-reasons.js';

/** Type, code, checksum and four bytes that depend on the type; in an error the packet follows that it is about. */
const SIZE = 8;
const CODE = 1;
/**
 * Where a packet was too large: what would have fit, in the last two of the four bytes, or in all of them in version 6.
 */
const MTU_4 = 6;
const MTU_6 = 4;

const DESTINATION_UNREACHABLE = 3;
const FRAGMENTATION_NEEDED = 4;
const PACKET_TOO_BIG = 2;

/** What a redirect quotes behind the IP header. */
const LEAST_QUOTED = 8;

const ICMP_4 = skip('ipv4: ICMP');
const ICMP_6 = skip('ipv6: ICMP');

/**
 * ICMP (RFC 792). An error goes on with the packet that it quotes: whether its TCP header is whole enough to be counted
 * by Wireshark, `decode` tells; it is not one that was sent here.
 */
export function icmp(packet: Packet, segment: Segment): number {
  if (!packet.has(SIZE)) return ICMP_4;
  const { view, offset } = packet;
  const type = view.getUint8(offset);
  switch (type) {
    case DESTINATION_UNREACHABLE:
    case 4: // source quench
    case 11: // time exceeded
    case 12: break; // parameter problem
    case 5: // redirect
      if (packet.has(SIZE + 1)) packet.endAt(offset + SIZE + ((view.getUint8(offset + SIZE) & 15) << 2) + LEAST_QUOTED);
      break;
    default: return ICMP_4;
  }
  const isTooLarge = type === DESTINATION_UNREACHABLE && view.getUint8(offset + CODE) === FRAGMENTATION_NEEDED;
  note(packet, segment, isTooLarge ? view.getUint16(offset + MTU_4) : 0);
  packet.offset += SIZE;
  packet.quotedBy = ICMP_4;
  return IPV4;
}

/** ICMPv6 (RFC 4443): the errors are types 1 to 4. */
export function icmpv6(packet: Packet, segment: Segment): number {
  if (!packet.has(SIZE)) return ICMP_6;
  const { view, offset } = packet;
  const type = view.getUint8(offset);
  if (type < 1 || type > 4) return ICMP_6;
  note(packet, segment, type === PACKET_TOO_BIG ? view.getUint32(offset + MTU_6) : 0);
  packet.offset += SIZE;
  packet.quotedBy = ICMP_6;
  return IPV6;
}

/** Before the quoted header comes in place of that around the error. */
function note(
  { error, view, offset }: Packet, { family, source0, source1, source2, source3 }: Segment, mtu: number,
): void {
  error.family = family;
  error.sender0 = source0;
  error.sender1 = source1;
  error.sender2 = source2;
  error.sender3 = source3;
  error.type = view.getUint8(offset);
  error.code = view.getUint8(offset + CODE);
  error.mtu = mtu;
}

/** Whether a packet that is no segment for this reason may be an error about one. */
export function isError(answer: number): boolean {
  return answer === ICMP_4 || answer === ICMP_6;
}
