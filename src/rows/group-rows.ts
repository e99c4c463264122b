import type { Address, Duration, Severity, Time } from '../analysis/model.js';
import type { ToldFinding, ToldGroup } from './model.js';
import { Shares } from './shares.js';

/** Findings of a group that are shown. */
const SAMPLES = 3;

/** Equal findings of one service, row by row. */
export class GroupRows {
  private readonly kind: Pick<ToldGroup, 'severity' | 'finding' | 'cause' | 'service'>;
  private readonly connections = new Set<string>();
  private readonly shares = new Shares();
  private readonly durations: Duration[] = [];
  private readonly samples: ToldFinding[] = [];
  private readonly explained = new Set<string | null>();
  private first: Time = Infinity;
  private last: Time = -Infinity;

  constructor(grave: Severity, finding: string, cause: string | null, service: Address) {
    this.kind = { severity: grave, finding, cause, service };
  }

  add(finding: ToldFinding, start: Time, lasted: Duration, explainedBy: string | null): void {
    const key = `${finding.source} ${finding.id}`;
    if (!this.connections.has(key)) this.shares.add(finding.source, 1);
    this.connections.add(key);
    this.durations.push(lasted);
    this.explained.add(explainedBy);
    this.first = Math.min(this.first, start);
    this.last = Math.max(this.last, start);
    if (this.samples.length < SAMPLES) this.samples.push(finding);
  }

  told(): ToldGroup {
    const durations = Float64Array.from(this.durations).sort();
    return {
      ...this.kind,
      explainedBy: this.explained.size === 1 ? [...this.explained][0]! : null,
      flows: this.connections.size, first: this.first, last: this.last,
      durations: { shortest: durations[0]!, median: durations[durations.length >> 1]!, longest: durations.at(-1)! },
      sources: this.shares.told(), samples: this.samples,
    };
  }
}
