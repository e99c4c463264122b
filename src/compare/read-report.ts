import { closeSync, createReadStream, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { SEVERITIES, type Severity } from '../findings/finding.js';
import type { Address } from '../analysis/model.js';
import { Tally } from './tally.js';

/** A file that should be a JSON or NDJSON report and is none. */
export class ReportError extends Error {
  override name = 'ReportError';
}

/** A report of one document that is read at once; NDJSON has no limit. */
const MOST_BYTES = 256e6;

/** Whether a file begins as JSON does. No capture does: its first byte is part of a magic number. */
export function isReport(path: string): boolean {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return false;
  const beginning = Buffer.alloc(64);
  const file = openSync(path, 'r');
  try {
    return beginning.toString('latin1', 0, readSync(file, beginning)).replace(/^\u00EF\u00BB\u00BF/, '').trimStart().startsWith('{');
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
  const { size } = statSync(path);
  const tally = new Tally();
  let records = 0;
  const take = (record: unknown): void => {
    records += 1;
    add(tally, record);
  };
  if (!(await isDocument(path))) {
    for await (const line of lines(path)) take(parsed(line, path));
  } else if (size > MOST_BYTES) {
    throw new ReportError(`${path}: a JSON document of more than 256 MB; write it with -f ndjson`);
  } else {
    const document = parsed(readFileSync(path, 'utf8').replace(/^\uFEFF/, ''), path);
    for (const list of ['flows', 'groups']) for (const record of listIn(document, list)) take(record);
    if (isObject(document) && document['version'] === 1 && isObject(document['capture'])) take(document['capture']);
  }
  if (records === 0) throw new ReportError(`${path}: no report of version 1 in it`);
  return tally;
}

/** NDJSON has an object of its own in its first line. */
async function isDocument(path: string): Promise<boolean> {
  for await (const line of lines(path)) {
    try {
      const record: unknown = JSON.parse(line);
      return !isObject(record) || typeof record['type'] !== 'string';
    } catch {
      return true;
    }
  }
  return false;
}

/** Those that are not empty, without the mark that some editors put first. */
async function* lines(path: string): AsyncIterableIterator<string> {
  const stream = createReadStream(path, 'utf8');
  try {
    for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
      if (line.trim() !== '') yield line.replace(/^\uFEFF/, '');
    }
  } finally {
    stream.destroy();
  }
}

function add(tally: Tally, record: unknown): void {
  if (!isObject(record)) return;
  const { type, finding, cause, severity, service, server, flows, folded, forgotten } = record;
  if (type === 'capture' && (folded !== undefined || forgotten !== undefined)) tally.findingsOnly = true;
  if (type === 'flow' && isAddress(server)) tally.addFlow(server);
  if (type !== 'group' || typeof finding !== 'string' || !isAddress(service) || typeof flows !== 'number') return;
  const known = SEVERITIES.find((name): name is Severity => name === severity);
  if (known !== undefined) tally.addGroup(finding, typeof cause === 'string' ? cause : null, known, service, flows);
}

function parsed(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ReportError(`${path}: not a report: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function listIn(document: unknown, name: string): readonly unknown[] {
  const list = isObject(document) ? document[name] : undefined;
  return Array.isArray(list) ? list : [];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isAddress(value: unknown): value is Address {
  return isObject(value) && typeof value['address'] === 'string' && typeof value['port'] === 'number';
}
