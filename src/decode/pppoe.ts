import { PPP } from './layer.js';
import type { Packet } from './packet.js';
import { skip } from './skip-reasons.js';

/** Version 1, type 1, code 0 (session data); then the session's number and: */
const VERSION_TYPE_CODE = 0x1100;
const LENGTH = 4;
const SIZE = 6;

const CUT = skip('pppoe: header cut');
const NOT_SESSION_DATA = skip('pppoe: not session data');

/** PPP over Ethernet, session stage (RFC 2516 §4). */
export function pppoe(packet: Packet): number {
  if (!packet.has(SIZE)) return CUT;
  const { view, offset } = packet;
  if (view.getUint16(offset) !== VERSION_TYPE_CODE) return NOT_SESSION_DATA;
  packet.offset += SIZE;
  packet.endAt(packet.offset + view.getUint16(offset + LENGTH));
  return PPP;
}
