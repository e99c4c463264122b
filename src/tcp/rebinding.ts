import * as CONNECTION_FLAG from '../flow/connection-flags.js';
import type { ConnectionSet, Location } from './connection-set.js';

/** A connection that goes on with the same numbers from another port or address of one end. */
export interface Rebinding {
  /** Where it had been, and where it went on. */
  readonly before: Location;
  readonly after: Location;
  /** The end of `before` whose port is another now, and of `after`. */
  readonly mover: 0 | 1;
  readonly moverAfter: 0 | 1;
}

/** A segment that stands where another connection had stopped. */
interface Candidate {
  readonly location: Location;
  readonly talker: 0 | 1;
  readonly sequence: number;
  readonly acknowledgment: number;
  /** How many connections it might belong to, and the first of them. */
  matches: number;
  found: Rebinding | null;
}

/**
 * Connections of which the capture shows no handshake and that drew a RST, whose first segment stands exactly where an
 * open connection with the same other end had stopped, in both directions: two numbers of 32 bits that agree by chance
 * once in 2^63 pairs. A keepalive stands one below (tcp_xmit_probe_skb). Where several had stopped there the numbers
 * are no chance ones, and nothing is said.
 */
export function rebindings(folders: ConnectionSet): readonly Rebinding[] {
  const candidates = new Map<number, Candidate[]>();
  for (const location of folders.locations()) {
    const candidate = candidateAt(location);
    if (candidate === null) continue;
    const others = candidates.get(candidate.acknowledgment);
    if (others) others.push(candidate);
    else candidates.set(candidate.acknowledgment, [candidate]);
  }
  if (candidates.size === 0) return [];
  for (const location of folders.locations()) compare(location, candidates);
  return [...candidates.values()]
    .flat()
    .flatMap(({ matches, found }) => (matches === 1 && found !== null ? [found] : []));
}

function candidateAt(location: Location): Candidate | null {
  const { folder, row } = location;
  const { connections } = folder;
  if (
    (connections.flags(row) & (CONNECTION_FLAG.guessed | CONNECTION_FLAG.closing)) !==
    (CONNECTION_FLAG.guessed | CONNECTION_FLAG.closing)
  )
    return null;
  if (connections.resets(row, 0) + connections.resets(row, 1) === 0) return null;
  const first = folder.firstSegment(row);
  if (first === null) return null;
  const { talker, sequence, acknowledgment } = first;
  return { location, talker: talker as 0 | 1, sequence, acknowledgment, matches: 0, found: null };
}

/** Holds the connection at `location` against all that might be its continuation. */
function compare(location: Location, candidates: ReadonlyMap<number, readonly Candidate[]>): void {
  const { folder, row } = location;
  const { connections } = folder;
  for (const mover of [0, 1] as const) {
    const among = candidates.get(connections.acknowledged(row, mover));
    if (among === undefined) continue;
    for (const candidate of among) {
      const behind = (connections.nextSequence(row, mover) - candidate.sequence) | 0;
      if ((behind !== 0 && behind !== 1) || !isBefore(location, candidate) || !haveSamePeer(location, mover, candidate))
        continue;
      candidate.matches++;
      candidate.found = { before: location, after: candidate.location, mover, moverAfter: candidate.talker };
    }
  }
}

function isBefore({ folder, row }: Location, { location }: Candidate): boolean {
  return folder.connections.firstFrame(row) < location.folder.connections.firstFrame(location.row);
}

/** Whether both go to the same address and port, from different ones. */
function haveSamePeer({ folder, row }: Location, mover: 0 | 1, { location, talker }: Candidate): boolean {
  const [peer, other] = [
    folder.address(row, (1 - mover) as 0 | 1), location.folder.address(location.row, (1 - talker) as 0 | 1),
  ];
  if (peer.port !== other.port || peer.address !== other.address) return false;
  const [own, now] = [folder.address(row, mover), location.folder.address(location.row, talker)];
  return own.port !== now.port || own.address !== now.address;
}
