import type { Share } from './model.js';

/** Counts by source, in order of their names, those that count nothing left out. */
export class Shares {
  private readonly flows = new Map<string, number>();

  add(source: string, flows: number): void {
    this.flows.set(source, (this.flows.get(source) ?? 0) + flows);
  }

  told(): Share[] {
    return [...this.flows]
      .filter(([, flows]) => flows > 0)
      .map(([source, flows]) => ({ source, flows }))
      .toSorted((a, b) => (a.source < b.source ? -1 : 1));
  }
}
