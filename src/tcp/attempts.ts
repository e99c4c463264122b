import type { Attempt } from '../flow/attempt.js';
import type { Duration, Time } from '../base/time.js';
import { ANY_COUNT, UnpackError } from '../packing/packer.js';
import type { Packer, Unpacker } from '../packing/packer.js';
import type { Location } from './connection-set.js';

/**
 * Services that are told apart, and sources: a scan of all ports and hosts has more, and each more tells nothing new.
 */
const MOST_SERVICES = 8192;
const MOST_SOURCES = 8192;

/** Clients of one service that are told apart: more are a flood, or a service that is gone. */
const MOST_CLIENTS = 64;

/** Letters of an address. */
const LONGEST_ADDRESS = 64;

/** Attempts that are remembered one by one: of a client to a service, and of all. */
export const MOST_EACH = 64;
const MOST_LOCATIONS = 1 << 14;

/** Some of them together. */
export interface Tally {
  attempts: number;
  syns: number;
  first: Time;
  last: Time;
}

/** Attempts that are no longer kept, each by its start and how long it went on. */
export interface Spans {
  count: number;
  first: Time;
  last: Time;
  shortest: Duration;
  longest: Duration;
}

/** Those of one client to one service. */
export interface ClientTally extends Tally {
  readonly client: number;
  readonly locations: Location[];
  /** Those that were forgotten: of a single SYN, and of more; null where none was. */
  evicted: { readonly once: Spans; readonly again: Spans } | null;
}

/** Those to one service. */
export interface ServiceTally extends Tally {
  readonly server: number;
  readonly port: number;
  /** Address of the server, where one of its attempts was forgotten; else its connections tell. */
  address: string | null;
  /** The first ones that came. */
  readonly clients: Map<number, ClientTally>;
  /** Attempts of others. */
  others: number;
}

/** Those of one source, whatever it asked for. */
export interface SourceTally extends Tally {
  readonly client: number;
  /** Services that it asked for, and hosts. */
  services: number;
  readonly hosts: Set<number>;
  location: Location | null;
}

/** Services of one source from which on nobody asks for them who wants to be served by each: a scan. */
const SCANNED = 20;

/** SYNs of an attempt: who wants to be served repeats it six times (tcp_syn_retries), Windows twice. */
const OF_A_SCANNER = 3;

/** A client that wants to be served tries again; a scanner comes by once or twice. */
const VISITS = 4;

/** Attempts from which on they may be a flood. */
const FLOOD = 100;

/**
 * Attempts to connect that nobody answered, by service and by source. Bounded, whatever comes: a flood of a million
 * invented addresses and a scan of all ports are a few tallies.
 */
export class Attempts {
  count = 0;
  private located = 0;
  private serviceCount = 0;
  private readonly byServer = new Map<number, Map<number, ServiceTally>>();
  private readonly bySource = new Map<number, SourceTally>();

  /** Of attempts that were forgotten: locations are not packed, for those that have some can still be found by them. */
  pack(to: Packer): void {
    to.number(this.count);
    to.number(this.serviceCount);
    for (const { server, port, address, clients, others, ...sums } of this.services()) {
      [server, port, others, clients.size].forEach((value) => to.number(value));
      to.text(address ?? '');
      packSums(to, sums);
      for (const { client, locations: _, evicted, ...own } of clients.values()) {
        to.number(client);
        packSums(to, own);
        to.number(evicted === null ? 0 : 1);
        if (evicted === null) continue;
        packSpans(to, evicted.once);
        packSpans(to, evicted.again);
      }
    }
    to.number(this.bySource.size);
    for (const { client, services, hosts, location: _, ...sums } of this.sources()) {
      [client, services, hosts.size, ...hosts].forEach((value) => to.number(value));
      packSums(to, sums);
    }
  }

