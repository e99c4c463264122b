import type { Writable } from 'node:stream';

/** A stream that may be a terminal. */
export interface Terminal extends Writable {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

/** What a command sees of the world: `process` is one, a test makes its own. */
export interface Host {
  readonly stdin: { readonly isTTY?: boolean };
  readonly stdout: Terminal;
  readonly stderr: Terminal;
  readonly env: Record<string, string | undefined>;
  /** The words of the command line behind node and the program; left out where nobody typed any. */
  readonly argv?: readonly string[];
  /** 0: nothing at or above `--fail-on`. 1: findings. 2: the input or the command was wrong. 130: interrupted. */
  exitCode?: number | string | null | undefined;
  /** Ends the process at once. For where something may hold it (a pipe that stays silent) and no output is pending. */
  exit(status: number): void;
}

/**
 * Colour for a stream: `--no-color`, then FORCE_COLOR, then NO_COLOR (no-color.org), then whether it is a terminal that
 * can.
 */
export function wantsColor(stream: Terminal, env: Host['env'], allowed: boolean): boolean {
  if (!allowed) return false;
  if (env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '') return env['FORCE_COLOR'] !== '0';
  return stream.isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
}
