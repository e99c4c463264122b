import type { Finding, Group } from '../findings/index.js';
import { grouped } from '../findings/grouping.js';
import type { Diagnoses } from './diagnose.js';

/** Findings and their groups, as they are told. */
export interface Lowered {
  readonly findings: readonly Finding[];
  readonly groups: readonly Group[];
}

/**
 * What a diagnosis explains that only informs is information, too: a scan's refused attempts are nobody's fault.
 * Indices stay as they are. `diagnoses` is asked for only where something is graver than that.
 */
export function lowered(told: Lowered, diagnoses: () => Diagnoses): Lowered {
  if (told.groups.every(({ severity }) => severity === 'info')) return told;
  const known = diagnoses();
  const all = known.diagnoses;
  if (all.every(({ severity }) => severity !== 'info')) return told;
  let count = 0;
  const findings = told.findings.map((finding) => {
    if (finding.severity === 'info') return finding;
    const place = known.explanationOf(finding);
    if (place === null || all[place]!.severity !== 'info') return finding;
    count++;
    return { ...finding, severity: 'info' as const };
  });
  return count === 0 ? told : { findings, groups: grouped(findings) };
}
