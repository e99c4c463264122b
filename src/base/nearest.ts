/**
 * The candidate that a mistyped word was meant to be: at most two letters added, dropped, changed or swapped, and not
 * most of the word.
 */
export function nearest(word: string, candidates: Iterable<string>): string | null {
  let found: string | null = null;
  let least = Math.min(3, Math.ceil(word.length / 2));
  for (const candidate of candidates) {
    const distance = editDistance(word.slice(0, 64), candidate);
    if (distance < least) [found, least] = [candidate, distance];
  }
  return found;
}

/**
 * Levenshtein's distance, in which two neighbours that changed places count once (optimal string alignment), row by
 * row.
 */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const above = row;
    row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (above[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = isSwap ? (before[j - 2] ?? 0) + 1 : Infinity;
      row.push(Math.min(change, swap, (above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    before = above;
  }
  return row[b.length] ?? 0;
}
