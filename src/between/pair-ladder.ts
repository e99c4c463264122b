import { readLadders } from '../reread/ladder.js';
import type { LadderRow, Role } from '../analysis/model.js';
import type { Time } from '../base/time.js';
import { alignmentOf, match as matchSegments } from './align.js';
import { readSegments } from './read-segments.js';
import { Scene, type Side } from './scene.js';
import { ELSEWHERE, ONLY_HERE, OTHERWISE_CUT, SegmentLog } from './segment-log.js';
import type { TapPair, TwoTaps } from './taps.js';
import type { Pair } from './pair.js';

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
}

/**
 * Reads one connection again from both captures, each segment once, in the order in which they were sent.
 *
 * @throws CaptureError where a file cannot be read any more, and the signal's reason where it is aborted
 */
export async function readPairLadder(
  taps: TwoTaps,
  { flows, by, shifts, flipped }: TapPair,
  signal?: AbortSignal,
): Promise<PairRow[]> {
  const { client, server, clocks, serverEpoch } = taps;
  const pair: Pair = { client: flows.client, server: flows.server, by, shifts, flipped };
  const logs = { client: new SegmentLog(), server: new SegmentLog() };
  await readSegments(
    client,
    flows.client,
    (segment, id, role, frame, time) => logs.client.add(segment, id, role, frame, time),
    signal,
  );
  await readSegments(
    server,
    flows.server,
    (segment, id, role, frame, time) => logs.server.add(segment, id, role, frame, time + serverEpoch),
    signal,
  );
  const side = (tap: 'client' | 'server'): Side => {
    const { first, last, end } = taps[tap].capture;
    const epoch = tap === 'client' ? 0 : serverEpoch;
    return {
      tap,
      analysis: taps[tap],
      log: logs[tap],
      first: (first ?? Infinity) + epoch,
      end: (end ?? last ?? -Infinity) + epoch,
    };
  };
  const sides = { client: side('client'), server: side('server') };
  matchSegments(pair, logs, clocks);
  const scene = new Scene(alignmentOf(pair, logs), sides, clocks, [-Infinity, -Infinity], taps.coverage);
  const options = signal === undefined ? {} : { signal };
  const rows = {
    client: byFrame(await readLadders(client, flows.client, options)),
    server: byFrame(await readLadders(server, flows.server, options)),
  };
  const found: PairRow[] = [];
  for (const role of [0, 1] as const) {
    const [near, far] = [scene.near(role), scene.far(role)];
    const by: Role = role === 0 ? 'client' : 'server';
    const fates = scene.fatesOf(role);
    const sent = scene.sent(role);
    sent.rows.forEach((row, place) => {
      const match = sent.matches[place]!;
      const here = rows[near.tap].get(near.log.frame[row]!) ?? null;
      const there = match >= 0 ? (rows[far.tap].get(far.log.frame[match]!) ?? null) : null;
      const passage =
        match >= 0
          ? 'passed'
          : match === OTHERWISE_CUT
            ? 'otherwise-cut'
            : match === ELSEWHERE
              ? 'elsewhere'
              : fates[place] === 'arrived'
                ? 'passed'
                : fates[place]!;
      const delay = match >= 0 ? scene.clientTime(far, match) - scene.clientTime(near, row) : null;
      found.push({
        by,
        time: scene.clientTime(near, row),
        passage,
        client: role === 0 ? here : there,
        server: role === 0 ? there : here,
        delay,
      });
    });
    const heard = scene.heard(role);
    heard.rows.forEach((row, place) => {
      const match = heard.matches[place]!;
      if (match >= 0) return;
      const there = rows[far.tap].get(far.log.frame[row]!) ?? null;
      const isCovered = scene.sawDeparture(role, row) !== null;
      const passage =
        match === OTHERWISE_CUT
          ? 'otherwise-cut'
          : match === ELSEWHERE
            ? 'elsewhere'
            : match === ONLY_HERE && isCovered
              ? 'strange'
              : 'unknown';
      found.push({
        by,
        time: scene.clientTime(far, row),
        passage,
        client: role === 0 ? null : there,
        server: role === 0 ? there : null,
        delay: null,
      });
    });
  }
  return found.toSorted((one, other) => one.time - other.time);
}

function byFrame(ladders: readonly (readonly LadderRow[])[]): Map<number, LadderRow> {
  return new Map(ladders.flat().map((row) => [row.frame, row]));
}
