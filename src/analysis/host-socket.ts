import type { Address } from '../tcp/connection.js';

/** A process that holds a socket. Its name is what that host said: untrusted text. */
export interface Process {
  readonly name: string;
  readonly pid: number;
}

/** What a host's own tools said of one of its sockets. */
export interface HostSocket {
  readonly local: Address;
  readonly remote: Address;
  /** State of the socket as the tool spells it: `CLOSE-WAIT`, `CLOSE_WAIT`. Null where the tool does not say it. */
  readonly state: string | null;
  /** More than one: the descriptor was inherited, and each has to close it. */
  readonly processes: readonly Process[];
  /** Bytes that the application has not read yet; null where the tool does not say. */
  readonly receiveQueue: number | null;
  /** Bytes that the peer has not acknowledged yet. */
  readonly sendQueue: number | null;
}
