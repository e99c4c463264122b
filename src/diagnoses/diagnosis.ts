import type { Severity } from '../findings/finding.js';
import type { Finding } from '../findings/index.js';
import type { Address, Confidence } from '../tcp/connection.js';
import { groupsBy } from '../base/groups.js';
import { PIECES_APART } from '../flow/conversation.js';
import { isOneWayStream } from '../flow/one-way-stream.js';
import { MESSAGES, PAYLOAD_KINDS } from '../flow/payload-kind.js';
import { MILLISECOND, SECOND } from '../base/time.js';
import type { Duration, Time } from '../base/time.js';
import type { Facts } from './facts/facts.js';
import type { Service } from './facts/gathering.js';

/**
 * Who must act: an end of the connections, a host that is the server of some and the client of others, or something
 * between the ends.
 */
export type Actor = 'client' | 'server' | 'proxy' | 'path';

/**
 * One fault, told of all the connections that show it: the sentence that a colleague would say after an hour with the
 * capture.
 */
export interface Diagnosis {
  /** `idle-limit`, `restart`…: the detector's id. */
  readonly id: string;
  readonly severity: Severity;
  readonly confidence: Confidence;
  /** The service concerned; null where it is many. */
  readonly service: Address | null;
  /** Whose doing it is. */
  readonly by: { readonly role: Actor; readonly address: string };
  /** Who, the number, what it does: one or two plain sentences. */
  readonly message: string;
  /** What to change, the first thing first, by the setting's own name where the software is recognized. */
  readonly advice: readonly string[];
  /** What it rests on, by name: `seconds`, `matching`, `of`, `lost`… */
  readonly numbers: Readonly<Record<string, number>>;
  /** What would show that it is something else. */
  readonly refutes: string;
  /** Connections that show it; and up to 20 of their streams, the first ones. */
  readonly flows: number;
  readonly streams: readonly number[];
  /** Ids of findings that it explains: those of its connections are not told again on their own. */
  readonly explains: readonly string[];
  /** `Connection.id` of those that show it, ascending; of thousands the first ones. */
  readonly connections: readonly number[];
  readonly first: Time;
  readonly last: Time;
}

/** What a detector says of one fault. */
export interface Detected extends Omit<
  Diagnosis,
  'id' | 'flows' | 'streams' | 'explains' | 'connections' | 'first' | 'last'
> {
  /** The connections that show it. What is found of them is explained, and weaker detectors see them no more. */
  readonly members: readonly Facts[];
  /** Connections beside them whose findings it explains, too: attempts that were refused while a service was down. */
  readonly beside?: readonly Facts[];
  /**
   * Members that went on when it was over: what became of them later is another story, and neither explained nor hidden
   * by this one.
   */
  readonly outlived?: readonly Facts[];
  readonly first?: Time;
  readonly last?: Time;
}

/** Clients of a service that meet the same from which on it is one story, and not one of each client. */
export const MANY_CLIENTS = 3;

/** The address of a client, or how many clients these are. */
export function clientsInWords(clients: Iterable<string>): string {
  const all = new Set(clients);
  const [first] = all;
  return all.size === 1 ? first! : several(all.size, 'client');
}

/** Connections by the address of the client. */
export type ByClient = ReadonlyMap<string, readonly Facts[]>;

/** Connections of the same two hosts, whatever the service, in order of their first frames; and some of these. */
export interface Pair {
  readonly all: readonly Facts[];
  readonly some: readonly Facts[];
}

/** Everything that a detector may look at. Services, and connections in them, are in order of their first frames. */
export interface Scene {
  readonly services: readonly Service[];
  /** When the capture began and ended. */
  readonly start: Time;
  readonly end: Time;
  /** Whether a stronger diagnosis tells of this connection already. */
  isExplained(facts: Facts): boolean;
  /** Those of a service that show one of `signs` (signs.ts). */
  showing(service: Service, signs: number): readonly Facts[];
  /**
   * Those of a service of which none tells yet: `everyone` without them; only those that show one of `signs`, where
   * these are given.
   */
  free(service: Service, signs?: number): readonly Facts[];
  /**
   * Connections of a service of which none tells yet, as `free` gives them, by the client's address: clients in order
   * of their first ones of these (`freeByClient`), or of their first ones, told or not (`freeByAnyClient`).
   */
  freeByClient(service: Service, signs?: number): ByClient;
  freeByAnyClient(service: Service, signs?: number): ByClient;
  /** Those of a service of which none tells yet, but a finding of this id does. */
  freeFound(service: Service, id: string): readonly Facts[];
  /** The pairs of hosts that `some` are of, in the order of `pairsOf`. */
  pairsOf(some: readonly Facts[]): readonly Pair[];
  /** What was found of a connection. */
  findingsOf(facts: Facts): readonly Finding[];
  /** Of how many of so many connections the capture may have lost what shows their close; 0 where it lost nothing. */
  lostOf(connections: number): number;
  /** Everybody who is a client of some service, in order of services and first connections. */
  clients(): Iterable<string>;
  /** The services that a host offers: who asks others, too, is a proxy. */
  servicesOf(address: string): readonly Service[];
  /** What it is as a client, by service. */
  clientOf(address: string): readonly Service[];
}

