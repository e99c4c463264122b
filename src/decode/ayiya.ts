import { IPV4, IPV6 } from './layer.js';
import type { Packet } from './packet.js';
import { skip } from './skip-reasons.js';

// draft-massar-v6ops-ayiya-02 §3: lengths and kinds of identity and signature, operation, next header, and a time.
const IDENTITY = 0;
const SIGNATURE = 1;
const OPERATION = 2;
const NEXT_HEADER = 3;
export const AYIYA_SIZE = 8;

/** With a packet: forward, and the echo request that asks to forward as well. */
const FORWARD = 1;
const ECHO_AND_FORWARD = 3;

const CUT = skip('ayiya: header cut');
const NO_PACKET = skip('ayiya: no IP packet in it');

/** Anything in anything: IPv6 through a NAT, signed, in UDP; what the tunnels of SixXS were. */
export function ayiya(packet: Packet): number {
  if (!packet.has(AYIYA_SIZE)) return CUT;
  const { view, offset } = packet;
  const operation = view.getUint8(offset + OPERATION) & 0x0f;
  if (operation !== FORWARD && operation !== ECHO_AND_FORWARD) return NO_PACKET;
  const identitySize = 1 << (view.getUint8(offset + IDENTITY) >> 4);
  const signatureSize = (view.getUint8(offset + SIGNATURE) >> 4) * 4;
  packet.offset = offset + AYIYA_SIZE + identitySize + signatureSize;
  switch (view.getUint8(offset + NEXT_HEADER)) {
    case 4: return IPV4;
    case 41: return IPV6;
    default: return NO_PACKET;
  }
}
