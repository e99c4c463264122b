import type { Analysis, LadderRow } from '../../analysis.js';
import type { Paint } from '../theme.js';
import { explain, type ExplanationLine } from './explanation.js';
import { createLadder, evidenceOf, unfolded, type Ladder } from './ladder.js';

/** One flow, ready to be drawn. */
export interface FlowDocument {
  readonly flow: number;
  /** Null while it is read; an error's message where it could not be. */
  readonly ladder: Ladder | string | null;
  readonly explanation: readonly ExplanationLine[];
}

export type ReadLadder = (analysis: Analysis, flow: number) => Promise<LadderRow[]>;

interface Wanted {
  readonly analysis: Analysis;
  readonly flow: number;
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
    const { lastFrame } = connection;
    const isRead = before !== null && made?.lastFrame === lastFrame;
    this.#made = { ...wanted, lastFrame };
    const ladder = before?.ladder ?? null;
    this.#put({
      flow,
      ladder: ladder === null || typeof ladder === 'string' ? ladder : unfolded(ladder, open),
      explanation: explain(analysis, connection, width, this.#paint),
    });
    if (isRead) return;
    this.#readLadder(analysis, flow).then(
      (rows) => this.#read(flow, rows),
      (error: unknown) => this.#read(flow, error instanceof Error ? error.message : String(error)),
    );
  }

  #read(flow: number, rows: LadderRow[] | string): void {
    if (this.#made?.flow !== flow || this.#document === null) return;
    const { analysis, open } = this.#made;
    const findings = analysis.findingsOf(flow).map((index) => analysis.findings[index]!);
    const ladder = typeof rows === 'string' ? rows : createLadder(analysis.clock, rows, evidenceOf(analysis.connection(flow), findings), open);
    this.#put({ ...this.#document, ladder });
  }

  #put(document: FlowDocument): void {
    this.#document = document;
    this.#show(document);
  }
}

/** Packets of a flow that were not read again, of which `read` were: the copy of a pipe on disk has a bound. A file has them all. */
export function packetsLost(analysis: Analysis, flow: number, read: number): number {
  const { client, server } = analysis.connection(flow).packets;
  return analysis.capture.files.some(({ spool }) => spool !== null) ? Math.max(0, client + server - read) : 0;
}
