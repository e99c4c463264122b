import { groupsBy } from '../base/groups.js';
import type { ConnectionId } from '../base/numbers.js';
import type { Time } from '../base/time.js';
import type { Finding } from '../findings/index.js';
import { everyone, pairsOf } from './diagnosis.js';
import type { ByClient, Pair, Scene } from './diagnosis.js';
import type { Facts } from './facts/facts.js';
import type { Service } from './facts/gathering.js';
import * as SIGN from './facts/signs.js';

const NOBODY: readonly Facts[] = [];
const NO_CLIENTS: ByClient = new Map();
const NO_SERVICES: readonly Service[] = [];

/** What the findings of connections are asked by. */
export interface Told {
  findingsOf(id: ConnectionId): readonly Finding[];
  /**
   * Of how many of so many connections the capture may have lost what shows their close; left out where it lost
   * nothing.
   */
  byChance?(connections: number): number;
}

/** The connections of one service, whose places are one behind the other. */
class Part {
  readonly service: Service;
  readonly from: number;
  readonly to: number;
  /** Signs that one of them shows. */
  signs = 0;
  /** In order of their first connections. */
  readonly clients: string[] = [];
  /** Made when asked for, and anew where something more of the service is explained. */
  free: readonly Facts[] | null;
  /** By the signs that were asked for: some ask for those of one client after the other. */
  readonly freeByClient = new Map<number, ByClient>();
  /** Of whom findings tell, by the findings' ids; null before anybody asks. */
  found: Map<string, Facts[]> | null = null;

  constructor(service: Service, from: number, to: number) {
    this.service = service;
    this.from = from;
    this.to = to;
    this.free = everyone(service);
  }
}

/** What detectors see, while one after the other tells. Each connection has a place, by which it is marked. */
export class Telling implements Scene {
  readonly services: readonly Service[];
  readonly start: Time;
  readonly end: Time;
  private readonly told: Told;
  private readonly all: Facts[] = [];
  /** By place: what it shows, whether something tells of it, of which part it is, and of which client of that. */
  private readonly signs: Uint32Array;
  private readonly explained: Uint8Array;
  private readonly partAt: Uint32Array;
  private readonly clientAt: Uint32Array;
  /** By place: of which pair of hosts it is; null before anybody asks. */
  private pairAt: Uint32Array | null = null;
  private readonly findings: (readonly Finding[] | undefined)[];
  private readonly parts: Part[] = [];
  private readonly partOf = new Map<Service, Part>();
  private byHost: Map<string, Service[]> | null = null;
  private byClient: Map<string, Service[]> | null = null;

  constructor(services: readonly Service[], told: Told, start: Time, end: Time) {
    this.services = services;
    this.start = start;
    this.end = end;
    this.told = told;
    const count = services.reduce((sum, service) => sum + everyone(service).length, 0);
    this.signs = new Uint32Array(count);
    this.explained = new Uint8Array(count);
    this.partAt = new Uint32Array(count);
    this.clientAt = new Uint32Array(count);
    this.findings = Array.from({ length: count });
    for (const service of services) {
      const own = everyone(service);
      const part = new Part(service, this.all.length, this.all.length + own.length);
      const clients = new Map<string, number>();
      for (const facts of own) {
        const place = (facts.place = this.all.length);
        let client = clients.get(facts.client);
        if (client === undefined) {
          clients.set(facts.client, (client = clients.size));
          part.clients.push(facts.client);
        }
        part.signs |= this.signs[place] = facts.signs;
        this.partAt[place] = this.parts.length;
        this.clientAt[place] = client;
        this.all.push(facts);
      }
      this.parts.push(part);
      this.partOf.set(service, part);
    }
  }

  explain(all: readonly Facts[]): void {
    for (const { place } of all) {
      if (this.explained[place] === 1) continue;
      this.explained[place] = 1;
      const part = this.parts[this.partAt[place]!]!;
      part.free = null;
      part.freeByClient.clear();
    }
  }

  isExplained({ place }: Facts): boolean {
    return this.explained[place] === 1;
  }

  servicesShowing(signs: number): readonly Service[] {
    return this.parts.filter((part) => (part.signs & signs) !== 0).map(({ service }) => service);
  }

  showing(service: Service, signs: number): readonly Facts[] {
    const { from, to, signs: shown } = this.partOf.get(service)!;
    if ((shown & signs) === 0) return NOBODY;
    const all: Facts[] = [];
    for (let place = from; place < to; place++) if ((this.signs[place]! & signs) !== 0) all.push(this.all[place]!);
    return all;
  }

  free(service: Service, signs = SIGN.any): readonly Facts[] {
    const part = this.partOf.get(service)!;
    return signs === SIGN.any ? (part.free ??= this.freeOf(part, signs)) : this.freeOf(part, signs);
  }

