import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { CommandError } from './failure.js';

/**
 * The files behind CAPTURE arguments. The shell expands most globs; a quoted one, or one from a shell that does not, is expanded
 * here in its last component: `*`, `?` and `[a-z]`. Whether a file exists is for its reader to say.
 */
export function expandCaptures(captures: readonly string[]): string[] {
  return captures.flatMap((capture) => (/[*?[]/.test(basename(capture)) && !existsSync(capture) ? expand(capture) : [capture]));
}

function expand(pattern: string): string[] {
  const folder = dirname(pattern);
  const matches = matcher(basename(pattern));
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => matches?.test(name)).sort() : [];
  if (names.length === 0) throw new CommandError(`no file matches ${pattern}`);
  return names.map((name) => (pattern.startsWith(folder) ? join(folder, name) : name));
}

/** As a shell: a leading dot is matched by a dot only, `[!a]` is what is not a. Null for what can match nothing (`[z-a]`). */
function matcher(pattern: string): RegExp | null {
  const source = pattern.replace(/\[!?[^\]]+\]|[*?]|[\\^$.|+(){}[\]]/g, (part) => {
    if (part === '*') return '.*';
    if (part === '?') return '.';
    if (part.length === 1) return `\\${part}`;
    return part.replace('[!', '[^').replaceAll('\\', '\\\\');
  });
  try {
    return new RegExp(`^${pattern.startsWith('.') ? '' : '(?!\\.)'}${source}$`, 'su');
  } catch {
    return null;
  }
}
