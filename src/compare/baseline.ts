import type { Diagnosis, Group } from '../analysis/model.js';
import { type Tally, diagnosisPlace, findingKey, isWorse, serviceKey } from './tally.js';

/**
 * What is new against an earlier report: a finding with a cause that its service did not have, or had with a lower
 * severity. `strict`: more connections than there were are new as well. Counts depend on the traffic, so this is for
 * runs of the same load.
 */
export function newAgainst(baseline: Tally, strict: boolean): (group: Group) => boolean {
  return ({ finding, cause, severity, service, flows }) => {
    const known = baseline.services.get(serviceKey(service))?.findings.get(findingKey(finding, cause));
    return known === undefined || isWorse(severity, known.severity) || (strict && flows > known.flows);
  };
}

/** Whether a diagnosis is new against an earlier report; null where that was written before there were diagnoses. */
export function newDiagnosisAgainst(baseline: Tally, strict: boolean): ((diagnosis: Diagnosis) => boolean) | null {
  if (!baseline.hasDiagnoses) return null;
  return ({ id, severity, service, by, flows }) => {
    const known = baseline.services.get(diagnosisPlace(service, by.address))?.diagnoses.get(id);
    return known === undefined || isWorse(severity, known.severity) || (strict && flows > known.flows);
  };
}

/**
 * Whether so many connections of which nothing is known are more than there were, of as many; null where the report
 * does not tell.
 */
export function newDoubtAgainst({ unknown: before, flows }: Tally): ((unknown: number, of: number) => boolean) | null {
  if (before === null) return null;
  return (unknown, of) => unknown * Math.max(flows, before, 1) > before * Math.max(of, 1);
}
