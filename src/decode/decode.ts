import type { PacketBatch } from '../capture/packet-batch.js';
import { bsdLoopback } from './bsd-loopback.js';
import { ethernet } from './ethernet.js';
import { ipv4 } from './ipv4.js';
import { ipv6 } from './ipv6.js';
import * as layer from './layer.js';
import { linuxCooked1, linuxCooked2 } from './linux-cooked.js';
import { LINKTYPE_ETHERNET, layerOfLinkType } from './link-types.js';
import { llc } from './llc.js';
import { mpls } from './mpls.js';
import { Packet } from './packet.js';
import { ppp } from './ppp.js';
import { pppoe } from './pppoe.js';
import { rawIp } from './raw-ip.js';
import type { Segment } from './segment.js';
import { skip } from './skip-reasons.js';
import { tcp } from './tcp.js';
import { vlan } from './vlan.js';

export { IS_TCP } from './layer.js';
export { skipReasons } from './skip-reasons.js';

/** Headers that are followed in one packet, each VLAN tag and MPLS label counted: real networks need a dozen. */
export const DEEPEST = 32;

const TOO_DEEP = skip('layers nested too deeply');

/** The layers, by the number that others name them with. Adding one: its file, its number in layer.ts and its line here. */
export const layers: layer.Layer[] = [];
layers[-layer.ETHERNET] = ethernet;
layers[-layer.VLAN] = vlan;
layers[-layer.LLC] = llc;
layers[-layer.LINUX_COOKED_1] = linuxCooked1;
layers[-layer.LINUX_COOKED_2] = linuxCooked2;
layers[-layer.BSD_LOOPBACK] = bsdLoopback;
layers[-layer.PPP] = ppp;
layers[-layer.PPPOE] = pppoe;
layers[-layer.MPLS] = mpls;
layers[-layer.RAW_IP] = rawIp;
layers[-layer.IPV4] = ipv4;
layers[-layer.IPV6] = ipv6;
layers[-layer.TCP] = tcp;

/** One for all packets: decoding is synchronous and nothing of a packet outlives it. */
const packet = new Packet();

/**
 * Fills `segment` from packet `index` of `batch` and answers `IS_TCP`. Where there is no TCP it answers why, an index into `skipReasons`,
 * and `segment` holds nothing of use. Never throws, whatever the bytes, and reads none outside the packet.
 */
export function decode(batch: PacketBatch, index: number, segment: Segment): number {
  packet.take(batch, index);
  const linkType = batch.linkType[index]!;
  // Nearly every packet is Ethernet, IPv4, TCP. Called by name, the three are inlined: 25 ns a packet, 29 through the table (Node 20.20).
  let answer = linkType === LINKTYPE_ETHERNET ? ethernet(packet) : layerOfLinkType(linkType);
  if (answer === layer.IPV4) answer = ipv4(packet, segment);
  if (answer === layer.TCP) return tcp(packet, segment);
  for (let depth = 0; answer < 0; depth += 1) {
    if (depth === DEEPEST) return TOO_DEEP;
    answer = layers[-answer]!(packet, segment);
  }
  return answer;
}
