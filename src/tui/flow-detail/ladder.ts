import type { Clock, Connection, Duration, Finding, LadderRow, State } from '../../analysis/model.js';
import { SECOND } from '../../base/time.js';
import { bytes, counted, lasting } from '../../report/quantities.js';
import { columnsOf, fit } from '../text/fit.js';
import { showSeconds } from '../text/times.js';
import { stateRole, type Paint } from '../theme.js';

/** One line of a ladder: a segment, the note beneath it, or a run of data that is folded. */
export type LadderLine =
  | {
      readonly kind: 'segment' | 'note';
      readonly row: number;
      /** First row of the run that it is an open part of. */ readonly run: number | null;
    }
  | { readonly kind: 'fold'; readonly run: Run }
  /** Behind the last segment: how long nothing came until the capture ended, and where both endpoints are then. */
  | { readonly kind: 'end' };

/** Rows that only carry data, from one to another, both included. */
export interface Run {
  readonly from: number;
  readonly to: number;
}

/** A ladder as lines to scroll. */
export interface Ladder {
  readonly clock: Clock;
  readonly rows: readonly LadderRow[];
  readonly runs: readonly Run[];
  /** Frames that carry a verdict. */
  readonly evidence: ReadonlySet<number>;
  /** Null where the last segment says it all. */
  readonly end: LadderEnd | null;
  readonly lines: readonly LadderLine[];
}

/** What follows the last segment. */
export interface LadderEnd {
  /** From it to the end of the capture. */
  readonly silence: Duration;
  readonly states: LadderRow['states'];
}

/** Rows of a run that are shown: the first request and answer, and where it ends. */
const SHOWN = { first: 2, last: 1 };
/** Fewer rows behind a fold would be no shorter to read. */
const LEAST_FOLDED = 5;

/** Silence that is worth a line of its own. */
const PAUSE: Duration = SECOND;

/** `open` holds the runs that are shown whole, by their first row. */
export function createLadder(
  clock: Clock, rows: readonly LadderRow[], evidence: ReadonlySet<number>, open: ReadonlySet<number> = new Set(),
  end: LadderEnd | null = null,
): Ladder {
  const runs = runsOf(rows, evidence);
  return { clock, rows, runs, evidence, end, lines: linesOf(rows, runs, open, end) };
}

/** A ladder with other runs open, and of a capture that goes on with another end. */
export function unfolded(ladder: Ladder, open: ReadonlySet<number>, end: LadderEnd | null = ladder.end): Ladder {
  return { ...ladder, end, lines: linesOf(ladder.rows, ladder.runs, open, end) };
}

/**
 * What comes behind the last of `rows`: timers that ended a state without a segment, and silence, unless both endpoints
 * are closed by then. Null where neither is worth a line.
 */
export function ladderEnd({ states, observedUntil }: Connection, rows: readonly LadderRow[]): LadderEnd | null {
  const last = rows.at(-1);
  if (last === undefined) return null;
  const ends = {
    client: states.client.at(-1)?.state ?? last.states.client,
    server: states.server.at(-1)?.state ?? last.states.server,
  };
  const wasClosed = last.states.client === 'CLOSED' && last.states.server === 'CLOSED';
  const silence = observedUntil - last.time;
  return wasClosed || silence < PAUSE ? null : { silence, states: ends };
}

/** Frames of findings and resets, and the ones that drew a reset. */
export function evidenceOf({ resets }: Connection, findings: readonly Finding[]): Set<number> {
  return new Set([
    ...findings.flatMap(({ frames }) => frames),
    ...resets.flatMap(({ frame, trigger }) => (trigger === null ? [frame] : [frame, trigger])),
  ]);
}

/** The first line that shows a frame, also one in a folded run; -1 where the ladder does not have it. */
export function lineOfFrame({ rows, lines }: Ladder, frame: number): number {
  return lines.findIndex((line) => {
    if (line.kind === 'end') return false;
    if (line.kind !== 'fold') return line.kind === 'segment' && rows[line.row]!.frame === frame;
    return rows[line.run.from]!.frame <= frame && frame <= rows[line.run.to]!.frame;
  });
}

