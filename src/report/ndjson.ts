import type { Analysis } from '../analysis.js';
import { captureRecord, findingRecord, flowRecord, groupRecord } from './record.js';

/** One JSON object a line: the capture, its flows, its findings, its groups. */
export function* ndjson(analysis: Analysis): IterableIterator<string> {
  yield `${captureRecord(analysis)}\n`;
  for (const connection of analysis.connections()) yield `${flowRecord(analysis, connection)}\n`;
  for (const finding of analysis.findings) yield `${findingRecord(analysis, finding)}\n`;
  for (const group of analysis.groups) yield `${groupRecord(analysis, group)}\n`;
}