  static unpack(from: Unpacker): Attempts {
    const attempts = new Attempts();
    attempts.count = from.integer(0, ANY_COUNT);
    for (let services = from.integer(0, MOST_SERVICES); services > 0; services--) {
      const service = attempts.service(from.number(), from.integer(0, 0xffff))!;
      service.others = from.integer(0, ANY_COUNT);
      const clients = from.integer(0, MOST_CLIENTS);
      service.address = from.text(LONGEST_ADDRESS) || null;
      join(service, unpackSums(from));
      for (let place = 0; place < clients; place++) {
        const client = from.number();
        const sums = unpackSums(from);
        const evicted = from.integer(0, 1) === 0 ? null : { once: unpackSpans(from), again: unpackSpans(from) };
        service.clients.set(client, { client, locations: [], evicted, ...sums });
      }
    }
    for (let sources = from.integer(0, MOST_SOURCES); sources > 0; sources--) {
      const source = attempts.source(from.number())!;
      source.services = from.integer(0, ANY_COUNT);
      for (let hosts = from.integer(0, SCANNED); hosts > 0; hosts--) source.hosts.add(from.number());
      join(source, unpackSums(from));
    }
    return attempts;
  }

  /** `location`: where it is still to be found; null if it was forgotten. */
  add(attempt: Attempt, location: Location | null = null): void {
    this.count++;
    const { client, server, port } = attempt;
    const service = this.service(server, port);
    const known = service?.clients.get(client);
    const source = this.source(client);
    if (source !== null) {
      tally(source, attempt);
      source.location ??= location;
      if (source.hosts.size < SCANNED) source.hosts.add(server);
      if (known === undefined && (service === null || service.clients.size < MOST_CLIENTS)) source.services++;
    }
    if (service === null) return;
    tally(service, attempt);
    if (known === undefined && service.clients.size === MOST_CLIENTS) {
      service.others++;
      return;
    }
    const own: ClientTally = known ?? {
      client, locations: [], evicted: null, attempts: 0, syns: 0, first: Infinity, last: -Infinity,
    };
    if (known === undefined) service.clients.set(client, own);
    tally(own, attempt);
    if (location === null || own.locations.length === MOST_EACH || this.located === MOST_LOCATIONS) return;
    own.locations.push(location);
    this.located++;
  }

  /** An attempt that is about to be forgotten, to a server of this address. */
  addEvicted(attempt: Attempt, address: string): void {
    this.add(attempt);
    const service = this.byServer.get(attempt.server)?.get(attempt.port);
    if (service === undefined) return;
    service.address ??= address;
    const own = service.clients.get(attempt.client);
    if (own === undefined) return;
    own.evicted ??= { once: noSpans(), again: noSpans() };
    const duration = attempt.end - attempt.start;
    joinSpans(attempt.syns === 1 ? own.evicted.once : own.evicted.again, {
      count: 1, first: attempt.start, last: attempt.start, shortest: duration, longest: duration,
    });
  }

  /** Counts those that others have met, too: they were forgotten, or another thread read them. */
  addAll(others: Attempts): void {
    this.count += others.count;
    for (const ports of others.byServer.values()) for (const service of ports.values()) this.join(service);
    for (const { client, services, hosts, ...sums } of others.bySource.values()) {
      const source = this.source(client);
      if (source === null) continue;
      join(source, sums);
      // Threads share clients and services out whole, but for a service whose port is the higher one.
      source.services += services;
      for (const host of hosts) if (source.hosts.size < SCANNED) source.hosts.add(host);
    }
  }

  * services(): IterableIterator<ServiceTally> {
    for (const ports of this.byServer.values()) yield* ports.values();
  }

  * sources(): IterableIterator<SourceTally> {
    yield* this.bySource.values();
  }

  /** Whether a client asks many services, each for once, and waits for none. */
  isScanner(client: number): boolean {
    const source = this.bySource.get(client);
    return (
      source !== undefined && source.services >= SCANNED && source.syns < source.attempts * OF_A_SCANNER &&
      source.attempts <= source.services * VISITS
    );
  }

