import type { Diagnosis, Group, Severity } from '../analysis/model.js';
import type { TableName } from './columns.js';

/** What a run counts as a failure: findings of this severity or worse. */
export type Threshold = Severity | 'never';

/** What formats may ask of a run, besides the analysis. Each takes what concerns it. */
export interface Choices {
  /** For formats that are one table. */
  readonly table: TableName;
  readonly failOn: Threshold;
  /** Whether a group is new against a baseline; null where there is none. */
  readonly isNew: ((group: Group) => boolean) | null;
}

export const usualChoices: Choices = { table: 'flows', failOn: 'error', isNew: null };

/** Whether a group is a failure: severe enough and, where there is a baseline, new. */
export function fails(group: Group, { failOn, isNew }: Pick<Choices, 'failOn' | 'isNew'>): boolean {
  return reaches(group.severity, failOn) && (isNew === null || isNew(group));
}

export function reaches(severity: Severity, threshold: Threshold): boolean {
  const order: readonly Threshold[] = ['never', 'error', 'warning', 'info'];
  return order.indexOf(severity) <= order.indexOf(threshold);
}

/** Whether a diagnosis fails. Earlier reports tell of groups alone: against one of them only findings are new. */
export function diagnosisFails({ severity }: Pick<Diagnosis, 'severity'>, { failOn, isNew }: Pick<Choices, 'failOn' | 'isNew'>): boolean {
  return isNew === null && reaches(severity, failOn);
}
