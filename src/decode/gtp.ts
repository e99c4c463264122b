import { RAW_IP } from './layer.js';
import type { Packet } from './packet.js';
import { skip } from './skip-reasons.js';

// 3GPP TS 29.281 §5.1
const FLAGS = 0;
const MESSAGE_TYPE = 1;
const LENGTH = 2;
const SIZE = 8;
/** Version and protocol type: 1 and GTP, not GTP'. */
const VERSION_AND_TYPE_MASK = 0xf0;
const VERSION_1_GTP = 0x30;
/** Any of: extension header, sequence number, N-PDU number. Their four bytes are there if one of them is. */
const OPTIONAL = 0x07;
const OPTIONAL_SIZE = 4;
const HAS_EXTENSION = 0x04;
/** The last of the optional bytes, and of every extension header: what comes next, 0 for the packet. */
const NEXT_EXTENSION = 3;
const USER_PACKET = 255;

const CUT = skip('gtp: header cut');
const NOT_USER_DATA = skip('gtp: not user data');

/** The GPRS tunnel of mobile networks, user plane: IP packets of either version. */
export function gtp(packet: Packet): number {
  if (!packet.has(SIZE)) return CUT;
  const { view, offset } = packet;
  const flags = view.getUint8(offset + FLAGS);
  if ((flags & VERSION_AND_TYPE_MASK) !== VERSION_1_GTP || view.getUint8(offset + MESSAGE_TYPE) !== USER_PACKET)
    return NOT_USER_DATA;
  packet.offset += SIZE;
  packet.endAt(packet.offset + view.getUint16(offset + LENGTH));
  if ((flags & OPTIONAL) === 0) return RAW_IP;
  if (!packet.has(OPTIONAL_SIZE)) return CUT;
  let next = (flags & HAS_EXTENSION) === 0 ? 0 : view.getUint8(packet.offset + NEXT_EXTENSION);
  packet.offset += OPTIONAL_SIZE;
  while (next !== 0) {
    if (!packet.has(1)) return CUT;
    const size = view.getUint8(packet.offset) * 4;
    if (size === 0 || !packet.has(size)) return CUT;
    packet.offset += size;
    next = view.getUint8(packet.offset - 1);
  }
  return RAW_IP;
}
