import { bindings, type Binding, type Context } from '../keys.js';
import { screens } from '../screens.js';

/** Where keys hold, in words, by the panes that they hold in. */
const places: readonly { readonly title: string; readonly contexts: readonly Context[] }[] = [
  { title: 'First screen', contexts: ['groups', 'services', 'chart'] },
  { title: 'Flows', contexts: ['findings', 'connections'] },
  { title: 'Sockets', contexts: ['sockets', 'summary'] },
  { title: 'One flow', contexts: ['ladder', 'explanation'] },
  ...screens.map(({ title, name }) => ({ title, contexts: [name] })),
  { title: 'While a filter is typed', contexts: ['filter', 'language'] },
  { title: 'Columns', contexts: ['columns'] },
  { title: 'Help', contexts: ['help'] },
];

export interface Section {
  readonly title: string;
  readonly bindings: readonly Binding[];
}

/** All keys, each once: first those of a pane, then the others by where they hold. */
export function keySections(pane: Context): Section[] {
  const here = bindings.filter(({ when }) => when.includes(pane));
  const seen = new Set<Binding>(here);
  return [
    { title: 'Here', bindings: here },
    ...places.map(({ title, contexts }) => {
      const own = bindings.filter(
        (binding) => !seen.has(binding) && binding.when.some((context) => contexts.includes(context)),
      );
      for (const binding of own) seen.add(binding);
      return { title, bindings: own };
    }),
  ].filter((section) => section.bindings.length > 0);
}

/** The keys of each screen; one that holds in several stands with each of them. */
export function keysByPlace(): Section[] {
  return places.map(({ title, contexts }) => ({
    title, bindings: bindings.filter(({ when }) => when.some((context) => contexts.includes(context))),
  }));
}
