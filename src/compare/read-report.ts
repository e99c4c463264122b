import { closeSync, createReadStream, openSync, readSync, statSync } from 'node:fs';
import { SEVERITIES, type Severity } from '../findings/finding.js';
import type { Address } from '../analysis/model.js';
import { JsonSkim } from './json-skim.js';
import { Tally } from './tally.js';

/** A file that should be a JSON or NDJSON report and is none. */
export class ReportError extends Error {
  override name = 'ReportError';
}

/** All that is counted of a record. */
const ASKED: ReadonlySet<string> = new Set([
  'type', 'version', 'capture', 'finding', 'cause', 'severity', 'service', 'server', 'address', 'port', 'flows',
  'folded', 'forgotten', 'id', 'by', 'verdicts', 'unknown',
]);

/** Whether a file begins as JSON does. No capture does: its first byte is part of a magic number. */
export function isReport(path: string): boolean {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return false;
  const beginning = Buffer.alloc(64);
  const file = openSync(path, 'r');
  try {
    return beginning
      .toString('latin1', 0, readSync(file, beginning))
      .replace(/^\u00EF\u00BB\u00BF/, '')
      .trimStart()
      .startsWith('{');
  } finally {
    closeSync(file);
  }
}

/**
 * Counts what an earlier `-f ndjson` or `-f json` report tells, in whatever layout (also through jq).
 *
 * @throws ReportError where the file is something else
 */
export async function readTally(path: string): Promise<Tally> {
  statSync(path);
  const tally = new Tally();
  let records = 0;
  const count = (record: unknown): void => {
    records += 1;
    add(tally, record);
  };
  // NDJSON has the records at the top; a document has lists of them, and one of the capture.
  const skim = new JsonSkim(ASKED, (node, depth, member) => {
    if (depth === 1 && TYPES.has(node['type'])) count(node);
    else if (depth === 1 && node['version'] === 1 && isObject(node['capture'])) count(node['capture']);
    else if (depth === 3 && (member === 'flows' || member === 'groups' || member === 'diagnoses')) count(node);
  });
  try {
    let isFirst = true;
    for await (const bytes of createReadStream(path, { highWaterMark: BLOCK }) as AsyncIterable<Buffer>) {
      skim.push(isFirst && bytes.indexOf(BYTE_ORDER_MARK) === 0 ? bytes.subarray(BYTE_ORDER_MARK.length) : bytes);
      isFirst = false;
    }
    skim.end();
  } catch (error) {
    throw error instanceof Error && 'syscall' in error
      ? error
      : new ReportError(`${path}: not a report: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (records === 0) throw new ReportError(`${path}: no report of version 1 in it`);
  return tally;
}

/** What the records of a report are. */
const TYPES: ReadonlySet<unknown> = new Set(['capture', 'flow', 'finding', 'group', 'diagnosis']);

/** Bytes read at once. */
const BLOCK = 1 << 18;

/** Some editors put it first. */
const BYTE_ORDER_MARK = Buffer.from('\uFEFF');

function add(tally: Tally, record: unknown): void {
  if (!isObject(record)) return;
  const { type, id, finding, cause, severity, service, server, flows, folded, forgotten, verdicts, by } = record;
  if (type === 'capture' && (folded !== undefined || forgotten !== undefined)) tally.findingsOnly = true;
  if (type === 'capture' && isObject(verdicts) && typeof verdicts['unknown'] === 'number') {
    // The same version of the format tells of both.
    tally.unknown = (tally.unknown ?? 0) + verdicts['unknown'];
    tally.hasDiagnoses = true;
  }
  if (type === 'flow' && isAddress(server)) tally.addFlow(server);
  const graveness = SEVERITIES.find((name): name is Severity => name === severity);
  if (
    type === 'diagnosis' && typeof id === 'string' && typeof flows === 'number' && graveness !== undefined &&
    isObject(by) && typeof by['address'] === 'string'
  ) {
    tally.addDiagnosis(id, graveness, isAddress(service) ? service : null, by['address'], flows);
  }
  if (type !== 'group' || typeof finding !== 'string' || !isAddress(service) || typeof flows !== 'number') return;
  if (graveness !== undefined)
    tally.addGroup(finding, typeof cause === 'string' ? cause : null, graveness, service, flows);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isAddress(value: unknown): value is Address {
  return isObject(value) && typeof value['address'] === 'string' && typeof value['port'] === 'number';
}
