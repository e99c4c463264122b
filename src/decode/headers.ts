import type { PacketBatch } from '../capture/packet-batch.js';
import { DEEPEST } from './decode.js';
import { layers } from './layers.js';
import { layerOfLinkType } from './link-types.js';
import { Packet } from './packet.js';
import { Segment } from './segment.js';

/** A header of a packet. */
export interface Header {
  /** A number of layer.ts. */
  readonly layer: number;
  /** Bytes from the packet's first one. */
  readonly offset: number;
  /**
   * Where the bytes end that belong to it and are there, as far as the headers around it say: what trails the packet
   * lies behind.
   */
  readonly end: number;
}

const packet = new Packet();
const segment = new Segment();

/**
 * The headers of packet `index`, outermost first, as far as `decode` follows them: of a TCP segment, and of an error
 * that quotes one, the last is TCP's. For the few packets that are changed; `decode` itself keeps no list.
 */
export function headersOf(batch: PacketBatch, index: number): Header[] {
  const headers: Header[] = [];
  packet.take(batch, index);
  packet.beginFollowing(null);
  const begin = packet.offset;
  let answer = layerOfLinkType(batch.linkType[index]!);
  while (answer < 0 && headers.length <= DEEPEST) {
    headers.push({ layer: answer, offset: packet.offset - begin, end: packet.end - begin });
    answer = layers[-answer]!(packet, segment);
  }
  return headers;
}
