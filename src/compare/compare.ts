import { type FindingTally, type ServiceTally, type Tally, isWorse } from './tally.js';
import type { Severity } from '../analysis/model.js';

/**
 * What became of a finding: `new` and `gone` say that the other capture has none of it, `worse`, `better` and `same`
 * compare rates, `unseen` that the service had no connection afterwards, so that nothing can be said.
 */
export type Outcome = 'new' | 'worse' | 'same' | 'better' | 'gone' | 'unseen';

export interface Change {
  readonly finding: string;
  readonly cause: string | null;
  readonly severity: Severity;
  readonly before: Rate;
  readonly after: Rate;
  readonly outcome: Outcome;
  /** `finding` is the id of a diagnosis; left out of findings. */
  readonly isDiagnosis?: true;
}

export interface Rate {
  /** Connections with the finding. */
  readonly flows: number;
  /** Connections with the finding per thousand connections of the service; null where it had none. */
  readonly perThousand: number | null;
}

export interface ServiceComparison {
  readonly service: string;
  /** Connections to it. */
  readonly before: number;
  readonly after: number;
  readonly changes: readonly Change[];
}

/** Every service that one of two captures has with a finding, the ones that got worse first. */
export function compare(before: Tally, after: Tally): ServiceComparison[] {
  const names = new Set([...before.services.keys(), ...after.services.keys()]);
  const diagnosed = before.hasDiagnoses && after.hasDiagnoses ? [before.flows, after.flows] as const : null;
  const lacks = new Set([...before.lacks, ...after.lacks]);
  return [...names]
    .map((name) => service(name, before.services.get(name), after.services.get(name), diagnosed, lacks))
    .filter(({ changes }) => changes.length > 0)
    .sort((a, b) => rank(a.changes[0]!) - rank(b.changes[0]!) || b.after - a.after);
}

/**
 * `flows`: of both captures, for diagnoses that are not of one service; null where one of the two tells of none.
 * `lacks`: findings that one of the two cannot tell of, so that they cannot be compared.
 */
function service(
  name: string, before: ServiceTally | undefined, after: ServiceTally | undefined,
  flows: readonly [number, number] | null, lacks: ReadonlySet<string>,
): ServiceComparison {
  const keys = new Set([...(before?.findings.keys() ?? []), ...(after?.findings.keys() ?? [])]);
  const changes = [...keys].flatMap((key): Change[] => {
    const [earlier, later] = [before?.findings.get(key), after?.findings.get(key)];
    const one = later ?? earlier;
    if (one === undefined || lacks.has(one.finding)) return [];
    return [change(one, rate(earlier, before), rate(later, after), worst(earlier, later))];
  });
  if (flows !== null) changes.push(...diagnosisChanges(before, after, flows));
  return {
    service: name, before: before?.flows ?? 0, after: after?.flows ?? 0,
    changes: changes.sort(
      (a, b) =>
        rank(a) - rank(b) || Number(b.isDiagnosis === true) - Number(a.isDiagnosis === true) ||
        b.after.flows - a.after.flows,
    ),
  };
}

/** A diagnosis that was told of a host is told of all the connections there are. */
function diagnosisChanges(
  before: ServiceTally | undefined, after: ServiceTally | undefined,
  [earlierFlows, laterFlows]: readonly [number, number],
): Change[] {
  const ids = new Set([...(before?.diagnoses.keys() ?? []), ...(after?.diagnoses.keys() ?? [])]);
  return [...ids].map((id) => {
    const [earlier, later] = [before?.diagnoses.get(id), after?.diagnoses.get(id)];
    const isOfService = (before?.flows ?? 0) + (after?.flows ?? 0) > 0;
    const rates = [
      rate(earlier, isOfService ? before : { flows: earlierFlows }),
      rate(later, isOfService ? after : { flows: laterFlows }),
    ] as const;
    return {
      finding: id, cause: null, severity: worst(earlier, later), before: rates[0], after: rates[1],
      outcome: outcomeOf(...rates), isDiagnosis: true,
    };
  });
}

function change({ finding, cause }: FindingTally, before: Rate, after: Rate, severity: Severity): Change {
  return { finding, cause, severity, before, after, outcome: outcomeOf(before, after) };
}

function rate(finding: { readonly flows: number } | undefined, of: { readonly flows: number } | undefined): Rate {
  const flows = finding?.flows ?? 0;
  return { flows, perThousand: of === undefined || of.flows === 0 ? null : (1000 * flows) / of.flows };
}

function outcomeOf(before: Rate, after: Rate): Outcome {
  if (after.perThousand === null) return after.flows > 0 ? 'new' : 'unseen';
  if (before.flows === 0) return 'new';
  if (after.flows === 0) return 'gone';
  if (before.perThousand === null || isChance(before, after)) return 'same';
  return after.perThousand > before.perThousand ? 'worse' : 'better';
}

/**
 * Whether two rates differ by no more than chance would make of one: two proportions, |z| below 1.96 (5 % by mistake).
 * The variance is the pooled one; of rates that are both 0 or both 1 there is none, and no difference.
 */
function isChance(before: Rate, after: Rate): boolean {
  const [p, q] = [(before.perThousand ?? 0) / 1000, (after.perThousand ?? 0) / 1000];
  const [n, m] = [before.flows / p, after.flows / q];
  const pooled = (before.flows + after.flows) / (n + m);
  const variance = pooled * (1 - pooled) * (1 / n + 1 / m);
  return variance <= 0 || Math.abs(p - q) < 1.96 * Math.sqrt(variance);
}

function worst(
  earlier: { readonly severity: Severity } | undefined, later: { readonly severity: Severity } | undefined,
): Severity {
  if (earlier === undefined || later === undefined) return (later ?? earlier)!.severity;
  return isWorse(earlier.severity, later.severity) ? earlier.severity : later.severity;
}

/** By outcome, then by severity. */
function rank({ outcome, severity }: Change): number {
  const outcomes: readonly Outcome[] = ['new', 'worse', 'same', 'better', 'gone', 'unseen'];
  const severities: readonly Severity[] = ['error', 'warning', 'info'];
  return outcomes.indexOf(outcome) * severities.length + severities.indexOf(severity);
}
