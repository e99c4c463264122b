import { bindings, showKey, type Context } from '../keys.js';
import type { Layout } from '../layout.js';
import { Rows } from '../rows.js';
import { fit } from '../text/fit.js';
import type { Paint } from '../theme.js';

const sections: readonly { title: string; contexts: readonly Context[]; keys: number; width: number }[] = [
  { title: 'Keys', contexts: ['groups', 'findings', 'connections', 'flow'], keys: 19, width: 44 },
  { title: 'While a filter is typed', contexts: ['filter'], keys: 11, width: 32 },
];

const notes = [
  'Times of day are UTC. + behind a time: it still was so when the capture ended.',
  '? behind a frame: nothing the endpoint sent has confirmed the state.',
  'Shift lets the mouse select text.',
];

/** Every key, from the table that answers them. */
export function Help({ layout, paint }: { readonly layout: Layout; readonly paint: Paint }) {
  return <Rows lines={drawHelp(layout, paint)} />;
}

export function drawHelp({ columns, body }: Layout, paint: Paint): string[] {
  const [left = [], right = []] = sections.map(({ title, contexts, keys, width }) => [
    paint('title', fit(title, width)),
    ...bindings
      .filter(({ when }) => when.some((context) => contexts.includes(context)))
      .map((binding) => `${paint('accent', fit(binding.keys.map(showKey).join(' '), keys))} ${fit(binding.description, width - keys - 1)}`),
  ]);
  const lines = [
    ...left.map((line, row) => `  ${line}${right[row] ?? ''}`),
    ...notes.map((note) => paint('muted', fit(`  ${note}`, columns))),
  ];
  return Array.from({ length: body }, (_, row) => lines[row] ?? '');
}
