import {
  AUTHENTICATION, BACKBONE_TAG, GENEVE, GRE, ICMP, ICMPV6, IPV4, IPV4_FRAGMENT, IPV6, TCP, VLAN, VXLAN, VXLAN_GPE,
} from './layer.js';
import type { Packet } from './packet.js';
import type { Segment } from './segment.js';

/** What may keep equal addresses and ports apart. */
export const SEPARATORS = ['vlan', 'interface', 'tunnel'] as const;
export type Separator = (typeof SEPARATORS)[number];

/**
 * Gives segments with equal addresses and ports a number each for the network they were seen in, where addresses
 * overlap: in customers' VLANs (each tag of a stack, and the I-SID of 802.1ah), at several interfaces, in several
 * tunnels.
 *
 * A tunnel is told by the number of the network in it, where that is the same in both directions (VXLAN, Geneve, the
 * key of GRE), and else by the pair of its ends.
 */
export class Separation {
  private readonly byVlan: boolean;
  private readonly byInterface: boolean;
  private readonly byTunnel: boolean;
  private vlans = 0;
  private tunnels = 0;
  /** What `tunnels` was before the last IP header. */
  private outside = 0;
  private interface = 0;

  constructor(by: readonly Separator[]) {
    this.byVlan = by.includes('vlan');
    this.byInterface = by.includes('interface');
    this.byTunnel = by.includes('tunnel');
  }

  /** Before the first layer of a packet. */
  begin(captureInterface: number): void {
    this.vlans = 0;
    this.tunnels = 0;
    this.outside = 0;
    this.interface = captureInterface;
  }

  /** Behind a layer; `next` is what it answered. */
  passed(layer: number, next: number, { network }: Packet, segment: Segment): void {
    switch (layer) {
      case VLAN:
      case BACKBONE_TAG:
        this.vlans = mix(this.vlans, network);
        break;
      case VXLAN:
      case VXLAN_GPE:
      case GENEVE:
      case GRE:
        if (network !== 0) this.tunnels = mix(this.outside, network);
        break;
      case IPV4:
      case IPV6:
      case IPV4_FRAGMENT:
        if (!opensTunnel(next)) break;
        this.outside = this.tunnels;
        this.tunnels = mix(this.tunnels, endsOf(segment));
        break;
      default:
    }
  }

  /**
   * A number of 28 bits, the same for segments that may belong together: 0 for those in no VLAN and no tunnel at the
   * first interface.
   */
  get realm(): number {
    let realm = 0;
    if (this.byVlan) realm = mix(realm, this.vlans);
    if (this.byTunnel) realm = mix(realm, this.tunnels);
    if (this.byInterface) realm = mix(realm, this.interface);
    return realm >>> 4;
  }
}

/** The separation that options ask for; null where nothing is kept apart. */
export function separationBy({ separate = [] }: { readonly separate?: readonly Separator[] }): Separation | null {
  return separate.length === 0 ? null : new Separation(separate);
}

/**
 * Whether what follows an IP header is neither TCP nor another part of it, nor an error that quotes the packet it is
 * about.
 */
function opensTunnel(next: number): boolean {
  return (
    next < 0 && next !== TCP && next !== IPV4_FRAGMENT && next !== AUTHENTICATION && next !== ICMP && next !== ICMPV6
  );
}

/** A number made of both addresses, the same in either order. */
function endsOf({
  source0, source1, source2, source3, destination0, destination1, destination2, destination3,
}: Segment): number {
  return source0 ^ source1 ^ source2 ^ source3 ^ destination0 ^ destination1 ^ destination2 ^ destination3;
}

/** 0 and 0 make 0. */
function mix(hash: number, word: number): number {
  const mixed = Math.imul(Math.imul(hash, 0x9e3779b1) ^ word, 0x85ebca77);
  return mixed ^ (mixed >>> 15);
}
