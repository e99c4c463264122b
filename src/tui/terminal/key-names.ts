import type { Key } from 'ink';

const named: readonly (readonly [keyof Key, string])[] = [
  ['upArrow', 'up'], ['downArrow', 'down'], ['leftArrow', 'left'], ['rightArrow', 'right'],
  ['pageUp', 'page-up'], ['pageDown', 'page-down'], ['home', 'home'], ['end', 'end'],
  ['return', 'enter'], ['escape', 'escape'], ['tab', 'tab'],
  // Most terminals send DEL for the backspace key, which Ink calls delete.
  ['backspace', 'backspace'], ['delete', 'backspace'],
];

const controls: ReadonlyMap<string, string> = new Map([
  ['\r', 'enter'], ['\n', 'enter'], ['\t', 'tab'], ['\b', 'backspace'], ['\u007F', 'backspace'], ['\u001B', 'escape'],
]);

/** SGR mouse report without its ESC: button, column and row counted from 1, pressed (M) or released (m). */
const MOUSE = /^\[<(\d+);(\d+);(\d+)([Mm])$/;
const LEFT_BUTTON = '0';
const wheel: ReadonlyMap<string, string> = new Map([['64', 'wheel-up'], ['65', 'wheel-down']]);

/**
 * Names of the keys in one call of Ink's `useInput`: `a`, `enter`, `page-down`, `ctrl-d`, `wheel-up`.
 *
 * Fast typing and pasting arrive as one string, so there may be many; what is no key (other mouse buttons) gives none.
 */
export function keyNames(input: string, key: Key): string[] {
  const mouse = MOUSE.exec(input);
  if (mouse !== null) return [wheel.get(mouse[1]!) ?? []].flat();
  const name = named.find(([flag]) => key[flag] === true);
  if (name !== undefined) return [name[1]];
  if (key.ctrl) return [`ctrl-${input}`];
  if (key.meta) return [];
  return Array.from(input, (character) => controls.get(character) ?? controlName(character) ?? character);
}

/** The cell, counted from 0, at which the left mouse button was pressed; null for all else. */
export function clickOf(input: string): { column: number; row: number } | null {
  const [, button, column, row, kind] = MOUSE.exec(input) ?? [];
  return button === LEFT_BUTTON && kind === 'M' ? { column: Number(column) - 1, row: Number(row) - 1 } : null;
}

/** Ctrl and a letter come as 1 to 26. */
function controlName(character: string): string | undefined {
  const code = character.charCodeAt(0);
  return code >= 1 && code <= 26 ? `ctrl-${String.fromCharCode(code + 96)}` : undefined;
}
