import type { Attempts, ClientTally, ServiceTally } from '../tcp/attempts.js';
import { isFlood } from '../tcp/attempts.js';
import type { Row } from '../base/numbers.js';
import type { ConnectionFolder } from '../tcp/connection-folder.js';
import type { ConnectionSet, Location } from '../tcp/connection-set.js';

/** Ports of one host that are remembered as answering; and connections of one client with one host. */
const MOST_PORTS = 16;
const MOST_SEATS = 256;

/** What the rest of the capture shows of hosts that did not answer, found in one look over its connections. */
export class BesideAttempts {
  /** Hosts that said anything, and the ports at which they answered a connection, some of them. */
  private readonly answering = new Map<number, Set<number>>();
  private readonly listening: (host: number, port: number) => boolean;
  /** Connections that are not without an answer, by server and client. */
  private readonly pairs = new Map<number, Map<number, Location[]>>();
  /** Attempts by initial sequence number, and who answered them from another address. */
  private readonly byNumber = new Map<number, Location[]>();
  private readonly answerers = new Map<Location, Location>();

  constructor({ all }: ConnectionSet, attempts: Attempts) {
    this.listening = (host, port) => all.some((folder) => folder.isServed(host, port));
    for (const service of attempts.services()) this.ask(service);
    for (const folder of all) {
      for (const row of folder.connectionIds.rows()) this.look(folder, row);
    }
  }

  /**
   * Whether the host of `service` says anything elsewhere in the capture: at another port, at this one, or of itself.
   */
  isAlive({ server }: ServiceTally): boolean {
    return this.answering.has(server);
  }

  /** Ports at which it answered, in order, its own among them. */
  portsOf({ server, port }: ServiceTally): number[] {
    const ports = new Set(this.answering.get(server));
    if (this.listening(server, port)) ports.add(port);
    return [...ports].toSorted((a, b) => a - b);
  }

  /** Connections of `client` with the host of `service` that were answered. */
  answered({ server }: ServiceTally, { client }: ClientTally): readonly Location[] {
    return this.pairs.get(server)?.get(client) ?? [];
  }

  /** The connection whose SYN-ACK acknowledges this attempt, from another address; null where there is none. */
  answerer(attempt: Location): Location | null {
    return this.answerers.get(attempt) ?? null;
  }

  private ask(service: ServiceTally): void {
    const { server, clients } = service;
    let pairs = this.pairs.get(server);
    if (pairs === undefined) this.pairs.set(server, pairs = new Map());
    if (isFlood(service)) return;
    for (const { client, locations } of clients.values()) {
      if (!pairs.has(client)) pairs.set(client, []);
      for (const location of locations) {
        const number = location.folder.initialSequence(location.row);
        if (number === null) continue;
        const others = this.byNumber.get(number);
        if (others === undefined) this.byNumber.set(number, [location]);
        else others.push(location);
      }
    }
  }

  private look(folder: ConnectionFolder, row: Row): void {
    if (folder.spoke(row, 1)) {
      const server = folder.identity(row, 1);
      const pairs = this.pairs.get(server);
      if (pairs !== undefined) {
        const ports = this.alive(server);
        if (ports.size < MOST_PORTS) ports.add(folder.port(row, 1));
        const locations = pairs.get(folder.identity(row, 0));
        if (locations !== undefined && locations.length < MOST_SEATS) locations.push({ folder, row });
      }
      if (folder.stopsAtSynAck(row)) this.pair({ folder, row });
    }
    if (!folder.spoke(row, 0)) return;
    const client = folder.identity(row, 0);
    if (this.pairs.has(client)) this.alive(client);
  }

  /** By the initial sequence number, which the answer acknowledges wherever it comes from. */
  private pair(answer: Location): void {
    const { folder, row } = answer;
    const number = folder.initialSequence(row);
    if (number === null) return;
    const attempts = this.byNumber.get(number);
    if (attempts === undefined) return;
    const [client, port, server] = [folder.identity(row, 0), folder.port(row, 0), folder.identity(row, 1)];
    for (const attempt of attempts) {
      const { folder: other, row: asked } = attempt;
      const isSameClient = other.port(asked, 0) === port && other.identity(asked, 0) === client;
      if (isSameClient && other.identity(asked, 1) !== server) this.answerers.set(attempt, answer);
    }
  }

  private alive(host: number): Set<number> {
    let ports = this.answering.get(host);
    if (ports === undefined) this.answering.set(host, ports = new Set());
    return ports;
  }
}
