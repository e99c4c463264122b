import type { End, Row } from '../base/numbers.js';
import { formatAddress } from '../decode/address.js';
import type { FlowTable } from '../flow/flow-table.js';
import type { Address } from './connection.js';
import type { Timers } from './profiles.js';

/** The timers of the host with this address. */
export type TimersOf = (address: string) => Timers;

/** Hosts whose name and timers are kept at hand: those of a busy minute, not those of a scan of all addresses. */
const HOSTS_KEPT = 4096;

/**
 * Services of one host that are kept at hand with it, so that all connections to one, and their findings, have the same
 * object.
 */
const SERVICES_KEPT = 64;

/** A host that is kept at hand. */
export interface Host {
  readonly address: string;
  readonly timers: Timers;
  /** By port. */
  readonly services: Map<number, Address>;
}

/** The addresses of both ends, each host and service the same object for all its connections. */
export class EndpointAddresses {
  private readonly table: FlowTable;
  private readonly timersOf: TimersOf;
  private readonly hosts = new Map<number, Host>();
  /** When these were numbered: `TupleTable.tidied`. */
  private numbered: number;

  constructor(table: FlowTable, timersOf: TimersOf) {
    this.table = table;
    this.timersOf = timersOf;
    this.numbered = table.tuples.tidied;
  }

  /** End `role` of connection `row`. */
  of(row: Row, role: End): Address {
    return this.at(this.host(row, role), row, role);
  }

  /** End `role` of connection `row`, which is at `host`. */
  at({ address, services }: Host, row: Row, role: End): Address {
    const { connections, tuples } = this.table;
    const port = tuples.port(connections.tuple(row), connections.clientSide(row) ^ role);
    if (role === 0) return { address, port };
    const known = services.get(port);
    if (known) return known;
    const service = { address, port };
    if (services.size < SERVICES_KEPT) services.set(port, service);
    return service;
  }

  /** The host at end `role` of connection `row`. */
  host(row: Row, role: End): Host {
    const { connections, tuples } = this.table;
    const tuple = connections.tuple(row);
    const side = connections.clientSide(row) ^ role;
    const number = tuples.host(tuple, side);
    if (this.numbered !== tuples.tidied) {
      this.hosts.clear();
      this.numbered = tuples.tidied;
    }
    let host = this.hosts.get(number);
    if (host) return host;
    const { family, words } = tuples.address(tuple, side);
    const address = formatAddress(family, ...words);
    host = { address, timers: this.timersOf(address), services: new Map() };
    if (this.hosts.size >= HOSTS_KEPT) this.hosts.clear();
    this.hosts.set(number, host);
    return host;
  }
}
