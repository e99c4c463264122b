import type { PacketBatch } from '../capture/packet-batch.js';
import type { Fragments } from './fragments.js';
import type { IcmpError } from './icmp-error.js';
import { isError } from './icmp.js';
import { ETHERNET, IS_TCP } from './layer.js';
import { layers } from './layers.js';
import { LINKTYPE_ETHERNET, layerOfLinkType } from './link-types.js';
import { Packet } from './packet.js';
import type { Segment } from './segment.js';
import type { Separation } from './separation.js';
import { skip } from './skip-reasons.js';
import { SIZE_TO_PLACE, isCutTcp, isNearlyTcp } from './tcp.js';
import { fastPath } from './fast-path.js';

export { IS_TCP } from './layer.js';
export { skipReasons } from './skip-reasons.js';

/** Headers that are followed in one packet, each VLAN tag and MPLS label counted: real networks need a dozen. */
export const DEEPEST = 32;

const TOO_DEEP = skip('layers nested too deeply');
const QUOTED = skip('icmp: quotes a TCP segment');

/** One for all packets: decoding is synchronous and nothing of a packet outlives it. */
const packet = new Packet();

/**
 * Fills `segment` from packet `index` of `batch` and answers `IS_TCP`. Where there is no TCP it answers why, an index
 * into `skipReasons`, and `segment` holds nothing of use, but for the answers that `isNumbered` is true of. Never
 * throws, whatever the bytes, and reads none outside the packet.
 *
 * With `separation`, `segment.realm` tells networks apart whose addresses may overlap.
 *
 * With `fragments`, datagrams that came in several packets are put together, and the packet that completes one is its
 * segment; of such a segment no payload is captured, since it lies in several packets.
 */
export function decode(
  batch: PacketBatch, index: number, segment: Segment, fragments: Fragments | null = null,
  separation: Separation | null = null,
): number {
  if (batch.linkType[index] === LINKTYPE_ETHERNET && separation === null) {
    segment.realm = 0;
    const answer = fastPath(batch.view, batch.offset[index]!, batch.captured[index]!, batch.original[index]!, segment);
    if (answer !== ETHERNET) return answer;
  }
  return decodeByLayers(batch, index, segment, fragments, separation);
}

/** Decodes any packet layer by layer; of those that `fastPath` knows it says the same. */
export function decodeByLayers(
  batch: PacketBatch, index: number, segment: Segment, fragments: Fragments | null, separation: Separation | null,
): number {
  packet.take(batch, index);
  segment.realm = 0;
  separation?.begin(batch.interface[index]!);
  const answer = layerOfLinkType(batch.linkType[index]!);
  return answer < 0 ? follow(answer, segment, fragments, separation) : answer;
}

/** Goes from layer to layer. */
function follow(first: number, segment: Segment, fragments: Fragments | null, separation: Separation | null): number {
  packet.beginFollowing(fragments);
  let answer = first;
  for (let depth = 0; answer < 0; depth += 1) {
    if (depth === DEEPEST) return TOO_DEEP;
    const layer = answer;
    answer = layers[-layer]!(packet, segment);
    separation?.passed(layer, answer, packet, segment);
  }
  if (separation !== null) segment.realm = separation.realm;
  if (packet.quotedBy !== 0) return quoted(answer);
  if (answer === IS_TCP && packet.fragmentData >= 0) {
    segment.payloadOffset = packet.fragmentData;
    segment.payloadCaptured = 0;
  }
  return answer;
}

/** What is answered of an error, where this is the answer of the packet that it quotes. */
function quoted(answer: number): number {
  const isNumbered = answer === IS_TCP || isNearlyTcp(answer);
  packet.error.isKnown = isNumbered || (isCutTcp(answer) && packet.has(SIZE_TO_PLACE));
  return isNumbered ? QUOTED : packet.quotedBy;
}

/**
 * What an ICMP error says of the segment that it quotes, whose addresses, ports and sequence number `segment` then
 * holds. Null if the packet that `decode` was last asked for, and answered this for, is none about TCP. Valid until the
 * next packet.
 */
export function errorOf(answer: number): Readonly<IcmpError> | null {
  return (answer === QUOTED || isError(answer)) && packet.error.isKnown ? packet.error : null;
}

/**
 * Whether a packet that `decode` answered this for has a number among the streams of Wireshark, without being a
 * segment: it quotes one in an ICMP error, or its header is none that a host would take. Ports, sequence numbers and
 * flags of `segment` then are those of that header.
 */
export function isNumbered(answer: number): boolean {
  return answer === QUOTED || isNearlyTcp(answer);
}
