import type { Analysis, Finding, Group } from '../../analysis/model.js';

/** Findings that the page carries: their lines take some 60 bytes each in it. */
export const MOST_LISTED = 20_000;

/** A finding that the page lists when somebody asks. */
export interface Listed {
  readonly finding: Finding;
  readonly group: Group;
  /** Place of its group in `Analysis.groups`. */
  readonly place: number;
}

/**
 * The findings that a page carries: the first one of every group before the second of one, so that where there are
 * more than there is room for, no kind of them is missing.
 */
export function listedFindings({ findings, groups }: Analysis, most: number = MOST_LISTED): Listed[] {
  const listed: Listed[] = [];
  const longest = groups.reduce((longest, group) => Math.max(longest, group.findings.length), 0);
  for (let nth = 0; nth < longest; nth++) {
    for (const [place, group] of groups.entries()) {
      const finding = findings[group.findings[nth] ?? -1];
      if (finding === undefined) continue;
      if (listed.length === most) return listed;
      listed.push({ finding, group, place });
    }
  }
  return listed;
}