/** The next line with evidence after `line`, or before it; null where there is none. */
export function evidenceFrom({ rows, lines, evidence }: Ladder, line: number, direction: 1 | -1): number | null {
  for (let at = line + direction; at >= 0 && at < lines.length; at += direction) {
    const each = lines[at]!;
    if (each.kind === 'segment' && evidence.has(rows[each.row]!.frame)) return at;
  }
  return null;
}

/** The frame a line stands for; of a folded run its first. */
export function frameOfLine({ rows, lines }: Ladder, line: number): number | null {
  const at = lines[line];
  return at === undefined ? null : rowOf(rows, at).frame;
}

/** The segment that a line stands for: of a folded run its first, of the end the last. */
export function rowOf(rows: readonly LadderRow[], line: LadderLine): LadderRow {
  return line.kind === 'end' ? rows.at(-1)! : rows[line.kind === 'fold' ? line.run.from : line.row]!;
}

/** The run that a line belongs to, folded or open, by its first row. */
export function runOfLine({ lines }: Ladder, line: number): number | null {
  const at = lines[line];
  return at === undefined || at.kind === 'end' ? null : at.kind === 'fold' ? at.run.from : at.run;
}

function runsOf(rows: readonly LadderRow[], evidence: ReadonlySet<number>): Run[] {
  const runs: Run[] = [];
  let from = 0;
  for (let at = 0; at <= rows.length; at++) {
    if (at < rows.length && isCleanStep(rows[at]!, rows[at - 1], evidence)) continue;
    if (at - from >= SHOWN.first + LEAST_FOLDED + SHOWN.last)
      runs.push({ from: from + SHOWN.first, to: at - 1 - SHOWN.last });
    from = at + 1;
  }
  return runs;
}

/** Data or an acknowledgment with nothing to say of it. */
function isCleanStep(
  { frame, flags, note, states }: LadderRow, before: LadderRow | undefined, evidence: ReadonlySet<number>,
): boolean {
  return /^P?\.$/.test(flags) && note === '' && !evidence.has(frame)
    && before !== undefined && before.states.client === states.client && before.states.server === states.server;
}

function linesOf(
  rows: readonly LadderRow[], runs: readonly Run[], open: ReadonlySet<number>, end: LadderEnd | null,
): LadderLine[] {
  const lines: LadderLine[] = [];
  let next = 0;
  for (let row = 0; row < rows.length; row++) {
    while (next < runs.length && runs[next]!.to < row) next += 1;
    const run = runs[next];
    const isIn = run !== undefined && run.from <= row;
    if (isIn && !open.has(run.from)) {
      lines.push({ kind: 'fold', run });
      row = run.to;
      continue;
    }
    const owner = isIn ? run.from : null;
    lines.push({ kind: 'segment', row, run: owner });
    if (rows[row]!.note !== '') lines.push({ kind: 'note', row, run: owner });
  }
  if (end !== null) lines.push({ kind: 'end' });
  return lines;
}

const FRAME = 7;
const TIME = 11;
const STATE = 12;
/** An arrow longer than this only tears the two endpoints apart. */
const WIDEST_LANE = 64;

/** What stands over the lanes. `mark` is two wide, where no name is. */
export function ladderHeader(width: number, paint: Paint, mark = '  '): string {
  const lane = laneOf(width);
  return (
    mark +
    paint(
      'heading',
      fit(
        `${fit('FRAME', FRAME - 2, 'right')}${fit('SECONDS', TIME + 1, 'right')}  ${fit('CLIENT', STATE)} ` +
          `${' '.repeat(lane)} SERVER`,
        width - 2,
      ),
    )
  );
}

/**
 *     31   0.000412  SYN-SENT     ──────── S 0 win 64240 ───────▶ SYN-RECEIVED
 *     32   0.000398  ESTABLISHED  ◀────── S. 0 ack 1 ──────────── │
 *   ● 33   0.000511  │            ┈ 12 segments, ← 17.3 kB ┈┈ │
 *
 * A state stands where it begins; `│` says that it goes on. `●` marks evidence.
 */