  private join({ server, port, address, clients, others, ...sums }: ServiceTally): void {
    const service = this.service(server, port);
    if (service === null) return;
    join(service, sums);
    service.others += others;
    service.address ??= address;
    for (const [client, { locations, evicted, ...own }] of clients) {
      const known = service.clients.get(client);
      if (known !== undefined) join(known, own);
      else if (service.clients.size < MOST_CLIENTS)
        service.clients.set(client, { ...own, evicted: null, locations: [...locations] });
      else {
        service.others += own.attempts;
        continue;
      }
      if (evicted === null) continue;
      const all = service.clients.get(client)!;
      all.evicted ??= { once: noSpans(), again: noSpans() };
      joinSpans(all.evicted.once, evicted.once);
      joinSpans(all.evicted.again, evicted.again);
    }
  }

  private service(server: number, port: number): ServiceTally | null {
    let ports = this.byServer.get(server);
    const known = ports?.get(port);
    if (known !== undefined) return known;
    if (this.serviceCount === MOST_SERVICES) return null;
    this.serviceCount++;
    if (ports === undefined) this.byServer.set(server, ports = new Map());
    const service: ServiceTally = {
      server, port, address: null, clients: new Map(), others: 0, attempts: 0, syns: 0, first: Infinity,
      last: -Infinity,
    };
    ports.set(port, service);
    return service;
  }

  private source(client: number): SourceTally | null {
    const known = this.bySource.get(client);
    if (known !== undefined) return known;
    if (this.bySource.size === MOST_SOURCES) return null;
    const source = {
      client, services: 0, hosts: new Set<number>(), location: null, attempts: 0, syns: 0, first: Infinity,
      last: -Infinity,
    };
    this.bySource.set(client, source);
    return source;
  }
}

/** A service as a number. Identities of hosts are below 2^32: with a port that is exact in a double. */
export function serviceKey(server: number, port: number): number {
  return server * 2 ** 16 + port;
}

/** Whether most attempts come from addresses of their own, which ask once: invented ones. */
export function isFlood({ attempts, clients, others }: ServiceTally): boolean {
  if (attempts < FLOOD || others === 0) return false;
  let known = 0;
  for (const client of clients.values()) known += client.attempts;
  return known <= clients.size * 1.1;
}

export function lasted({ first, last }: Tally): Duration {
  return Math.max(0, last - first);
}

function tally(sums: Tally, { start, end, syns }: Attempt): void {
  join(sums, { attempts: 1, syns, first: start, last: end });
}

function packSums(to: Packer, { attempts, syns, first, last }: Tally): void {
  [attempts, syns, first, last].forEach((value) => to.number(value));
}

function unpackSums(from: Unpacker): Tally {
  const [attempts, syns] = [from.integer(0, ANY_COUNT), from.integer(0, ANY_COUNT)];
  const [first, last] = [from.number(), from.number()];
  if (!Number.isFinite(first) || !Number.isFinite(last)) throw new UnpackError('attempts without a time');
  return { attempts, syns, first, last };
}

function packSpans(to: Packer, { count, first, last, shortest, longest }: Spans): void {
  [count, first, last, shortest, longest].forEach((value) => to.number(value));
}

function unpackSpans(from: Unpacker): Spans {
  const count = from.integer(0, ANY_COUNT);
  const [first, last, shortest, longest] = [from.number(), from.number(), from.number(), from.number()];
  const isKnown = [first, last, shortest, longest].every(Number.isFinite);
  if (isKnown !== count > 0) throw new UnpackError('forgotten attempts without a time');
  return isKnown ? { count, first, last, shortest, longest } : noSpans();
}

function join(sums: Tally, { attempts, syns, first, last }: Tally): void {
  sums.attempts += attempts;
  sums.syns += syns;
  sums.first = Math.min(sums.first, first);
  sums.last = Math.max(sums.last, last);
}

function noSpans(): Spans {
  return { count: 0, first: Infinity, last: -Infinity, shortest: Infinity, longest: -Infinity };
}

function joinSpans(sums: Spans, { count, first, last, shortest, longest }: Spans): void {
  sums.count += count;
  sums.first = Math.min(sums.first, first);
  sums.last = Math.max(sums.last, last);
  sums.shortest = Math.min(sums.shortest, shortest);
  sums.longest = Math.max(sums.longest, longest);
}
