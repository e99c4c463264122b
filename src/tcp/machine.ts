import { EVENTS, STATES, transitions } from './transitions.js';
import type { Event, State } from './transitions.js';

type Numbered<Name extends string> = Readonly<Record<Name, number>>;

function numbered<Name extends string>(names: readonly Name[]): Numbered<Name> {
  return Object.fromEntries(names.map((name, number) => [name, number])) as Numbered<Name>;
}

/** Numbers of states and events: `S['FIN-WAIT-2']`, `E['gets FIN']`. */
export const S: Numbered<State> = numbered(STATES);
export const E: Numbered<Event> = numbered(EVENTS);

/** next[state * EVENTS + event]; a pair the table does not name keeps its state. */
const next = compile();

export function step(state: number, event: number): number {
  return next[state * EVENTS.length + event]!;
}

function compile(): Uint8Array {
  const table = Uint8Array.from({ length: STATES.length * EVENTS.length }, (_, cell) =>
    Math.floor(cell / EVENTS.length),
  );
  for (const [from, event, to] of transitions) {
    const states = from === 'any' ? STATES.filter((state) => state !== 'CLOSED') : [from];
    for (const state of states) table[S[state] * EVENTS.length + E[event]] = S[to];
  }
  return table;
}
