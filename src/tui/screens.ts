import { hosts } from './hosts/screen.js';
import { coverage } from './coverage/screen.js';
import type { ListScreen } from './list/screen.js';

/** Screens that are one list each, in the order of the help. A new one: its folder, then a line here. */
export const screens = [
  hosts,
  coverage,
] as const satisfies readonly ListScreen[];

export type ScreenName = (typeof screens)[number]['name'];
/** What the keys of these screens do that others have not. */
export type ScreenAction = (typeof screens)[number]['bindings'][number]['action'];

export const screenNames = screens.map(({ name }) => name);

/** Undefined where the word is no screen's. */
export function screenNamed(name: string): ListScreen | undefined {
  return screens.find((screen) => screen.name === name);
}
