import {
  ETHERNET_ADDRESSES, HELLO, IPV6_ADDRESSES, IPV6_HELLO, helloBehind, hex, inIpv4, inIpv6, inUdp,
} from './bytes.js';

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

/** A packet of raw IP that ends with the 25 bytes of `HELLO`. */
function tunnel(name: string, bytes: readonly number[], linkType = 101): Sample {
  return { name, linkType, bytes, tcpAt: bytes.length - 25, tcpSize: 20 };
}

const FRAME = `${ETHERNET_ADDRESSES} 0800`;
const SNAP = 'aaaa03 000000 0800';
const WIRELESS_ADDRESSES = '020000000001 020000000002 020000000003';
const TEREDO_IPV6 = inIpv6(6, HELLO);

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
  '60000000 004d 00 40', IPV6_ADDRESSES, '3c00 000000000000', '2b00 000000000000', '2c00 000000000000',
  '3300 0001 00000001', '0604 0000 00000001 00000001 000000000000000000000000',
).concat(hex('c350 0050 000003e8 000007d0 5018 01f6 0000 0000', '68'));

const tunnels: readonly Sample[] = [
  tunnel('IP in IP', inIpv4(4, helloBehind())), tunnel('6in4', inIpv4(41, IPV6_HELLO)),
  tunnel('4in6', inIpv6(4, helloBehind())), tunnel('6in6', inIpv6(41, IPV6_HELLO)),
  tunnel('AH', inIpv4(51, hex('0604 0000 00000001 00000001 000102030405060708090a0b').concat(HELLO))),
  tunnel('EtherIP', inIpv4(97, helloBehind('3000', FRAME))), tunnel('MPLS in IP', inIpv4(137, helloBehind('00010140'))),
  tunnel('GRE', inIpv4(47, helloBehind('0000 0800'))),
  tunnel(
    'GRE with checksum, key and sequence number',
    inIpv4(47, helloBehind('b000 0800', 'abcd0000', '00000007', '00000001')),
  ),
  tunnel('GRE with routes', inIpv4(47, helloBehind('4000 0800', '00000000', '08000004 c0000203', '00000000'))),
  tunnel(
    'GRE version 1, which is PPTP',
    inIpv4(47, helloBehind('3081 880b', '0031 0001', '00000001', '00000002', 'ff03 0021')),
  ),
  tunnel('transparent Ethernet in GRE', inIpv4(47, helloBehind('0000 6558', FRAME))),
  tunnel('GRE in IPv6', inIpv6(47, hex('0000 86dd').concat(IPV6_HELLO))),
  tunnel('Cisco metadata in GRE', inIpv4(47, helloBehind('0000 8909', '0800 01 01 0001 0002'))),
  tunnel(
    '802.11 in GRE, of Aruba',
    inIpv4(47, helloBehind('0000 8200', '8801 0000', WIRELESS_ADDRESSES, '0010', '0000', SNAP)),
  ),
  tunnel(
    "802.11 in GRE, the last of Aruba's numbers",
    inIpv4(47, helloBehind('0000 8370', '0801 0000', WIRELESS_ADDRESSES, '0010', SNAP)),
  ),
  tunnel(
    '802.11 in GRE, with a key',
    inIpv4(47, helloBehind('2000 9000', '00000001', '0802 0000', WIRELESS_ADDRESSES, '0010', SNAP)),
  ),
  tunnel('EoIP of MikroTik', inIpv4(47, helloBehind('2001 6400', '003b d204', FRAME))),
  tunnel('EoIP in IPv6, which is EtherIP with the tunnel in it', inIpv6(97, helloBehind('43d2', FRAME))),
  tunnel('WCCP version 1', inIpv4(47, helloBehind('0000 883e'))),
  tunnel('WCCP version 2', inIpv4(47, helloBehind('0000 883e', '00010000'))),
  tunnel('ERSPAN type I', inIpv4(47, helloBehind('0000 88be', FRAME))),
  tunnel('ERSPAN type II', inIpv4(47, helloBehind('1000 88be', '00000001', '1064 0001 00000000', FRAME))),
  tunnel('ERSPAN type III', inIpv4(47, helloBehind('1000 22eb', '00000001', '2064 0001 00000000 0000 0000', FRAME))),
  tunnel(
    'ERSPAN type III with a subheader',
    inIpv4(47, helloBehind('1000 22eb', '00000001', '2064 0001 00000000 0000 0001', '0000000000000000', FRAME)),
  ),
  tunnel('VXLAN', inUdp(4789, helloBehind('08000000 00002a00', FRAME))),
  tunnel('VXLAN on the port of Linux', inUdp(8472, helloBehind('08000000 00002a00', FRAME))),
  tunnel('VXLAN with a group policy', inUdp(4789, helloBehind('88400007 00002a00', FRAME))),
  tunnel('VXLAN with remote checksum offload', inUdp(8472, helloBehind('08200000 00002a8b', FRAME))),
  tunnel('VXLAN with every reserved bit', inUdp(4789, helloBehind('ffffffff 00002aff', FRAME))),
  tunnel('VXLAN with no bit at all', inUdp(4789, helloBehind('00000000 00002a00', FRAME))),
  tunnel('VXLAN-GPE', inUdp(4790, helloBehind('0c000001 00002a00'))),
  tunnel('VXLAN-GPE with IPv6', inUdp(4790, hex('0c000002 00002a00').concat(IPV6_HELLO))),
  tunnel('VXLAN-GPE with a frame', inUdp(4790, helloBehind('0c000003 00002a00', FRAME))),
  tunnel('VXLAN-GPE without a network', inUdp(4790, helloBehind('04000003 00000000', FRAME))),
  tunnel('VXLAN-GPE with a service header', inUdp(4790, helloBehind('0c000004 00002a00', '0fc2 0201', '000001 ff'))),
  tunnel('VXLAN-GPE with MPLS', inUdp(4790, helloBehind('0c000005 00002a00', '00010140'))),
  tunnel('VXLAN-GPE that says of no protocol', inUdp(4790, helloBehind('08000000 00002a00', FRAME))),
  tunnel('Geneve', inUdp(6081, helloBehind('0000 6558 00002a00', FRAME))),
  tunnel('Geneve with options', inUdp(6081, helloBehind('0200 0800 00002a00', '0102 8001 deadbeef'))),
  tunnel('GTP-U', inUdp(2152, helloBehind('30ff 002d 00000001'))),
  tunnel('GTP-U with a sequence number', inUdp(2152, helloBehind('32ff 0031 00000001', '0001 00 00'))),
  tunnel(
    'GTP-U with extension headers',
    inUdp(2152, helloBehind('34ff 0039 00000001', '0000 00 85', '01 0102 85', '01 0304 00')),
  ),
  tunnel('Teredo', inUdp(3544, TEREDO_IPV6)),
  tunnel(
    'Teredo with both indications',
    inUdp(3544, hex('0001 00 00 0011223344556677 00', '0000 c001 c0000201').concat(TEREDO_IPV6)),
  ),
  tunnel(
    'AYIYA',
    inUdp(5072, hex('41 52 11 29 00000001', '20010db8000000000000000000000001', '00'.repeat(20)).concat(IPV6_HELLO)),
  ),
  tunnel('AYIYA without a signature', inUdp(5072, hex('21 00 01 29 00000001', 'c0000201').concat(IPV6_HELLO))),
  tunnel(
    'AYIYA with an echo request, and IPv4 in it',
    inUdp(5072, helloBehind('42 01 03 04 00000001', '6c61737461636b2e6578616d706c6500')),
  ),
  tunnel('L2TP', inUdp(1701, helloBehind('0002 0001 0002', 'ff03 0021'))),
  tunnel(
    'L2TP with all its fields', inUdp(1701, helloBehind('4a02 0043 0001 0002 0001 0002 0004 00000000', 'ff03 0021')),
  ),
  tunnel('LISP', inUdp(4341, helloBehind('80000001 00000000'))),
  tunnel('GRE in UDP', inUdp(4754, helloBehind('0000 0800'))),
  tunnel('MPLS in UDP', inUdp(6635, helloBehind('00010140'))),
  tunnel('CAPWAP', inUdp(5247, helloBehind('00100000 00000000', FRAME))),
  tunnel(
    '802.11 in CAPWAP', inUdp(5247, helloBehind('00100300 00000000', '0801 0000', WIRELESS_ADDRESSES, '0010', SNAP)),
  ),
  tunnel(
    '802.11 in CAPWAP with frame control swapped',
    inUdp(5247, helloBehind('00100300 00000000', '0108 0000', WIRELESS_ADDRESSES, '0010', SNAP)),
  ),
  tunnel(
    'VXLAN in GRE in IPv6', inIpv6(47, hex('0000 0800').concat(inUdp(4789, helloBehind('08000000 00002a00', FRAME)))),
  ),
];

