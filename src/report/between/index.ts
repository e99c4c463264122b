import type { TwoTaps } from '../../between/between.js';
import type { Look } from '../paint.js';
import { type ReadPairs, html } from './html.js';
import { markdown } from './markdown.js';
import { json, ndjson } from './record.js';
import { text } from './text.js';

/** Writes what both ends show, as text in pieces; `html` reads some connections once more for its ladders. */
export type BetweenReport = (
  taps: TwoTaps,
  look: Look,
  readPairs: ReadPairs,
) => Iterable<string | Buffer> | Promise<Iterable<string>>;

/** Every format by its name on the command line. */
export const betweenReports = {
  text,
  ndjson,
  json,
  markdown,
  html: (taps: TwoTaps, _: Look, readPairs: ReadPairs) => html(taps, readPairs),
} as const satisfies Record<string, BetweenReport>;
export type BetweenFormat = keyof typeof betweenReports;
