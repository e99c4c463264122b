import { IPV4, IPV6 } from './layer.js';
import type { Packet } from './packet.js';
import { skip } from './skip-reasons.js';

/** Type, code, checksum and four bytes that depend on the type; in an error the packet follows that it is about. */
const SIZE = 8;
/** What a redirect quotes behind the IP header. */
const LEAST_QUOTED = 8;

const ICMP_4 = skip('ipv4: ICMP');
const ICMP_6 = skip('ipv6: ICMP');

/**
 * ICMP (RFC 792). An error goes on with the packet that it quotes: whether its TCP header is whole enough to be counted
 * by Wireshark, `decode` tells; it is not one that was sent here.
 */
export function icmp(packet: Packet): number {
  if (!packet.has(SIZE)) return ICMP_4;
  const { view, offset } = packet;
  switch (view.getUint8(offset)) {
    case 3: // destination unreachable
    case 4: // source quench
    case 11: // time exceeded
    case 12: break; // parameter problem
    case 5: // redirect
      if (packet.has(SIZE + 1)) packet.endAt(offset + SIZE + ((view.getUint8(offset + SIZE) & 15) << 2) + LEAST_QUOTED);
      break;
    default: return ICMP_4;
  }
  packet.offset += SIZE;
  packet.quotedBy = ICMP_4;
  return IPV4;
}

/** ICMPv6 (RFC 4443): the errors are types 1 to 4. */
export function icmpv6(packet: Packet): number {
  if (!packet.has(SIZE)) return ICMP_6;
  const type = packet.view.getUint8(packet.offset);
  if (type < 1 || type > 4) return ICMP_6;
  packet.offset += SIZE;
  packet.quotedBy = ICMP_6;
  return IPV6;
}
