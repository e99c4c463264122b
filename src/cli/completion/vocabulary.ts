import { topics } from '../../explain/explain.js';
import { causes, findings } from '../../filter/words.js';
import type { Parameter, Switch } from '../command-line.js';
import { PROFILE_NAMES } from '../profile.js';

/** What a value can be: one of some words, a file, or something that nobody can guess. */
export type Values = { readonly words: readonly string[] } | 'files' | 'anything';
export type Vocabulary = (of: Switch | Parameter) => Values;

/** Values that are names of files, by the name that the help gives them. */
const FILES: ReadonlySet<string> = new Set(['file', 'report', 'capture', 'captures', 'before', 'after', 'folder']);

/** Words that the command line takes without a list of them in its help. */
const WORDS: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ['profile', PROFILE_NAMES],
  ['finding', findings.words.filter((word) => word !== 'none')],
  ['word', topics()],
  ['cause', causes.words.filter((word) => word !== 'none')],
]);

export function vocabulary(of: Switch | Parameter): Values {
  const words = of.choices.length > 0 ? of.choices : WORDS.get(of.name);
  if (words !== undefined) return { words };
  return FILES.has('value' in of ? (of.value ?? '') : of.name) ? 'files' : 'anything';
}
