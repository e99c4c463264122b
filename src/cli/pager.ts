import { spawn } from 'node:child_process';
import { inPath } from '../tui/outside/packets.js';
import type { Host } from './host.js';

/**
 * What less is told where its user has said nothing: to keep colours, to end at once where all fits, and to leave the
 * text on the screen.
 */
const LESS = 'FRX';

/**
 * Shows a text that is longer than the terminal through `$PAGER`, or less where that is not set; a shorter one, or
 * without a terminal or a pager, it is written as it is.
 */
export async function paged(text: string, host: Host): Promise<void> {
  const { isTTY, rows } = host.stdout;
  const lines = text.split('\n').length - 1;
  const pager = host.env['PAGER'] ?? (inPath('less') === null ? '' : 'less');
  const fits = isTTY !== true || rows === undefined || lines < rows;
  if (fits || pager === '' || pager === 'cat' || host.env['TERM'] === 'dumb' || !(await shown(text, pager, host)))
    host.stdout.write(text);
}

/** Ctrl-C is a key of the pager, and goes to this process too. */
const ignored = (): void => {};

/** Whether the pager could be started. */
function shown(text: string, pager: string, host: Host): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(pager, {
      shell: true, stdio: ['pipe', 'inherit', 'inherit'], env: { ...host.env, LESS: host.env['LESS'] ?? LESS },
    });
    process.on('SIGINT', ignored);
    child.stdin.on('error', () => {}); // It ended before it had read all.
    child.once('error', () => resolve(false));
    child.once('close', (status) => {
      process.off('SIGINT', ignored);
      resolve(status !== 127);
    });
    child.stdin.end(text);
  });
}
