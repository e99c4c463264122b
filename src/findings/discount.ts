import type { Finding, Group } from './index.js';

/** What makes findings weigh less than each does alone, seen over all connections. */
export interface Discount {
  /** The finding as it weighs now: the same one where nothing changes. */
  finding(own: Finding): Finding;
  /** A group of connections that are no longer kept, as it weighs now. */
  group(evicted: Group): Group;
}

/** What was found of connections that are no longer kept. */
export interface Evicted {
  readonly group: Group;
  /**
   * Connections of which nothing else was told that is graver than information, and those among them that ended well.
   */
  readonly sole: number;
  readonly soleWell: number;
}

/** Weighs `findings` in their place; answers the connections whose findings have become lighter. */
export function discounted(findings: Finding[], discounts: readonly Discount[]): Set<number> {
  const lighter = new Set<number>();
  if (discounts.length === 0) return lighter;
  for (const [at, own] of findings.entries()) {
    const now = discounts.reduce((finding, discount) => discount.finding(finding), own);
    if (now === own) continue;
    findings[at] = now;
    lighter.add(own.flow);
  }
  return lighter;
}
