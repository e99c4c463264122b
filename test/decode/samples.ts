import { ETHERNET_ADDRESSES, IPV6_ADDRESSES, IPV6_HELLO, helloBehind, hex } from './bytes.js';

/** A packet that holds TCP: what it is made of, and where the TCP header lies. */
export interface Sample {
  readonly name: string;
  readonly linkType: number;
  readonly bytes: readonly number[];
  readonly tcpAt: number;
  readonly tcpSize: number;
}

function hello(name: string, linkType: number, ...link: string[]): Sample {
  const bytes = helloBehind(...link);
  return { name, linkType, bytes, tcpAt: bytes.length - 25, tcpSize: 20 };
}

const SYN_WITH_OPTIONS = hex(
  ETHERNET_ADDRESSES, '0800',
  '4500 003c 1234 4000 40 06 0000 0a000001 0a000002',
  'c350 0050 000003e8 00000000 a002 faf0 0000 0000',
  '020405b4 0402 080a 00000001 00000000 01 030307',
);

const SACK_AND_DATA = hex(
  ETHERNET_ADDRESSES, '0800',
  '4500 0049 1234 4000 40 06 0000 0a000001 0a000002',
  'c350 0050 000003e8 000007d0 d010 01f6 0000 0000',
  '0101 080a 00000001 00000002 0101 0512 00000bb8 00000fa0 00001388 00001770',
  '68',
);

const IPV6_WITH_EXTENSIONS = hex(
  '60000000 004d 00 40', IPV6_ADDRESSES,
  '3c00 000000000000', '2b00 000000000000', '2c00 000000000000', '3300 0001 00000001', '0604 0000 00000001 00000001 000000000000000000000000',
).concat(hex('c350 0050 000003e8 000007d0 5018 01f6 0000 0000', '68'));

/** Every layer at least once. All hold TCP; `hostile.test.ts` cuts and bends them. */
export const samples: readonly Sample[] = [
  hello('Ethernet', 1, ETHERNET_ADDRESSES, '0800'),
  hello('802.1Q', 1, ETHERNET_ADDRESSES, '8100 0064', '0800'),
  hello('802.1ad', 1, ETHERNET_ADDRESSES, '88a8 0064 8100 00c8', '0800'),
  hello('LLC with SNAP', 1, ETHERNET_ADDRESSES, '0035', 'aaaa03 000000 0800'),
  hello('PPPoE', 1, ETHERNET_ADDRESSES, '8864', '1100 0001 002f', '0021'),
  hello('MPLS', 1, ETHERNET_ADDRESSES, '8847', '00010040 00011140'),
  hello('MPLS pseudowire', 1, ETHERNET_ADDRESSES, '8847', '00011140', ETHERNET_ADDRESSES, '0800'),
  hello('MPLS pseudowire with a control word', 1, ETHERNET_ADDRESSES, '8847', '00011140', '00000000', ETHERNET_ADDRESSES, '0800'),
  hello('Linux cooked', 113, '0000 0001 0006 0200000000010000', '0800'),
  hello('Linux cooked, version 2', 276, '0800', '0000 00000002 0001 00 06 0200000000010000'),
  hello('BSD loopback, little-endian', 0, '02000000'),
  hello('BSD loopback, big-endian', 108, '00000002'),
  hello('PPP', 9, '0021'),
  hello('PPP in HDLC-like framing', 50, 'ff03 0021'),
  hello('PPPoE without Ethernet', 51, '1100 0001 002f', '0021'),
  hello('raw IP', 101),
  hello('IPv4', 228),
  { name: 'IPv6', linkType: 229, bytes: IPV6_HELLO, tcpAt: 40, tcpSize: 20 },
  { name: 'IPv6 with extension headers', linkType: 101, bytes: IPV6_WITH_EXTENSIONS, tcpAt: 96, tcpSize: 20 },
  { name: 'a SYN with options', linkType: 1, bytes: SYN_WITH_OPTIONS, tcpAt: 34, tcpSize: 40 },
  { name: 'timestamps and SACK', linkType: 1, bytes: SACK_AND_DATA, tcpAt: 34, tcpSize: 52 },
];
