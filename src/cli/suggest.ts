import { nearest } from '../base/nearest.js';

/** ` Did you mean report?`, or nothing where no candidate is near. */
export function suggest(word: string, candidates: Iterable<string>): string {
  const found = nearest(word, candidates);
  return found === null ? '' : ` Did you mean ${found}?`;
}
