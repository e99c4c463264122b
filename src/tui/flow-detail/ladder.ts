import type { Clock, LadderRow, State } from '../../analysis.js';
import { columnsOf, fit } from '../text/fit.js';
import { showSeconds } from '../text/times.js';
import { stateRole, type Paint } from '../theme.js';

/** A ladder as lines to scroll: one for each segment, and one for the note beneath it where it has one. */
export interface Ladder {
  readonly clock: Clock;
  readonly rows: readonly LadderRow[];
  /** Where each line comes from: an index into `rows`, or its complement (`~index`) for a note. */
  readonly lines: readonly number[];
}

export function createLadder(clock: Clock, rows: readonly LadderRow[]): Ladder {
  return { clock, rows, lines: rows.flatMap(({ note }, index) => (note === '' ? [index] : [index, ~index])) };
}

const FRAME = 7;
const TIME = 11;
const STATE = 12;
/** An arrow longer than this only tears the two endpoints apart. */
const WIDEST_LANE = 64;

/** What stands over the lanes. */
export function ladderHeader(width: number, paint: Paint): string {
  const lane = laneOf(width);
  return paint('heading', fit(`${fit('FRAME', FRAME, 'right')}${fit('SECONDS', TIME + 1, 'right')}  ${fit('CLIENT', STATE)} ${' '.repeat(lane)} SERVER`, width));
}

/**
 *     31   0.000412  SYN-SENT     ──────── S 0 win 64240 ───────▶ SYN-RECEIVED
 *     32   0.000398  ESTABLISHED  ◀────── S. 0 ack 1 ──────────── │
 *
 * A state stands where it begins; `│` says that it goes on.
 */
export function drawLadderLine({ clock, rows, lines }: Ladder, line: number, width: number, paint: Paint): string {
  const index = lines[line]!;
  const lane = laneOf(width);
  if (index < 0) {
    const margin = FRAME + TIME + STATE + 4;
    const { note } = rows[~index]!;
    // A note that is longer than the lane may run on under the server's state.
    const text = columnsOf(note) + 2 > lane ? fit(note, lane + 1 + STATE) : centred(note, lane, ' ');
    return ' '.repeat(margin) + paint('muted', text);
  }
  const row = rows[index]!;
  const before = rows[index - 1];
  const begin = rows[0]!.time;
  const arrow = row.by === 'client'
    ? `${centred(textOf(row), lane - 1, '─')}▶`
    : `◀${centred(textOf(row), lane - 1, '─')}`;
  const flagRole = row.flags.includes('R') ? 'error' : row.flags.includes('F') ? 'accent' : 'plain';
  return [
    paint('muted', fit(String(row.frame), FRAME, 'right')),
    ' ',
    paint('muted', fit(showSeconds(clock, row.time - begin), TIME, 'right')),
    '  ',
    drawState(row.states.client, before?.states.client, paint),
    ' ',
    paint(flagRole, arrow),
    ' ',
    drawState(row.states.server, before?.states.server, paint),
  ].join('');
}

function laneOf(width: number): number {
  return Math.max(10, Math.min(WIDEST_LANE, width - FRAME - TIME - 2 * STATE - 5));
}

function drawState(state: State, before: State | undefined, paint: Paint): string {
  return paint(stateRole[state], fit(state === before ? '│' : state, STATE));
}

/** As tcpdump writes it, in relative numbers: `P. 1:518 ack 1`. */
function textOf({ flags, sequence, length, acknowledgment }: LadderRow): string {
  const range = length === 0 ? `${sequence}` : `${sequence}:${sequence + length}`;
  return `${flags} ${range}${acknowledgment === null ? '' : ` ack ${acknowledgment}`}`;
}

function centred(text: string, width: number, filler: string): string {
  const inner = columnsOf(text) + 2 > width ? fit(text, width) : ` ${text} `;
  const room = width - columnsOf(inner);
  return filler.repeat(room >> 1) + inner + filler.repeat(room - (room >> 1));
}
