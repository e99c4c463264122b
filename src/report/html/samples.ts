import type { Analysis, Connection, Finding, Group, LadderRow } from '../../analysis/model.js';
import { readLadders } from '../../reread/ladder.js';
import type { Listed } from './listed.js';
import { drawn } from './selection.js';

/** Findings of a group among which the shortest connection is looked for: it shows best what is common to all. */
const CANDIDATES = 20;
/** Packets of a connection that is still read for a drawing of sixty lines. */
const MOST_PACKETS = 20_000;
/**
 * Of those that are drawn when somebody asks: each one's packets, and all of them together, some 60 MB while they are
 * read.
 */
const MOST_PACKETS_OF_ONE = 2000;
const MOST_PACKETS_OF_ALL = 200_000;

/** A connection that shows what its group is about, segment by segment. */
export interface Sample {
  readonly finding: Finding;
  readonly connection: Connection;
  readonly rows: readonly LadderRow[];
}

export interface Samples {
  /** The connection that is drawn for each of these groups. */
  readonly drawn: ReadonlyMap<Group, Sample>;
  /** The segments of these and many more connections, by `Connection.id`. */
  readonly rows: ReadonlyMap<number, readonly LadderRow[]>;
}

const NONE: Samples = { drawn: new Map(), rows: new Map() };

/**
 * Reads the samples of an analysis again from its captures, and of the connections that are listed as many as there is
 * room for: all in one go.
 *
 * A piped input that was not spooled cannot be read twice, and a file may be gone: the report then stands without the
 * drawings.
 */
export async function readSamples(analysis: Analysis, listed: readonly Listed[]): Promise<Samples> {
  if (analysis.capture.files.some(({ path, spool }) => path === '-' && spool === null)) return NONE;
  const chosen = drawn(analysis.groups).flatMap((group) => {
    const sample = shortest(analysis, group);
    return sample === null ? [] : [{ group, ...sample }];
  });
  const ids = [...new Set([...chosen.map(({ connection }) => connection.id), ...fitting(analysis, listed)])];
  if (ids.length === 0) return NONE;
  const ladders = await readLadders(analysis, ids).catch((error: unknown) => {
    if (error instanceof Error && error.name === 'CaptureError') return [];
    throw error;
  });
  const rows = new Map(ladders.map((ladder, index) => [ids[index]!, ladder]));
  return {
    rows,
    drawn: new Map(
      chosen.flatMap(({ group, finding, connection }) => {
        const own = rows.get(connection.id);
        return own === undefined ? [] : [[group, { finding, connection, rows: own }]];
      }),
    ),
  };
}

function* fitting(analysis: Analysis, listed: readonly Listed[]): IterableIterator<number> {
  let room = MOST_PACKETS_OF_ALL;
  for (const {
    finding: { flow },
  } of listed) {
    const { client, server } = analysis.connection(flow).packets;
    const packets = client + server;
    if (packets > MOST_PACKETS_OF_ONE || packets > room) continue;
    room -= packets;
    yield flow;
  }
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
