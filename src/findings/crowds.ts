import type { Row } from '../base/numbers.js';
import { serviceKey } from '../tcp/attempts.js';
import type { Attempts } from '../tcp/attempts.js';
import type { ConnectionFolder } from '../tcp/connection-folder.js';

/**
 * Attempts to connect that one finding tells of: those of a client, of a service, or of a client to a service. Hosts as
 * `TupleTable.identity` names them.
 */
export interface Crowd {
  /** Those that nobody answered, or those whose SYN-ACK was never acknowledged. */
  readonly of: 'unanswered' | 'unacknowledged';
  readonly client?: number;
  readonly service?: { readonly server: number; readonly port: number };
}

/** Which finding, by its number, tells of an attempt. */
export class Crowds {
  private readonly byClient = new Map<number, number>();
  private readonly byService = new Map<number, number>();
  private readonly byBoth = new Map<number, Map<number, number>>();

  add({ client, service }: Crowd, finding: number): void {
    if (service === undefined) {
      if (client !== undefined) this.byClient.set(client, finding);
      return;
    }
    const key = serviceKey(service.server, service.port);
    if (client === undefined) this.byService.set(key, finding);
    else {
      const known = this.byBoth.get(key);
      if (known) known.set(client, finding);
      else this.byBoth.set(key, new Map([[client, finding]]));
    }
  }

  get isEmpty(): boolean {
    return this.byClient.size + this.byService.size + this.byBoth.size === 0;
  }

  /** Null where none does. */
  teller(client: number, server: number, port: number): number | null {
    const key = serviceKey(server, port);
    return this.byBoth.get(key)?.get(client) ?? this.byService.get(key) ?? this.byClient.get(client) ?? null;
  }

  /** Calls `tell` with each of `rows` of which a finding tells. */
  among(folder: ConnectionFolder, rows: readonly Row[], tell: (row: Row, finding: number) => void): void {
    if (this.isEmpty) return;
    for (const row of rows) {
      const finding = this.teller(folder.identity(row, 0), folder.identity(row, 1), folder.port(row, 1));
      if (finding !== null) tell(row, finding);
    }
  }

  /**
   * Calls `tell` with how many of the attempts that are no longer kept a finding tells of, as far as these are told
   * apart.
   */
  forgotten(attempts: Attempts, tell: (count: number, finding: number) => void): void {
    if (this.isEmpty) return;
    for (const { server, port, clients, others } of attempts.services()) {
      for (const { client, attempts: count } of clients.values()) {
        const finding = this.teller(client, server, port);
        if (finding !== null) tell(count, finding);
      }
      const flood = this.byService.get(serviceKey(server, port));
      if (flood !== undefined && others > 0) tell(others, flood);
    }
  }
}