export function drawLadderLine(ladder: Ladder, line: number, width: number, paint: Paint): string {
  const { rows, lines } = ladder;
  const at = lines[line]!;
  const lane = laneOf(width);
  if (at.kind === 'end') return drawEnd(ladder, lane, paint);
  if (at.kind === 'note') return drawNote(rows[at.row]!, lane, paint);
  if (at.kind === 'fold') return drawFold(ladder, at.run, lane, paint);
  const row = rows[at.row]!;
  const before = rows[at.row - 1];
  const arrow =
    row.by === 'client' ? `${centred(textOf(row), lane - 1, '─')}▶` : `◀${centred(textOf(row), lane - 1, '─')}`;
  const flagRole = row.flags.includes('R') ? 'error' : row.flags.includes('F') ? 'accent' : 'plain';
  return [
    drawPlace(ladder, row, ladder.evidence.has(row.frame), paint),
    '  ',
    drawState(row.states.client, before?.states.client, paint),
    ' ',
    paint(flagRole, arrow),
    ' ',
    drawState(row.states.server, before?.states.server, paint),
  ].join('');
}

function drawPlace({ clock, rows }: Ladder, { frame, time }: LadderRow, isEvidence: boolean, paint: Paint): string {
  const begin = rows[0]!.time;
  const number = fit(String(frame), FRAME, 'right');
  const seconds = paint('muted', fit(showSeconds(clock, time - begin), TIME, 'right'));
  const marked =
    isEvidence && number.startsWith('  ')
      ? paint('accent', fit(`● ${frame}`, FRAME, 'right'))
      : paint(isEvidence ? 'accent' : 'muted', number);
  return `${marked} ${seconds}`;
}

function drawNote({ note }: LadderRow, lane: number, paint: Paint): string {
  // A note that is longer than the lane may run on under the server's state.
  const text = columnsOf(note) + 2 > lane ? fit(note, lane + 1 + STATE) : centred(note, lane, ' ');
  return ' '.repeat(FRAME + TIME + STATE + 4) + paint('muted', text);
}

function drawFold(ladder: Ladder, { from, to }: Run, lane: number, paint: Paint): string {
  const run = ladder.rows.slice(from, to + 1);
  const sent = (side: 'client' | 'server'): number =>
    run.reduce((sum, { by, length }) => sum + (by === side ? length : 0), 0);
  const parts = [
    counted(run.length, 'segment'),
    ...(sent('client') > 0 ? [`→ ${bytes(sent('client'))}`] : []),
    ...(sent('server') > 0 ? [`← ${bytes(sent('server'))}`] : []),
  ];
  return `${drawPlace(ladder, run[0]!, false, paint)}  ${paint(stateRole[run[0]!.states.client], fit('│', STATE))} ` +
    `${paint('muted', centred(parts.join(', '), lane, '┈'))} ${paint(stateRole[run[0]!.states.server], '│')}`;
}

/** The last line, as in HTML: the states of both endpoints, and how long nothing has come. */
function drawEnd({ rows, end }: Ladder, lane: number, paint: Paint): string {
  const { silence, states } = end!;
  const before = rows.at(-1)!.states;
  const told = `${lasting(silence)} of silence`;
  return [
    ' '.repeat(FRAME + TIME + 3),
    drawState(states.client, before.client, paint),
    ' ',
    paint('waiting', centred(columnsOf(told) + 12 > lane ? told : `${told} to the end`, lane, '┈')),
    ' ',
    drawState(states.server, before.server, paint),
  ].join('');
}

function laneOf(width: number): number {
  return Math.max(10, Math.min(WIDEST_LANE, width - FRAME - TIME - 2 * STATE - 5));
}

function drawState(state: State, before: State | undefined, paint: Paint): string {
  return paint(stateRole[state], fit(state === before ? '│' : state, STATE));
}

/** A segment as tcpdump writes it, in relative numbers: `P. 1:518 ack 1`. */
function textOf({ flags, sequence, length, acknowledgment }: LadderRow): string {
  const range = length === 0 ? `${sequence}` : `${sequence}:${sequence + length}`;
  return `${flags} ${range}${acknowledgment === null ? '' : ` ack ${acknowledgment}`}`;
}

function centred(text: string, width: number, filler: string): string {
  const inner = columnsOf(text) + 2 > width ? fit(text, width) : ` ${text} `;
  const room = width - columnsOf(inner);
  return filler.repeat(room >> 1) + inner + filler.repeat(room - (room >> 1));
}
