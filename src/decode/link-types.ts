import {
  ARCNET_BSD, ARCNET_LINUX, BSD_LOOPBACK, CISCO_HDLC, ETHERNET, FDDI, IEEE_802_11, INFINIBAND, IPV4, IPV6,
  JUNIPER_ETHERNET, LINUX_COOKED_1, LINUX_COOKED_2, NFLOG, PPI, PPP, PPPOE, RADIOTAP, RAW_IP, TOKEN_RING,
} from './layer.js';
import { skip } from './skip-reasons.js';

export const LINKTYPE_ETHERNET = 1;

const UNSUPPORTED = skip('link type not supported');

/**
 * LINKTYPE_ numbers (tcpdump.org/linktypes.html) and what a packet of theirs begins with.
 * The unsupported ones are here for their names: those that a capture is likely to have.
 */
const linkTypes: readonly (readonly [number: number, name: string, layer: number])[] = [
  [0, 'NULL', BSD_LOOPBACK],
  [LINKTYPE_ETHERNET, 'ETHERNET', ETHERNET],
  [6, 'IEEE802_5', TOKEN_RING],
  [7, 'ARCNET_BSD', ARCNET_BSD],
  [9, 'PPP', PPP],
  [10, 'FDDI', FDDI],
  [12, 'RAW', RAW_IP], // DLT_RAW of most systems, written by programs that do not map it
  [14, 'RAW', RAW_IP], // of OpenBSD
  [50, 'PPP_HDLC', PPP],
  [51, 'PPP_ETHER', PPPOE],
  [101, 'RAW', RAW_IP],
  [104, 'C_HDLC', CISCO_HDLC],
  [105, 'IEEE802_11', IEEE_802_11],
  [107, 'FRELAY', UNSUPPORTED],
  [108, 'LOOP', BSD_LOOPBACK],
  [113, 'LINUX_SLL', LINUX_COOKED_1],
  [117, 'PFLOG', UNSUPPORTED],
  [119, 'IEEE802_11_PRISM', UNSUPPORTED],
  [127, 'IEEE802_11_RADIOTAP', RADIOTAP],
  [129, 'ARCNET_LINUX', ARCNET_LINUX],
  [147, 'USER0', UNSUPPORTED],
  [178, 'JUNIPER_ETHER', JUNIPER_ETHERNET],
  [187, 'BLUETOOTH_HCI_H4', UNSUPPORTED],
  [192, 'PPI', PPI],
  [195, 'IEEE802_15_4_WITHFCS', UNSUPPORTED],
  [220, 'USB_LINUX_MMAPPED', UNSUPPORTED],
  [227, 'CAN_SOCKETCAN', UNSUPPORTED],
  [228, 'IPV4', IPV4],
  [229, 'IPV6', IPV6],
  [239, 'NFLOG', NFLOG],
  [242, 'IPOIB', INFINIBAND],
  [249, 'USBPCAP', UNSUPPORTED],
  [253, 'NETLINK', UNSUPPORTED],
  [258, 'PKTAP', UNSUPPORTED],
  [276, 'LINUX_SLL2', LINUX_COOKED_2],
];

const names = new Map(linkTypes.map(([number, name]) => [number, name]));

/** The layer of each number up to the highest that we know, for a look-up per packet. */
const layers = new Int8Array(Math.max(...names.keys()) + 1).fill(UNSUPPORTED);
for (const [number, , layer] of linkTypes) layers[number] = layer;

/** What a packet of this LINKTYPE_ begins with: a layer, or the skip reason of those that are not supported. */
export function layerOfLinkType(linkType: number): number {
  return linkType < layers.length ? layers[linkType]! : UNSUPPORTED;
}

/** Whether packets of this LINKTYPE_ can hold TCP for us. */
export function isLinkTypeSupported(linkType: number): boolean {
  return layerOfLinkType(linkType) !== UNSUPPORTED;
}

/** `ETHERNET (1)`, as LINKTYPE_ names go; `LINKTYPE 4711` where we do not know one. */
export function linkTypeName(linkType: number): string {
  const name = names.get(linkType);
  return name === undefined ? `LINKTYPE ${linkType}` : `${name} (${linkType})`;
}
