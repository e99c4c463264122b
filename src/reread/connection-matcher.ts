import type { ConnectionId } from '../base/numbers.js';
import { formatAddress } from '../decode/address.js';
import type { Segment } from '../decode/segment.js';
import { NO_CONNECTION } from '../flow/connection-pages.js';
import type { FlowTable } from '../flow/flow-table.js';
import type { Analysis, Connection } from '../analysis/model.js';

/** In place of a connection's id. */
export const NO_ID: ConnectionId = -1;

/** What a row of the table is known as. */
interface Known {
  readonly id: ConnectionId;
  /** What the table takes for the client is the server: it has not seen how the connection began. */
  readonly isSwapped: boolean;
}

/**
 * Recognizes some connections of an analysis in a table that reads their packets again: by the frame in which each
 * began.
 *
 * Of a pipe the first packets may be gone. A connection that began among them is what its tuple shows first, if it
 * alone was there then: where another one on the tuple may have sent it, it is nobody's.
 */
export class ConnectionMatcher {
  private readonly analysis: Analysis;
  private readonly byFrame = new Map<number, Connection>();
  private readonly byTuple = new Map<string, Connection[]>();
  private readonly ports = new Set<number>();
  private readonly known = new Map<number, Known | null>();
  /** Packets at the beginning that are gone. */
  private missing = 0;

  /** `ids`: the connections that are looked for. */
  constructor(analysis: Analysis, ids: Iterable<number>) {
    this.analysis = analysis;
    for (const id of ids) this.add(analysis.connection(id));
  }

  /** So many packets before the first one are gone. To be called before it, if there are. */
  begin(missing: number): void {
    this.missing = missing;
    if (![...this.byFrame.keys()].some((frame) => frame <= missing)) return;
    const tuples = new Set(this.byTuple.keys());
    for (const connection of this.analysis.connections())
      if (tuples.has(tupleOf(connection)) && !this.byFrame.has(connection.firstFrame)) this.add(connection);
  }

  /** Whether a segment is on the tuple of one of them; others need not go through the table. */
  concerns(segment: Segment): boolean {
    if (!this.ports.has(portsOf(segment.sourcePort, segment.destinationPort))) return false;
    const {
      family, source0, source1, source2, source3, destination0, destination1, destination2, destination3, sourcePort,
      destinationPort,
    } = segment;
    return this.byTuple.has(
      keyOf(
        formatAddress(family, source0, source1, source2, source3), sourcePort,
        formatAddress(family, destination0, destination1, destination2, destination3), destinationPort,
      ),
    );
  }

  /** The id of the connection that `row` of the table is; none where it is not known. */
  idOf(table: FlowTable, row: number): number {
    return this.look(table, row)?.id ?? NO_ID;
  }

  /** Who sent it: 0 the client, 1 the server. */
  roleOf(table: FlowTable): number {
    return this.look(table, table.connection)?.isSwapped === true ? 1 - table.role : table.role;
  }

  private look(table: FlowTable, row: number): Known | null {
    let known = this.known.get(row);
    if (known === undefined) this.known.set(row, (known = this.recognize(table, row)));
    return known;
  }

  private recognize({ connections, tuples }: FlowTable, row: number): Known | null {
    const first = connections.firstFrame(row);
    const begun = this.byFrame.get(first);
    if (begun !== undefined) return { id: begun.id, isSwapped: false };
    if (first <= this.missing || this.missing === 0 || connections.previous(row) !== NO_CONNECTION) return null;
    const tuple = connections.tuple(row);
    const client = connections.clientSide(row);
    const [one, other] = [client, client ^ 1].map((side) => {
      const { family, words } = tuples.address(tuple, side);
      return { address: formatAddress(family, ...words), port: tuples.port(tuple, side) };
    });
    const there = (this.byTuple.get(keyOf(one!.address, one!.port, other!.address, other!.port)) ?? []).filter(
      ({ firstFrame, lastFrame }) => firstFrame <= this.missing && lastFrame >= first,
    );
    const [only] = there;
    if (only === undefined || there.length > 1) return null;
    return { id: only.id, isSwapped: only.client.port !== one!.port || only.client.address !== one!.address };
  }

  private add(connection: Connection): void {
    const { client, server, firstFrame } = connection;
    const tuple = tupleOf(connection);
    this.byFrame.set(firstFrame, connection);
    this.ports.add(portsOf(client.port, server.port));
    const mates = this.byTuple.get(tuple);
    if (mates === undefined) this.byTuple.set(tuple, [connection]);
    else mates.push(connection);
  }
}

function tupleOf({ client, server }: Connection): string {
  return keyOf(client.address, client.port, server.address, server.port);
}

/** A key that is the same in both directions. */
function keyOf(address: string, port: number, peerAddress: string, peerPort: number): string {
  const [one, other] = [`${address} ${port}`, `${peerAddress} ${peerPort}`];
  return one < other ? `${one} ${other}` : `${other} ${one}`;
}

function portsOf(port: number, peer: number): number {
  return port < peer ? port * 0x10000 + peer : peer * 0x10000 + port;
}
