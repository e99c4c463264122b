import { open, rm, type FileHandle } from 'node:fs/promises';
import type { Analysis, Connection } from '../../analysis/model.js';
import type { ConnectionId } from '../../base/numbers.js';
import { type ExtractOptions, extract } from '../../extract/extract.js';
import { counted } from '../../report/quantities.js';
import type { Request } from './outside.js';

/** Names that are tried before giving up. */
const ATTEMPTS = 1000;

/** Writes the flows to a new file in the working folder, for its owner's eyes, with packet comments, and says which. */
export async function extractFlows({ analysis, flows }: Request): Promise<string> {
  const stem = flows.length === 1 ? `stream-${analysis.connection(flows[0]!).stream}` : `${flows.length}-flows`;
  const { name, packets, connections, lost } = await writeFlows(analysis, flows, stem);
  return `Wrote ${counted(packets, 'packet')} of ${counted(connections, 'flow')} to ${name}${sayLost(lost)}`;
}

/** What was written. */
export interface Written {
  readonly name: string;
  readonly packets: number;
  readonly connections: number;
  /** Packets that the copy of a pipe does not hold any more. */
  readonly lost: number;
}

/** Writes flows to a new file in the working folder, whose name begins with `stem`. */
export async function writeFlows(
  analysis: Analysis, flows: readonly ConnectionId[], stem: string, options: ExtractOptions = {},
): Promise<Written> {
  const chosen = new Set(flows);
  const extracted = { connections: 0, packets: 0 };
  const all = flows.reduce((sum, flow) => sum + packetsOf(analysis.connection(flow)), 0);
  const { file, name } = await newFile(stem);
  try {
    for await (const piece of extract(analysis, ({ id }) => chosen.has(id), options, extracted))
      await file.writeFile(piece);
  } catch (error) {
    // A part of an extract would look like the whole one.
    await rm(name, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  const lost = analysis.capture.files.some(({ spool }) => spool !== null) ? Math.max(0, all - extracted.packets) : 0;
  return { name, ...extracted, lost };
}

/** Empty where nothing is. */
export function sayLost(lost: number): string {
  return lost === 0 ? '' : `; ${counted(lost, 'packet')} more are not kept on disk (--spool)`;
}

function packetsOf({ packets: { client, server } }: Connection): number {
  return client + server;
}

/** `stream-7.pcapng`, or `stream-7-2.pcapng` where that is there already: nothing is written over. */
async function newFile(stem: string): Promise<{ file: FileHandle; name: string }> {
  for (let attempt = 1; attempt < ATTEMPTS; attempt++) {
    const name = `${stem}${attempt === 1 ? '' : `-${attempt}`}.pcapng`;
    try {
      return { file: await open(name, 'wx', 0o600), name };
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  }
  throw new Error(`There are ${ATTEMPTS} extracts called ${stem} here already`);
}
