import type { Analysis, Diagnosis, Group } from '../analysis/model.js';
import { count, socketAddress } from './quantities.js';

/**
 * What is left of a group when its explained findings are told by diagnoses: the places of the others; and by which.
 */
export interface Unexplained {
  readonly findings: readonly number[];
  readonly by: ReadonlySet<string>;
}

export function unexplained(analysis: Analysis, group: Group): Unexplained {
  const by = new Set<string>();
  const all = analysis.findings;
  const findings = group.findings.filter((index) => {
    const finding = all[index];
    const explanation = finding === undefined ? null : analysis.explanationOf(finding);
    if (explanation !== null) by.add(explanation.id);
    return explanation === null;
  });
  return { findings, by };
}

/** The groups that no diagnosis explains whole. */
export function notExplained(analysis: Analysis): Group[] {
  if (analysis.diagnoses.length === 0) return [...analysis.groups];
  return analysis.groups.filter(
    (group) => group.findings.length === 0 || unexplained(analysis, group).findings.length > 0,
  );
}

/** What a diagnosis explains: `28 rst-after-push (crossing) at 10.0.0.7:80`; nothing where it explains no finding. */
export function explainedBy(analysis: Analysis, diagnosis: Diagnosis): string {
  if (diagnosis.explains.length === 0) return '';
  const all = analysis.findings;
  const told = analysis.groups.flatMap(({ finding, cause, service, findings }) => {
    if (!diagnosis.explains.includes(finding)) return [];
    const own = findings.filter((index) => analysis.explanationOf(all[index]!) === diagnosis).length;
    return own === 0
      ? []
      : [`${count(own)} ${finding}${cause === null ? '' : ` (${cause})`} at ${socketAddress(service)}`];
  });
  return told.length <= 6 ? told.join(', ') : `${told.slice(0, 6).join(', ')} and ${count(told.length - 6)} more kinds`;
}

/** What was found out about groups: a screen asks for each line anew with every key. */
const doers = new WeakMap<Group, string | null>();

/** Whose doing a group is: `client`, `server`, or `both` where its findings differ; null where none of them is kept. */
export function doerOf({ findings }: Analysis, group: Group): string | null {
  let doer = doers.get(group);
  if (doer === undefined) doers.set(group, (doer = doerOfAll(findings, group.findings)));
  return doer;
}

function doerOfAll(findings: Analysis['findings'], indices: readonly number[]): string | null {
  const role = findings[indices[0] ?? -1]?.role ?? null;
  for (const index of indices) if (findings[index]?.role !== role) return 'both';
  return role;
}

/** Who must act by a diagnosis: `server 10.0.0.7`. */
export function actorOf({ by: { role, address } }: Diagnosis): string {
  return address === '' ? role : `${role} ${address}`;
}
