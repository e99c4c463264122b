import type { Analysis } from '../analysis.js';
import { json } from './json.js';
import { ndjson } from './ndjson.js';
import type { Look } from './paint.js';
import { text } from './text.js';

/**
 * An analysis as text, in pieces: nothing is made before it is asked for, so a report of half a million flows needs no more memory
 * than one of five. `chunks` joins the pieces for writing.
 */
export type Report = (analysis: Analysis, look: Look) => Iterable<string>;

/** Every format by its name on the command line. Adding one: write its file, then add it here. */
export const reports = { text, ndjson, json } as const satisfies Record<string, Report>;
export type ReportFormat = keyof typeof reports;
