import { formatAddress } from '../decode/address.js';
import { DID, SEEN } from '../flow/connections.js';
import type { FlowTable } from '../flow/flow-table.js';
import { distance } from '../flow/sequence.js';
import type { Time } from '../time.js';
import type { Address, Connection } from './connection.js';
import { endingOf } from './ending.js';
import { fold } from './fold.js';
import type { Course } from './fold.js';
import type { Timers } from './profiles.js';
import { Story } from './story.js';
import { zeekView } from './zeek.js';

/** A connection with what it was made from. The story is reused: valid until the next verdict is asked for. */
export interface Verdict {
  readonly connection: Connection;
  readonly story: Story;
  readonly course: Course;
  /** Timers of client and server. */
  readonly timers: readonly [Timers, Timers];
  /**
   * How far the initial sequence numbers of client and server lie beyond the last ones that the same end used in the
   * connection before on the tuple; null where either is not known.
   */
  readonly initialDistances: readonly [number | null, number | null];
}

/** The timers of the host with this address. */
export type TimersOf = (address: string) => Timers;

/** Makes connections out of the flow table. */
export class Judge {
  private readonly story = new Story();
  private readonly table: FlowTable;
  private readonly timersOf: TimersOf;

  constructor(table: FlowTable, timersOf: TimersOf) {
    this.table = table;
    this.timersOf = timersOf;
  }

  /** What became of connection `id`, as far as the capture goes: to `captureEnd`. */
  judge(id: number, captureEnd: Time): Verdict {
    const { table, story } = this;
    const { connections } = table;
    story.captureEnd = captureEnd;
    story.count = table.history.load(connections.history[id]!, story.rows);
    story.survey();
    const client = this.address(id, 0);
    const server = this.address(id, 1);
    const timers = [this.timersOf(client.address), this.timersOf(server.address)] as const;
    const course = fold(story, timers);
    const connection = this.describe(id, client, server, course);
    return { connection, story, course, timers, initialDistances: [this.initialDistance(id, 0), this.initialDistance(id, 1)] };
  }

  /** The same beside a verdict that is still being looked at: with a story of its own. */
  again(id: number, captureEnd: Time): Verdict {
    return new Judge(this.table, this.timersOf).judge(id, captureEnd);
  }

  address(id: number, role: 0 | 1): Address {
    const { connections, tuples } = this.table;
    const side = connections.clientSide[id]! ^ role;
    const tuple = connections.tuple[id]!;
    const { family, words } = tuples.address(tuple, side);
    return { address: formatAddress(family, ...words), port: tuples.port(tuple, side) };
  }

  private initialDistance(id: number, role: 0 | 1): number | null {
    const { connections } = this.table;
    const previous = connections.previous[id]!;
    if (previous < 0 || (connections.did[id * 2 + role]! & DID.syn) === 0) return null;
    const before = previous * 2 + (role ^ connections.clientSide[id]! ^ connections.clientSide[previous]!);
    return connections.packets[before] === 0 ? null : distance(connections.firstSequence[id * 2 + role]!, connections.nextSequence[before]!);
  }

  private describe(id: number, client: Address, server: Address, course: Course): Connection {
    const { connections, streams } = this.table;
    const stream = connections.stream[id]!;
    const lastStream = connections.lastStream[id]!;
    return {
      id,
      stream,
      streams: lastStream === stream ? [stream] : [stream, lastStream],
      client,
      server,
      roles: (connections.seen[id]! & SEEN.guessed) === 0 ? 'handshake' : 'guessed',
      firstFrame: connections.firstFrame[id]!,
      lastFrame: connections.lastFrame[id]!,
      start: connections.start[id]!,
      end: connections.end[id]!,
      packets: { client: connections.packets[id * 2]!, server: connections.packets[id * 2 + 1]! },
      bytes: { client: connections.bytes[id * 2]!, server: connections.bytes[id * 2 + 1]! },
      states: { client: course.states[0], server: course.states[1] },
      ...endingOf(this.story, course),
      resets: course.resets,
      zeek: zeekView(this.story),
      completeness: streams.completeness(stream),
      previous: connections.previous[id]! < 0 ? null : connections.previous[id]!,
    };
  }
}
