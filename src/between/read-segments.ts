import type { PacketBatch } from '../capture/packet-batch.js';
import { IS_TCP, decode } from '../decode/decode.js';
import { Fragments } from '../decode/fragments.js';
import { Segment } from '../decode/segment.js';
import { separationBy } from '../decode/separation.js';
import { FlowTable } from '../flow/flow-table.js';
import type { Analysis, Time } from '../analysis/model.js';
import { NOBODY, ConnectionMatcher } from '../reread/connection-matcher.js';
import { reopen } from '../reread/reopen.js';

/**
 * Takes one segment of a connection: its id in the analysis, who sent it (0 the client, 1 the server), its frame and
 * its time.
 */
export type TakeSegment = (segment: Segment, connection: number, role: number, frame: number, time: Time) => void;

/**
 * Reads the captures of an analysis again and hands on each segment of the connections `ids`, but for copies.
 *
 * @throws CaptureError where a file cannot be read any more, and the signal's reason where it is aborted
 */
export async function readSegments(
  analysis: Analysis,
  ids: Iterable<number>,
  take: TakeSegment,
  signal?: AbortSignal,
): Promise<void> {
  signal?.throwIfAborted();
  const wanted = [...ids];
  const matcher = new ConnectionMatcher(analysis, wanted);
  const again = await reopen(analysis, signal);
  const reader = new Reader(analysis, matcher, take, wanted.length < analysis.connectionCount);
  try {
    for await (const batch of again.batches()) reader.read(batch);
    signal?.throwIfAborted();
  } finally {
    again.close();
  }
}

class Reader {
  private readonly table: FlowTable;
  private readonly segment = new Segment();
  private readonly fragments = new Fragments();
  private readonly separation;
  private readonly matcher: ConnectionMatcher;
  private readonly take: TakeSegment;
  /** Whether some connections only are asked for: who asks for all need not look each segment's addresses up. */
  private readonly isChosen: boolean;
  private frame = 0;
  private last: Time = 0;

  constructor({ options }: Analysis, matcher: ConnectionMatcher, take: TakeSegment, isChosen: boolean) {
    this.table = new FlowTable({ keepDuplicates: options.keepDuplicates === true });
    this.separation = separationBy(options);
    this.matcher = matcher;
    this.take = take;
    this.isChosen = isChosen;
  }

  read(batch: PacketBatch): void {
    const { segment, fragments, separation, table, matcher } = this;
    if (batch.missing > 0) matcher.begin((this.frame += batch.missing));
    for (let index = 0; index < batch.count; index++) {
      this.frame++;
      if (decode(batch, index, segment, fragments, separation) !== IS_TCP) continue;
      // A packet without a timestamp stands where its neighbours do.
      const stamp = batch.time[index]!;
      if (stamp === stamp) this.last = stamp;
      if (this.isChosen && !matcher.concerns(segment)) continue;
      table.add(segment, this.frame, this.last, batch.bytes);
      if (table.duplicateOf > 0) continue;
      const id = matcher.idOf(table);
      if (id !== NOBODY) this.take(segment, id, matcher.roleOf(table), this.frame, this.last);
    }
  }
}
