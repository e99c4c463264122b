import type { Analysis } from '../analysis/model.js';
import { type Look, painter } from './paint.js';
import { diagnosisSections, lead } from './text/diagnoses.js';
import { notExplained } from './text/explained.js';
import { groupSections, groupTable } from './text/groups.js';
import { summary } from './text/summary.js';
import { wellOf } from './well.js';

/** The report for people: what is at the bottom of it, what was read, what is wrong by service, with samples and advice, and what is well. */
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
  yield `\n${verdict(analysis)}\n`;
}

function verdict(analysis: Analysis): string {
  const all = analysis.connectionCount;
  if (all === 0 && analysis.view !== undefined) return 'No connection passes the filter.';
  if (all === 0) return 'There is no TCP connection in this capture.';
  const faulty = new Set<number>();
  for (const { flow, severity } of analysis.findings) if (severity !== 'info') faulty.add(flow);
  for (const { connections, severity } of analysis.diagnoses) if (severity !== 'info') for (const id of connections) faulty.add(id);
  const faults = faulty.size + (analysis.view === undefined ? analysis.forgotten?.faulty ?? 0 : 0);
  return faults >= all ? 'No connection is without an error or a warning.' : wellOf(analysis, all - faults);
}
