import type { PairRow, Passage, Tap } from '../../between/between.js';
import type { LadderRow, State } from '../../analysis/model.js';
import { arrowOf, drawn, rungsOf, seen, type Rung } from '../../report/between/ladder.js';
import { inert } from '../../report/inert.js';
import { segment } from '../../report/ladder.js';
import {
  drawLadderLine, evidenceFrom, frameOfLine, ladderHeader, lineOfFrame, type Ladder,
} from '../flow-detail/ladder.js';
import { columnsOf, fit } from '../text/fit.js';
import { wrap } from '../text/wrap.js';
import { stateRole, type Paint, type Role } from '../theme.js';

/** A frame of one of the captures. */
export interface Place {
  readonly tap: Tap;
  readonly frame: number;
}

/** A ladder of some width as lines to scroll. */
export interface TapLadder {
  readonly header: string;
  readonly count: number;
  /** A painted line. */
  line(index: number): string;
  /** The next line with evidence after `from`, or before it; null where there is none. */
  evidence(from: number, direction: 1 | -1): number | null;
  /** Where a frame stands; -1 where it does not. */
  lineOf(place: Place): number;
  /** The frame that a line has in a capture; null where it has none. */
  frameAt(index: number, tap: Tap): number | null;
}

/** The least of each column. */
const FRAME = 5;
const TIME = 9;
const ARROW = 14;
/** An arrow beside its segment, blank included. */
const SHAFT = 5;
/** Room for a delay behind the ladder. */
const DELAY = 9;
const MARK = 2;
const ON_THE_WAY = 'ON THE WAY';

/** Columns of a ladder at two taps. */
interface Widths {
  readonly time: number;
  readonly frame: number;
  readonly client: number;
  readonly arrow: number;
  readonly server: number;
  /** Behind it. */
  readonly rest: number;
  /** Segments are told with their window, as reports do. */
  readonly isFull: boolean;
}

/** A line: a segment, or what is to be said of it that found no room behind it. */
interface Line {
  readonly rung: number;
  readonly remark: string;
  readonly isFirst: boolean;
}

const passageRole: Readonly<Record<Passage, Role | null>> = {
  'passed': null, 'lost': 'error', 'strange': 'error', 'missed': 'muted', 'otherwise-cut': null, 'elsewhere': 'warning',
  'unknown': 'muted',
};

/**
 * One connection at both taps, segment by segment. At the left are time, frame and state at the client's tap, at the
 * right state and frame at the server's; then how long it took from tap to tap, or what became of it. `●` marks
 * evidence.
 */
export function pairLadderOf(
  rows: readonly PairRow[], evidence: Readonly<Record<Tap, readonly number[]>>, width: number, paint: Paint,
): TapLadder {
  const rungs = rungsOf(rows);
  const widths = widthsOf(rungs, rows, width);
  const states = statesOf(rungs);
  const lines = rungs.flatMap((rung, index) => linesOf(rung, index, widths, width));
  const isEvidence = ({ row }: Rung): boolean =>
    row.passage === 'lost' || row.passage === 'strange' ||
    (['client', 'server'] as const).some((tap) => row[tap] !== null && evidence[tap].includes(row[tap].frame));
  return {
    header: drawHeader(widths, width, paint),
    count: lines.length,
    line(index) {
      const { rung, remark, isFirst } = lines[index]!;
      if (!isFirst) return `${' '.repeat(marginOf(widths))}${paint('muted', remark)}`;
      return drawRung(rungs[rung]!, remark, states[rung]!, widths, isEvidence(rungs[rung]!), paint);
    },
    evidence(from, direction) {
      for (let at = from + direction; at >= 0 && at < lines.length; at += direction)
        if (lines[at]!.isFirst && isEvidence(rungs[lines[at]!.rung]!)) return at;
      return null;
    },
    lineOf: ({ tap, frame }) => lines.findIndex(({ rung, isFirst }) => isFirst && rows[rung]![tap]?.frame === frame),
    frameAt: (index, tap) => rows[lines[index]?.rung ?? -1]?.[tap]?.frame ?? null,
  };
}

/** A connection that one tap alone has, as the screen of its capture would draw it. */
export function lonelyLadderOf(ladder: Ladder, tap: Tap, width: number, paint: Paint): TapLadder {
  return {
    header: ladderHeader(width, paint),
    count: ladder.lines.length,
    line: (index) => drawLadderLine(ladder, index, width, paint),
    evidence: (from, direction) => evidenceFrom(ladder, from, direction),
    lineOf: (place) => (place.tap === tap ? lineOfFrame(ladder, place.frame) : -1),
    frameAt: (index, asked) => (asked === tap ? frameOfLine(ladder, index) : null),
  };
}

