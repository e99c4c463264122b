import { ACK, RST, SYN } from '../../src/decode/segment.js';
import { bytes, order } from '../capture/build.js';
import type { TapeSegment } from './line.js';

const { u16, u32 } = order(false);

/** How the two hosts of a tape number what they send. */
export interface Hosts {
  readonly ip6: boolean;
  /** Initial sequence numbers of client and server: 0 of the tape. */
  readonly initial: readonly [number, number];
  readonly ports: readonly [number, number];
  /** IPv4 addresses of client and server; 10.0.0.1 and 10.0.0.2 if left out. */
  readonly addresses?: readonly [number, number] | undefined;
}

/**
 * Makes frames of segments. The hosts count their IP IDs as Linux does: one by one, and 0 in what no full socket sends.
 */
export class FrameMaker {
  private readonly ipIds: [number, number] = [1000, 5000];
  private readonly hosts: Hosts;

  constructor(hosts: Hosts) {
    this.hosts = hosts;
  }

  /** Ethernet, IP and TCP. Checksums are 0, as a network card that fills them in shows them. */
  frame(segment: TapeSegment): Uint8Array {
    const { ip6, initial, ports } = this.hosts;
    const [talker, listener] = segment.fromServer ? [1, 0] as const : [0, 1] as const;
    const options = tcpOptions(segment.options, initial[listener]);
    const payload =
      segment.text === '' ? new Uint8Array(segment.to - segment.from) : Buffer.from(segment.text, 'latin1');
    const tcp = bytes(
      u16(ports[talker]), u16(ports[listener]), u32((segment.from + initial[talker]) >>> 0),
      u32(segment.flags & ACK ? (segment.acknowledgment + initial[listener]) >>> 0 : 0),
      u16(((20 + options.length) << 10) | segment.flags), u16(segment.window ?? (isReactive(segment) ? 0 : 500)),
      u16(0), u16(0), options, payload,
    );
    return ip6
      ? bytes(ethernet(0x86dd), ipv6(segment, talker, tcp.length), tcp)
      : bytes(ethernet(0x0800), this.ipv4(segment, talker, tcp.length), tcp);
  }

  private ipv4(segment: TapeSegment, talker: 0 | 1, length: number): Uint8Array {
    const counts = !isReactive(segment) && (segment.flags & (SYN | ACK)) !== (SYN | ACK);
    const ipId = segment.ipId ?? (counts ? this.ipIds[talker]++ : 0);
    const hosts = (this.hosts.addresses ?? [0x0a000001, 0x0a000002]).map((address) => u32(address)) as [
      Uint8Array, Uint8Array,
    ];
    return bytes(
      0x45, 0, u16(20 + length), u16(ipId), u16(0x4000), segment.ttl, 6, u16(0), hosts[talker], hosts[1 - talker]!,
    );
  }
}

/** What is no TCP, and only shows that the tap was still there. */
export const silence = bytes(ethernet(0x0806), new Uint8Array(46));

/** The answer to a segment that no socket wanted: without ACK, or with sequence number 0 to what had none. */
function isReactive({ flags, window }: TapeSegment): boolean {
  return (flags & RST) !== 0 && ((flags & ACK) === 0 || window === 0);
}

function ethernet(type: number): Uint8Array {
  return bytes(new Uint8Array(12).fill(2), u16(type));
}

function ipv6(segment: TapeSegment, talker: 0 | 1, length: number): Uint8Array {
  const host = (number: number): Uint8Array => bytes(u32(0x20010db8), u32(0), u32(0), u32(number));
  return bytes(u32(0x6000_0000), u16(length), 6, segment.ttl, host(talker + 1), host(2 - talker));
}

/** `mss 1460,nop,wscale 7,sackOK,TS val 1 ecr 0,sack 5:9`, filled up with NOPs. */
function tcpOptions(text: string, peerInitial: number): Uint8Array {
  const options = bytes(
    ...text
      .split(',')
      .filter((option) => option !== '')
      .map((option) => tcpOption(option.trim(), peerInitial)),
  );
  return bytes(options, new Uint8Array(-options.length & 3).fill(1));
}

function tcpOption(option: string, peerInitial: number): Uint8Array {
  const [first = 0, second = 0] = (option.match(/\d+/g) ?? []).map(Number);
  switch (option.split(' ')[0]) {
    case 'mss': return bytes(2, 4, u16(first));
    case 'wscale': return bytes(3, 3, first);
    case 'nop': return bytes(1);
    case 'sackOK': return bytes(4, 2);
    case 'TS': return bytes(8, 10, u32(first), u32(second));
    case 'sack': return bytes(5, 10, u32((first + peerInitial) >>> 0), u32((second + peerInitial) >>> 0));
    default: throw new SyntaxError(`not a TCP option on a tape: ${option}`);
  }
}
