import type { Analysis, Diagnosis, Group } from '../analysis/model.js';
import { count, socketAddress } from './quantities.js';

/** What is left of a group when its explained findings are told by diagnoses: the places of the others; and by which. */
export interface Unexplained {
  readonly findings: readonly number[];
  readonly by: ReadonlySet<string>;
}

export function unexplained(analysis: Analysis, group: Group): Unexplained {
  const by = new Set<string>();
  const findings = group.findings.filter((index) => {
    const finding = analysis.findings[index];
    const explanation = finding === undefined ? null : analysis.explanationOf(finding);
    if (explanation !== null) by.add(explanation.id);
    return explanation === null;
  });
  return { findings, by };
}

/** The groups that no diagnosis explains whole. */
export function notExplained(analysis: Analysis): Group[] {
  if (analysis.diagnoses.length === 0) return [...analysis.groups];
  return analysis.groups.filter((group) => group.findings.length === 0 || unexplained(analysis, group).findings.length > 0);
}

/** What a diagnosis explains: `28 rst-after-push (crossing) at 10.0.0.7:80`; nothing where it explains no finding. */
export function explainedBy(analysis: Analysis, diagnosis: Diagnosis): string {
  if (diagnosis.explains.length === 0) return '';
  const told = analysis.groups.flatMap(({ finding, cause, service, findings }) => {
    const own = findings.filter((index) => analysis.explanationOf(analysis.findings[index]!) === diagnosis).length;
    return own === 0 ? [] : [`${count(own)} ${finding}${cause === null ? '' : ` (${cause})`} at ${socketAddress(service)}`];
  });
  return told.length <= 6 ? told.join(', ') : `${told.slice(0, 6).join(', ')} and ${count(told.length - 6)} more kinds`;
}

/** Whose doing a group is: `client`, `server`, or `both` where its findings differ; null where none of them is kept. */
export function doerOf({ findings }: Analysis, group: Group): string | null {
  const [first, ...others] = group.findings;
  const role = first === undefined ? undefined : findings[first]?.role;
  if (role === undefined) return null;
  return others.every((index) => findings[index]?.role === role) ? role : 'both';
}

/** Who must act by a diagnosis: `server 10.0.0.7`. */
export function actorOf({ by: { role, address } }: Diagnosis): string {
  return address === '' ? role : `${role} ${address}`;
}
