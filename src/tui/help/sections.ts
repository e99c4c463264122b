import { bindings, pair, tapLists, taps, type Binding, type Context } from '../keys.js';
import { screens } from '../screens.js';

interface Place {
  readonly title: string;
  readonly contexts: readonly Context[];
}

/** Where keys hold, in words, by the panes that they hold in. */
const ofCaptures: readonly Place[] = [
  { title: 'First screen', contexts: ['groups', 'services', 'chart'] },
  { title: 'Flows', contexts: ['findings', 'connections'] },
  { title: 'Sockets', contexts: ['sockets', 'summary'] },
  { title: 'One flow', contexts: ['ladder', 'explanation'] },
  ...screens.map(({ title, name }) => ({ title, contexts: [name] })),
];
const ofBothEnds: readonly Place[] = [
  { title: 'Both ends', contexts: tapLists }, { title: 'One connection at both ends', contexts: pair },
];
const typing: Place = { title: 'While a filter is typed', contexts: ['filter', 'language'] };
const columns: Place = { title: 'Columns', contexts: ['columns'] };
const help: Place = { title: 'Help', contexts: ['help'] };

/** Whether a pane is of the screen of both ends, from which no key leads to that of captures. */
export function isOfBothEnds(pane: Context): boolean {
  return (taps as readonly Context[]).includes(pane);
}

export interface Section {
  readonly title: string;
  readonly bindings: readonly Binding[];
}

/** All keys of the screen that a pane is of, each once: first those of the pane, then the others by where they hold. */
export function keySections(pane: Context): Section[] {
  const here = bindings.filter(({ when }) => when.includes(pane));
  const seen = new Set<Binding>(here);
  const places = isOfBothEnds(pane)
    ? [...ofBothEnds, { ...typing, contexts: ['filter'] as const }, help]
    : [...ofCaptures, typing, columns, help];
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
export function keysByPlace(): (Section & { readonly isOfBothEnds: boolean })[] {
  return [...ofCaptures, ...ofBothEnds, typing, columns, help].map(({ title, contexts }) => ({
    title, isOfBothEnds: contexts.every(isOfBothEnds),
    bindings: bindings.filter(({ when }) => when.some((context) => contexts.includes(context))),
  }));
}
