import type { Analysis } from '../analysis.js';
import { VERSION, captureRecord, findingRecord, flowRecord, groupRecord } from './record.js';

/** One JSON document of the same objects that `ndjson` writes, still one a line. */
export function* json(analysis: Analysis): IterableIterator<string> {
  yield `{"version":${VERSION},\n"capture":${captureRecord(analysis)},\n"flows":`;
  yield* array(analysis.connections(), (connection) => flowRecord(analysis, connection));
  yield ',\n"findings":';
  yield* array(analysis.findings, (finding) => findingRecord(analysis, finding));
  yield ',\n"groups":';
  yield* array(analysis.groups, (group) => groupRecord(analysis, group));
  yield '}\n';
}

/** A JSON array, an element a line. */
export function* array<T>(items: Iterable<T>, write: (item: T) => string): IterableIterator<string> {
  let before = '[\n';
  for (const item of items) {
    yield before + write(item);
    before = ',\n';
  }
  yield before === '[\n' ? '[]' : '\n]';
}
