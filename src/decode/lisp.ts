import { RAW_IP } from './layer.js';
import type { Packet } from './packet.js';
import { skip } from './skip-reasons.js';

/** Flags, nonce, and what tells one tenant from another (RFC 9300 §5.1). */
const SIZE = 8;

const CUT = skip('lisp: header cut');

/** LISP, data plane: an IP packet of either version follows. */
export function lisp(packet: Packet): number {
  if (!packet.has(SIZE)) return CUT;
  packet.offset += SIZE;
  return RAW_IP;
}
