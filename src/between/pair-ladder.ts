import type { Analysis, LadderRow, Role } from '../analysis/model.js';
import type { ConnectionId, FrameNumber } from '../base/numbers.js';
import type { Duration, Time } from '../base/time.js';
import { readLadders } from '../reread/ladder.js';
import { alignmentOf, match } from './align.js';
import type { Pair } from './pair.js';
import { Passed } from './passed.js';
import { type TakeSegment, readSegments } from './read-segments.js';
import { ROLES, Scene, type Side } from './scene.js';
import { ELSEWHERE, OTHERWISE_CUT, SegmentLog } from './segment-log.js';
import { TAPS, type Tap } from './tap.js';
import type { TapPair, TwoTaps } from './taps.js';

/**
 * What became of a segment between the taps. `passed`; `lost`; `strange`: it arrived, and the tap near its sender has
 * not seen it leave; `missed`: the other capture has missed it; `otherwise-cut`: the other tap has its bytes in other
 * segments; `elsewhere`: in another connection there; `unknown`: nothing was captured there then.
 */
export type Passage = 'passed' | 'lost' | 'strange' | 'missed' | 'otherwise-cut' | 'elsewhere' | 'unknown';

/** One segment at both taps. */
export interface PairRow {
  readonly by: Role;
  /** At the tap that saw it first, by the client's clock. */
  readonly time: Time;
  readonly passage: Passage;
  /** At each tap; null where it was not seen. */
  readonly client: LadderRow | null;
  readonly server: LadderRow | null;
  /** From tap to tap, where it passed both. */
  readonly delay: number | null;
  /** Segments before it that have no row. */
  readonly leftOut?: number;
}

export interface PairLadderOptions {
  readonly signal?: AbortSignal;
  /**
   * Rows at most, 2 at least: of a connection of more segments the first half and the last ones, which stand for all.
   * Default: no limit.
   */
  readonly most?: number;
}

/**
 * Reads one connection again from both captures, each segment once, in the order in which they were sent.
 *
 * @throws CaptureError where a file cannot be read any more, and the signal's reason where it is aborted
 */
export async function readPairLadder(
  taps: TwoTaps,
  pair: TapPair,
  options: PairLadderOptions = {},
): Promise<PairRow[]> {
  const [rows] = await readPairLadders(taps, [pair], options);
  return rows!;
}

/** The ladders of several connections in one reading, in the order of `pairs`. */
export async function readPairLadders(
  taps: TwoTaps,
  pairs: readonly TapPair[],
  { signal, most = Infinity }: PairLadderOptions = {},
): Promise<PairRow[][]> {
  if (pairs.length === 0) return [];
  const logs = { client: new SegmentLog(), server: new SegmentLog() };
  for (const tap of TAPS) {
    const epoch = epochOf(taps, tap);
    const add: TakeSegment = (segment, id, role, frame, time) => logs[tap].add(segment, id, role, frame, time + epoch);
    await readSegments(taps[tap], idsOf(pairs, tap), add, signal);
  }
  const told = pairs.map((pair) => new Told(sceneOf(taps, pair, logs), most));
  const rows = {
    client: await rowsAt(taps.client, idsOf(pairs, 'client'), framesOf(told, 'client'), signal),
    server: await rowsAt(taps.server, idsOf(pairs, 'server'), framesOf(told, 'server'), signal),
  };
  return told.map((one) => one.rows(rows));
}

function idsOf(pairs: readonly TapPair[], tap: Tap): number[] {
  return [...new Set(pairs.flatMap(({ flows }) => flows[tap]))];
}

function framesOf(told: readonly Told[], tap: Tap): ReadonlySet<FrameNumber> {
  return new Set(told.flatMap((one) => one.frames(tap)));
}

function epochOf({ serverEpoch }: TwoTaps, tap: Tap): Duration {
  return tap === 'client' ? 0 : serverEpoch;
}

function sceneOf(
  taps: TwoTaps,
  { flows, by, shifts, flipped }: TapPair,
  logs: Readonly<Record<Tap, SegmentLog>>,
): Scene {
  const { clocks, coverage } = taps;
  const pair: Pair = { client: flows.client, server: flows.server, by, shifts, flipped };
  const side = (tap: Tap): Side => {
    const { first, last, end } = taps[tap].capture;
    const epoch = epochOf(taps, tap);
    return {
      tap,
      analysis: taps[tap],
      log: logs[tap],
      first: (first ?? Infinity) + epoch,
      end: (end ?? last ?? -Infinity) + epoch,
    };
  };
  match(pair, logs, clocks);
  const sides = { client: side('client'), server: side('server') };
  return new Scene(alignmentOf(pair, logs), sides, clocks, new Passed(), coverage);
}

