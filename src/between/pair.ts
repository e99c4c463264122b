import type { Address, Analysis, Connection } from '../analysis/model.js';
import type { EndPrint, Fingerprint } from './fingerprint.js';

/** Candidates that are held against each other where nothing else narrows them. */
const MOST_COMPARED = 4e6;

/**
 * Payload lengths that must be alike, and of how many kinds, where nothing else shows that two streams are one
 * connection.
 */
const TELLING_LENGTHS = 6;
const TELLING_KINDS = 4;

/**
 * By what two streams were found to be one connection. `numbers`: both initial sequence numbers, or one and something
 * beside it. `timestamps`: those of both SYNs, where a box on the way has changed the numbers. `lengths`: the payload
 * of segment after segment. `segments`: no SYN was seen at one of the taps, but segments with the same numbers, or
 * numbers of the same range, at both.
 */
export type PairedBy = 'numbers' | 'timestamps' | 'lengths' | 'segments';

/** A connection that both taps saw. */
export interface Pair {
  /** Its streams at the client's tap, ids of that analysis. More than one where its tuple changed on the way. */
  readonly client: readonly number[];
  readonly server: readonly number[];
  readonly by: PairedBy;
  /**
   * What the sequence numbers of client and server are higher by at the server's tap: 0, unless a box on the way has
   * changed them.
   */
  readonly shifts: readonly [number, number];
  /**
   * Those of `server` whose client is the client's tap's server: both roles are guesses there, and ports changed on the
   * way.
   */
  readonly flipped: readonly number[];
}

/** What is known of a stream for pairing. */
interface Candidate {
  readonly print: Fingerprint;
  readonly connection: Connection;
}

/**
 * Finds the streams of one tap in the other, each at most once, and the rest of a connection whose ports changed while
 * it lived.
 */
export function pairStreams(
  client: Analysis,
  clientPrints: readonly Fingerprint[],
  server: Analysis,
  serverPrints: readonly Fingerprint[],
): Pair[] {
  const pairing = new Pairing(candidates(client, clientPrints), candidates(server, serverPrints));
  pairing.byKey('numbers', bothInitials, bothInitials, () => true);
  pairing.byKey('numbers', initialOf(0), initialOf(0), hasMoreInCommon);
  pairing.byKey('numbers', initialOf(1), initialOf(1), hasMoreInCommon);
  pairing.byKey('timestamps', bothTimestamps, bothTimestamps, () => true);
  pairing.byNumbers();
  pairing.byKey('lengths', lengths, lengths, () => true);
  return pairing.pairs();
}

function candidates(analysis: Analysis, prints: readonly Fingerprint[]): Candidate[] {
  return prints.map((print) => ({ print, connection: analysis.connection(print.id) }));
}

class Pairing {
  private readonly clients: readonly Candidate[];
  private readonly servers: readonly Candidate[];
  private readonly partners = new Map<
    Candidate,
    { readonly server: Candidate; readonly by: PairedBy; readonly more: { clients: Candidate[]; servers: Candidate[] } }
  >();
  private readonly taken = new Set<Candidate>();
  private readonly flipped = new Set<number>();

  constructor(clients: readonly Candidate[], servers: readonly Candidate[]) {
    this.clients = clients;
    this.servers = servers;
  }

  /**
   * Pairs what has the same key at both taps. Where several have it, those that have it on the same tuple, else in
   * their order if there are as many.
   */
  byKey(
    by: PairedBy,
    keyOf: (one: Candidate) => string | null,
    otherKeyOf: (one: Candidate) => string | null,
    fits: (one: Candidate, other: Candidate) => boolean,
  ): void {
    const byKey = grouped(this.free(this.servers), otherKeyOf);
    for (const [key, clients] of grouped(this.free(this.clients), keyOf)) {
      const servers = byKey.get(key) ?? [];
      for (const client of clients) {
        const same = servers.filter(
          (server) => !this.taken.has(server) && isSameTuple(client.connection, server.connection),
        );
        if (same.length === 1) this.join(client, same[0]!, by);
      }
      const [left, right] = [this.free(clients), this.free(servers)];
      // Timestamps and lengths prove something only where nobody else has the same.
      if (by !== 'numbers' && (left.length > 1 || right.length > 1)) continue;
      left.forEach((client, index) => {
        const server =
          left.length === right.length ? right[index]! : right.find((one) => !this.taken.has(one) && fits(client, one));
        if (server !== undefined && fits(client, server)) this.join(client, server, by);
      });
    }
  }

  /**
   * Streams that one of the taps did not see begin, by the ranges of their numbers in both directions. Also what goes
   * on with the numbers of a connection that is paired already: its ports were changed while it lived.
   */
  byNumbers(): void {
    const clients = this.clients.filter((one) => !this.taken.has(one));
    const servers = this.servers.filter((one) => !this.taken.has(one));
    for (const server of this.amongAll(servers, this.clients)) {
      const fitting = this.clients.filter((client) => fits(client, server, this.partners.get(client)?.server));
      const client = only(fitting, (one) => isSameTuple(one.connection, server.connection));
      if (client === undefined) continue;
      if (isFlipped(client, server)) this.flipped.add(server.print.id);
      const known = this.partners.get(client);
      if (known === undefined) this.join(client, server, 'segments');
      else known.more.servers.push(server);
      this.taken.add(server);
    }
    for (const client of this.amongAll(
      clients.filter((one) => !this.taken.has(one)),
      this.servers,
    )) {
      const fitting = [...this.partners].filter(
        ([partner, { server }]) => !isFlipped(client, server) && fits(server, client, partner),
      );
      const known = only(fitting, ([, { server }]) => isSameTuple(client.connection, server.connection))?.[1];
      if (known === undefined) continue;
      known.more.clients.push(client);
      this.taken.add(client);
    }
  }

