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
  const { findings, counts } = sharesOf(analysis, group);
  return { findings, by: new Set(Array.from(counts.keys(), ({ id }) => id)) };
}

/** What diagnoses explain of a group: how many of its findings each, and which ones none. */
interface Shares {
  readonly findings: readonly number[];
  readonly counts: ReadonlyMap<Diagnosis, number>;
}

/** Made once: every diagnosis asks every group, and there may be a hundred thousand findings. */
const shares = new WeakMap<Group, Shares>();

function sharesOf(analysis: Analysis, group: Group): Shares {
  let known = shares.get(group);
  if (known === undefined) {
    const all = analysis.findings;
    const findings: number[] = [];
    const counts = new Map<Diagnosis, number>();
    for (const index of group.findings) {
      const finding = all[index];
      const explanation = finding === undefined ? null : analysis.explanationOf(finding);
      if (explanation === null) findings.push(index);
      else counts.set(explanation, (counts.get(explanation) ?? 0) + 1);
    }
    shares.set(group, known = { findings, counts });
  }
  return known;
}

/** The groups that no diagnosis explains whole. */
export function notExplained(analysis: Analysis): Group[] {
  if (analysis.diagnoses.length === 0) return [...analysis.groups];
  return analysis.groups.filter(
    (group) => group.findings.length === 0 || unexplained(analysis, group).findings.length > 0,
  );
}

/** The groups that a diagnosis explains, in their order, and how many findings of each. Made once for all diagnoses. */
function explainedOf(analysis: Analysis, diagnosis: Diagnosis): readonly (readonly [Group, number])[] {
  let known = explained.get(analysis.groups);
  if (known === undefined) {
    known = new Map<Diagnosis, [Group, number][]>();
    for (const group of analysis.groups) {
      for (const [by, number] of sharesOf(analysis, group).counts) {
        const own = known.get(by);
        if (own === undefined) known.set(by, [[group, number]]);
        else own.push([group, number]);
      }
    }
    explained.set(analysis.groups, known);
  }
  return known.get(diagnosis) ?? [];
}

const explained = new WeakMap<readonly Group[], Map<Diagnosis, [Group, number][]>>();

/** What a diagnosis explains: `28 rst-after-push (crossing) at 10.0.0.7:80`; nothing where it explains no finding. */
export function explainedBy(analysis: Analysis, diagnosis: Diagnosis): string {
  if (diagnosis.explains.length === 0) return '';
  const told = explainedOf(analysis, diagnosis).map(
    ([{ finding, cause, service }, number]) =>
      `${count(number)} ${finding}${cause === null ? '' : ` (${cause})`} at ${socketAddress(service)}`,
  );
  return told.length <= 6 ? told.join(', ') : `${told.slice(0, 6).join(', ')} and ${count(told.length - 6)} more kinds`;
}

/** What was found out about groups: a screen asks for each line anew with every key. */
const doers = new WeakMap<Group, string | null>();

/** Who did what a group tells: `client`, `server`, or `both` where its findings differ; null where none is kept. */
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
