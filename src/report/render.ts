import type { Analysis } from '../analysis/model.js';
import { type Choices, usualChoices } from './choices.js';
import { chunks } from './chunks.js';
import { type Report, type ReportFormat, reports } from './index.js';
import type { Look } from './paint.js';

/** What a report may be asked for besides its format; each format takes what concerns it. */
export interface RenderOptions extends Partial<Choices>, Partial<Look> {}

/**
 * The report that `lastack report -f FORMAT` writes, in pieces of some 64 kB: nothing is made before it is asked for.
 *
 * Without options as into a pipe: no colour, lines of 100 columns, `failOn: 'error'`, and of CSV the table of flows.
 * `html` reads the captures once more for its ladders.
 * @throws CaptureError where a file cannot be read any more
 */
export async function* render(
  analysis: Analysis, format: ReportFormat, { color = false, width = 100, ...choices }: RenderOptions = {},
): AsyncGenerator<string, void, undefined> {
  const report: Report = await reports[format]();
  const pieces = await report(analysis, { color, width }, { ...usualChoices, ...choices });
  for (const chunk of chunks(pieces)) yield String(chunk);
}