/** A connection of which an error or a warning tells, and no diagnosis yet. */
export interface Unexplained {
  readonly service: Service;
  readonly facts: Facts;
  /** Errors and warnings. */
  readonly findings: readonly Finding[];
}

/** Kinds of findings: ids, and of each the causes that count; an empty list is all. */
export type FindingKinds = Readonly<Record<string, readonly string[]>>;

/** Whether a finding is of one of them. */
export function isOfKinds(kinds: FindingKinds, { id, cause }: Finding): boolean {
  const causes = Object.hasOwn(kinds, id) ? kinds[id]! : null;
  return causes !== null && (causes.length === 0 || (cause !== null && causes.includes(cause)));
}

/** A fault that many connections together show. */
export interface DiagnosisDetector {
  /** Also the name of its file, its test and its page. */
  readonly id: string;
  readonly title: string;
  /** Findings that it explains. */
  readonly explains: FindingKinds;
  /**
   * Where it has something to tell a connection shows one of these (signs.ts) at least. Left out where a finding, or
   * how many there are, may be enough.
   */
  readonly signs?: number;
  /** A pure function of the scene. `services`: those of which a connection shows one of `signs`. */
  detect(scene: Scene, services: readonly Service[]): readonly Detected[];
  /**
   * What one connection shows by itself, where its packets leave little doubt. Asked when all detectors have told what
   * many show, of what is left; at a service of which this detector has told already it is not told again.
   */
  once?(scene: Scene, left: readonly Unexplained[]): readonly Detected[];
}

/** A duration as a message writes it: `5.00 s`, `350 s`, `1.7 ms`. */
export function seconds(duration: Duration): string {
  const value = duration / 1e9;
  // As hundredths of a second it would be none.
  if (value > 0 && value < 0.005) return `${(value * 1000).toFixed(1)} ms`;
  return `${value.toFixed(value < 100 ? 2 : 0)} s`;
}

/** `3.19 to 3.96 s`. */
export function range(least: Duration, most: Duration): string {
  return `${seconds(least).replace(' s', '')} to ${seconds(most)}`;
}

/** A duration as a number of `Diagnosis.numbers`: seconds, to a tenth of a millisecond. */
export function inSeconds(duration: Duration): number {
  return Math.round(duration / 1e5) / 1e4;
}

