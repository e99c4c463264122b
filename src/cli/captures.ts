import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { CommandError } from './failure.js';

/**
 * The files behind CAPTURE arguments. The shell expands most globs; a quoted one, or one from a shell that does not, is
 * expanded here in its last component: `*`, `?` and `[a-z]`. Whether a file exists is for its reader to say.
 */
export function expandCaptures(captures: readonly string[]): string[] {
  return captures.flatMap((capture) =>
    /[*?[]/.test(basename(capture)) && !existsSync(capture) ? expand(capture) : [capture],
  );
}

function expand(pattern: string): string[] {
  const folder = dirname(pattern);
  const fits = matcher(basename(pattern));
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => fits(name)).sort() : [];
  if (names.length === 0) throw new CommandError(`no file matches ${pattern}`);
  return names.map((name) => (pattern.startsWith(folder) ? join(folder, name) : name));
}

/** One character of a pattern: which it stands for; null for `*`. */
type Part = ((character: string) => boolean) | null;

/** What a pattern matches, as a shell has it: a leading dot is matched by a dot only, `[!a]` is what is not a. */
function matcher(pattern: string): (name: string) => boolean {
  const parts = [...pattern.matchAll(/\[!?[^\]]+\]|[^]/gu)].map(([part]): Part => {
    if (part === '*') return null;
    if (part === '?') return () => true;
    if (part.length < 3) return (character) => character === part;
    const isNot = part.startsWith('[!');
    const set = Array.from(part.slice(isNot ? 2 : 1, -1));
    return (character) => isIn(set, character) !== isNot;
  });
  return (name) => name.startsWith('.') === pattern.startsWith('.') && matches(parts, Array.from(name));
}

/** `a-z` is a range, unless the hyphen is the first or the last one. */
function isIn(set: readonly string[], character: string): boolean {
  for (let at = 0; at < set.length; at++) {
    if (set[at + 1] === '-' && at + 2 < set.length) {
      if (character >= set[at]! && character <= set[at + 2]!) return true;
      at += 2;
    } else if (set[at] === character) {
      return true;
    }
  }
  return false;
}

/** By going back to the last `*` alone, which takes one more: of the ones before nothing else could come. */
function matches(parts: readonly Part[], name: readonly string[]): boolean {
  let [part, at, star, taken] = [0, 0, -1, 0];
  while (at < name.length) {
    const test = parts[part];
    if (test === null) [star, taken, part] = [part, at, part + 1];
    else if (test?.(name[at]!) === true) [part, at] = [part + 1, at + 1];
    else if (star >= 0) [part, at] = [star + 1, (taken += 1)];
    else return false;
  }
  return parts.slice(part).every((rest) => rest === null);
}
