import type { Address } from '../analysis/model.js';
import type { ConnectionId } from '../base/numbers.js';
import type { EndPrint, Fingerprint, Fingerprints } from './fingerprint.js';
import { type Candidates, NumberIndex, sizeOf } from './number-index.js';
import type { PairedBy, Tuple } from './taps.js';

/**
 * Times that two streams are held against each other where no key names one: enough for captures of a million
 * connections, and a bound where somebody has made all of them look alike.
 */
const MOST_COMPARED = 2e7;

/**
 * Payload lengths that must be alike, and of how many kinds, where nothing else shows that two streams are one
 * connection.
 */
const TELLING_LENGTHS = 6;
const TELLING_KINDS = 4;

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

/** What was found of the streams of both taps. */
export interface Paired {
  readonly pairs: readonly Pair[];
  /** Streams of the client's tap without a pair that may be one of the server's all the same: several look like it. */
  readonly undecided: ReadonlySet<ConnectionId>;
}

/**
 * Finds the streams of one tap in the other, each at most once, and the rest of a connection whose ports changed while
 * it lived.
 */
export function pairStreams(client: Fingerprints, server: Fingerprints): Paired {
  const pairing = new Pairing(client, server);
  pairing.byKey('numbers', bothInitials, bothInitials, () => true);
  pairing.byKey('numbers', initialOf(0), initialOf(0), hasMoreInCommon);
  pairing.byKey('numbers', initialOf(1), initialOf(1), hasMoreInCommon);
  pairing.byKey('timestamps', bothTimestamps, bothTimestamps, () => true);
  pairing.byNumbers();
  pairing.byKey('lengths', lengths, lengths, () => true);
  return { pairs: pairing.pairs(), undecided: pairing.undecided() };
}

class Pairing {
  private readonly clients: readonly Fingerprint[];
  private readonly servers: readonly Fingerprint[];
  private readonly partners = new Map<
    Fingerprint,
    {
      readonly server: Fingerprint;
      readonly by: PairedBy;
      readonly more: { clients: Fingerprint[]; servers: Fingerprint[] };
    }
  >();
  private readonly taken = new Set<Fingerprint>();
  private readonly flipped = new Set<number>();
  private readonly alike = new Set<Fingerprint>();
  private compared = 0;
  /** False once something was left out because there were too many to compare. */
  private isWhole = true;

  constructor(clients: readonly Fingerprint[], servers: readonly Fingerprint[]) {
    this.clients = clients;
    this.servers = servers;
  }

  /**
   * Pairs what has the same key at both taps. Where several have it, those that have it on the same tuple, else in
   * their order if there are as many.
   */
  byKey(
    by: PairedBy,
    keyOf: (one: Fingerprint) => string | null,
    otherKeyOf: (one: Fingerprint) => string | null,
    fits: (one: Fingerprint, other: Fingerprint) => boolean,
  ): void {
    const byKey = grouped(this.free(this.servers), otherKeyOf);
    for (const [key, clients] of grouped(this.free(this.clients), keyOf)) {
      const servers = byKey.get(key) ?? [];
      this.byTuple(by, clients, servers);
      const [left, right] = [this.free(clients), this.free(servers)];
      // Timestamps and lengths prove something only where nobody else has the same.
      if (by !== 'numbers' && (left.length > 1 || right.length > 1)) {
        if (right.length > 0) this.leave(left);
        continue;
      }
      if (left.length === right.length) {
        for (const [index, client] of left.entries())
          if (fits(client, right[index]!)) this.join(client, right[index]!, by);
      } else this.byFit(by, left, right, fits);
    }
  }

  /**
   * Streams that one of the taps did not see begin, by the ranges of their numbers in both directions. Also what goes
   * on with the numbers of a connection that is paired already: its ports were changed while it lived.
   */
  byNumbers(): void {
    const atClient = new NumberIndex(this.clients);
    for (const server of this.free(this.servers)) {
      const candidates = [
        ...atClient.near(server.client, server.server), ...atClient.near(server.server, server.client),
      ];
      const fitting = this.among(candidates, (client) => fits(client, server, this.partners.get(client)?.server));
      const client = only(fitting, (one) => isSameTuple(one.connection, server.connection));
      if (client === undefined) {
        this.leave(fitting);
        continue;
      }
      if (isFlipped(client, server)) this.flipped.add(server.id);
      const known = this.partners.get(client);
      if (known === undefined) this.join(client, server, 'segments');
      else known.more.servers.push(server);
      this.taken.add(server);
    }
    const partners = new Map(Array.from(this.partners, ([client, { server }]) => [server, client]));
    const atServer = new NumberIndex([...partners.keys()]);
    for (const client of this.free(this.clients)) {
      const fitting = this.among(
        atServer.near(client.client, client.server),
        (server) => !isFlipped(client, server) && fits(server, client, partners.get(server)),
      );
      const server = only(fitting, (one) => isSameTuple(one.connection, client.connection));
      if (server === undefined) {
        if (fitting.length > 0) this.leave([client]);
        continue;
      }
      this.partners.get(partners.get(server)!)!.more.clients.push(client);
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
          shift(client.client, server.client),
          shift(client.server, server.server),
        ] as const,
        flipped: ids([server, ...more.servers]).filter((id) => this.flipped.has(id)),
      }))
      .toSorted((one, other) => one.client[0]! - other.client[0]!);
  }

  undecided(): ReadonlySet<ConnectionId> {
    return new Set(ids(this.free(this.isWhole ? [...this.alike] : this.clients)));
  }

  /** Pairs what alone has its tuple at both taps. */
  private byTuple(by: PairedBy, clients: readonly Fingerprint[], servers: readonly Fingerprint[]): void {
    const left = grouped(servers, tupleOf);
    for (const client of clients) {
      const same = left.get(tupleOf(client));
      if (same?.length === 1) this.join(client, same.pop()!, by);
    }
  }

  /** Pairs each with the first that fits. */
  private byFit(
    by: PairedBy,
    clients: readonly Fingerprint[],
    servers: readonly Fingerprint[],
    fits: (one: Fingerprint, other: Fingerprint) => boolean,
  ): void {
    let first = 0;
    for (const client of clients) {
      while (first < servers.length && this.taken.has(servers[first]!)) first++;
      for (let place = first; place < servers.length && this.mayCompare(1); place++) {
        const server = servers[place]!;
        if (this.taken.has(server) || !fits(client, server)) continue;
        this.join(client, server, by);
        break;
      }
    }
  }

  /** Those that fit; none where there are too many to ask each. */
  private among(candidates: Candidates, fits: (one: Fingerprint) => boolean): Fingerprint[] {
    return this.mayCompare(sizeOf(candidates)) ? [...new Set(candidates.flat())].filter(fits) : [];
  }

  /** Streams of the client's tap that look like one of the server's, as others do. */
  private leave(clients: readonly Fingerprint[]): void {
    for (const client of clients) this.alike.add(client);
  }

  private mayCompare(times: number): boolean {
    if (this.compared + times > MOST_COMPARED) this.isWhole = false;
    else this.compared += times;
    return this.isWhole;
  }

  private free(some: readonly Fingerprint[]): Fingerprint[] {
    return some.filter((one) => !this.taken.has(one));
  }

  private join(client: Fingerprint, server: Fingerprint, by: PairedBy): void {
    this.partners.set(client, { server, by, more: { clients: [], servers: [] } });
    this.taken.add(client);
    this.taken.add(server);
  }
}

