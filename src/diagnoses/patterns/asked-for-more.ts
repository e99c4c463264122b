import { everyone } from '../diagnosis.js';
import type { Facts } from '../facts/facts.js';
import type { Service } from '../facts/gathering.js';
import { ASKS_FOR_ECN, CARRIES_DATA, OF_LAST } from '../facts/syn-asks.js';

/** Connects that were answered only without it, before it is what is dropped. */
export const FEW_ASKED = 3;
const EXTRAS = [
  {
    bit: ASKS_FOR_ECN, words: 'ask for ECN', retried: 'the next one that did not ask',
    advice:
      'Look for a box that drops SYNs with ECE and CWR (RFC 3168 §6.1.1.1). Until it is gone let the clients not ask: ' +
      '`net.ipv4.tcp_ecn` 2 or 0, Windows `netsh int tcp set global ecncapability=disabled`, macOS ' +
      '`net.inet.tcp.ecn_initiate_out`.',
  },
  {
    bit: CARRIES_DATA, words: 'carry data (TCP Fast Open)', retried: 'the next one without data',
    advice:
      'Look for a box that drops SYNs with data or with an option that it does not know (RFC 7413 §7.1). Until it is ' +
      'gone let the clients send none: `net.ipv4.tcp_fastopen` without 1, no TCP_FASTOPEN_CONNECT; Linux itself stops ' +
      'for `net.ipv4.tcp_fastopen_blackhole_timeout_sec`.',
  },
] as const;

/** What is dropped of a service's SYNs for what they ask beyond a connection. */
export interface Dropped {
  readonly extra: (typeof EXTRAS)[number];
  readonly members: readonly Facts[];
}

/**
 * Connects that were answered when they no longer asked for more than a connection, where none was that did: stacks
 * leave it out of the next SYN for that very reason (Linux tcp_ecn_fallback, tcp_fastopen_active_disable).
 */
export function droppedForMore(service: Service): Dropped | null {
  let dropped = known.get(service);
  if (dropped === undefined) known.set(service, (dropped = lookFor(everyone(service))));
  return dropped;
}

const known = new WeakMap<Service, Dropped | null>();

function lookFor(all: readonly Facts[]): Dropped | null {
  for (const extra of EXTRAS) {
    const asked = all.filter(({ synAsks, synAck }) => synAck > 0 && (synAsks & extra.bit) !== 0);
    // A second SYN-ACK answers the other SYN: on a road of more than a second both arrive.
    const members = asked.filter(({ synAsks, synAcks }) =>
      synAcks === 1 && (synAsks & (extra.bit << OF_LAST)) === 0);
    if (members.length >= FEW_ASKED && members.length === asked.length) return { extra, members };
  }
  return null;
}
