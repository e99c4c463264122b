import type { Analysis, Group } from '../../analysis/model.js';

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
