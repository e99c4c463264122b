import type { Analysis } from '../analysis/model.js';
import type { Choices } from './choices.js';
import { csv } from './csv.js';
import { html } from './html.js';
import { json } from './json.js';
import { junit } from './junit.js';
import { markdown } from './markdown.js';
import { ndjson } from './ndjson.js';
import { openmetrics } from './openmetrics.js';
import type { Look } from './paint.js';
import { sarif } from './sarif.js';
import { text } from './text.js';

/**
 * An analysis as text, in pieces: nothing is made before it is asked for, so a report of half a million flows needs no more memory
 * than one of five. `chunks` joins the pieces for writing. A format of records hands on their bytes instead, which stay as they are until the
 * piece after the next is asked for. A format that reads the captures once more (ladders) lets them be waited for.
 */
export type Report = (analysis: Analysis, look: Look, choices: Choices) => Iterable<string | Buffer> | Promise<Iterable<string>>;

/** Every format of text by its name on the command line; Parquet, of bytes, is apart. Adding one: write its file, then add it here. */
export const reports = { text, ndjson, json, html, csv, markdown, junit, sarif, openmetrics } as const satisfies Record<string, Report>;
export type ReportFormat = keyof typeof reports;
