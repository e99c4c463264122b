import type { PacketBatch } from '../capture/packet-batch.js';
import { headersOf } from '../decode/headers.js';
import * as layer from '../decode/layer.js';
import { RST, type Segment } from '../decode/segment.js';
import { AddressCipher } from './address-cipher.js';
import { withAddresses } from './address-texts.js';
import { blankExtensions } from './ipv6-extensions.js';
import { blankNflog, blankRoutes, blankTeredo } from './tunnel-fields.js';
import { payloadSample } from './payload-samples.js';
import { blankOptions } from './tcp-options.js';

const MAC_LENGTH = 6;

// Ethernet: two addresses. Linux cooked: one, in a field of eight bytes.
const ETHERNET_DESTINATION = 0;
const ETHERNET_SOURCE = 6;
const COOKED_1_ADDRESS = 6;
const COOKED_2_ADDRESS = 12;
const COOKED_ADDRESS_LENGTH = 8;
// 802.11 has three addresses, and a fourth between access points; rings have two.
const WIRELESS_FLAGS = 1;
const WIRELESS_TO_AND_FROM = 3;
const WIRELESS_ADDRESSES = [4, 10, 16];
const WIRELESS_FOURTH = 24;
const FDDI_ADDRESSES = [1, 7];
const TOKEN_RING_ADDRESSES = [2, 8];
/** The first bit of an address says whether a route follows, so it stays. */
const TOKEN_RING_ROUTED = 0x80;
const INFINIBAND_ROUTE = 40;
const ARCNET_ADDRESSES = 2;

// RFC 791 §3.1
const IPV4_SIZE = 20;
const IPV4_CHECKSUM = 10;
const IPV4_SOURCE = 12;
const IPV4_DESTINATION = 16;
const IPV4_LENGTH = 4;
/** The option that says nothing. */
const IPV4_NOP = 1;

// RFC 8200 §3
const IPV6_SIZE = 40;
const IPV6_SOURCE = 8;
const IPV6_DESTINATION = 24;
const IPV6_LENGTH = 16;

// RFC 9293 §3.1
const TCP_SIZE = 20;
const TCP_DATA_OFFSET = 12;
/** What lies before the checksum: all that is believed of a header that is not whole. */
const TCP_NUMBERED_SIZE = 16;

// RFC 792, RFC 4443
const ICMP_TYPE = 0;
const ICMP_CODE = 1;
const ICMP_CHECKSUM = 2;
const ICMP_REST = 4;
const ICMP_SIZE = 8;
const ICMP_UNREACHABLE = 3;
const ICMP_FRAGMENTATION_NEEDED = 4;
const ICMPV6_TOO_BIG = 2;
/** The MTU of the next hop lies in the last two of the four bytes (RFC 1191 §4). */
const ICMP_MTU = 6;

const NO_SAMPLE = new Uint8Array(0);

const UDP_CHECKSUM = 6;
const GRE_FLAGS = 0;
const GRE_CHECKSUM_PRESENT = 0x80;
const GRE_ROUTING_PRESENT = 0x40;
const GRE_CHECKSUM = 4;
/** Authentication header without its value; headers of tunnels and captures without their options. */
const AUTHENTICATION_SIZE = 12;
const TUNNEL_SIZE = 8;
const JUNIPER_SIZE = 6;
const TCP_CHECKSUM = 16;

/**
 * Takes out of TCP packets, and of ICMP errors that quote one, whatever tells who spoke and what was said, and leaves
 * what tells how they ended.
 *
 * Addresses of IP and of the link are replaced (`AddressCipher`). Whatever else can hold an address, a name or a secret
 * is blanked: IPv4 options, IPv6 extension headers but for fragments, TCP options but for those that steer the
 * connection. The packet ends behind the TCP header; lengths in the IP header stay, so that its payload still counts.
 * Where the payload is of a protocol that is known, a few bytes stand in its place that are the same for everybody
 * (payload-samples.ts). The IPv4 checksum is made anew; TCP's is 0, since the true one would give away a payload of one
 * or two bytes. An ICMP error keeps its type and code, an MTU, and the header that it quotes, treated as any other.
 * Ports, sequence numbers, IP IDs, TTLs, VLAN and MPLS tags, and times stay.
 */
export class Anonymizer {
  readonly #cipher: AddressCipher;

  /** `words`: what the new addresses are made of; random if left out. */
  /** @throws RangeError for words of which there are none: everybody could go back */
  constructor(words?: string) {
    if (words?.trim() === '') throw new RangeError('anonymizeKey is empty');
    this.#cipher = new AddressCipher(words === undefined ? undefined : AddressCipher.keyOf(words));
  }

