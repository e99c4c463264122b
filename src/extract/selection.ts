import type { ConnectionId } from '../base/numbers.js';
import type { Analysis, Connection } from '../analysis/model.js';

/** The connections to be extracted, and single packets of others that belong to their history. */
export class Selection {
  /** Connections chosen. */
  count = 0;
  readonly #chosen: Uint8Array;
  /** Frames of other connections, and the chosen one whose history each belongs to. */
  readonly #foreign = new Map<number, number>();

  constructor(analysis: Analysis, choose: (connection: Connection) => boolean) {
    this.#chosen = new Uint8Array(analysis.view?.of ?? analysis.connectionCount);
    const earlier: number[] = [];
    for (const connection of analysis.connections()) {
      if (!choose(connection)) continue;
      this.#chosen[connection.id] = 1;
      this.count += 1;
      if (connection.previous === null) continue;
      // Sockets of the earlier connection may have answered; its challenge ACKs are its own packets.
      for (const { trigger } of connection.resets) if (trigger !== null) this.#foreign.set(trigger, connection.id);
      if (dependsOnPrevious(analysis, connection)) earlier.push(connection.previous);
    }
    for (const id of earlier) this.#chosen[id] = 1;
  }

  /** The connections chosen. */
  * ids(): IterableIterator<number> {
    for (let id = 0; id < this.#chosen.length; id++) if (this.#chosen[id] === 1) yield id;
  }

  /** Whether frame `frame` of connection `id` is part of it. */
  has(id: ConnectionId, frame: number): boolean {
    return this.#chosen[id] === 1 || this.#foreign.has(frame);
  }

  /** The connections that frame `frame` of connection `id` belongs to. */
  connectionsOf(id: ConnectionId, frame: number): number[] {
    const other = this.#foreign.get(frame);
    return other === undefined || other === id || id < 0 ? [other ?? id] : [id, other];
  }
}

/**
 * Whether a finding cannot be understood without the connection before it on the same five-tuple: who held TIME-WAIT,
 * and since when.
 */
function dependsOnPrevious(analysis: Analysis, { id }: Connection): boolean {
  return analysis.findingsOf(id).some(({ evidence }) => typeof evidence['previousFlow'] === 'number');
}
