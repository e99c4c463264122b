import { bindings, showKey, type Binding, type Context } from '../keys.js';
import type { Layout } from '../layout.js';
import { Rows } from '../rows.js';
import { filled } from '../text/filled.js';
import { fit } from '../text/fit.js';
import { wrap } from '../text/wrap.js';
import type { Paint } from '../theme.js';

/** Where keys hold, in words, by the panes that they hold in. */
const sections: readonly { readonly title: string; readonly contexts: readonly Context[] }[] = [
  { title: 'First screen', contexts: ['groups', 'services', 'chart'] },
  { title: 'Flows', contexts: ['findings', 'connections'] },
  { title: 'Sockets', contexts: ['sockets', 'census'] },
  { title: 'One flow', contexts: ['ladder', 'explanation'] },
  { title: 'Hosts', contexts: ['hosts'] },
  { title: 'While a filter is typed', contexts: ['filter', 'language'] },
  { title: 'Columns', contexts: ['columns'] },
];

const notes = [
  'Times of day are UTC. + behind a time: it still was so when the capture ended.',
  '? behind a frame: nothing the endpoint sent has confirmed the state.',
  'Shift lets the mouse select text.',
];

/** Widths of a column of keys. */
const COLUMN = { keys: 18, width: 50 };
const NARROW = { keys: 12, width: 37 };

/** The keys of the pane it was called from, and where there is room the others: from the table that answers them. */
export function Help({ pane, layout, paint }: { readonly pane: Context; readonly layout: Layout; readonly paint: Paint }) {
  return <Rows lines={drawHelp(pane, layout, paint)} />;
}

export function drawHelp(pane: Context, { columns, body }: Layout, paint: Paint): string[] {
  const { keys, width } = columns < 2 * COLUMN.width + 2 ? NARROW : COLUMN;
  const lines = [
    ...keySections(pane).flatMap(({ title, bindings: own }) => [
      paint('title', fit(title, width)),
      ...own.map(({ keys: names, description }) => `${paint('accent', fit(names.map(showKey).join(' '), keys))} ${fit(description, width - keys - 1)}`),
      ' '.repeat(width),
    ]),
    ...notes.flatMap((note) => wrap(note, width)).map((line) => paint('muted', fit(line, width))),
  ];
  const across = Math.max(1, Math.floor((columns - 2) / (width + 2)));
  const high = Math.min(body, Math.max(Math.ceil(lines.length / across), 1));
  return filled(Array.from({ length: high }, (_, row) => `  ${Array.from({ length: across }, (_none, column) => lines[column * high + row] ?? '').join('  ')}`), body);
}

/** All keys, each once: first those of a pane, then the others by where they hold. */
export function keySections(pane: Context): { title: string; bindings: readonly Binding[] }[] {
  const here = bindings.filter(({ when }) => when.includes(pane));
  const seen = new Set<Binding>(here);
  return [
    { title: 'Here', bindings: here },
    ...sections.map(({ title, contexts }) => {
      const own = bindings.filter((binding) => !seen.has(binding) && binding.when.some((context) => contexts.includes(context)));
      for (const binding of own) seen.add(binding);
      return { title, bindings: own };
    }),
  ].filter((section) => section.bindings.length > 0);
}
