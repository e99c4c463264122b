import type { Clock, LadderRow } from '../../analysis/model.js';
import { inert } from '../../report/inert.js';
import type { Source } from '../list/source.js';
import { showSeconds } from '../text/times.js';

/** A row of a list as a sentence: every column with its name, what is empty or only drawn left out. */
export function sayRow<Row>({ columns }: Pick<Source<Row>, 'columns'>, row: Row): string {
  return columns
    .filter(({ isDrawing }) => isDrawing !== true)
    .map((column) => [column.header.replace(/ [▲▼]$/, '').toLowerCase(), inert(column.text(row)).trim()] as const)
    .filter(([, text]) => text !== '')
    .map(([name, text]) => (name === '' ? text : `${name} ${text}`))
    .join(', ');
}

/** A line of the explanation without what is only drawn: bars, marks and the room between columns. */
export function sayLine(text: string): string {
  return text.replaceAll(/[━●]+/g, '').replaceAll(/(\S) {2,}/g, '$1  ').trimEnd();
}

/** A segment as a sentence; states are said where they change. */
export function saySegment(
  clock: Clock, { frame, time, by, flags, sequence, length, acknowledgment, note, states }: LadderRow,
  before: LadderRow | undefined, begin: number,
): string {
  const changes = (['client', 'server'] as const)
    .filter((side) => states[side] !== before?.states[side])
    .map((side) => `${side} now ${states[side]}`);
  return [
    `frame ${frame} after ${showSeconds(clock, time - begin)} s`,
    `${by} sends ${sayFlags(flags)}`,
    ...(length > 0 ? [`${length} bytes from ${sequence}`] : []),
    ...(acknowledgment === null ? [] : [`acknowledges ${acknowledgment}`]),
    ...changes,
    ...(note === '' ? [] : [note]),
  ].join(', ');
}

const names: Readonly<Record<string, string>> = {
  S: 'SYN', F: 'FIN', R: 'RST', P: 'PSH', U: 'URG', E: 'ECE', W: 'CWR', '.': 'ACK',
};

/** `SYN ACK` for `S.` */
function sayFlags(flags: string): string {
  return flags === 'none' ? 'no flags' : Array.from(flags, (letter) => names[letter] ?? letter).join(' ');
}
