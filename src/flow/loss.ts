import type { Row } from '../base/numbers.js';
import { ANY_COUNT } from '../packing/packer.js';
import type { Packer, Unpacker } from '../packing/packer.js';
import type { Connections } from './connections.js';
import * as ENDPOINT_FLAG from './endpoint-flags.js';
import { distance } from './sequence.js';

/**
 * Bytes by which an acknowledgment may lie beyond all that was seen before it is not believed: some acknowledge what
 * was never sent (RFC 9293 §3.10.7.4, fifth).
 */
const MOST_BEYOND = 1 << 24;

/** What the capture lost, as far as sequence numbers show it: sent, acknowledged, and never seen. */
export interface Loss {
  /** Sequence numbers: payload, and one for each SYN and FIN. */
  readonly bytes: number;
  readonly connections: number;
  /** Of all payload that was sent, 0 to 1. */
  readonly share: number;
}

/**
 * Sequence numbers that end `role` of a connection sent and its peer acknowledged, but that the capture does not hold.
 *
 * Holes between what was seen count once all that was seen behind them is acknowledged, too: until then they may be
 * filled. An end of which
 * nothing was seen at all was not lost packet by packet: the capture has one direction only.
 */
export function lostBytes(connections: Connections, row: Row, role: 0 | 1): number {
  const peer = (1 - role) as 0 | 1;
  const heard = connections.endpointFlags(row, peer);
  // A client's SYN acknowledges nothing yet.
  const said = ENDPOINT_FLAG.data | ENDPOINT_FLAG.ack | (peer === 1 ? ENDPOINT_FLAG.syn : 0);
  const acknowledges = (heard & said) !== 0;
  if (!acknowledges || connections.endpointFlags(row, role) === 0) return 0;
  const beyond = distance(connections.acknowledged(row, peer), connections.nextSequence(row, role));
  if (beyond < 0 || beyond > MOST_BEYOND) return 0;
  return connections.missing(row, role) + beyond;
}

/** Adds up what was lost. */
export class LossTally implements Loss {
  bytes = 0;
  connections = 0;
  /** Payload that was seen. */
  seen = 0;

  get share(): number {
    return this.bytes === 0 ? 0 : this.bytes / (this.bytes + this.seen);
  }

  pack(to: Packer): void {
    to.number(this.bytes);
    to.number(this.connections);
    to.number(this.seen);
  }

  static unpack(from: Unpacker): LossTally {
    const tally = new LossTally();
    tally.bytes = from.integer(0, ANY_COUNT);
    tally.connections = from.integer(0, ANY_COUNT);
    tally.seen = from.integer(0, ANY_COUNT);
    return tally;
  }

  add(connections: Connections, row: Row): void {
    this.seen += connections.bytes(row, 0) + connections.bytes(row, 1);
    const lost = lostBytes(connections, row, 0) + lostBytes(connections, row, 1);
    if (lost === 0) return;
    this.bytes += lost;
    this.connections++;
  }

  join({ bytes, connections, seen }: Pick<LossTally, 'bytes' | 'connections' | 'seen'>): void {
    this.bytes += bytes;
    this.seen += seen;
    this.connections += connections;
  }
}
