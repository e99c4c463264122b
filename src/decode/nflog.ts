import { RAW_IP } from './layer.js';
import type { Packet } from './packet.js';
import { skip } from './skip-reasons.js';

/** Address family, version, resource; then attributes, each with length and type and padded to four bytes. */
const HEADER_SIZE = 4;
const ATTRIBUTE_LENGTH = 0;
const ATTRIBUTE_TYPE = 2;
const ATTRIBUTE_SIZE = 4;
const PAYLOAD = 9;

const CUT = skip('nflog: header cut');
const NO_PAYLOAD = skip('nflog: no packet in it');

/**
 * A packet that netfilter logged. The attributes are in the order of the host that captured: the first length tells
 * which.
 */
export function nflog(packet: Packet): number {
  if (!packet.has(HEADER_SIZE + ATTRIBUTE_SIZE)) return CUT;
  const { view } = packet;
  packet.offset += HEADER_SIZE;
  const isLittleEndian = view.getUint16(packet.offset, true) <= view.getUint16(packet.offset);
  while (packet.has(ATTRIBUTE_SIZE)) {
    const length = view.getUint16(packet.offset + ATTRIBUTE_LENGTH, isLittleEndian);
    if (length < ATTRIBUTE_SIZE) return NO_PAYLOAD;
    if (view.getUint16(packet.offset + ATTRIBUTE_TYPE, isLittleEndian) === PAYLOAD) {
      packet.endAt(packet.offset + length);
      packet.offset += ATTRIBUTE_SIZE;
      return RAW_IP;
    }
    packet.offset += (length + 3) & ~3;
  }
  return packet.wireEnd - packet.offset < ATTRIBUTE_SIZE ? NO_PAYLOAD : CUT;
}
