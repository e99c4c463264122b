import { showKey, type Context } from '../keys.js';
import { fit, columnsOf } from '../text/fit.js';
import { wrap } from '../text/wrap.js';
import type { Paint } from '../theme.js';
import { isOfBothEnds, keySections, type Section } from './sections.js';

const SELECT = 'Shift lets the mouse select text.';
const notes = [
  'Times of day are in the zone that the first line names (--utc: UTC). + behind a time: it still was so when ' +
    'the capture ended.',
  '? behind a frame: nothing the endpoint sent has confirmed the state.',
  SELECT,
];
const notesOfBothEnds = [
  "Times of day are by the clock of the client's capture, in the zone that the first lines name (--utc: UTC).",
  'BY says whose doing it is: the client\'s, the server\'s, or of something between the taps; to client, to server: ' +
    'the road in that direction.',
  'LOST counts segments that left one tap and never came to the other: → of the client, ← of the server.',
  SELECT,
];

/** Widths of the keys, and of them with what they do. */
const WIDE = { keys: 20, width: 50 };
const NARROW = { keys: 12, width: 37 };
const GAP = 2;

/**
 * Everything that the help has to say, `columns` wide and as long as it takes: the keys of the pane it was called from
 * first. Of a `filter` only what has it in its key, in what it does, or in the name of the screen.
 */
export function helpPage(pane: Context, columns: number, paint: Paint, filter = ''): string[] {
  const { keys, width } = columns < 2 * WIDE.width + GAP ? NARROW : WIDE;
  const across = Math.max(1, Math.floor(columns / (width + GAP)));
  const sections = narrowed(keySections(pane), filter.trim());
  if (sections.length === 0) return [`  ${paint('muted', fit(`No key has “${filter.trim()}”.`, columns - GAP))}`];
  return [
    ...sections.flatMap(({ title, bindings }) => [
      `  ${paint('title', title)}`,
      ...inColumns(
        bindings.map(
          ({ keys: names, description }) =>
            `${paint('accent', fit(showKeys(names, keys), keys))} ${fit(description, width - keys - 1)}`,
        ),
        across, width,
      ),
      '',
    ]),
    ...(filter.trim() !== '' ? [] : isOfBothEnds(pane) ? notesOfBothEnds : notes)
      .flatMap((note) => wrap(note, columns - GAP))
      .map((line) => `  ${paint('muted', line)}`),
  ];
}

function narrowed(sections: readonly Section[], filter: string): readonly Section[] {
  const wanted = filter.toLowerCase();
  if (wanted === '') return sections;
  return sections.flatMap(({ title, bindings }) => {
    const all = title.toLowerCase().includes(wanted);
    // A single letter is meant as the key: g is not G.
    const own = bindings.filter(
      ({ keys, description }) =>
        all || keys.some((key) => showKey(key) === filter) ||
        (wanted.length > 1 && `${keys.map(showKey).join(' ')} ${description}`.toLowerCase().includes(wanted)),
    );
    return own.length === 0 ? [] : [{ title, bindings: own }];
  });
}

/** Shows as many names of a key as there is room for; the first in any case. */
function showKeys(names: readonly string[], width: number): string {
  let text = '';
  for (const name of names.map(showKey)) {
    const longer = text === '' ? name : `${text} ${name}`;
    if (text !== '' && columnsOf(longer) > width) break;
    text = longer;
  }
  return text;
}

/** Cells from top to bottom, then from left to right. */
function inColumns(cells: readonly string[], across: number, width: number): string[] {
  const high = Math.ceil(cells.length / across);
  return Array.from(
    { length: high },
    (_, row) =>
      ' '.repeat(GAP) +
      Array.from({ length: across }, (_none, column) => cells[column * high + row] ?? ' '.repeat(width)).join(
        ' '.repeat(GAP),
      ),
  );
}
