import type { Analysis, Connection, Finding, Group, LadderRow } from '../../analysis/model.js';
import { readLadders } from '../../reread/ladder.js';
import { drawn } from './selection.js';

/** Findings of a group among which the shortest connection is looked for: it shows best what is common to all. */
const CANDIDATES = 20;
/** Packets of a connection that is still read for a drawing of sixty lines. */
const MOST_PACKETS = 20_000;

/** A connection that shows what its group is about, segment by segment. */
export interface Sample {
  readonly finding: Finding;
  readonly connection: Connection;
  readonly rows: readonly LadderRow[];
}

/**
 * Reads the samples of an analysis again from its captures, all in one go.
 *
 * A piped input that was not spooled cannot be read twice, and a file may be gone: the report then stands without the drawings.
 */
export async function readSamples(analysis: Analysis): Promise<Map<Group, Sample>> {
  if (analysis.capture.files.some(({ path, spool }) => path === '-' && spool === null)) return new Map();
  const chosen = drawn(analysis.groups).flatMap((group) => {
    const sample = shortest(analysis, group);
    return sample === null ? [] : [{ group, ...sample }];
  });
  if (chosen.length === 0) return new Map();
  const ladders = await readLadders(analysis, chosen.map(({ connection }) => connection.id)).catch((error: unknown) => {
    if (error instanceof Error && error.name === 'CaptureError') return [];
    throw error;
  });
  return new Map(ladders.map((rows, index) => [chosen[index]!.group, { ...chosen[index]!, rows }]));
}

function shortest(analysis: Analysis, group: Group): Omit<Sample, 'rows'> | null {
  let best: Omit<Sample, 'rows'> | null = null;
  let fewest = MOST_PACKETS;
  for (const index of group.findings.slice(0, CANDIDATES)) {
    const finding = analysis.findings[index];
    if (finding === undefined) continue;
    const connection = analysis.connection(finding.flow);
    const packets = connection.packets.client + connection.packets.server;
    if (packets < fewest) [best, fewest] = [{ finding, connection }, packets];
  }
  return best;
}
