import { OF_SERVICES } from '../collect/rows.js';
import { Tally } from '../compare/tally.js';
import { closeWaitBuildup } from '../findings/close-wait-buildup.js';
import type { FleetReport } from './model.js';

/** What `diff` compares of rows. Those of a source that goes on tell of no diagnoses. */
export function tallyOfFleet({ services, groups, diagnoses, unknown, isFoundOnly, sources }: FleetReport): Tally {
  const tally = new Tally();
  for (const { service, flows } of services) tally.addFlows(service, flows);
  for (const { finding, cause, severity, service, flows } of groups)
    tally.addGroup(finding, cause, severity, service, flows);
  for (const { id, severity, service, by, flows } of diagnoses)
    tally.addDiagnosis(id, severity, service, by.address, flows);
  tally.lacks = new Set([...OF_SERVICES].filter((id) => id !== closeWaitBuildup.id));
  tally.hasDiagnoses = sources.every(({ hasEnded }) => hasEnded);
  tally.unknown = isFoundOnly ? null : unknown;
  return tally;
}