function widthsOf(rungs: readonly Rung[], rows: readonly PairRow[], width: number): Widths {
  const widest = (least: number, text: (rung: Rung) => string): number =>
    rungs.reduce((most, rung) => Math.max(most, text(rung).length), least);
  const time = widest(TIME, ({ since }) => since);
  const frame = Math.max(widest(FRAME, ({ frames }) => frames.client), widest(FRAME, ({ frames }) => frames.server));
  const client = widest('CLIENT'.length, ({ states }) => states.client);
  const server = widest('SERVER'.length, ({ states }) => states.server);
  const room = width - MARK - time - frame - client - server - frame - 6;
  const full = arrowOf(rows);
  const isFull = full + 2 + DELAY <= room;
  const short = rows.reduce((most, row) => Math.max(most, shortOf(seen(row)).length), 0) + 6;
  const arrow = isFull ? full : Math.max(ARROW, Math.min(short, room - 2 - DELAY));
  return { time, frame, client, arrow, server, rest: Math.max(0, room - arrow - 2), isFull };
}

/** Where the arrow begins. */
function marginOf({ time, frame, client }: Widths): number {
  return MARK + time + 1 + frame + 2 + client + 1;
}

function linesOf({ row, remarks }: Rung, rung: number, { rest, ...widths }: Widths, width: number): Line[] {
  const whole = inert(remarks.join('; '));
  if (columnsOf(whole) <= rest) return [{ rung, remark: whole, isFirst: true }];
  const [told = '', ...others] = remarks;
  // A broken arrow says how: the word will do.
  const first = row.passage === 'lost' && columnsOf(told) > rest ? 'lost' : inert(told);
  const fits = columnsOf(first) <= rest;
  const left = (fits ? others : [first, ...others]).join('; ');
  const room = Math.max(10, width - marginOf({ rest, ...widths }));
  return [
    { rung, remark: fits ? first : '', isFirst: true },
    ...(left === '' ? [] : wrap(left, room)).map((remark) => ({ rung, remark, isFirst: false })),
  ];
}

/** The states that hold at each rung, with whether they began there. */
interface Held {
  readonly client: State | null;
  readonly server: State | null;
}

function statesOf(rungs: readonly Rung[]): Held[] {
  let held: Held = { client: null, server: null };
  return rungs.map(({ states }) => {
    held = { client: asState(states.client) ?? held.client, server: asState(states.server) ?? held.server };
    return held;
  });
}

function asState(text: string): State | null {
  return text in stateRole ? (text as State) : null;
}

function drawHeader({ time, frame, client, arrow, server, rest }: Widths, width: number, paint: Paint): string {
  const behind = rest < ON_THE_WAY.length ? 'DELAY' : ON_THE_WAY;
  const text =
    `${' '.repeat(MARK)}${fit('SECONDS', time, 'right')} ${fit('FRAME', frame, 'right')}  ${fit('CLIENT', client)} ` +
    `${fit('SEGMENT', arrow)} ${fit('SERVER', server)} ${fit('FRAME', frame, 'right')}  ${behind}`;
  return paint('heading', fit(text, width));
}

function drawRung(
  { row, since, frames, states }: Rung, remark: string, held: Held, widths: Widths, isEvidence: boolean, paint: Paint,
): string {
  const { time, frame, client, arrow, server, isFull } = widths;
  const told = isFull ? segment(seen(row)) : shortOf(seen(row));
  const room = Math.max(1, arrow - SHAFT);
  const text = told.length > room ? fit(told, room) : told;
  const flags = seen(row).flags;
  const role = passageRole[row.passage] ?? (flags.includes('R') ? 'error' : flags.includes('F') ? 'accent' : 'plain');
  const numbers: Role = isEvidence ? 'accent' : 'muted';
  return [
    isEvidence ? paint('accent', '● ') : '  ', paint('muted', fit(since, time, 'right')), ' ',
    paint(numbers, fit(frames.client, frame, 'right')), '  ', drawState(states.client, held.client, client, paint), ' ',
    paint(role, fit(drawn(row, text, arrow), arrow)), ' ', drawState(states.server, held.server, server, paint), ' ',
    paint(numbers, fit(frames.server, frame, 'right')),
    remark === '' ? '' : `  ${paint(passageRole[row.passage] ?? 'muted', remark)}`,
  ].join('');
}

/** A state where it begins, `│` where it goes on. */
function drawState(begins: string, held: State | null, width: number, paint: Paint): string {
  return held === null ? ' '.repeat(width) : paint(stateRole[held], fit(begins === '' ? '│' : begins, width));
}

/** A segment without its window and the count of its bytes: `P. 1:518 ack 1`. */
function shortOf({ flags, sequence, length, acknowledgment }: LadderRow): string {
  const range = length === 0 ? `${sequence}` : `${sequence}:${sequence + length}`;
  return `${flags} ${range}${acknowledgment === null ? '' : ` ack ${acknowledgment}`}`;
}