/** What was read of the connections of one tap. */
type RowsOf = ReadonlyMap<ConnectionId, readonly LadderRow[]>;

/** The rows of one tap that have these frames. */
async function rowsAt(
  analysis: Analysis,
  ids: readonly ConnectionId[],
  frames: ReadonlySet<FrameNumber>,
  signal: AbortSignal | undefined,
): Promise<RowsOf> {
  const ladders = await readLadders(analysis, ids, {
    wanted: (_, frame) => frames.has(frame),
    ...(signal !== undefined && { signal }),
  });
  return new Map(ids.map((id, place) => [id, ladders[place]!]));
}

/** A segment: its rows in the logs, where it was seen. */
interface Seen {
  readonly role: 0 | 1;
  readonly time: Time;
  readonly passage: Passage;
  readonly near: number | null;
  readonly far: number | null;
}

/** The segments of a pair that get a row, in the order in which they were sent. */
class Told {
  private readonly scene: Scene;
  private readonly segments: readonly Seen[];
  /** Place of the first one behind those that are left out. */
  private readonly behind: number;
  private readonly leftOut: number;

  constructor(scene: Scene, most: number) {
    this.scene = scene;
    const all = ([0, 1] as const)
      .flatMap((role) => [...sent(scene, role), ...strange(scene, role)])
      .toSorted((one, other) => one.time - other.time);
    const half = Math.floor(most / 2);
    this.leftOut = Math.max(0, all.length - most);
    this.behind = half;
    this.segments = this.leftOut === 0 ? all : [...all.slice(0, half), ...all.slice(half + this.leftOut)];
  }

  /** Of a tap. */
  frames(tap: Tap): FrameNumber[] {
    return this.segments.map((one) => this.frameAt(one, tap)).filter((frame) => frame !== null);
  }

  rows(read: Readonly<Record<Tap, RowsOf>>): PairRow[] {
    const { scene, segments, leftOut, behind } = this;
    const own = (tap: Tap): ReadonlyMap<FrameNumber, LadderRow> =>
      new Map(scene.alignment.pair[tap].flatMap((id) => read[tap].get(id) ?? []).map((row) => [row.frame, row]));
    const rows = { client: own('client'), server: own('server') };
    return segments.map((one, place) => {
      const { role, time, passage, near, far } = one;
      const [client, server] = TAPS.map((tap) => {
        const frame = this.frameAt(one, tap);
        return frame === null ? null : (rows[tap].get(frame) ?? null);
      });
      const delay = near === null || far === null ? null : scene.clientTime(scene.far(role), far) - time;
      return {
        by: ROLES[role],
        time,
        passage,
        client: client!,
        server: server!,
        delay,
        ...(leftOut > 0 && place === behind && { leftOut }),
      };
    });
  }

  private frameAt({ role, near, far }: Seen, tap: Tap): FrameNumber | null {
    const side = this.scene.near(role).tap === tap ? this.scene.near(role) : this.scene.far(role);
    const row = side === this.scene.near(role) ? near : far;
    return row === null ? null : side.log.frame[row]!;
  }
}

/** What left near its sender. */
function sent(scene: Scene, role: 0 | 1): Seen[] {
  const near = scene.near(role);
  const fates = scene.fatesOf(role);
  const { rows, matches } = scene.sent(role);
  return Array.from(rows, (row, place) => {
    const found = matches[place]!;
    const fate = fates[place]!;
    return {
      role,
      time: scene.clientTime(near, row),
      passage: notSame(found) ?? (fate === 'arrived' ? 'passed' : fate),
      near: row,
      far: found >= 0 ? found : null,
    };
  });
}

/** What arrived, and was not seen to leave. */
function strange(scene: Scene, role: 0 | 1): Seen[] {
  const far = scene.far(role);
  const { rows, matches } = scene.heard(role);
  return Array.from(rows, (row, place) => ({ row, found: matches[place]! }))
    .filter(({ found }) => found < 0)
    .map(({ row, found }) => ({
      role,
      time: scene.clientTime(far, row),
      passage: notSame(found) ?? (scene.sawDeparture(role, row) === null ? 'unknown' : 'strange'),
      near: null,
      far: row,
    }));
}

/** Where the other tap has it otherwise. */
function notSame(found: number): Passage | null {
  return found === OTHERWISE_CUT ? 'otherwise-cut' : found === ELSEWHERE ? 'elsewhere' : null;
}
