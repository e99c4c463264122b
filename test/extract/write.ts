import { writeFileSync } from 'node:fs';
import type { Analysis, Connection } from '../../src/analysis/model.js';
import { type ExtractOptions, extract } from '../../src/extract/extract.js';

/** Writes an extract to `path`, and answers the path. */
export async function write(
  path: string, analysis: Analysis, choose: (connection: Connection) => boolean, options?: ExtractOptions,
): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of extract(analysis, choose, options)) pieces.push(piece);
  writeFileSync(path, Buffer.concat(pieces));
  return path;
}

export const all = (): boolean => true;

/** Connections with this finding. */
export function having(analysis: Analysis, finding: string, cause?: string): (connection: Connection) => boolean {
  const flows = new Set(
    analysis.findings
      .filter(({ id, cause: of }) => id === finding && (cause === undefined || of === cause))
      .map(({ flow }) => flow),
  );
  return ({ id }) => flows.has(id);
}
