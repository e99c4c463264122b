import { IPV4, IPV6 } from './layer.js';
import type { Packet } from './packet.js';
import { skip } from './skip-reasons.js';

/** Source, destination; in Linux two bytes of offset; then the protocol. */
const BSD_PROTOCOL = 2;
const LINUX_PROTOCOL = 4;

/** RFC 1051 has no more; RFC 1201 a flag that tells whether a packet came in parts, and a sequence number. */
const IPV4_RFC_1051 = 0xf0;
const IPV4_RFC_1201 = 0xd4;
const IPV6_RFC_1201 = 0xc4;
const SPLIT_SIZE = 3;
/** A flag of 255 and three bytes of filling stand before the true one in packets of awkward lengths. */
const EXCEPTION = 0xff;
const EXCEPTION_SIZE = 4;

const CUT = skip('arcnet: header cut');
const NOT_IP = skip('arcnet: protocol not IP');
const SPLIT = skip('arcnet: packet in parts');

/** ARCnet as BSD captures it. */
export function arcnetBsd(packet: Packet): number {
  return arcnet(packet, BSD_PROTOCOL);
}

/** ARCnet as Linux captures it. */
export function arcnetLinux(packet: Packet): number {
  return arcnet(packet, LINUX_PROTOCOL);
}

function arcnet(packet: Packet, protocolAt: number): number {
  if (!packet.has(protocolAt + 1)) return CUT;
  const { view } = packet;
  const protocol = view.getUint8(packet.offset + protocolAt);
  packet.offset += protocolAt + 1;
  if (protocol === IPV4_RFC_1051) return IPV4;
  if (protocol !== IPV4_RFC_1201 && protocol !== IPV6_RFC_1201) return NOT_IP;
  if (!packet.has(SPLIT_SIZE)) return CUT;
  if (view.getUint8(packet.offset) === EXCEPTION) packet.offset += EXCEPTION_SIZE;
  if (!packet.has(SPLIT_SIZE)) return CUT;
  if (view.getUint8(packet.offset) !== 0) return SPLIT;
  packet.offset += SPLIT_SIZE;
  return protocol === IPV4_RFC_1201 ? IPV4 : IPV6;
}