const links: readonly Sample[] = [
  hello('802.1ah', 1, ETHERNET_ADDRESSES, '88a8 0064', '88e7 00000001', FRAME),
  hello('FabricPath', 1, ETHERNET_ADDRESSES, '8903 1060', FRAME),
  hello('Cisco metadata with a security group tag', 1, ETHERNET_ADDRESSES, '8909 01 01 0001 0002', '0800'),
  hello(
    'Cisco metadata with two options, behind a VLAN tag', 1, ETHERNET_ADDRESSES, '8100 0064',
    '8909 01 02 0001 0002 0002 0003', '0800',
  ),
  hello('Cisco metadata in front of a length', 1, ETHERNET_ADDRESSES, '8909 01 01 0001 0002', '0035', SNAP),
  hello('VN-Tag', 1, ETHERNET_ADDRESSES, '8926 00033810', '0800'),
  hello('VN-Tag in front of a VLAN tag', 1, ETHERNET_ADDRESSES, '8926 80010000', '8100 00fa', '0800'),
  hello('E-TAG', 1, ETHERNET_ADDRESSES, '893f 3001 1002 0304', '0800'),
  hello('E-TAG in front of a VLAN tag', 1, ETHERNET_ADDRESSES, '893f 0000 0001 0000', '8100 00fa', '0800'),
  hello(
    'service header with metadata', 1, ETHERNET_ADDRESSES, '894f', '0fc6 0103', '000001 ff', '0a000001'.repeat(4),
    FRAME,
  ),
  hello('PPP with a short protocol number', 9, 'ff03 21'), hello('Cisco HDLC', 104, '0f00 0800'),
  hello('Cisco HDLC on a PPP link', 50, '8f00 0800'),
  hello('802.11', 105, '0801 0000', WIRELESS_ADDRESSES, '0010', SNAP),
  hello('802.11 with quality of service', 105, '8802 0000', WIRELESS_ADDRESSES, '0010', '0000', SNAP),
  hello('802.11 between access points', 105, '8803 0000', WIRELESS_ADDRESSES, '0010', '020000000004', '0000', SNAP),
  hello(
    '802.11 with several frames in one', 105, '8802 0000', WIRELESS_ADDRESSES, '0010', '8000', ETHERNET_ADDRESSES,
    '0035', SNAP,
  ),
  hello('802.11 with HT control', 105, '8882 0000', WIRELESS_ADDRESSES, '0010', '0000', '00000000', SNAP),
  hello('radiotap', 127, '0000 0900 02000000 00', '0801 0000', WIRELESS_ADDRESSES, '0010', SNAP),
  hello(
    'radiotap that says of padding', 127, '0000 1900 030000a0 00000000 00000000', '0000000000000000 20', '8802 0000',
    WIRELESS_ADDRESSES, '0010', '0000', '0000', SNAP,
  ),
  hello('PPI', 192, '0000 0800 69000000', '0801 0000', WIRELESS_ADDRESSES, '0010', SNAP),
  hello('NFLOG, little-endian', 239, '02000000', '0800 0100 08000300', '0600 0a00 6100 0000', '3100 0900'),
  hello('NFLOG, big-endian', 239, '02000000', '0008 0001 08000300', '0031 0009'),
  hello('Juniper Ethernet', 178, '4d474300', FRAME),
  hello('Juniper Ethernet with extensions', 178, '4d474380 0004 02014d00', FRAME),
  hello('Juniper without a link layer', 178, '4d474302 02000000'),
  hello('IP over InfiniBand', 242, '00'.repeat(40), '0800 0000'), hello('FDDI', 10, '50', ETHERNET_ADDRESSES, SNAP),
  hello('token ring', 6, '1040', ETHERNET_ADDRESSES, SNAP),
  hello('token ring with a source route', 6, '1040', '020000000002 820000000001', '0670 0011 0020', SNAP),
  hello('ARCnet, RFC 1051', 7, '0102 f0'), hello('ARCnet, RFC 1201', 7, '0102 d4', '00 0001'),
  hello('ARCnet, RFC 1201, awkward length', 7, '0102 d4', 'ffd4ffff 00 0001'),
  hello('ARCnet of Linux', 129, '0102 0000 d4', '00 0001'),
];

