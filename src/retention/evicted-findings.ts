import { SEVERITIES } from '../findings/finding.js';
import type { Finding, Group, Severity } from '../findings/finding.js';
import { ANY_COUNT } from '../packing/packer.js';
import type { Packer, Unpacker } from '../packing/packer.js';
import type { Duration, Time } from '../base/time.js';

/** Groups that are counted one by one, some 3 MB; what is found at further services is counted in all. A scan of all ports has as many. */
const MOST_GROUPS = 8192;

/** Durations remembered of a group, the latest ones, for their median. */
const SAMPLES = 32;

/** Letters of an id, of a cause, of an address. */
const LONGEST_WORD = 64;

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
  /** Of these, those that were the server's doing. */
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

  pack(to: Packer): void {
    to.number(this.flows);
    to.number(this.faulty);
    to.number(this.ungrouped);
    to.number(this.groups.size);
    for (const {
      sample: { id, cause, severity, service },
      flows,
      first,
      last,
      shortest,
      longest,
      durations,
      findings,
      byServer,
    } of this.groups.values()) {
      to.text(id);
      to.text(cause ?? '');
      to.number(SEVERITIES.indexOf(severity));
      to.text(service.address);
      [service.port, flows, first, last, shortest, longest, findings, byServer, durations.length, ...durations].forEach(
        (value) => to.number(value),
      );
    }
  }

  static unpack(from: Unpacker): EvictedFindings {
    const tally = new EvictedFindings();
    tally.flows = from.integer(0, ANY_COUNT);
    tally.faulty = from.integer(0, ANY_COUNT);
    tally.ungrouped = from.integer(0, ANY_COUNT);
    for (let groups = from.integer(0, MOST_GROUPS); groups > 0; groups--) {
      const [id, cause, severity] = [
        from.text(LONGEST_WORD),
        from.text(LONGEST_WORD) || null,
        SEVERITIES[from.integer(0, SEVERITIES.length - 1)]!,
      ];
      const service = { address: from.text(LONGEST_WORD), port: from.integer(0, 0xffff) };
      const [flows, first, last, shortest, longest] = [
        from.integer(0, ANY_COUNT),
        from.number(),
        from.number(),
        from.number(),
        from.number(),
      ];
      const [findings, byServer] = [from.integer(1, ANY_COUNT), from.integer(0, ANY_COUNT)];
      const durations = Array.from({ length: from.integer(1, SAMPLES) }, () => from.number());
      tally.groups.set(keyOf(id, cause, severity, service), {
        sample: { id, cause, severity, service }, flows, first, last, shortest, longest, durations, findings, byServer,
      });
    }
    return tally;
  }

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
  return { finding: id, cause, severity, service, flows, forgotten: flows, first, last, streams: [], durations: { shortest, median, longest }, findings: [] };
}
