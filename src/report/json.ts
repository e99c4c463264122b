import type { Analysis } from '../analysis/model.js';
import { JsonWriter } from './json-writer.js';
import { VERSION, captureRecord, diagnosisRecord, findingRecord, flowRecord, groupRecord } from './record.js';

/** One JSON document of the same objects that `ndjson` writes, still one a line. */
export function* json(analysis: Analysis): IterableIterator<Buffer> {
  const to = new JsonWriter(analysis.clock);
  to.raw(`{"version":${VERSION},\n"capture":`);
  captureRecord(to, analysis);
  to.raw('\n"diagnoses":');
  yield* elements(to, analysis.diagnoses, (diagnosis) => diagnosisRecord(to, diagnosis));
  to.raw(',\n"flows":');
  yield* elements(to, analysis.connections(), (connection) => flowRecord(to, analysis, connection));
  to.raw(',\n"findings":');
  yield* elements(to, analysis.findings, (finding) => findingRecord(to, analysis, finding));
  to.raw(',\n"groups":');
  yield* elements(to, analysis.groups, (group) => groupRecord(to, analysis, group));
  to.raw('}\n');
  yield to.taken();
}

/** Writes what `array` does through a writer: as many chunks as are full with it. */
export function* elements<T>(to: JsonWriter, items: Iterable<T>, write: (item: T) => void): IterableIterator<Buffer> {
  let before = '[\n';
  for (const item of items) {
    to.raw(before);
    write(item);
    to.dropComma();
    before = ',\n';
    if (to.isFull) yield to.taken();
  }
  to.raw(before === '[\n' ? '[]' : '\n]');
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
