import type { PairRow, TwoTaps } from '../../between/between.js';
import type { LadderRow } from '../../analysis/model.js';
import type { Look } from '../../report/paint.js';
import { pairLadder } from '../../report/between/ladder.js';
import { aloneMarkdown, pairMarkdown } from '../../report/between/markdown.js';
import { ladder as ladderText } from '../../report/ladder.js';
import { createLadder, evidenceOf, ladderEnd } from '../flow-detail/ladder.js';
import type { Layout } from '../layout.js';
import { MOST_SEGMENTS } from '../readers.js';
import type { Paint } from '../theme.js';
import { explainRow, type PairLine } from './explanation.js';
import { lonelyLadderOf, pairLadderOf, type TapLadder } from './ladder.js';
import { layOutPair, type PairLayout } from './layout.js';
import type { TapReaders } from './readers.js';
import type { TapRow } from './rows.js';

/** The segments of a connection, read again. */
export type Segments =
  | { readonly kind: 'both'; readonly rows: readonly PairRow[] }
  | { readonly kind: 'one'; readonly rows: readonly LadderRow[] };

/** One connection, ready to be drawn. */
export interface PairDocument {
  /** Index of its row. */
  readonly index: number;
  readonly row: TapRow;
  /** Null while it is read; an error's message where it could not be. */
  readonly ladder: TapLadder | string | null;
  readonly explanation: readonly PairLine[];
  readonly panes: PairLayout;
}

/** Reads the segments of a connection from the captures that have it. */
export async function readSegmentsOf(taps: TwoTaps, row: TapRow, readers: TapReaders): Promise<Segments> {
  return row.kind === 'both'
    ? { kind: 'both', rows: await readers.readPairLadder(taps, row.pair, { most: MOST_SEGMENTS }) }
    : { kind: 'one', rows: await readers.readLadder(taps[row.tap], row.flow, { most: MOST_SEGMENTS }) };
}

/** Makes the document for a screen of some size. `segments` is null while they are read, or says why they cannot be. */
export function documentOf(
  taps: TwoTaps, index: number, row: TapRow, segments: Segments | string | null, layout: Layout, paint: Paint,
): PairDocument {
  const { ladder: { width }, explanation: prose } = layOutPair(layout);
  const ladder =
    segments === null || typeof segments === 'string' ? segments : ladderOf(taps, row, segments, width, paint);
  const explanation = explainRow(taps, row, prose.width, paint);
  const count = ladder === null || typeof ladder === 'string' ? 1 : ladder.count;
  return {
    index, row, ladder, explanation, panes: layOutPair(layout, { ladder: count, explanation: explanation.length }),
  };
}

function ladderOf(taps: TwoTaps, row: TapRow, segments: Segments, width: number, paint: Paint): TapLadder {
  if (row.kind === 'both' && segments.kind === 'both') {
    const frames = (tap: 'client' | 'server'): number[] => row.pair.facts.flatMap((fact) => fact.frames[tap]);
    return pairLadderOf(segments.rows, { client: frames('client'), server: frames('server') }, width, paint);
  }
  const { tap, flow } = row as Extract<TapRow, { kind: 'one' }>;
  const rows = segments.rows as readonly LadderRow[];
  const analysis = taps[tap];
  const connection = analysis.connection(flow);
  const evidence = evidenceOf(connection, analysis.findingsOf(flow));
  return lonelyLadderOf(
    createLadder(analysis.clock, rows, evidence, new Set(), ladderEnd(connection, rows)), tap, width, paint,
  );
}

/** The connection as Markdown, with what is told of it. */
export function asMarkdown(taps: TwoTaps, row: TapRow): string {
  if (row.kind === 'both') return pairMarkdown(taps, row.pair).trim();
  const { tap, flow } = row;
  return aloneMarkdown(taps, tap, flow).trim();
}

/** The connection as text, as `--ladder` prints it; of one tap alone as `lastack flow` does. */
export function asText(taps: TwoTaps, row: TapRow, segments: Segments, look: Look): string {
  const pieces =
    row.kind === 'both'
      ? pairLadder(taps, row.pair, segments.rows as readonly PairRow[], look)
      : ladderText(taps[row.tap], taps[row.tap].connection(row.flow), segments.rows as readonly LadderRow[], look);
  return [...pieces].join('');
}
