import type { ConnectionId, FrameNumber } from '../base/numbers.js';
import type { PacketBatch } from '../capture/packet-batch.js';
import { separationBy } from '../decode/separation.js';
import { NO_CONNECTION } from '../flow/connection-pages.js';
import { FlowTable } from '../flow/flow-table.js';
import type { Analysis } from '../analysis/model.js';
import { ConnectionMatcher } from './connection-matcher.js';
import { SegmentCursor } from './segment-cursor.js';

/**
 * Goes through the segments of some connections of an analysis that are read again, and of what else is on their
 * tuples. Which connection a segment is of depends on the ones before: the captures are read from their beginning.
 */
export class ConnectionCursor {
  readonly at: SegmentCursor;
  private readonly table: FlowTable;
  private readonly makeMatcher: () => ConnectionMatcher;
  /**
   * Null while every connection of the table is one of the analysis, by the same number: then there is nothing to be
   * matched.
   */
  private matcher: ConnectionMatcher | null = null;
  /** Row, in the table, of the connection that it is at. */
  private row = NO_CONNECTION;

  /**
   * `ids`: the connections that are looked for. With `all` every connection is gone through, unless the analysis or the
   * captures do not hold them all any more. `lastFrame`: what comes behind it is not looked at. With `errors` it stops
   * at ICMP errors, too, that quote a segment of one (`at.error`).
   */
  constructor(
    analysis: Analysis, ids: () => Iterable<number>,
    { lastFrame = Infinity, all = false, errors = false }: { lastFrame?: number; all?: boolean; errors?: boolean } = {},
  ) {
    const { options } = analysis;
    this.at = new SegmentCursor(separationBy(options), lastFrame, errors);
    this.table = new FlowTable({ keepDuplicates: options.keepDuplicates === true });
    this.makeMatcher = () => new ConnectionMatcher(analysis, ids());
    if (!all || analysis.forgotten !== undefined) this.matcher = this.makeMatcher();
  }

  /** Goes on to another batch. */
  begin(batch: PacketBatch): void {
    this.at.begin(batch);
    if (batch.missing === 0) return;
    this.matcher ??= this.makeMatcher();
    this.matcher.begin(this.at.frame);
  }

  /** Goes on to the next segment; false where the batch has no more. */
  next(): boolean {
    const { at, table, matcher } = this;
    while (at.next()) {
      if (matcher !== null && !matcher.concerns(at.segment)) continue;
      if (at.error === null) {
        table.add(at.segment, at.frame, at.time, at.bytes);
        this.row = table.connection;
        return true;
      }
      this.row = table.addError(at.segment, at.error, at.frame, at.time);
      if (this.row !== NO_CONNECTION) return true;
    }
    return false;
  }

  /** Id of the segment's connection; NO_ID where it is none of those that are looked for. */
  get id(): ConnectionId {
    return this.matcher?.idOf(this.table, this.row) ?? this.row;
  }

  /** Who sent it: 0 the client, 1 the server. */
  get role(): number {
    return this.matcher?.roleOf(this.table) ?? this.table.role;
  }

  /** The frame that it is a copy of, having been captured twice; 0 where it is none. */
  get duplicateOf(): FrameNumber {
    return this.table.duplicateOf;
  }
}
