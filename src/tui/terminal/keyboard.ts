import { openSync } from 'node:fs';
import { ReadStream } from 'node:tty';

/**
 * Where keys come from: stdin, or the controlling terminal where stdin is a pipe. Throws where there is no terminal.
 * Raw from the beginning: a key pressed before anybody reads it is not echoed onto the screen.
 */
export function openKeyboard(): ReadStream {
  return (process.stdin.isTTY ? process.stdin : new ReadStream(openSync('/dev/tty', 'r'))).setRawMode(true);
}

/** Ends raw mode and lets the process end. */
export function closeKeyboard(keyboard: ReadStream): void {
  if (keyboard.isRaw) keyboard.setRawMode(false);
  if (keyboard === process.stdin) keyboard.pause();
  else keyboard.destroy();
}
