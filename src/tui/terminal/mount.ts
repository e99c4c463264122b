import { render, useInput, type Instance } from 'ink';
import type { ReactElement } from 'react';
import type { ReadStream } from 'node:tty';
import { clickOf, keyNames } from './key-names.js';
import type { Screen } from './screen.js';

/** What keys and clicks go to. */
export interface Listener {
  /** A key by its name (`keyNames`). */
  press(key: string): void;
  /** The left mouse button at a cell of the screen, both counted from 0. */
  click(column: number, row: number): void;
}

/** Gives a listener all keys and clicks while the drawing that calls it is up. */
export function useKeys(listener: Listener): void {
  useInput((input, key) => {
    const click = clickOf(input);
    if (click !== null) listener.click(click.column, click.row);
    for (const name of keyNames(input, key)) listener.press(name);
  });
}

/** Puts a drawing on the screen. */
export function mount(drawing: ReactElement, screen: Screen, keyboard: ReadStream): Instance {
  return render(drawing, { stdout: screen.stream, stdin: keyboard, exitOnCtrlC: false, patchConsole: false });
}
