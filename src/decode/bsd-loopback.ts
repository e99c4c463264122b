import { IPV4, IPV6 } from './layer.js';
import type { Packet } from './packet.js';
import { skip } from './skip-reasons.js';

const SIZE = 4;

const CUT = skip('bsd loopback: header cut');
const NOT_IP = skip('bsd loopback: family not IP');

/**
 * The address family as a word: in the order of the host that captured (LINKTYPE_NULL) or the network's
 * (LINKTYPE_LOOP). Families are small numbers, so the word tells its own order: the half that is zero is the upper one.
 */
export function bsdLoopback(packet: Packet): number {
  if (!packet.has(SIZE)) return CUT;
  const bigEndian = packet.view.getUint32(packet.offset);
  const family = bigEndian > 0xffff ? packet.view.getUint32(packet.offset, true) : bigEndian;
  packet.offset += SIZE;
  switch (family) {
    case 2: return IPV4; // AF_INET everywhere
    case 10: // AF_INET6 of Linux,
    case 23: // Windows,
    case 24: // NetBSD, OpenBSD and Npcap,
    case 28: // FreeBSD,
    case 30: return IPV6; // macOS
    default: return NOT_IP;
  }
}
