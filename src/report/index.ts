import type { Analysis } from '../analysis/model.js';
import type { Choices } from './choices.js';
import type { Look } from './paint.js';

/**
 * An analysis as text, in pieces: nothing is made before it is asked for, so a report of half a million flows needs no
 * more memory than one of five. `chunks` joins the pieces for writing. A format of records hands on their bytes
 * instead, which stay as they are until the piece after the next is asked for. A format that reads the captures once
 * more (ladders) lets them be waited for.
 */
export type Report = (
  analysis: Analysis, look: Look, choices: Choices,
) => Iterable<string | Buffer> | Promise<Iterable<string>>;

/**
 * Loads every format of text by its name on the command line; Parquet, of bytes, is apart. Each alone, for a run writes
 * one of them. Adding one: write its file, then add it here.
 */
export const reports = {
  text: async () => (await import('./text.js')).text,
  ndjson: async () => (await import('./ndjson.js')).ndjson,
  json: async () => (await import('./json.js')).json,
  html: async () => (await import('./html.js')).html,
  csv: async () => (await import('./csv.js')).csv,
  markdown: async () => (await import('./markdown.js')).markdown,
  junit: async () => (await import('./junit.js')).junit,
  sarif: async () => (await import('./sarif.js')).sarif,
  openmetrics: async () => (await import('./openmetrics.js')).openmetrics,
} as const satisfies Readonly<Record<string, () => Promise<Report>>>;

export type ReportFormat = keyof typeof reports;

/** In the order in which they are offered. */
export const reportFormats = Object.keys(reports) as ReportFormat[];
