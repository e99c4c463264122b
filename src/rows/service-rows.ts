import type { Address } from '../analysis/model.js';
import type { ToldService } from './model.js';
import { Shares } from './shares.js';

/** All connections to one service, as the rows of its taps count them. */
export class ServiceRows {
  private readonly service: Address;
  private readonly endings = new Map<string, number>();
  private readonly shares = new Shares();
  private flows = 0;
  private found = 0;

  constructor(service: Address) {
    this.service = service;
  }

  add(source: string, ending: string, flows: number, found: number): void {
    this.flows += flows;
    this.found += found;
    this.endings.set(ending, (this.endings.get(ending) ?? 0) + flows);
    this.shares.add(source, flows);
  }

  told(): ToldService {
    const { service, flows, found } = this;
    const endings = new Map([...this.endings].filter(([, number]) => number > 0).toSorted(([, a], [, b]) => b - a));
    return { service, flows, found, endings, sources: this.shares.told() };
  }
}
