import type { Connection, Duration, LadderRow, Role, State, Time } from '../../analysis/model.js';
import { SECOND } from '../../base/time.js';

/** The states of both endpoints. */
export interface States {
  readonly client: State;
  readonly server: State;
}

/** One step of a drawn ladder. `states` are those after it. */
export type Rung = { readonly states: States; readonly time: Time } & (
  | { readonly kind: 'segment'; readonly row: LadderRow }
  /** Segments that tell nothing by themselves: data in order and its acknowledgments. */
  | {
      readonly kind: 'fold';
      readonly segments: number;
      readonly bytes: { readonly client: number; readonly server: number };
      readonly lasting: Duration;
    }
  | { readonly kind: 'pause'; readonly lasting: Duration }
  /** A timer that shows no frame. */
  | { readonly kind: 'timer'; readonly role: Role; readonly state: State }
  | { readonly kind: 'end' }
);

/** Silence that is worth a line of its own. */
const PAUSE: Duration = SECOND;
/** Folding fewer would save nothing. */
const FEWEST_FOLDED = 3;

/**
 * A ladder short enough to be looked at: at most about `most` segments, the ones between folded into one line, silence
 * told, timers that ended a state put where they ran out, and how both ends stood when the capture ended.
 *
 * @param frames those that carry a finding: they are kept before all others
 */
export function rungs(
  connection: Connection, rows: readonly LadderRow[], frames: readonly number[], captureEnd: Time, most = 60,
): Rung[] {
  const kept = choose(rows, new Set(frames), most);
  const steps: Rung[] = [];
  let states: States = { client: 'CLOSED', server: 'CLOSED' };
  for (let index = 0; index < rows.length;) {
    const row = rows[index]!;
    let behind = index + 1;
    if (!kept[index]) while (behind < rows.length && !kept[behind]) behind += 1;
    states = rows[behind - 1]!.states;
    if (kept[index]) steps.push({ kind: 'segment', row, states, time: row.time });
    else steps.push(fold(rows.slice(index, behind), states));
    index = behind;
  }
  return withPauses([...withTimers(steps, connection, captureEnd)]);
}

/** For each row whether it is shown by itself. */
function choose(rows: readonly LadderRow[], frames: ReadonlySet<number>, most: number): boolean[] {
  const weights = rows.map((row, index) => weight(row, rows[index - 1], frames));
  for (const by of ['client', 'server'] as const) {
    const data = [
      rows.findIndex((row) => row.by === by && row.length > 0),
      rows.findLastIndex((row) => row.by === by && row.length > 0),
    ];
    for (const index of data) if (index >= 0) weights[index] = Math.max(weights[index]!, 1);
  }
  const least = weights.filter((weight) => weight >= 1).length <= most ? 1 : 2;
  const kept = weights.map((weight) => weight >= least);
  const chosen = [...kept.keys()].filter((index) => kept[index]);
  // Beginning and end are where connections tell most.
  for (const index of chosen.slice(Math.ceil(most / 2), -Math.floor(most / 2)))
    if (!frames.has(rows[index]!.frame)) kept[index] = false;
  unfold(kept, most - Math.min(chosen.length, most));
  return kept;
}

/** 2: an opening, a closing, a change of state, a frame of the finding. 1: something special. 0: the everyday. */
function weight(row: LadderRow, before: LadderRow | undefined, frames: ReadonlySet<number>): number {
  const changed = row.states.client !== before?.states.client || row.states.server !== before?.states.server;
  if (frames.has(row.frame) || /[SFR]/.test(row.flags) || changed) return 2;
  return row.note === '' ? 0 : 1;
}

/** Shows runs that are too short to be worth folding, as long as there is room. */
function unfold(kept: boolean[], room: number): void {
  for (let index = 0; index < kept.length;) {
    let behind = index;
    while (behind < kept.length && !kept[behind]) behind += 1;
    const run = behind - index;
    if (run < FEWEST_FOLDED && run <= room) {
      kept.fill(true, index, behind);
      room -= run;
    }
    index = behind + 1;
  }
}

function fold(rows: readonly LadderRow[], states: States): Rung {
  const bytes = { client: 0, server: 0 };
  for (const { by, length } of rows) bytes[by] += length;
  const time = rows.at(-1)!.time;
  return { kind: 'fold', segments: rows.length, bytes, lasting: time - rows[0]!.time, states, time };
}

/**
 * Puts the ends by timers where they belong in time, and behind them the end of the capture, if there is still a
 * socket.
 */
function* withTimers(steps: readonly Rung[], connection: Connection, captureEnd: Time): IterableIterator<Rung> {
  const ends = (['client', 'server'] as const)
    .flatMap((role) =>
      connection.states[role].flatMap(({ state, time, frame }) =>
        frame === null && time <= captureEnd ? [{ kind: 'timer' as const, role, state, time }] : [],
      ),
    )
    .sort((a, b) => a.time - b.time);
  let states: States = { client: 'CLOSED', server: 'CLOSED' };
  for (const step of steps) {
    while (ends[0] !== undefined && ends[0].time < step.time) yield timer(ends.shift()!);
    states = step.states;
    yield step;
  }
  while (ends[0] !== undefined) yield timer(ends.shift()!);
  if (states.client !== 'CLOSED' || states.server !== 'CLOSED') yield { kind: 'end', states, time: captureEnd };

  function timer(end: (typeof ends)[number]): Rung {
    states = { ...states, [end.role]: end.state };
    return { ...end, states };
  }
}

/** Puts a line where nothing was sent for long. */
function withPauses(steps: readonly Rung[]): Rung[] {
  return steps.flatMap((step, index) => {
    const before = steps[index - 1];
    const began = step.kind === 'fold' ? step.time - step.lasting : step.time;
    if (before === undefined || began - before.time < PAUSE) return [step];
    return [{ kind: 'pause' as const, lasting: began - before.time, states: before.states, time: began }, step];
  });
}
