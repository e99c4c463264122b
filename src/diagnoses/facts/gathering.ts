import type { Row } from '../../base/numbers.js';
import { formatAddress } from '../../decode/address.js';
import type { FlowTable } from '../../flow/flow-table.js';
import { KeptFirstFrames } from '../../flow/identity/kept-first-frames.js';
import { MOST_ROWS } from '../../flow/columns.js';
import type { Time } from '../../base/time.js';
import { ANY_COUNT } from '../../packing/packer.js';
import type { Packer, Unpacker } from '../../packing/packer.js';
import type { Facts } from './facts.js';
import { packFacts, unpackFacts } from './packed-facts.js';
import { isOrdinary, readFacts } from './read-facts.js';

const KINDS = ['telling', 'ordinary'] as const;

type Limits = Readonly<Record<(typeof KINDS)[number], { readonly each: number; readonly together: number }>>;

/**
 * Connections of one service, and of all, whose facts are kept: those that show something, and of the ordinary ones
 * enough to know what is usual. The first ones of each, by their first frame: so the result is the same whether healthy
 * connections are forgotten while reading or not, and for any number of threads. One takes 1.2 kB (Node 20.20), all
 * together 100 MB at most.
 */
const MOST: Limits = { telling: { each: 8192, together: 1 << 16 }, ordinary: { each: 1024, together: 1 << 14 } };

/** Of one step of many (`Gathering.ofStep`), whose facts are written down: some 1 MB at most. */
const MOST_OF_STEP: Limits = { telling: { each: 2048, together: 8192 }, ordinary: { each: 256, together: 2048 } };

/** Services that are remembered. A scan that finds more of them than this shows itself by fewer. */
const MOST_SERVICES = 1 << 16;

/** Letters of an address. */
const LONGEST_ADDRESS = 64;

/** The facts of some connections of a service. */
export interface Kept {
  /** Connections that there are, kept or not. */
  count: number;
  /** The first ones, by their first frames. */
  facts: Facts[];
  /** What begins behind this frame is not kept. */
  limit: number;
}

/** What is known of the connections of one service. */
export interface Service {
  readonly address: string;
  readonly port: number;
  /** Connections, all of them. */
  count: number;
  /** Those that show something, and the ordinary ones (`isOrdinary`). */
  readonly telling: Kept;
  readonly ordinary: Kept;
}

/** Gathers the facts of connections, service by service. */
export class Gathering {
  services = new Map<string, Service>();
  /** Of all services: facts that are in the lists, and the frame behind which no more are kept. */
  private readonly telling = { kept: 0, limit: Infinity };
  private readonly ordinary = { kept: 0, limit: Infinity };
  /**
   * Of a capture that goes on for hours the latest ones are kept, and not the first. Their connections have numbers.
   */
  private readonly newest: boolean;
  private readonly most: Limits;

  constructor(newest = false, most: Limits = MOST) {
    this.newest = newest;
    this.most = most;
  }

  /** The facts of some connections of `table`, the latest ones, that are about to be forgotten. */
  static ofStep(table: FlowTable, rows: readonly Row[], now: Time): Gathering {
    const gathering = new Gathering(true, MOST_OF_STEP);
    const names = new HostNames();
    // The latest ones first: then those that are beyond the limits need not be read.
    for (const row of rows.toReversed()) gathering.add(names, table, row, now);
    for (const kind of KINDS) gathering.cutAll(kind);
    return gathering;
  }

  pack(to: Packer): void {
    const services = [...this.services.values()];
    to.number(this.newest ? 1 : 0);
    for (const kind of KINDS) [this[kind].kept, this[kind].limit].forEach((value) => to.number(value));
    to.number(services.length);
    for (const { address, port, count } of services) {
      to.text(address);
      [port, count].forEach((value) => to.number(value));
    }
    for (const kind of KINDS) {
      const lists = services.map((service) => service[kind]);
      for (const { count, limit, facts } of lists) [count, limit, facts.length].forEach((value) => to.number(value));
      packFacts(to, lists.flatMap(({ facts }) => facts));
    }
  }

