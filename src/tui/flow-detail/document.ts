import type { ConnectionId } from '../../base/numbers.js';
import type { Analysis, Connection, Finding, LadderRow } from '../../analysis/model.js';
import { count, counted } from '../../report/quantities.js';
import { isForgotten, NO_LONGER_KEPT } from '../forgotten.js';
import type { Paint } from '../theme.js';
import { explain, type ExplanationLine } from './explanation.js';
import { createLadder, evidenceOf, ladderEnd, unfolded, type Ladder } from './ladder.js';

/** One flow, ready to be drawn. */
export interface FlowDocument {
  readonly flow: ConnectionId;
  readonly connection: Connection;
  readonly findings: readonly Finding[];
  /** The flow was forgotten while it was looked at: what stands here is what was known of it. */
  readonly isForgotten: boolean;
  /** The flow's packets that could not be read again, in words; null where all were. */
  readonly lost: string | null;
  /** Null while it is read; an error's message where it could not be. */
  readonly ladder: Ladder | string | null;
  readonly explanation: readonly ExplanationLine[];
}

export type ReadLadder = (analysis: Analysis, flow: ConnectionId) => Promise<LadderRow[]>;

interface Wanted {
  readonly analysis: Analysis;
  readonly flow: ConnectionId;
  readonly width: number;
  readonly open: ReadonlySet<number>;
}

/** Makes the document of the flow that is looked at, and reads its segments again where there are more. */
export class FlowReader {
  readonly #readLadder: ReadLadder;
  readonly #paint: Paint;
  readonly #show: (document: FlowDocument) => void;
  #made: (Wanted & { readonly lastFrame: number }) | null = null;
  #document: FlowDocument | null = null;
  #isReading = false;
  /** What is being read is not the newest, or another flow's. */
  #isStale = false;

  constructor(readLadder: ReadLadder, paint: Paint, show: (document: FlowDocument) => void) {
    this.#readLadder = readLadder;
    this.#paint = paint;
    this.#show = show;
  }

  refresh(wanted: Wanted): void {
    const { analysis, flow, width, open } = wanted;
    const made = this.#made;
    const before = made?.flow === flow ? this.#document : null;
    if (before !== null && made?.analysis === analysis && made.width === width && made.open === open) return;
    const connection = analysis.connection(flow);
    if (isForgotten(connection)) {
      this.#forget(wanted, connection, before);
      return;
    }
    const { lastFrame } = connection;
    const isRead = before !== null && made?.lastFrame === lastFrame;
    this.#made = { ...wanted, lastFrame };
    const ladder = before?.ladder ?? null;
    this.#put({
      flow, connection, findings: analysis.findingsOf(flow), isForgotten: false, lost: before?.lost ?? null,
      ladder:
        ladder === null || typeof ladder === 'string'
          ? ladder
          : unfolded(ladder, open, ladderEnd(connection, ladder.rows)),
      explanation: explain(analysis, connection, width, this.#paint),
    });
    if (!isRead) this.#readAgain();
  }

  /** One reading at a time: of a busy flow that is watched, each takes longer than the next news of it. */
  #readAgain(): void {
    if (this.#isReading) {
      this.#isStale = true;
      return;
    }
    const { analysis, flow } = this.#made!;
    const { connection } = this.#document!;
    this.#isReading = true;
    this.#isStale = false;
    this.#readLadder(analysis, flow).then(
      (rows) => this.#end(connection, rows),
      (error: unknown) => this.#end(connection, error instanceof Error ? error.message : String(error)),
    );
  }

  /** `read` is the connection as it was then. */
  #end(read: Connection, rows: LadderRow[] | string): void {
    this.#isReading = false;
    this.#read(read, rows);
    if (this.#isStale) this.#readAgain();
  }

  #forget(wanted: Wanted, connection: Connection, before: FlowDocument | null): void {
    this.#made = { ...wanted, lastFrame: before === null ? 0 : before.connection.lastFrame };
    this.#isStale = false;
    if (before?.isForgotten === true) return;
    this.#put(
      before === null
        ? {
            flow: wanted.flow, connection, findings: [], isForgotten: true, lost: null, ladder: NO_LONGER_KEPT,
            explanation: [{ text: NO_LONGER_KEPT, frame: null }],
          }
        : { ...before, isForgotten: true },
    );
  }

  #read(read: Connection, rows: LadderRow[] | string): void {
    if (this.#made?.flow !== read.id || this.#document === null) return;
    const { analysis, open } = this.#made;
    const { connection, findings } = this.#document;
    const ladder =
      typeof rows === 'string'
        ? rows
        : createLadder(analysis.clock, rows, evidenceOf(connection, findings), open, ladderEnd(connection, rows));
    this.#put({ ...this.#document, ladder, lost: typeof rows === 'string' ? null : sayLost(analysis, read, rows) });
  }

  #put(document: FlowDocument): void {
    this.#document = document;
    this.#show(document);
  }
}

/**
 * Which packets of a flow could not be read again, for the copy of a pipe on disk has a limit, in a sentence; null
 * where all were. A file has them all.
 */
export function sayLost(
  { capture: { files } }: Analysis, { packets: { client, server }, firstFrame }: Connection, rows: readonly LadderRow[],
): string | null {
  const lost = client + server - rows.reduce((sum, { leftOut = 0 }) => sum + 1 + leftOut, 0);
  if (lost <= 0 || !files.some(({ spool }) => spool !== null)) return null;
  if (rows.length === 0) return 'The packets of this flow are no longer kept on disk (--spool).';
  if (rows[0]!.frame > firstFrame)
    return lost === 1
      ? 'The first packet of this flow is no longer kept on disk (--spool).'
      : `The first ${count(lost)} packets of this flow are no longer kept on disk (--spool).`;
  return `${counted(lost, 'packet')} of this flow came after what is kept on disk (--spool).`;
}
