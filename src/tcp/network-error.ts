import type { FrameNumber } from '../base/numbers.js';
import { formatAddress } from '../decode/address.js';
import type { KeptError } from '../flow/icmp-errors.js';
import type { Time } from '../base/time.js';
import type { Role } from './connection.js';

/** What became of a segment, as an ICMP error has it. */
export type NetworkErrorKind = (typeof NETWORK_ERROR_KINDS)[number];
export const NETWORK_ERROR_KINDS = [
  'network-unreachable', 'host-unreachable', 'protocol-unreachable', 'port-unreachable', 'prohibited', 'too-large',
  'ttl-exceeded', 'other',
] as const;

/** An ICMP error about segments of one end of a connection. */
export interface NetworkError {
  readonly frame: FrameNumber;
  readonly time: Time;
  /** Who sent it: a router, a firewall, or the addressed host itself. */
  readonly sender: string;
  readonly kind: NetworkErrorKind;
  /** `ICMP` or `ICMPv6`, type and code: `ICMP 3/13`. */
  readonly code: string;
  /** What would have fit, bytes, where a segment was too large; 0 where its router says nothing. */
  readonly mtu: number;
  /** Whose segments they are. */
  readonly talker: Role;
  /** Sequence number of the first quoted one. */
  readonly sequence: number;
  /** How often it came, and until when. */
  readonly count: number;
  readonly last: Time;
}

/** Of most connections there is none. */
export const NO_ERRORS: readonly NetworkError[] = [];

export function networkError(kept: KeptError): NetworkError {
  const { frame, time, family, sender, type, code, mtu, talker, sequence, count, last } = kept;
  return {
    frame, time, sender: formatAddress(family, ...sender),
    kind: family === 4 ? kindOf4(type, code) : kindOf6(type, code),
    code: `${family === 4 ? 'ICMP' : 'ICMPv6'} ${type}/${code}`, mtu, talker: talker === 0 ? 'client' : 'server',
    sequence, count, last,
  };
}

/** RFC 792; codes 9 to 13 of RFC 1122 §3.2.2.1 and RFC 1812 §5.2.7.1. */
function kindOf4(type: number, code: number): NetworkErrorKind {
  if (type === 11) return 'ttl-exceeded';
  if (type !== 3) return 'other';
  switch (code) {
    case 0: case 6: case 11: return 'network-unreachable';
    case 1: case 7: case 8: case 12: return 'host-unreachable';
    case 2: return 'protocol-unreachable';
    case 3: return 'port-unreachable';
    case 4: return 'too-large';
    case 9: case 10: case 13: case 14: case 15: return 'prohibited';
    default: return 'other';
  }
}

/** RFC 4443 §3. */
function kindOf6(type: number, code: number): NetworkErrorKind {
  if (type === 2) return 'too-large';
  if (type === 3) return 'ttl-exceeded';
  if (type !== 1) return 'other';
  switch (code) {
    case 0: return 'network-unreachable';
    case 1: case 5: case 6: return 'prohibited';
    case 3: return 'host-unreachable';
    case 4: return 'port-unreachable';
    default: return 'other';
  }
}


const WORDS: Readonly<Record<NetworkErrorKind, string>> = {
  'network-unreachable': 'the network is unreachable',
  'host-unreachable': 'the host is unreachable',
  'protocol-unreachable': 'the host does not speak TCP',
  'port-unreachable': 'the port is unreachable',
  prohibited: 'it is administratively prohibited',
  'too-large': 'the packet is too large',
  'ttl-exceeded': 'its time to live ran out on the way',
  other: 'the packet could not be delivered',
};

/** What the sender says of the segment. */
export function wordsOf({ kind, code }: Pick<NetworkError, 'kind' | 'code'>): string {
  return `${WORDS[kind]} (${code})`;
}

/**
 * Whether it says that the segment did not arrive, whatever its size: a connect() fails by it (RFC 1122 §4.2.3.9,
 * tcp_v4_err in SYN-SENT).
 */
export function isUnreachable({ kind }: Pick<NetworkError, 'kind'>): boolean {
  return kind !== 'too-large' && kind !== 'other';
}
