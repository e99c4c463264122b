import { SEVERITIES } from '../findings/finding.js';
import type { Severity } from '../findings/finding.js';
import type { Finding, Group } from '../findings/index.js';
import type { Duration, Time } from '../base/time.js';

/** Groups that are counted one by one, some 3 MB; what is found at further services is counted in all. A scan of all ports has as many. */
const MOST_GROUPS = 8192;

/** Durations remembered of a group, the latest ones, for their median. */
const SAMPLES = 32;

/** What was found of forgotten connections of one service. */
interface EvictedGroup {
  readonly sample: Pick<Finding, 'id' | 'cause' | 'severity' | 'service'>;
  flows: number;
  first: Time;
  last: Time;
  shortest: Duration;
  longest: Duration;
  readonly durations: number[];
  findings: number;
  /** Findings among these that were the server's doing. */
  byServer: number;
}

/** Counts the findings of connections that are forgotten, in bounded memory. */
export class EvictedFindings {
  /** Connections with a finding, and those with an error or a warning. */
  flows = 0;
  faulty = 0;
  /** Connections with a finding that no group tells of. */
  ungrouped = 0;
  private readonly groups = new Map<string, EvictedGroup>();

  /** All findings of one connection; none is none. */
  add(findings: readonly Finding[]): void {
    if (findings.length === 0) return;
    this.flows++;
    if (findings.some(({ severity }) => severity !== 'info')) this.faulty++;
    const counted = new Set<string>();
    for (const finding of findings) {
      const key = keyOf(finding.id, finding.cause, finding.severity, finding.service);
      const tally = this.groups.get(key) ?? this.begin(key, finding);
      if (tally === null) continue;
      if (!counted.has(key)) tally.flows++;
      counted.add(key);
      tally.first = Math.min(tally.first, finding.start);
      tally.last = Math.max(tally.last, finding.start);
      tally.shortest = Math.min(tally.shortest, finding.duration);
      tally.longest = Math.max(tally.longest, finding.duration);
      if (finding.role === 'server') tally.byServer++;
      tally.durations[tally.findings++ % SAMPLES] = finding.duration;
    }
    if (counted.size === 0) this.ungrouped++;
  }

  /** Findings of this kind at a service that were its own doing. */
  readonly byServer = (id: string, cause: string, service: Finding['service']): number =>
    SEVERITIES.reduce((sum, severity) => sum + (this.groups.get(keyOf(id, cause, severity, service))?.byServer ?? 0), 0);

  /** The groups of what is kept with what was found of forgotten connections; worst first. */
  joined(groups: readonly Group[]): Group[] {
    const left = new Map(this.groups);
    const joined = groups.map((group) => {
      const key = keyOf(group.finding, group.cause, group.severity, group.service);
      const tally = left.get(key);
      left.delete(key);
      return tally === undefined ? group : {
        ...group, flows: group.flows + tally.flows, forgotten: tally.flows, first: Math.min(group.first, tally.first), last: Math.max(group.last, tally.last),
        durations: { shortest: Math.min(group.durations.shortest, tally.shortest), median: group.durations.median, longest: Math.max(group.durations.longest, tally.longest) },
      };
    });
    return [...joined, ...Array.from(left.values(), alone)];
  }

  private begin(key: string, { id, cause, severity, service }: Finding): EvictedGroup | null {
    if (this.groups.size >= MOST_GROUPS) return null;
    const tally: EvictedGroup = { sample: { id, cause, severity, service }, flows: 0, first: Infinity, last: -Infinity, shortest: Infinity, longest: -Infinity, durations: [], findings: 0, byServer: 0 };
    this.groups.set(key, tally);
    return tally;
  }
}

function keyOf(id: string, cause: string | null, severity: Severity, { address, port }: Finding['service']): string {
  return `${id} ${cause} ${severity} ${address} ${port}`;
}

/** A group none of whose connections is kept. */
function alone({ sample: { id, cause, severity, service }, flows, first, last, shortest, longest, durations }: EvictedGroup): Group {
  const median = durations.toSorted((a, b) => a - b)[durations.length >> 1]!;
  return { finding: id, cause, severity, service, flows, forgotten: flows, first, last, streams: [], durations: { shortest, median, longest }, findings: [] } as unknown as Group;
}
