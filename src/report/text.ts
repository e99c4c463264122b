import type { Analysis } from '../analysis/model.js';
import { type Look, painter } from './paint.js';
import { notExplained } from './explained.js';
import { diagnosisSections, lead } from './text/diagnoses.js';
import { groupSections, groupTable } from './text/groups.js';
import { summary } from './text/summary.js';
import { wellOf } from './well.js';

/**
 * The report for people: what is at the bottom of it, what was read, what is wrong by service, with samples and advice,
 * and what is well.
 */
export function* text(analysis: Analysis, look: Look): IterableIterator<string> {
  const paint = painter(look.color);
  if (analysis.diagnoses.length > 0) {
    yield* lead(analysis, paint, look.width);
    yield '\n';
  }
  yield* summary(analysis, paint, look.width);
  const groups = notExplained(analysis);
  if (groups.length > 0) {
    yield '\n';
    yield* groupTable(analysis, groups, paint);
  }
  yield* diagnosisSections(analysis, paint, look.width);
  yield* groupSections(analysis, groups, paint, look.width);
  yield `\n${wellOf(analysis)}\n`;
}
