import type { ConnectionId } from '../base/numbers.js';
import type { Analysis, Role } from '../analysis/model.js';
import type { HostSocket } from '../analysis/host-socket.js';
import { tupleKey } from './parse.js';

/**
 * An analysis in which endpoints know what their host said of them.
 * Where a tuple was used more than once, the socket belongs to the last connection.
 */
export function withSockets(analysis: Analysis, sockets: readonly HostSocket[]): Analysis {
  const byTuple = new Map(sockets.map((socket) => [tupleKey(socket.local, socket.remote), socket]));
  const owners = new Map<string, number>();
  for (const { id, client, server } of analysis.connections()) {
    for (const key of [tupleKey(client, server), tupleKey(server, client)]) if (byTuple.has(key)) owners.set(key, id);
  }
  const hostSocket = (id: ConnectionId, role: Role): HostSocket | null => {
    const { client, server } = analysis.connection(id);
    const key = role === 'client' ? tupleKey(client, server) : tupleKey(server, client);
    return owners.get(key) === id ? (byTuple.get(key) ?? null) : null;
  };
  return { ...analysis, hostSocket, withOptions: (changes) => withSockets(analysis.withOptions(changes), sockets) };
}