  pairs(): Pair[] {
    return [...this.partners]
      .map(([client, { server, by, more }]) => ({
        client: ids([client, ...more.clients]),
        server: ids([server, ...more.servers]),
        by,
        shifts: [
          shift(client.print.client, server.print.client),
          shift(client.print.server, server.print.server),
        ] as const,
        flipped: ids([server, ...more.servers]).filter((id) => this.flipped.has(id)),
      }))
      .toSorted((one, other) => one.client[0]! - other.client[0]!);
  }

  /** Those that began in the middle, as far as all may be held against `others`. */
  private amongAll(some: readonly Candidate[], others: readonly Candidate[]): readonly Candidate[] {
    return some.slice(0, Math.ceil(MOST_COMPARED / Math.max(1, others.length)));
  }

  private free(some: readonly Candidate[]): Candidate[] {
    return some.filter((one) => !this.taken.has(one));
  }

  private join(client: Candidate, server: Candidate, by: PairedBy): void {
    this.partners.set(client, { server, by, more: { clients: [], servers: [] } });
    this.taken.add(client);
    this.taken.add(server);
  }
}

function ids(some: readonly Candidate[]): number[] {
  return some.map(({ print }) => print.id);
}

function grouped(some: readonly Candidate[], keyOf: (one: Candidate) => string | null): Map<string, Candidate[]> {
  const groups = new Map<string, Candidate[]>();
  for (const one of some) {
    const key = keyOf(one);
    if (key === null) continue;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return groups;
}

/** 64 bits: by chance in one of 10^19. */
function bothInitials({ print: { client, server } }: Candidate): string | null {
  return client.initial === null || server.initial === null ? null : `${client.initial} ${server.initial}`;
}

function initialOf(end: 0 | 1): (one: Candidate) => string | null {
  return ({ print }) => (print.ends[end].initial === null ? null : String(print.ends[end].initial));
}

/**
 * Timestamps of both SYNs, which boxes that change the numbers leave alone. 0 is what some send first, and tells
 * nothing.
 */
function bothTimestamps({ print: { client, server } }: Candidate): string | null {
  if (client.timestamp === null || server.timestamp === null || client.timestamp === 0 || server.timestamp === 0)
    return null;
  return `${client.timestamp} ${server.timestamp}`;
}

/** What both sent, segment by segment; null where it is too little, or too even, to be told from another. */
function lengths({ print: { client, server } }: Candidate): string | null {
  const all = [...client.lengths, ...server.lengths];
  if (
    all.length < TELLING_LENGTHS ||
    new Set(all).size < TELLING_KINDS ||
    client.lengths.length === 0 ||
    server.lengths.length === 0
  )
    return null;
  return `${client.lengths.join(' ')} / ${server.lengths.join(' ')}`;
}

/** One number of 32 bits is the same among 65,000 connections by chance; with one of these beside it, it is not. */
function hasMoreInCommon(one: Candidate, other: Candidate): boolean {
  if (
    isSameAddress(one.connection.server, other.connection.server) ||
    isSameAddress(one.connection.client, other.connection.client)
  )
    return true;
  return (
    haveSameTimestamp(one.print.client, other.print.client) || haveSameTimestamp(one.print.server, other.print.server)
  );
}

function haveSameTimestamp(mine: EndPrint, theirs: EndPrint): boolean {
  return mine.timestamp !== null && mine.timestamp !== 0 && mine.timestamp === theirs.timestamp;
}

/**
 * Whether `other` has numbers of the same streams of bytes as `one`, and was not seen to begin, or `one` was not. With
 * `partner`, which `one` is paired with already, `other` goes on with them: then one of the addresses that are at its
 * own tap is still the same.
 */
function fits(one: Candidate, other: Candidate, partner: Candidate | undefined): boolean {
  if (hasBegun(other) && (partner !== undefined || hasBegun(one))) return false;
  if (partner === undefined && !isSameTuple(one.connection, other.connection) && other.print.server.segments === 0)
    return false;
  if (
    partner !== undefined &&
    partner.connection.server.address !== other.connection.server.address &&
    partner.connection.client.address !== other.connection.client.address
  )
    return false;
  const isTurned = partner === undefined && isFlipped(one, other);
  const [client, server] = isTurned
    ? [other.print.server, other.print.client]
    : [other.print.client, other.print.server];
  return (
    one.print.client.overlaps(client) &&
    one.print.server.overlaps(server) &&
    other.print.client.segments + other.print.server.segments > 0
  );
}

/** Whether both taps guess who the client is, and each another end, as their numbers show. */
function isFlipped(one: Candidate, other: Candidate): boolean {
  const straight = one.print.client.overlaps(other.print.client) && one.print.server.overlaps(other.print.server);
  return !straight && one.print.client.overlaps(other.print.server) && one.print.server.overlaps(other.print.client);
}

function hasBegun({ print: { client, server } }: Candidate): boolean {
  return client.initial !== null || server.initial !== null;
}

function only<T>(some: readonly T[], better: (one: T) => boolean): T | undefined {
  const best = some.filter(better);
  const chosen = best.length > 0 ? best : some;
  return chosen.length === 1 ? chosen[0] : undefined;
}

function shift(client: EndPrint, server: EndPrint): number {
  return client.initial === null || server.initial === null ? 0 : (server.initial - client.initial) | 0;
}

export function isSameTuple(one: Connection, other: Connection): boolean {
  return isSameAddress(one.client, other.client) && isSameAddress(one.server, other.server);
}

export function isSameAddress(one: Address, other: Address): boolean {
  return one.port === other.port && one.address === other.address;
}
