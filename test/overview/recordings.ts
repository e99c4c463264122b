import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Analysis } from '../../src/analysis/model.js';
import { analyze } from '../../src/analysis/analyze.js';

const folder = fileURLToPath(new URL('../../captures/', import.meta.url));

/** Every recording of real sockets, by name. */
export const recordings: readonly string[] = readdirSync(folder)
  .filter((name) => name.endsWith('.pcapng'))
  .map((name) => name.replace(/\.pcapng$/, ''));

const read = new Map<string, Promise<Analysis>>();

/** A recording, analysed once. */
export function recording(name: string): Promise<Analysis> {
  let analysis = read.get(name);
  if (analysis === undefined) read.set(name, (analysis = analyze([`${folder}${name}.pcapng`])));
  return analysis;
}
