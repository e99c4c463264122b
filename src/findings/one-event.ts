import type { Finding } from './finding.js';

/** A finding, or one cause of it. */
type Kind = string;

/**
 * Which findings of one connection are told by another one, too: one event is told once, by whose doing it was.
 *
 * Left the one that is told, right those that are not told beside it; `id` or `id cause`.
 */
const TELLS: readonly (readonly [told: Kind, others: readonly Kind[]])[] = [
  // A server that never closes has not answered either, and its client has to give up at last.
  ['half-closed leak', ['unanswered-request']],
  ['half-closed never-accepted', ['unanswered-request']],
  // Who gave up waiting, or closed without an answer, did so by some RST or FIN; a late answer then finds nobody.
  ['unanswered-request given-up', ['linger-reset', 'rst-after-push', 'half-closed killed', 'half-closed slow']],
  ['unanswered-request closed', ['linger-reset', 'rst-after-push', 'half-closed killed', 'half-closed slow']],
  ['unanswered-request cut', ['linger-reset']],
  // The payload that drew the RST ended what the keeper had kept open.
  ['rst-after-push', ['half-closed killed']],
  ['forged-reset', ['unanswered-request', 'rst-after-push', 'linger-reset']],
];

/** Findings of one connection without those that another of them tells. */
export function oneEach<T extends Pick<Finding, 'id' | 'cause'>>(findings: readonly T[]): readonly T[] {
  if (findings.length < 2) return findings;
  const silent = new Set<Kind>();
  for (const [told, others] of TELLS) {
    if (findings.some((finding) => is(finding, told) && !isAny(finding, silent))) for (const other of others) silent.add(other);
  }
  return silent.size === 0 ? findings : findings.filter((finding) => !isAny(finding, silent));
}

function is({ id, cause }: Pick<Finding, 'id' | 'cause'>, kind: Kind): boolean {
  return kind === id || kind === `${id} ${cause}`;
}

function isAny(finding: Pick<Finding, 'id' | 'cause'>, kinds: ReadonlySet<Kind>): boolean {
  for (const kind of kinds) if (is(finding, kind)) return true;
  return false;
}