/** `1 request`, `28 requests`. */
export function several(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : thing.endsWith('s') ? 'es' : 's'}`;
}

/** `10.0.0.7:80`, `[2001:db8::7]:80`. */
export function place({ address, port }: Address): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/**
 * Everything of a service that is known, once its connections are gathered: what shows something, and the first of the
 * others, by their first frames. Made once: some thirty detectors ask.
 */
export function everyone(service: Service): readonly Facts[] {
  let all = everyoneOf.get(service);
  if (all === undefined) {
    all = inOrder(service.telling.facts, service.ordinary.facts);
    everyoneOf.set(service, all);
  }
  return all;
}

/** Both lists as one, by first frames; they are in that order themselves where these are frames of one capture. */
function inOrder(telling: readonly Facts[], ordinary: readonly Facts[]): readonly Facts[] {
  const all: Facts[] = [];
  let [from, last, isInOrder] = [0, -Infinity, true];
  const add = (facts: Facts): void => {
    isInOrder &&= facts.frame >= last;
    last = facts.frame;
    all.push(facts);
  };
  for (const facts of telling) {
    while (from < ordinary.length && ordinary[from]!.frame < facts.frame) add(ordinary[from++]!);
    add(facts);
  }
  while (from < ordinary.length) add(ordinary[from++]!);
  return isInOrder ? all : [...telling, ...ordinary].sort((a, b) => a.frame - b.frame);
}

/** Whether a connection stood, as far as the capture shows it: one that it begins in the middle of did. */
export function stood({ isGuessed, established }: Facts): boolean {
  return isGuessed || !Number.isNaN(established);
}

/** Of what is named before it is counted. */
const NAMED = 3;

/** The first ones, and whether there are more: `10.0.0.1, 10.0.0.2, 10.0.0.3, …`. */
export function firstFew(all: readonly (string | number)[]): string {
  return `${all.slice(0, NAMED).join(', ')}${all.length > NAMED ? ', …' : ''}`;
}

/** Whether an end sent no more than so many segments, copies of them aside. */
export function sentNoMore({ packets, isDoubled }: Facts, end: 0 | 1, count: number): boolean {
  return packets[end] <= (isDoubled ? 2 * count : count);
}

/** Whether the server answered a connect by RST, and by no SYN-ACK. */
export function isRefused({ attempts, synAck, reset }: Facts): boolean {
  return attempts > 0 && Number.isNaN(synAck) && reset?.by === 1;
}

/** The silence that the request which waits for its answer had ended; 0 where it had ended none. */
export function silenceBeforeRequest({ pauseEndedBy, pauseEnd, requestAt, lastPause }: Facts): Duration {
  return pauseEndedBy === 0 && Math.abs(pauseEnd - requestAt) <= MILLISECOND ? lastPause : 0;
}

/**
 * Whether the request that was pending at the close was an upload that still went on, for a second and more: its client
 * waited for no answer yet. In one go, for a good-bye behind a wait is a piece, too.
 */
export function isUploading({ pending, requestPieces, requestAt, lastPieceAt, closeAt }: Facts): boolean {
  return (
    pending && requestPieces === 1 && closeAt - requestAt >= SECOND &&
    closeAt - lastPieceAt < PIECES_APART * MILLISECOND
  );
}

/** Whether the client, once greeted, sends what nobody need answer. */
export function isOfMessages({ kinds, bytes }: Facts): boolean {
  return bytes[1] > 0 && kinds.some((kind) => MESSAGES.has(PAYLOAD_KINDS[kind]!));
}

/** Whether the client was still saying what nobody answers when one of both closed. */
export function isStream({ kinds, bytes, closeAt, requestAt, lastPieceAt }: Facts): boolean {
  return isOneWayStream({
    kind: PAYLOAD_KINDS[kinds[0]]!, answered: bytes[1], age: closeAt - requestAt, quiet: closeAt - lastPieceAt,
  });
}

const everyoneOf = new WeakMap<Service, readonly Facts[]>();

/** Everything of a service by the address of the client. Made once, too. */
export function byClient(service: Service): ByClient {
  let clients = clientsOf.get(service);
  if (clients === undefined) clientsOf.set(service, clients = groupsBy(everyone(service), ({ client }) => client));
  return clients;
}

const clientsOf = new WeakMap<Service, ByClient>();

/** All that a host has opened as a client, service by service. */
export function openedBy(scene: Scene, address: string): Facts[] {
  return scene.clientOf(address).flatMap((service) => byClient(service).get(address)!);
}

/** All of a service that some of its clients have, and of which nothing tells yet. */
export function freeOf(scene: Scene, service: Service, clients: readonly string[]): readonly Facts[] {
  const free = scene.freeByClient(service);
  const own = clients.map((client) => free.get(client)!);
  return own.length === 1 ? own[0]! : own.flat().sort((a, b) => a.frame - b.frame);
}

/**
 * Connections of the same two hosts, whatever the service, in order of their first frames; pairs in the order of their
 * first connections. Made once.
 */
export function pairsOf({ services }: Pick<Scene, 'services'>): readonly (readonly Facts[])[] {
  let pairs = pairsOfAll.get(services);
  if (pairs === undefined) {
    // By the lists of each service: a host offers few, so that nearly all of a pair stands in one list already.
    const lists = services.flatMap((service) =>
      Array.from(byClient(service), ([client, own]) => ({ hosts: `${client} ${service.address}`, own })),
    );
    pairs = Array.from(groupsBy(lists, ({ hosts }) => hosts).values(), (of) =>
      of.length === 1 ? of[0]!.own : of.flatMap(({ own }) => own).sort((one, other) => one.frame - other.frame),
    ).sort((one, other) => one[0]!.frame - other[0]!.frame);
    pairsOfAll.set(services, pairs);
  }
  return pairs;
}

const pairsOfAll = new WeakMap<readonly Service[], readonly (readonly Facts[])[]>();

/** What `look` finds of each, where it finds something. `flatMap` makes a list for each of a hundred thousand. */
export function collect<T, R>(things: Iterable<T>, look: (thing: T) => R | null): R[] {
  const all: R[] = [];
  for (const thing of things) {
    const one = look(thing);
    if (one !== null) all.push(one);
  }
  return all;
}

/** Services of one host that are looked at to see whether it is there: one of its port scans has thousands. */
const BESIDE = 256;

/** What the first services of a host show of it, found out once for each host. */
export function perHost<T>(scene: Scene, look: (services: readonly Service[]) => T): (address: string) => T {
  const known = new Map<string, T>();
  return (address) => {
    const own = known.get(address) ?? look(scene.servicesOf(address).slice(0, BESIDE));
    known.set(address, own);
    return own;
  };
}

/** Whether `everyone` is all that there is. */
export function isWhole({ count, telling, ordinary }: Service): boolean {
  return telling.facts.length + ordinary.facts.length === count;
}
