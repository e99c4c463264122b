import type { PacketBatch } from '../capture/packet-batch.js';
import { ethernet } from './ethernet.js';
import type { Fragments } from './fragments.js';
import { ipv4 } from './ipv4.js';
import { IPV4, IS_TCP, TCP } from './layer.js';
import { layers } from './layers.js';
import { LINKTYPE_ETHERNET, layerOfLinkType } from './link-types.js';
import { Packet } from './packet.js';
import type { Segment } from './segment.js';
import type { Separation } from './separation.js';
import { skip } from './skip-reasons.js';
import { isNearlyTcp, tcp } from './tcp.js';

export { IS_TCP } from './layer.js';
export { skipReasons } from './skip-reasons.js';

/** Headers that are followed in one packet, each VLAN tag and MPLS label counted: real networks need a dozen. */
export const DEEPEST = 32;

const TOO_DEEP = skip('layers nested too deeply');
const QUOTED = skip('icmp: quotes a TCP segment');

/** One for all packets: decoding is synchronous and nothing of a packet outlives it. */
const packet = new Packet();

/**
 * Fills `segment` from packet `index` of `batch` and answers `IS_TCP`. Where there is no TCP it answers why, an index into `skipReasons`,
 * and `segment` holds nothing of use, but for the answers that `isNumbered` is true of. Never throws, whatever the bytes,
 * and reads none outside the packet.
 *
 * With `separation`, `segment.realm` tells networks apart whose addresses may overlap.
 *
 * With `fragments`, datagrams that came in several packets are put together, and the packet that completes one is its segment;
 * of such a segment no payload is captured, since it lies in several packets.
 */
export function decode(batch: PacketBatch, index: number, segment: Segment, fragments: Fragments | null = null, separation: Separation | null = null): number {
  packet.take(batch, index);
  const linkType = batch.linkType[index]!;
  segment.realm = 0;
  if (separation !== null) {
    separation.begin(batch.interface[index]!);
    const answer = layerOfLinkType(linkType);
    return answer < 0 ? follow(answer, segment, fragments, separation) : answer;
  }
  // Nearly every packet is Ethernet, IPv4, TCP. Called by name, the three are inlined: 25 ns a packet, 29 through the table (Node 20.20).
  let answer = linkType === LINKTYPE_ETHERNET ? ethernet(packet) : layerOfLinkType(linkType);
  if (answer === IPV4) answer = ipv4(packet, segment);
  if (answer === TCP) return tcp(packet, segment);
  return answer < 0 ? follow(answer, segment, fragments, null) : answer;
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
  if (packet.quotedBy !== 0) return answer === IS_TCP || isNearlyTcp(answer) ? QUOTED : packet.quotedBy;
  if (answer === IS_TCP && packet.fragmentData >= 0) {
    segment.payloadOffset = packet.fragmentData;
    segment.payloadCaptured = 0;
  }
  return answer;
}

/**
 * Whether a packet that `decode` answered this for has a number among the streams of Wireshark, without being a segment: it quotes one in
 * an ICMP error, or its header is none that a host would take. Ports, sequence numbers and flags of `segment` then are those of that header.
 */
export function isNumbered(answer: number): boolean {
  return answer === QUOTED || isNearlyTcp(answer);
}
