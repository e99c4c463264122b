import type { Analysis } from '../analysis/model.js';
import { JsonWriter } from './json-writer.js';
import { captureRecord, diagnosisRecord, findingRecord, flowRecord, groupRecord } from './record.js';

/** One JSON object a line: the capture, its diagnoses, its flows, its findings, its groups. */
export function* ndjson(analysis: Analysis): IterableIterator<Buffer> {
  const to = new JsonWriter(analysis.clock);
  yield* lines(to, [analysis], (whole) => captureRecord(to, whole));
  yield* lines(to, analysis.diagnoses, (diagnosis) => diagnosisRecord(to, diagnosis));
  yield* lines(to, analysis.connections(), (connection) => flowRecord(to, analysis, connection));
  yield* lines(to, analysis.findings, (finding) => findingRecord(to, analysis, finding));
  yield* lines(to, analysis.groups, (group) => groupRecord(to, analysis, group));
  yield to.taken();
}

/** A line for each of `items`, as many chunks as are full with them. */
export function* lines<T>(to: JsonWriter, items: Iterable<T>, write: (item: T) => void): IterableIterator<Buffer> {
  for (const item of items) {
    write(item);
    to.endLine();
    if (to.isFull) yield to.taken();
  }
}