/** Every layer at least once. All hold TCP; `hostile.test.ts` cuts and bends them. */
export const samples: readonly Sample[] = [
  hello('Ethernet', 1, ETHERNET_ADDRESSES, '0800'), hello('802.1Q', 1, ETHERNET_ADDRESSES, '8100 0064', '0800'),
  hello('802.1ad', 1, ETHERNET_ADDRESSES, '88a8 0064 8100 00c8', '0800'),
  hello('LLC with SNAP', 1, ETHERNET_ADDRESSES, '0035', 'aaaa03 000000 0800'),
  hello('PPPoE', 1, ETHERNET_ADDRESSES, '8864', '1100 0001 002f', '0021'),
  hello('MPLS', 1, ETHERNET_ADDRESSES, '8847', '00010040 00011140'),
  hello('MPLS pseudowire', 1, ETHERNET_ADDRESSES, '8847', '00011140', ETHERNET_ADDRESSES, '0800'),
  hello(
    'MPLS pseudowire with a control word', 1, ETHERNET_ADDRESSES, '8847', '00011140', '00000000', ETHERNET_ADDRESSES,
    '0800',
  ),
  hello('Linux cooked', 113, '0000 0001 0006 0200000000010000', '0800'),
  hello('Linux cooked, version 2', 276, '0800', '0000 00000002 0001 00 06 0200000000010000'),
  hello('BSD loopback, little-endian', 0, '02000000'), hello('BSD loopback, big-endian', 108, '00000002'),
  hello('PPP', 9, '0021'), hello('PPP in HDLC-like framing', 50, 'ff03 0021'),
  hello('PPPoE without Ethernet', 51, '1100 0001 002f', '0021'), hello('raw IP', 101), hello('IPv4', 228),
  { name: 'IPv6', linkType: 229, bytes: IPV6_HELLO, tcpAt: 40, tcpSize: 20 },
  { name: 'IPv6 with extension headers', linkType: 101, bytes: IPV6_WITH_EXTENSIONS, tcpAt: 96, tcpSize: 20 },
  { name: 'a SYN with options', linkType: 1, bytes: SYN_WITH_OPTIONS, tcpAt: 34, tcpSize: 40 },
  { name: 'timestamps and SACK', linkType: 1, bytes: SACK_AND_DATA, tcpAt: 34, tcpSize: 52 }, ...links, ...tunnels,
];
