import { SEVERITIES } from '../findings/finding.js';
import type { Evicted } from '../findings/discount.js';
import { kindAndService } from '../findings/grouping.js';
import { kinds } from '../findings/index.js';
import type { Finding, Group } from '../findings/index.js';
import type { AnyFinding } from '../findings/finding.js';
import { ANY_COUNT, UnpackError } from '../packing/packer.js';
import type { Packer, Unpacker } from '../packing/packer.js';
import type { Address, Ending } from '../tcp/connection.js';
import { isWell } from '../tcp/standing.js';
import type { Duration, Time } from '../base/time.js';

/**
 * Groups that are counted one by one, some 3 MB; what is found at further services is counted in all. A scan of all
 * ports has as many.
 */
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
  /** Findings among these that were the server's doing. */
  byServer: number;
  /**
   * Connections of which nothing else was told that is graver than information, and those among them that ended well.
   */
  sole: number;
  soleWell: number;
}

type Sample = EvictedGroup['sample'];

/** Whether there is a detector that says this. */
function isKnown(sample: Pick<AnyFinding, keyof Sample>): sample is Sample {
  const kind = kinds.find(({ id }) => id === sample.id);
  return kind !== undefined && Object.hasOwn(kind.severities, sample.cause ?? '');
}

/** Counts the findings of connections that are forgotten, in bounded memory. */
export class EvictedFindings {
  /** Connections with a finding, and those with an error or a warning. */
  flows = 0;
  faulty = 0;
  /** Connections with a finding that no group tells of. */
  ungrouped = 0;
  private readonly evicted = new Map<string, EvictedGroup>();

  pack(to: Packer): void {
    [this.flows, this.faulty, this.ungrouped, this.evicted.size].forEach((value) => to.number(value));
    for (const { sample: { id, cause, severity, service }, ...counts } of this.evicted.values()) {
      to.text(id);
      to.text(cause ?? '');
      to.number(SEVERITIES.indexOf(severity));
      to.text(service.address);
      to.number(service.port);
      const { flows, first, last, shortest, longest, durations, findings, byServer, sole, soleWell } = counts;
      for (const value of [flows, first, last, shortest, longest, findings, byServer, sole, soleWell]) to.number(value);
      [durations.length, ...durations].forEach((value) => to.number(value));
    }
  }

  static unpack(from: Unpacker): EvictedFindings {
    const tally = new EvictedFindings();
    const count = (): number => from.integer(0, ANY_COUNT);
    [tally.flows, tally.faulty, tally.ungrouped] = [count(), count(), count()];
    for (let groups = from.integer(0, MOST_GROUPS); groups > 0; groups--) {
      const [id, cause] = [from.text(LONGEST_WORD), from.text(LONGEST_WORD) || null];
      const severity = SEVERITIES[from.integer(0, SEVERITIES.length - 1)]!;
      const service = { address: from.text(LONGEST_WORD), port: from.integer(0, 0xffff) };
      const [flows, first, last] = [count(), from.number(), from.number()];
      const [shortest, longest] = [from.number(), from.number()];
      const [findings, byServer, sole, soleWell] = [from.integer(1, ANY_COUNT), count(), count(), count()];
      const durations = Array.from({ length: from.integer(1, SAMPLES) }, () => from.number());
      const sample = { id, cause, severity, service };
      if (!isKnown(sample)) throw new UnpackError('a finding that nobody knows');
      tally.evicted.set(kindAndService(sample), {
        sample, flows, first, last, shortest, longest, durations, findings, byServer, sole, soleWell,
      });
    }
    return tally;
  }

  /** All findings of one connection; none is none. */
  add(findings: readonly Finding[], ending: Ending): void {
    if (findings.length === 0) return;
    this.flows++;
    const grave = new Set(findings.filter(({ severity }) => severity !== 'info').map(kindAndService));
    if (grave.size > 0) this.faulty++;
    const counted = new Set<string>();
    for (const finding of findings) {
      const key = kindAndService(finding);
      const tally = this.evicted.get(key) ?? this.begin(key, finding);
      if (tally === null) continue;
      if (!counted.has(key)) {
        tally.flows++;
        if (grave.size === 1 && grave.has(key)) {
          tally.sole++;
          if (isWell({ verdict: 'found', ending })) tally.soleWell++;
        }
      }
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
  readonly byServer = (id: string, cause: string, service: Address): number =>
    SEVERITIES.reduce(
      (sum, severity) => sum + (this.evicted.get(kindAndService({ id, cause, severity, service }))?.byServer ?? 0), 0,
    );

  /** What was found, as groups none of whose connections is kept. */
  groups(): Evicted[] {
    return Array.from(this.evicted.values(), (own) => ({
      group: groupOf(own), sole: own.sole, soleWell: own.soleWell,
    }));
  }

  private begin(key: string, { id, cause, severity, service }: Finding): EvictedGroup | null {
    if (this.evicted.size >= MOST_GROUPS) return null;
    const tally: EvictedGroup = {
      sample: { id, cause, severity, service }, flows: 0, first: Infinity, last: -Infinity, shortest: Infinity,
      longest: -Infinity, durations: [], findings: 0, byServer: 0, sole: 0, soleWell: 0,
    };
    this.evicted.set(key, tally);
    return tally;
  }
}

/** A group none of whose connections is kept. */
function groupOf({
  sample: { id, cause, severity, service }, flows, first, last, shortest, longest, durations,
}: EvictedGroup): Group {
  const median = durations.toSorted((a, b) => a - b)[durations.length >> 1]!;
  return {
    finding: id, cause, severity, service, flows, forgotten: flows, first, last, streams: [],
    durations: { shortest, median, longest }, findings: [],
  } as unknown as Group;
}