  /** The bytes in place of packet `index`, which was decoded into `segment`. */
  anonymized(batch: PacketBatch, index: number, segment: Segment): Uint8Array {
    const begin = batch.offset[index]!;
    // The payload of a RST is a text for people (RFC 9293 §3.5.3): what it looks like tells nothing.
    const sample = (segment.flags & RST) === 0 ? payloadSample(segment, batch.bytes) : NO_SAMPLE;
    const end = segment.payloadOffset - begin;
    const kept = new Uint8Array(end + sample.length);
    kept.set(batch.bytes.subarray(begin, segment.payloadOffset));
    kept.set(sample, end);
    const headers = headersOf(batch, index);
    headers.forEach((header, at) => this.#change(kept, header.layer, header.offset, headers[at + 1]?.offset ?? end));
    return kept;
  }

  /**
   * The bytes in place of packet `index`, an ICMP error that quotes a segment: it ends behind the quoted TCP header,
   * before payload and extensions (RFC 4884). Null where that header is not in this packet: the error came in
   * fragments.
   */
  anonymizedError(batch: PacketBatch, index: number): Uint8Array | null {
    const headers = headersOf(batch, index);
    const last = headers.at(-1);
    if (last?.layer !== layer.TCP || !headers.some(({ layer: kind }) => kind === layer.ICMP || kind === layer.ICMPV6))
      return null;
    const begin = batch.offset[index]!;
    const end = endOfQuoted(batch.bytes, begin + last.offset, begin + last.end) - begin;
    const kept = batch.bytes.slice(begin, begin + end);
    headers.forEach((header, at) => this.#change(kept, header.layer, header.offset, headers[at + 1]?.offset ?? end));
    return kept;
  }

  /** A text in which every IP address is replaced, as those of packets are. */
  text(text: string): string {
    return withAddresses(text, (address) => this.#cipher.ip(address));
  }

  /**
   * Changes the header that lies in `[at, end)` of a packet; nothing where another layer reads the same header, or the
   * packet ends before, as a fragment does whose data are left out.
   */
  #change(bytes: Uint8Array, kind: number, at: number, end: number): void {
    if (end <= at || at >= bytes.length) return;
    switch (kind) {
      case layer.ETHERNET:
        this.#replaceMac(bytes, at + ETHERNET_DESTINATION, MAC_LENGTH);
        this.#replaceMac(bytes, at + ETHERNET_SOURCE, MAC_LENGTH);
        break;
      case layer.LINUX_COOKED_1:
        this.#replaceMac(bytes, at + COOKED_1_ADDRESS, COOKED_ADDRESS_LENGTH);
        break;
      case layer.LINUX_COOKED_2:
        this.#replaceMac(bytes, at + COOKED_2_ADDRESS, COOKED_ADDRESS_LENGTH);
        break;
      case layer.IPV4:
      case layer.IPV4_FRAGMENT:
        this.#replaceIp(bytes, at + IPV4_SOURCE, IPV4_LENGTH);
        this.#replaceIp(bytes, at + IPV4_DESTINATION, IPV4_LENGTH);
        bytes.fill(IPV4_NOP, at + IPV4_SIZE, end);
        writeChecksum(bytes, at, end);
        break;
      case layer.IPV6:
        this.#replaceIp(bytes, at + IPV6_SOURCE, IPV6_LENGTH);
        this.#replaceIp(bytes, at + IPV6_DESTINATION, IPV6_LENGTH);
        blankExtensions(bytes, at, at + IPV6_SIZE, end);
        break;
      case layer.TCP:
        bytes.fill(0, at + TCP_CHECKSUM, Math.min(at + TCP_CHECKSUM + 2, end));
        blankOptions(bytes, at + TCP_SIZE, end);
        break;
      case layer.ICMP:
      case layer.ICMPV6:
        blankIcmp(bytes, kind, at);
        break;
      default:
        this.#changeLink(bytes, kind, at, end);
        blankTunnel(bytes, kind, at, end);
    }
  }

  /** Changes what tells an address in link layers that few captures have. */
  #changeLink(bytes: Uint8Array, kind: number, at: number, end: number): void {
    switch (kind) {
      case layer.IEEE_802_11:
      case layer.PADDED_IEEE_802_11:
        for (const place of WIRELESS_ADDRESSES) this.#replaceMac(bytes, at + place, MAC_LENGTH);
        if ((bytes[at + WIRELESS_FLAGS]! & WIRELESS_TO_AND_FROM) === WIRELESS_TO_AND_FROM)
          this.#replaceMac(bytes, at + WIRELESS_FOURTH, MAC_LENGTH);
        break;
      case layer.FDDI:
        for (const place of FDDI_ADDRESSES) this.#replaceMac(bytes, at + place, MAC_LENGTH);
        break;
      case layer.TOKEN_RING:
        for (const place of TOKEN_RING_ADDRESSES) {
          const routed = bytes[at + place]! & TOKEN_RING_ROUTED;
          this.#replaceMac(bytes, at + place, MAC_LENGTH);
          bytes[at + place] = (bytes[at + place]! & ~TOKEN_RING_ROUTED) | routed;
        }
        break;
      case layer.INFINIBAND:
        bytes.fill(0, at, at + INFINIBAND_ROUTE);
        break;
      case layer.ARCNET_BSD:
      case layer.ARCNET_LINUX:
        bytes.fill(0, at, at + ARCNET_ADDRESSES);
        break;
      case layer.PPI:
        bytes.fill(0, at + TUNNEL_SIZE, end);
        break;
      case layer.JUNIPER_ETHERNET:
        bytes.fill(0, at + JUNIPER_SIZE, end);
        break;
      case layer.NFLOG:
        blankNflog(bytes, at, end);
        break;
      default:
    }
  }

  #replaceMac(bytes: Uint8Array, at: number, length: number): void {
    bytes.set(this.#cipher.mac(bytes.subarray(at, at + length)), at);
  }

  #replaceIp(bytes: Uint8Array, at: number, length: number): void {
    bytes.set(this.#cipher.ip(bytes.subarray(at, at + length)), at);
  }
}

/**
 * Where a quoted TCP header ends that lies in `[at, end)`: a host may have sent it so, or changed it. Of one that is
 * not whole, or whose data offset cannot be, only what Wireshark numbers it by is taken for a header; behind it may lie
 * payload.
 */
function endOfQuoted(bytes: Uint8Array, at: number, end: number): number {
  const size = end - at < TCP_SIZE ? 0 : (bytes[at + TCP_DATA_OFFSET]! >> 4) << 2;
  return size >= TCP_SIZE && at + size <= end ? at + size : Math.min(at + TCP_NUMBERED_SIZE, end);
}

/**
 * Blanks of the header of an ICMP error what is neither type and code nor an MTU: the checksum, which would tell a
 * quoted payload of one or two bytes, a redirect's gateway, the length of what was quoted.
 */
function blankIcmp(bytes: Uint8Array, kind: number, at: number): void {
  const [type, code] = [bytes[at + ICMP_TYPE], bytes[at + ICMP_CODE]];
  bytes.fill(0, at + ICMP_CHECKSUM, at + ICMP_REST);
  if (kind === layer.ICMPV6 && type === ICMPV6_TOO_BIG) return;
  const hasMtu = kind === layer.ICMP && type === ICMP_UNREACHABLE && code === ICMP_FRAGMENTATION_NEEDED;
  bytes.fill(0, at + ICMP_REST, at + (hasMtu ? ICMP_MTU : ICMP_SIZE));
}

/** Blanks what a tunnel's header holds besides what leads to the packet in it. */
function blankTunnel(bytes: Uint8Array, kind: number, at: number, end: number): void {
  switch (kind) {
    case layer.UDP:
      bytes.fill(0, at + UDP_CHECKSUM, end);
      break;
    case layer.AUTHENTICATION:
      bytes.fill(0, at + AUTHENTICATION_SIZE, end);
      break;
    case layer.GENEVE:
    case layer.CAPWAP:
    case layer.NSH:
    case layer.AYIYA:
      bytes.fill(0, at + TUNNEL_SIZE, end);
      break;
    case layer.GRE:
      if ((bytes[at + GRE_FLAGS]! & GRE_CHECKSUM_PRESENT) !== 0)
        bytes.fill(0, at + GRE_CHECKSUM, at + GRE_CHECKSUM + 2);
      if ((bytes[at + GRE_FLAGS]! & GRE_ROUTING_PRESENT) !== 0) blankRoutes(bytes, at, end);
      break;
    case layer.TEREDO:
      blankTeredo(bytes, at, end);
      break;
    default:
  }
}

/** RFC 1071 over an IPv4 header. */
function writeChecksum(bytes: Uint8Array, at: number, end: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  view.setUint16(at + IPV4_CHECKSUM, 0);
  let sum = 0;
  for (let word = at; word + 1 < end; word += 2) sum += view.getUint16(word);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  view.setUint16(at + IPV4_CHECKSUM, ~sum & 0xffff);
}
