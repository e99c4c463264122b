import type { Host } from './host.js';

/**
 * Whether a screen can be shown: keys come from stdin, or from the terminal itself where a capture comes from stdin.
 */
export function hasScreen(captures: readonly string[], host: Host): boolean {
  const hasKeys = host.stdin.isTTY === true || captures.includes('-');
  return host.stdout.isTTY === true && hasKeys && host.env['TERM'] !== 'dumb';
}
