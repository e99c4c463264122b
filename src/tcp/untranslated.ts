import { SECOND } from '../base/time.js';
import type { Duration } from '../base/time.js';
import * as CONNECTION_FLAG from '../flow/connection-flags.js';
import { distance } from '../flow/sequence.js';
import type { Address } from './connection.js';
import type { ConnectionSet, Location } from './connection-set.js';

/**
 * What was still under way to a connection that is over comes no later than this (RFC 9293 §3.4.1: MSL is two
 * minutes).
 */
const LIFETIME: Duration = 120 * SECOND;

/** A host that answers by RSTs, and nothing else, what came to it from an address that it does not talk to. */
export interface Untranslated {
  readonly location: Location;
  /** Whom the same socket talks to, at the same port: the address that a NAT offers in place of the other. */
  readonly elsewhere: Address;
  readonly stream: number;
}

/** Segments of one connection lie no farther from its end than a window of usual buffers (Linux tcp_rmem, 6 MB). */
const WINDOW = 1 << 24;

interface Candidate {
  readonly location: Location;
  /** The host's end of it. */
  readonly end: 0 | 1;
  /** The host that sends RSTs, and the one whose segments draw them (`TupleTable.identity`). */
  readonly host: number;
  readonly stranger: number;
  matches: number;
  found: Location | null;
}

/**
 * Flows without a handshake in which one host sends nothing but RSTs, while the same socket of that host, as the
 * client, talks to the same port at another address; or to another port there, in numbers of the same connection.
 *
 * So it looks at the client of a translated service where a NAT lets a segment through as it is: what conntrack calls
 * INVALID (out of window) it does not translate back, and the client's host knows no connection with the server's own
 * address (net.netfilter.nf_conntrack_tcp_be_liberal, nf_nat_inet_fn). Two connections of one client port that mean
 * nothing to each other are rare: a port is chosen from some 28,000 (__inet_hash_connect).
 */
export function untranslated(folders: ConnectionSet): readonly Untranslated[] {
  const candidates = new Map<string, Candidate[]>();
  for (const location of folders.locations()) {
    for (const end of [0, 1] as const) {
      const candidate = candidateAt(location, end);
      if (candidate === null) continue;
      const key = keyOf(candidate.host, location.folder.port(location.row, end));
      const others = candidates.get(key);
      if (others) others.push(candidate);
      else candidates.set(key, [candidate]);
    }
  }
  if (candidates.size === 0) return [];
  for (const location of folders.locations()) compare(location, candidates);
  return [...candidates.values()].flat().flatMap(({ location, matches, found }) => {
    if (matches !== 1 || found === null) return [];
    const { folder, row } = found;
    return [{ location, elsewhere: folder.address(row, 1), stream: folder.stream(row) }];
  });
}

function candidateAt(location: Location, end: 0 | 1): Candidate | null {
  const { folder, row } = location;
  const { connections } = folder;
  if ((connections.flags(row) & CONNECTION_FLAG.guessed) === 0) return null;
  if (connections.resets(row, end) === 0 || isSpeaking(location, end) || !isSpeaking(location, (1 - end) as 0 | 1))
    return null;
  return {
    location,
    end,
    host: folder.identity(row, end),
    stranger: folder.identity(row, (1 - end) as 0 | 1),
    matches: 0,
    found: null,
  };
}

/** Holds the connection at `location` against those whose RSTs its client may have sent. */
function compare(location: Location, candidates: ReadonlyMap<string, readonly Candidate[]>): void {
  const { folder, row } = location;
  const among = candidates.get(keyOf(folder.identity(row, 0), folder.port(row, 0)));
  if (among === undefined || !isSpeaking(location, 0) || !isSpeaking(location, 1)) return;
  const server = folder.identity(row, 1);
  for (const candidate of among) {
    const { location: stray, stranger } = candidate;
    const time = stray.folder.connections.start(stray.row);
    if (server === stranger || time < folder.connections.start(row) || time > folder.connections.end(row) + LIFETIME)
      continue;
    const isSamePort = stray.folder.port(stray.row, (1 - candidate.end) as 0 | 1) === folder.port(row, 1);
    if (!isSamePort && !continues(candidate, location)) continue;
    candidate.matches++;
    candidate.found = location;
  }
}

/**
 * Whether the numbers of the stranger's first segment are those of this connection's server, and what it acknowledges
 * is its client's: a NAT leaves both as they are, and a service often has another port than what stands behind it
 * (`targetPort` of Kubernetes, `docker run -p`). By chance both agree once in 16,000 times.
 */
function continues({ location: stray, end }: Candidate, { folder: { connections }, row }: Location): boolean {
  const first = stray.folder.firstSegment(stray.row);
  if (first === null || first.talker === end) return false;
  return (
    Math.abs(distance(first.sequence, connections.nextSequence(row, 1))) < WINDOW &&
    Math.abs(distance(first.acknowledgment, connections.nextSequence(row, 0))) < WINDOW
  );
}

/**
 * Whether an end said something else than RSTs, of which copies count as packets alone: of what was captured twice it
 * may be half.
 */
function isSpeaking({ folder: { connections }, row }: Location, end: 0 | 1): boolean {
  const times = (connections.flags(row) & CONNECTION_FLAG.doubled) === 0 ? 1 : 2;
  return connections.packets(row, end) > connections.resets(row, end) * times;
}

function keyOf(host: number, port: number): string {
  return `${host} ${port}`;
}
