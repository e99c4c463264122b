import type { Group } from '../analysis/model.js';
import { type Tally, findingKey, isWorse, serviceKey } from './tally.js';

/**
 * What is new against an earlier report: a finding with a cause that its service did not have, or had with a lower severity.
 * `strict`: more connections than there were are new as well. Counts depend on the traffic, so this is for runs of the same load.
 */
export function newAgainst(baseline: Tally, strict: boolean): (group: Group) => boolean {
  return ({ finding, cause, severity, service, flows }) => {
    const known = baseline.services.get(serviceKey(service))?.findings.get(findingKey(finding, cause));
    return known === undefined || isWorse(severity, known.severity) || (strict && flows > known.flows);
  };
}