function ids(some: readonly Fingerprint[]): number[] {
  return some.map(({ id }) => id);
}

function grouped(
  some: readonly Fingerprint[],
  keyOf: (one: Fingerprint) => string | null,
): Map<string, Fingerprint[]> {
  const groups = new Map<string, Fingerprint[]>();
  for (const one of some) {
    const key = keyOf(one);
    if (key === null) continue;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return groups;
}

function tupleOf({ connection: { client, server } }: Fingerprint): string {
  return `${client.address} ${client.port} ${server.address} ${server.port}`;
}

/** 64 bits: by chance in one of 10^19. */
function bothInitials({ client, server }: Fingerprint): string | null {
  return client.initial === null || server.initial === null ? null : `${client.initial} ${server.initial}`;
}

function initialOf(end: 0 | 1): (one: Fingerprint) => string | null {
  return ({ ends }) => (ends[end].initial === null ? null : String(ends[end].initial));
}

/**
 * Timestamps of both SYNs, which boxes that change the numbers leave alone. 0 is what some send first, and tells
 * nothing.
 */
function bothTimestamps({ client, server }: Fingerprint): string | null {
  if (client.timestamp === null || server.timestamp === null || client.timestamp === 0 || server.timestamp === 0)
    return null;
  return `${client.timestamp} ${server.timestamp}`;
}

/** What both sent, segment by segment; null where it is too little, or too even, to be told from another. */
function lengths({ client, server }: Fingerprint): string | null {
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
function hasMoreInCommon(one: Fingerprint, other: Fingerprint): boolean {
  if (
    isSameAddress(one.connection.server, other.connection.server) ||
    isSameAddress(one.connection.client, other.connection.client)
  )
    return true;
  return (
    haveSameTimestamp(one.client, other.client) || haveSameTimestamp(one.server, other.server)
  );
}

function haveSameTimestamp(mine: EndPrint, theirs: EndPrint): boolean {
  return mine.timestamp !== null && mine.timestamp !== 0 && mine.timestamp === theirs.timestamp;
}

/**
 * Whether `other` has numbers of the same streams of bytes as `one`, and was not seen to begin, or `one` was not. With
 * `partner`, which `one` is paired with already, `other` goes on with them: then one of the addresses that are at its
 * own tap is still the same. Who is the client of what was not seen to begin is a guess by the ports, which may have
 * changed to lower ones.
 */
function fits(one: Fingerprint, other: Fingerprint, partner: Fingerprint | undefined): boolean {
  if (hasBegun(other) && (partner !== undefined || hasBegun(one))) return false;
  if (partner === undefined && !isSameTuple(one.connection, other.connection) && other.server.segments === 0)
    return false;
  const isTurned = isFlipped(one, other);
  if (partner !== undefined && !hasAddressOf(partner.connection, other.connection, isTurned)) return false;
  const [client, server] = isTurned
    ? [other.server, other.client]
    : [other.client, other.server];
  return (
    one.client.overlaps(client) &&
    one.server.overlaps(server) &&
    other.client.segments + other.server.segments > 0
  );
}

function hasAddressOf(one: Tuple, other: Tuple, isTurned: boolean): boolean {
  const [client, server] = isTurned ? [other.server, other.client] : [other.client, other.server];
  return one.client.address === client.address || one.server.address === server.address;
}

/** Whether both taps guess who the client is, and each another end, as their numbers show. */
function isFlipped(one: Fingerprint, other: Fingerprint): boolean {
  const straight = one.client.overlaps(other.client) && one.server.overlaps(other.server);
  return !straight && one.client.overlaps(other.server) && one.server.overlaps(other.client);
}

function hasBegun({ client, server }: Fingerprint): boolean {
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

export function isSameTuple(one: Tuple, other: Tuple): boolean {
  return isSameAddress(one.client, other.client) && isSameAddress(one.server, other.server);
}

export function isSameAddress(one: Address, other: Address): boolean {
  return one.port === other.port && one.address === other.address;
}
