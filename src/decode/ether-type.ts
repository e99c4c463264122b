import {
  BACKBONE_TAG, CISCO_METADATA, ETHERNET, E_TAG, FABRIC_PATH, IPV4, IPV6, MPLS, NSH, PPP, PPPOE, VLAN, VN_TAG,
} from './layer.js';
import { skip } from './skip-reasons.js';

const ARP = skip('ethernet: ARP');
const NOT_IP = skip('ethernet: EtherType not IP');

/**
 * The layer behind an EtherType (IEEE 802 Numbers, IANA), for every header that ends in one; a skip reason where none
 * is known.
 */
export function layerOfEtherType(etherType: number): number {
  switch (etherType) {
    case 0x0800: return IPV4;
    case 0x86dd: return IPV6;
    case 0x8100: // 802.1Q
    case 0x88a8: // 802.1ad, the outer tag
    case 0x9100: return VLAN; // QinQ before it had a standard
    case 0x8847: // unicast
    case 0x8848: return MPLS; // multicast, or a label that the next router assigned
    case 0x8864: return PPPOE;
    case 0x880b: return PPP; // in GRE
    case 0x6558: return ETHERNET; // transparent bridging, in GRE and Geneve
    case 0x88e7: return BACKBONE_TAG;
    case 0x8903: return FABRIC_PATH;
    case 0x8909: return CISCO_METADATA;
    case 0x8926: return VN_TAG;
    case 0x893f: return E_TAG;
    case 0x894f: return NSH;
    case 0x0806: return ARP;
    default: return NOT_IP;
  }
}
