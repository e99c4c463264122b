import { ETHERNET_SIZE, ETHER_TYPE } from './ethernet.js';
import { TCP_NUMBER } from './ip-protocol.js';
import { FLAGS_AND_FRAGMENT, FRAGMENT_BITS, IPV4_SIZE, PROTOCOL, TOTAL_LENGTH, describeIpv4 } from './ipv4.js';
import { IPV6_SIZE, NEXT_HEADER, PAYLOAD_LENGTH, VERSION_CLASS_FLOW, describeIpv6 } from './ipv6.js';
import { ETHERNET } from './layer.js';
import type { Segment } from './segment.js';
import { readTcp } from './tcp.js';

const IPV4_TYPE = 0x0800;
const IPV6_TYPE = 0x86dd;

/** The first byte of an IPv4 header without options: version 4, five words. */
const PLAIN_IPV4 = 0x45;

/**
 * The packets that nearly every capture consists of: TCP in an IP header without options, in Ethernet. Reads the packet
 * in `[offset, offset + captured)` into `segment` and answers as `tcp` does; `ETHERNET` where it is any other, for the
 * layers to read it.
 *
 * Says nothing that the layers would not say. Going from one to the next through a `Packet` takes 33 ns a packet, this
 * 28 (Node 20.20).
 */
export function fastPath(view: DataView, offset: number, captured: number, original: number, segment: Segment): number {
  if (captured < ETHERNET_SIZE + IPV4_SIZE) return ETHERNET;
  const ip = offset + ETHERNET_SIZE;
  const end = offset + captured;
  const wireEnd = offset + (original > captured ? original : captured);
  const etherType = view.getUint16(offset + ETHER_TYPE);
  if (etherType === IPV4_TYPE) {
    const fragment = view.getUint16(ip + FLAGS_AND_FRAGMENT);
    const length = view.getUint16(ip + TOTAL_LENGTH);
    if (
      view.getUint8(ip) !== PLAIN_IPV4 || view.getUint8(ip + PROTOCOL) !== TCP_NUMBER ||
      (fragment & FRAGMENT_BITS) !== 0 || length < IPV4_SIZE
    )
      return ETHERNET;
    describeIpv4(segment, view, ip, fragment);
    const ipEnd = ip + length;
    return readTcp(segment, view, ip + IPV4_SIZE, ipEnd < end ? ipEnd : end, ipEnd < wireEnd ? ipEnd : wireEnd);
  }
  if (etherType === IPV6_TYPE && captured >= ETHERNET_SIZE + IPV6_SIZE) {
    const first = view.getUint32(ip + VERSION_CLASS_FLOW);
    const length = view.getUint16(ip + PAYLOAD_LENGTH);
    if (first >>> 28 !== 6 || view.getUint8(ip + NEXT_HEADER) !== TCP_NUMBER || length === 0) return ETHERNET;
    describeIpv6(segment, view, ip, first);
    const ipEnd = ip + IPV6_SIZE + length;
    return readTcp(segment, view, ip + IPV6_SIZE, ipEnd < end ? ipEnd : end, ipEnd < wireEnd ? ipEnd : wireEnd);
  }
  return ETHERNET;
}