  static unpack(from: Unpacker): Gathering {
    const gathering = new Gathering(from.integer(0, 1) === 1);
    for (const kind of KINDS) {
      gathering[kind].kept = from.integer(0, ANY_COUNT);
      gathering[kind].limit = from.number();
    }
    const services = Array.from({ length: from.integer(0, MOST_SERVICES) }, (): Service => {
      const [address, port, count] = [from.text(LONGEST_ADDRESS), from.integer(0, 0xffff), from.integer(0, ANY_COUNT)];
      return { address, port, count, telling: nothing(), ordinary: nothing() };
    });
    for (const kind of KINDS) {
      const sizes = services.map((service) => {
        service[kind].count = from.integer(0, ANY_COUNT);
        service[kind].limit = from.number();
        return from.integer(0, MOST_ROWS);
      });
      const facts = unpackFacts(from, services, sizes);
      services.forEach((service, at) => (service[kind].facts = facts[at]!));
    }
    for (const service of services) gathering.services.set(keyOf(service), service);
    return gathering;
  }

  /** Adds connection `row` of `table`, which is as complete as it will be; `now`: until when was captured. */
  add(names: HostNames, table: FlowTable, row: Row, now: Time): void {
    const service = this.serviceOf(names, table, row);
    if (service === null) return;
    service.count++;
    const kind = isOrdinary(table, row) ? 'ordinary' : 'telling';
    const kept = service[kind];
    const all = this[kind];
    kept.count++;
    const place = this.newest
      ? -table.firstFrames!.number(table.connections.firstFrame(row))
      : table.connections.firstFrame(row);
    if (place > kept.limit || place > all.limit) return;
    const facts = readFacts(table, row, now, names.of(table, row, 0), service.address);
    number(facts, table, row);
    kept.facts.push(facts);
    all.kept++;
    const { each, together } = this.most[kind];
    // Mostly they come in order: then what follows is beyond the limit.
    if (kept.facts.length === each && this.isInOrder(kept.facts)) kept.limit = place;
    if (all.kept === together && this.areInOrder(kind, place)) all.limit = place;
    if (kept.facts.length >= each * 2) all.kept -= this.cut(kept, each);
    if (all.kept >= together * 2) this.cutAll(kind);
  }

  /**
   * Numbers the connections that have no number yet: all of `table` are known now, and those that another thread
   * followed.
   */
  settle({ firstFrames, streams }: FlowTable): void {
    if (firstFrames === null) return;
    for (const { telling, ordinary } of this.services.values()) {
      for (const facts of [...telling.facts, ...ordinary.facts]) {
        if (facts.id >= 0) continue;
        facts.id = firstFrames.number(facts.frame);
        facts.stream = streams.global(facts.stream);
      }
    }
  }

  /** Adds what another has gathered. */
  join({ services }: Pick<Gathering, 'services'>): void {
    for (const [key, { address, port, count, telling, ordinary }] of services) {
      const own = this.services.get(key) ?? { address, port, count: 0, telling: nothing(), ordinary: nothing() };
      this.services.set(key, own);
      own.count += count;
      for (const [kept, more] of [[own.telling, telling], [own.ordinary, ordinary]] as const) {
        kept.count += more.count;
        kept.facts = kept.facts.concat(more.facts);
      }
    }
  }

  /** Cuts what is far beyond its limits, which `join` leaves as it is; answers whether there was something. */
  trim(): boolean {
    let cut = false;
    for (const kind of KINDS) {
      let count = 0;
      for (const service of this.services.values()) count += service[kind].facts.length;
      if (count < this.most[kind].together * 2) continue;
      this.cutAll(kind);
      cut = true;
    }
    return cut;
  }

  /**
   * Cuts everything to its limits and puts it in order of first frames; answers the services in order of their first
   * connections.
   */
  finish(): Service[] {
    const all = [...this.services.values()];
    for (const kind of KINDS) {
      this.cutAll(kind);
      if (this.newest) for (const service of all) service[kind].facts.reverse();
    }
    return all.sort((a, b) => firstOf(a) - firstOf(b));
  }

  /** Puts a list in order and cuts it; answers how many went. */
  private cut(kept: Kept, most: number): number {
    if (!this.isInOrder(kept.facts)) kept.facts.sort((a, b) => this.place(a) - this.place(b));
    const beyond = Math.max(0, kept.facts.length - most);
    if (beyond === 0) return 0;
    kept.facts.length = most;
    kept.limit = this.place(kept.facts[most - 1]!);
    return beyond;
  }

  private isInOrder(facts: readonly Facts[]): boolean {
    return facts.every((one, index) => index === 0 || this.place(facts[index - 1]!) < this.place(one));
  }

