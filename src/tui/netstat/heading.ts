import type { Analysis, State, Time } from '../../analysis/model.js';
import { count, counted, lasting } from '../../report/quantities.js';
import { wholeFrom } from '../forgotten.js';
import { columnsOf, fit } from '../text/fit.js';
import { binned, cellOf, sparkline } from '../text/sparkline.js';
import { showMoment, showTime, showZone } from '../text/times.js';
import { stateRole, type Paint } from '../theme.js';
import { drawCount } from './socket-summary.js';
import { changeMark } from './sockets.js';
import type { Moment } from './moment.js';
import { STATES, type StateIndex } from './state-index.js';

/**
 * Over the sockets: which moment, where it lies in the capture, how many sockets in which state. `position` stands at
 * the right.
 */
export function drawHeading(
  analysis: Analysis, moment: Moment, isNow: boolean, position: string, width: number, paint: Paint,
): string[] {
  return [
    drawTitle(analysis, moment, isNow, position, width, paint), drawRuler(analysis, moment, width, paint),
    drawStates(moment, width, paint),
  ];
}

function drawTitle(
  analysis: Analysis, { time, before, states, changes }: Moment, isNow: boolean, position: string, width: number,
  paint: Paint,
): string {
  const { clock, capture } = analysis;
  const sockets = states.reduce((sum, { now }) => sum + now, 0);
  const title = `${counted(sockets, 'socket')} at ${showMoment(clock, time)} ${showZone(clock, time)}`;
  const since = ` ${isNow ? '(the newest)' : `(+${lasting(time - (capture.first ?? 0))})`}`;
  const differences = (['new', 'changed', 'gone'] as const).flatMap((change) =>
    changes[change] === 0 ? [] : [`${changeMark[change]}${count(changes[change])} ${change}`],
  );
  const some = time < (wholeFrom(analysis) ?? 0) ? '   others are no longer kept' : '';
  const compared =
    before === null
      ? ''
      : `   ${lasting(Math.abs(time - before))} ${time < before ? 'earlier' : 'later'}: ` +
        (differences.length === 0 ? 'nothing new' : differences.join(', '));
  const right = ` ${position} `;
  const room = width - columnsOf(right) - 2;
  const shown = fit(title, Math.min(room, columnsOf(title)));
  return (
    `  ` +
    paint('title', shown) +
      paint('muted', fit(since + some + compared, Math.max(0, room - columnsOf(shown)))) +
      paint('muted', right)
  );
}

/**
 * The capture from its first packet, or the first moment of which nothing was forgotten, to its last, with bars where
 * findings began and a mark at the moment.
 */
function drawRuler(analysis: Analysis, { index, time }: Moment, width: number, paint: Paint): string {
  const { clock, capture: { last } } = analysis;
  const first = wholeFrom(analysis);
  if (first === null || last === null) return '';
  const [begin, end] = [showTime(clock, first), showTime(clock, last)];
  const cells = width - begin.length - end.length - 6;
  if (cells < 10) return '';
  const bars = barsOf(index, first, last, cells);
  const at = cellOf(time, first, last, cells);
  return (
    `  ` +
    `${paint('muted', `${begin} ${bars.slice(0, at)}`)}${paint('accent', '┃')}` +
      paint('muted', `${bars.slice(at + 1)} ${end}`)
  );
}

const drawn = new WeakMap<StateIndex, { readonly cells: number; readonly bars: string }>();

/** Where findings began: the same for every moment of a capture. */
function barsOf(index: StateIndex, first: Time, last: Time, cells: number): string {
  const known = drawn.get(index);
  if (known?.cells === cells) return known.bars;
  const bars = sparkline(binned(index.findings, first, last, cells), '─');
  drawn.set(index, { cells, bars });
  return bars;
}

/** States by what they tell of a fault, most first. */
const TELLING: readonly State[] = [
  'CLOSE-WAIT', 'FIN-WAIT-2', 'TIME-WAIT', 'LAST-ACK', 'FIN-WAIT-1', 'CLOSING', 'ESTABLISHED', 'SYN-SENT',
  'SYN-RECEIVED', 'CLOSED',
];

function drawStates({ states, before }: Moment, width: number, paint: Paint): string {
  const parts = [...states.entries()]
    .filter(([, counts]) => counts.now > 0 || (before !== null && counts.before > 0))
    .map(([place, counts]) => {
      const state = STATES[place]!;
      const number = drawCount(counts, before !== null) || '0';
      return { place, state, number, needed: state.length + number.length + 4 };
    });
  // Where there is no room for all, those that tell most come first: a socket in CLOSE-WAIT waits for somebody.
  let room = width;
  const shown = parts
    .toSorted((a, b) => TELLING.indexOf(a.state) - TELLING.indexOf(b.state))
    .filter(({ needed }) => (room -= needed) >= 0);
  return shown
    .toSorted((a, b) => a.place - b.place)
    .map(({ state, number }) => `  ${paint(stateRole[state], state)} ${number} `)
    .join('');
}
