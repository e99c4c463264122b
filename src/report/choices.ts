import type { Analysis, Diagnosis, Group, Severity } from '../analysis/model.js';
import type { TableName } from './columns.js';

/** What a run counts as a failure: findings of this severity or worse. */
export type Threshold = Severity | 'never';

/** What formats may ask of a run, besides the analysis. Each takes what concerns it. */
export interface Choices {
  /** For formats that are one table. */
  readonly table: TableName;
  readonly failOn: Threshold;
  /**
   * Whether a capture without a TCP connection is no failure, and neither are connections of which nothing is known.
   */
  readonly allowEmpty: boolean;
  readonly allowUnknown: boolean;
  /** Whether a group is new against a baseline; null where there is none. */
  readonly isNew: ((group: Group) => boolean) | null;
  /** Whether a diagnosis is new against the baseline; null where there is none, or it tells of no diagnoses. */
  readonly isNewDiagnosis: ((diagnosis: Diagnosis) => boolean) | null;
  /**
   * Whether so many unknown connections of so many are new against the baseline; null where there is none, or it counts
   * none.
   */
  readonly isNewDoubt: ((unknown: number, of: number) => boolean) | null;
  /**
   * What made the report and when, for those that say so; left out where the same packets are to give the same bytes.
   */
  readonly origin?: Origin;
}

export interface Origin {
  /** The command, as a shell takes it; null where none was typed. */
  readonly command: string | null;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly made: number;
}

export const usualChoices: Choices = {
  table: 'flows', failOn: 'error', allowEmpty: false, allowUnknown: false, isNew: null, isNewDiagnosis: null,
  isNewDoubt: null,
};

/**
 * Whether a group is a failure: severe enough, not explained by what is only to be known and, where there is a
 * baseline, new.
 */
export function fails(analysis: Analysis, group: Group, { failOn, isNew }: Pick<Choices, 'failOn' | 'isNew'>): boolean {
  return reaches(group.severity, failOn) && (isNew === null || isNew(group)) && !isHarmless(analysis, group);
}

/**
 * Whether a diagnosis is a failure: severe enough and new. Against a baseline without diagnoses only findings are new.
 */
export function diagnosisFails(
  diagnosis: Diagnosis, { failOn, isNew, isNewDiagnosis }: Pick<Choices, 'failOn' | 'isNew' | 'isNewDiagnosis'>,
): boolean {
  return reaches(diagnosis.severity, failOn) && (isNewDiagnosis === null ? isNew === null : isNewDiagnosis(diagnosis));
}

export function reaches(severity: Severity, threshold: Threshold): boolean {
  const order: readonly Threshold[] = ['never', 'error', 'warning', 'info'];
  return order.indexOf(severity) <= order.indexOf(threshold);
}

/** Whether a capture shows nothing at all, which proves nothing, and that is a failure. */
export function emptinessFails(
  analysis: Analysis, { failOn, allowEmpty }: Pick<Choices, 'failOn' | 'allowEmpty'>,
): boolean {
  return isEmpty(analysis) && failOn !== 'never' && !allowEmpty;
}

/** Whether connections of which nothing is known are a failure, if there are some. */
export function doubtFails(
  { verdicts, connectionCount }: Analysis, { failOn, allowUnknown, isNew, isNewDoubt }: Omit<Choices, 'table'>,
): boolean {
  const unknown = verdicts.get('unknown') ?? 0;
  return (
    unknown > 0 && failOn !== 'never' && !allowUnknown &&
    (isNewDoubt === null ? isNew === null : isNewDoubt(unknown, connectionCount))
  );
}

/** Whether the capture has no TCP. A filter that lets none through says nothing of the capture. */
export function isEmpty({ capture, connectionCount }: Analysis): boolean {
  return capture.tcpPackets === 0 && connectionCount === 0;
}

/** Whether something of an analysis is a failure. */
export function anyFails(analysis: Analysis, choices: Omit<Choices, 'table'>): boolean {
  return (
    emptinessFails(analysis, choices) || doubtFails(analysis, choices) ||
    analysis.groups.some((group) => fails(analysis, group, choices)) ||
    analysis.diagnoses.some((diagnosis) => diagnosisFails(diagnosis, choices))
  );
}

/** Whether diagnoses of information explain all findings of a group. */
function isHarmless(analysis: Analysis, { findings, forgotten }: Group): boolean {
  if (forgotten !== undefined || analysis.diagnoses.every(({ severity }) => severity !== 'info')) return false;
  return findings.every((index) => analysis.explanationOf(analysis.findings[index]!)?.severity === 'info');
}