  /** Whether all lists are in order, none is beyond its limit, and nothing in them lies behind `last`. */
  private areInOrder(kind: (typeof KINDS)[number], last: number): boolean {
    for (const service of this.services.values()) {
      const { facts } = service[kind];
      if (facts.length === 0) continue;
      if (facts.length > this.most[kind].each || this.place(facts.at(-1)!) > last || !this.isInOrder(facts))
        return false;
    }
    return true;
  }

  /** Those with the least are kept. */
  private place({ id, frame }: Facts): number {
    return this.newest ? -Number(id) : frame;
  }

  /**
   * Each list first: what is beyond its own limit must not count against the limit of all, whatever order connections
   * come in.
   */
  private cutAll(kind: (typeof KINDS)[number]): void {
    const lists = Array.from(this.services.values(), (service) => service[kind]);
    for (const list of lists) this.cut(list, this.most[kind].each);
    const count = lists.reduce((sum, { facts }) => sum + facts.length, 0);
    const most = this.most[kind].together;
    if (count > most) {
      const { limit } = this[kind];
      const places = Float64Array.from(lists.flatMap(({ facts }) => facts), (facts) => this.place(facts)).sort();
      const last = Math.min(limit, places[most - 1]!);
      for (const list of lists) list.facts = list.facts.filter((facts) => this.place(facts) <= last);
      this[kind].limit = last;
    }
    this[kind].kept = Math.min(count, most);
  }

  private serviceOf(names: HostNames, table: FlowTable, row: Row): Service | null {
    const port = names.port(table, row);
    const address = names.of(table, row, 1);
    const known = names.service(address, port) ?? this.services.get(keyOf({ address, port }));
    if (known !== undefined && names.gathering === this) return known;
    return this.begin(names, address, port);
  }

  private begin(names: HostNames, address: string, port: number): Service | null {
    const key = keyOf({ address, port });
    let service = this.services.get(key);
    if (service === undefined) {
      if (this.services.size >= MOST_SERVICES) return null;
      service = { address, port, count: 0, telling: nothing(), ordinary: nothing() };
      this.services.set(key, service);
    }
    names.keep(this, address, port, service);
    return service;
  }
}

/**
 * Names of a table's hosts, and the services that one gathering knows of them: at hand, since there may be a million
 * connections.
 */
export class HostNames {
  gathering: Gathering | null = null;
  private readonly byNumber = new Map<number, string>();
  private tidied = -1;
  private readonly services = new Map<string, Map<number, Service>>();

  /** The address of end `role` of connection `row`. */
  of({ connections, tuples }: FlowTable, row: Row, role: 0 | 1): string {
    if (this.tidied !== tuples.tidied || this.byNumber.size > MOST_SERVICES) {
      this.byNumber.clear();
      this.tidied = tuples.tidied;
    }
    const tuple = connections.tuple(row);
    const side = connections.clientSide(row) ^ role;
    const number = tuples.host(tuple, side);
    let address = this.byNumber.get(number);
    if (address !== undefined) return address;
    const { family, words } = tuples.address(tuple, side);
    address = formatAddress(family, ...words);
    this.byNumber.set(number, address);
    return address;
  }

  port({ connections, tuples }: FlowTable, row: Row): number {
    return tuples.port(connections.tuple(row), connections.clientSide(row) ^ 1);
  }

  service(address: string, port: number): Service | undefined {
    return this.services.get(address)?.get(port);
  }

  keep(gathering: Gathering, address: string, port: number, service: Service): void {
    if (this.gathering !== gathering) this.services.clear();
    this.gathering = gathering;
    let ports = this.services.get(address);
    if (ports === undefined) this.services.set(address, ports = new Map());
    ports.set(port, service);
  }
}

function keyOf({ address, port }: Pick<Service, 'address' | 'port'>): string {
  return `${address} ${port}`;
}

function nothing(): Kept {
  return { count: 0, facts: [], limit: Infinity };
}

/** Of a table whose connections are all known already; else `Gathering.settle` tells them later. */
function number(facts: Facts, { firstFrames, streams }: FlowTable, row: Row): void {
  if (firstFrames !== null && !(firstFrames instanceof KeptFirstFrames)) return;
  facts.id = firstFrames === null ? row : firstFrames.number(facts.frame);
  facts.stream = streams.global(facts.stream);
}

function firstOf({ telling, ordinary }: Service): number {
  return Math.min(telling.facts[0]?.frame ?? Infinity, ordinary.facts[0]?.frame ?? Infinity);
}
