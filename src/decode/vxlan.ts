import { layerOfEtherType } from './ether-type.js';
import { ETHER_TYPE, ETHERNET_SIZE } from './ethernet.js';
import { ETHERNET, IPV4, IPV6 } from './layer.js';
import { layerOfNextProtocol } from './nsh.js';
import type { Packet } from './packet.js';
import { skip } from './skip-reasons.js';

// RFC 7348 §5; with the P flag draft-ietf-nvo3-vxlan-gpe §3
const FLAGS = 0;
const NEXT_PROTOCOL = 3;
/** 24 bits. */
const NETWORK = 4;
const NETWORK_SHIFT = 8;
const SIZE = 8;

/** The network identifier is valid. */
const INSTANCE = 0x08;
/** Flag of the generic protocol extension: the next protocol is valid. */
const PROTOCOL_PRESENT = 0x04;

/** Offsets in IP headers of the length of IPv4 and of IPv6, the latter without the header itself. */
const IPV4_LENGTH = 2;
const IPV6_LENGTH = 4;
const IPV6_SIZE = 40;

const CUT = skip('vxlan: header cut');
const NOT_VXLAN = skip('vxlan: no valid header');

/**
 * Ethernet in UDP, for networks over networks. A receiver ignores the reserved bits (RFC 7348 §5), so they are not
 * asked: extensions use them (group policy, remote checksum offload), and so do senders with mistakes.
 *
 * One of them is the P flag of the extension that has a port of its own. It is believed here where the IP packet that
 * it announces is there.
 */
export function vxlan(packet: Packet): number {
  if (!packet.has(SIZE)) return CUT;
  const { view, offset } = packet;
  const flags = view.getUint8(offset + FLAGS);
  const protocol = (flags & PROTOCOL_PRESENT) === 0 ? 0 : view.getUint8(offset + NEXT_PROTOCOL);
  passHeader(packet, flags);
  if (protocol === 1 && isIpv4(packet)) return IPV4;
  if (protocol === 2 && isIpv6(packet)) return IPV6;
  return (flags & INSTANCE) !== 0 || mayHoldFrame(packet) ? ETHERNET : NOT_VXLAN;
}

/** With the generic protocol extension, on the port of that. */
export function vxlanGpe(packet: Packet): number {
  if (!packet.has(SIZE)) return CUT;
  const { view, offset } = packet;
  const flags = view.getUint8(offset + FLAGS);
  passHeader(packet, flags);
  if ((flags & PROTOCOL_PRESENT) !== 0) return layerOfNextProtocol(view.getUint8(offset + NEXT_PROTOCOL), NOT_VXLAN);
  return (flags & INSTANCE) !== 0 || mayHoldFrame(packet) ? ETHERNET : NOT_VXLAN;
}

function passHeader(packet: Packet, flags: number): void {
  packet.network = (flags & INSTANCE) === 0 ? 0 : packet.view.getUint32(packet.offset + NETWORK) >>> NETWORK_SHIFT;
  packet.offset += SIZE;
}

/**
 * Some senders leave out the I flag, which they must not; what follows then has to look like a frame, as far as it is
 * there.
 */
function mayHoldFrame(packet: Packet): boolean {
  return !packet.has(ETHERNET_SIZE) || layerOfEtherType(packet.view.getUint16(packet.offset + ETHER_TYPE)) < 0;
}

/** Whether an IPv4 packet fills what is left, which the address that begins a frame would only by chance. */
function isIpv4({ view, offset, end, wireEnd }: Packet): boolean {
  if (end - offset < IPV4_LENGTH + 2 || view.getUint8(offset) >> 4 !== 4) return false;
  return view.getUint16(offset + IPV4_LENGTH) === wireEnd - offset;
}

function isIpv6({ view, offset, end, wireEnd }: Packet): boolean {
  if (end - offset < IPV6_LENGTH + 2 || view.getUint8(offset) >> 4 !== 6) return false;
  return view.getUint16(offset + IPV6_LENGTH) + IPV6_SIZE === wireEnd - offset;
}
