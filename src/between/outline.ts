import type { Address, Connection } from '../analysis/model.js';
import type { ConnectionId } from '../base/numbers.js';
import type { Time } from '../base/time.js';

/**
 * What pairing asks of a connection. All connections of both taps are held at once as this: each `Connection` is folded
 * anew when it is asked for, and holds some kilobytes.
 */
export interface Outline {
  readonly id: ConnectionId;
  readonly client: Address;
  readonly server: Address;
  /** By the clock of its own capture. */
  readonly start: Time;
  readonly end: Time;
  readonly isOpen: boolean;
  readonly segments: number;
}

export function outlineOf({ id, client, server, start, end, ending, packets }: Connection): Outline {
  return { id, client, server, start, end, isOpen: ending === 'open', segments: packets.client + packets.server };
}