  private freeOf({ from, to, signs: shown }: Part, signs: number): readonly Facts[] {
    if ((shown & signs) === 0) return NOBODY;
    const all: Facts[] = [];
    for (let place = from; place < to; place++)
      if (this.explained[place] === 0 && (this.signs[place]! & signs) !== 0) all.push(this.all[place]!);
    return all;
  }

  freeByClient(service: Service, signs = SIGN.any): ByClient {
    const part = this.partOf.get(service)!;
    let groups = part.freeByClient.get(signs);
    if (groups === undefined) part.freeByClient.set(signs, (groups = this.clientsOf(part, signs, true)));
    return groups;
  }

  freeByAnyClient(service: Service, signs = SIGN.any): ByClient {
    return this.clientsOf(this.partOf.get(service)!, signs, false);
  }

  private clientsOf(part: Part, signs: number, inOrderOfFree: boolean): ByClient {
    if ((part.signs & signs) === 0) return NO_CLIENTS;
    const lists = part.clients.map((): Facts[] => []);
    const order = Array.from(lists.keys());
    if (inOrderOfFree) order.length = this.orderOfFree(part, order);
    this.deal(part, signs, lists);
    const groups = new Map<string, readonly Facts[]>();
    for (const client of order) if (lists[client]!.length > 0) groups.set(part.clients[client]!, lists[client]!);
    return groups;
  }

  /** To the list of each client those of its connections that show one of `signs` and of which nothing tells. */
  private deal({ from, to }: Part, signs: number, lists: readonly Facts[][]): void {
    for (let place = from; place < to; place++)
      if (this.explained[place] === 0 && (this.signs[place]! & signs) !== 0)
        lists[this.clientAt[place]!]!.push(this.all[place]!);
  }

  /** Writes clients into `order` by their first connections of which nothing tells; answers how many these are. */
  private orderOfFree({ from, to, clients }: Part, order: number[]): number {
    const seen = new Uint8Array(clients.length);
    let count = 0;
    for (let place = from; place < to && count < clients.length; place++) {
      const client = this.clientAt[place]!;
      if (this.explained[place] === 1 || seen[client] === 1) continue;
      seen[client] = 1;
      order[count++] = client;
    }
    return count;
  }

  pairsOf(some: readonly Facts[]): readonly Pair[] {
    const all = pairsOf(this);
    const pairAt = (this.pairAt ??= this.placesOf(all));
    const groups = groupsBy(some, ({ place }) => pairAt[place]!);
    return [...groups]
      .sort(([one], [other]) => one - other)
      .map(([pair, own]) => ({ all: all[pair]!, some: own.sort((a, b) => a.frame - b.frame) }));
  }

  private placesOf(pairs: readonly (readonly Facts[])[]): Uint32Array {
    const pairAt = new Uint32Array(this.all.length);
    pairs.forEach((pair, number) => {
      for (const { place } of pair) pairAt[place] = number;
    });
    return pairAt;
  }

  freeFound(service: Service, id: string): readonly Facts[] {
    const part = this.partOf.get(service)!;
    const found = (part.found ??= this.foundOf(part)).get(id) ?? NOBODY;
    return found.filter(({ place }) => this.explained[place] === 0);
  }

  private foundOf({ from, to }: Part): Map<string, Facts[]> {
    const found = new Map<string, Facts[]>();
    for (let place = from; place < to; place++) {
      const facts = this.all[place]!;
      for (const { id } of this.findingsOf(facts)) {
        const own = found.get(id);
        if (own === undefined) found.set(id, [facts]);
        else if (own.at(-1) !== facts) own.push(facts);
      }
    }
    return found;
  }

  findingsOf({ place, id }: Facts): readonly Finding[] {
    return (this.findings[place] ??= this.told.findingsOf(id));
  }

  lostOf(connections: number): number {
    return this.told.byChance?.(connections) ?? 0;
  }

  servicesOf(address: string): readonly Service[] {
    this.byHost ??= groupsBy(this.services, (service) => service.address);
    return this.byHost.get(address) ?? [];
  }

  clients(): Iterable<string> {
    return this.servicesByClient().keys();
  }

  clientOf(address: string): readonly Service[] {
    return this.servicesByClient().get(address) ?? NO_SERVICES;
  }

  private servicesByClient(): ReadonlyMap<string, readonly Service[]> {
    if (this.byClient !== null) return this.byClient;
    this.byClient = new Map();
    for (const { service, clients } of this.parts) {
      for (const client of clients) {
        const own = this.byClient.get(client);
        if (own === undefined) this.byClient.set(client, [service]);
        else own.push(service);
      }
    }
    return this.byClient;
  }
}
