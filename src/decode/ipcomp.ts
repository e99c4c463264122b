import { inflateRawSync } from 'node:zlib';

import { layerOfIpProtocol } from './ip-protocol.js';
import type { Packet } from './packet.js';
import { skip } from './skip-reasons.js';

// RFC 3173 §3: next header, flags, and an index that says how it is compressed.
const NEXT_HEADER = 0;
const INDEX = 2;
const SIZE = 4;

const DEFLATE = 2;
/** From here on the ends agree on what an index means; below, the others are LZS, LZJH and those to come. */
const NEGOTIATED = 64;

/** What IP can say that a payload has. */
const LARGEST_PAYLOAD = 0xffff;

const CUT = skip('ipcomp: header cut');
const OTHER = skip('ipcomp: other protocol');
const COMPRESSED = skip('ipcomp: compressed');

/**
 * The payload of an IP packet, compressed. DEFLATE (RFC 2394) is read: each packet is compressed for itself, and takes
 * 7 µs, or 55 if it is made to fill a datagram (Node 20.20). That an index which the ends agreed on means DEFLATE shows
 * where its stream comes to its end.
 *
 * As with fragments, a packet that a snap length cut is not read, nor one for which nobody keeps what it is put into.
 * What was compressed is not unpacked again: packets in packets would cost far more than their bytes.
 */
export function ipcomp(packet: Packet): number {
  if (!packet.has(SIZE)) return CUT;
  const { view, offset } = packet;
  const next = layerOfIpProtocol(view.getUint8(offset + NEXT_HEADER), OTHER);
  if (next === OTHER) return OTHER;
  const index = view.getUint16(offset + INDEX);
  const isWhole = packet.end === packet.wireEnd && packet.fragments !== null && packet.quotedBy === 0;
  if (!isWhole || packet.unpacked || (index !== DEFLATE && index < NEGOTIATED)) return COMPRESSED;
  const payload = inflated(new Uint8Array(view.buffer, view.byteOffset + offset + SIZE, packet.end - offset - SIZE));
  if (payload === null) return COMPRESSED;
  packet.enter(payload, offset + SIZE);
  packet.unpacked = true;
  return next;
}

/** Null where it is no DEFLATE stream, or more than IP can carry. */
function inflated(compressed: Uint8Array): Uint8Array | null {
  try {
    return inflateRawSync(compressed, { maxOutputLength: LARGEST_PAYLOAD });
  } catch {
    return null;
  }
}
