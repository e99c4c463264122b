import { readFileSync } from 'node:fs';
import type { HostSocket } from '../analysis/host-socket.js';
import { parseSockets } from './parse.js';

export type { HostSocket, Process } from '../analysis/host-socket.js';
export { withSockets } from './join.js';

/** A file without a single socket in it. */
export class SocketsError extends Error {
  override name = 'SocketsError';
}

/**
 * What a host's tools wrote into a file.
 *
 * @throws SocketsError where no line is one of theirs
 */
export function readSockets(path: string): HostSocket[] {
  const sockets = parseSockets(readFileSync(path, 'utf8').replace(/^\uFEFF/, ''));
  if (sockets.length === 0)
    throw new SocketsError(
      `${path}: there is no connected TCP socket in it; on the host: ss -tanpe > FILE (or netstat -nap, lsof -nPi)`,
    );
  return sockets;
}
