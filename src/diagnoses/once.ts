import type { Finding } from '../findings/index.js';
import { groupsBy } from '../base/groups.js';
import { SECOND } from '../base/time.js';
import type { Duration } from '../base/time.js';
import type { Scene, Unexplained } from './diagnosis.js';
import { apart } from './patterns/timer.js';

/** What has happened more often is a matter for the rules of many: where those see no timer, none of it is one. */
const MOST = 2;

/** Something that happened to a connection after a time. */
export interface Occurrence {
  readonly of: Unexplained;
  readonly finding: Finding;
  readonly value: Duration;
}

/**
 * How long somebody was idle, or waited, by the name under which a finding has it; null where it does not, or less
 * than `least`.
 */
export function lasting(finding: Finding, name: string, least: Duration = 0): Duration | null {
  const value = finding.evidence[name];
  return typeof value === 'number' && value * SECOND >= least ? value * SECOND : null;
}

/**
 * What has happened once, or twice after the same time (timer.ts has how far values of one timer lie apart), group by
 * group. Two that differ are two events, and no timer.
 */
export function agreeing(occurrences: readonly Occurrence[], key: (occurrence: Occurrence) => string): Occurrence[][] {
  return [...groupsBy(occurrences, key).values()].filter((group) => {
    const values = group.map(({ value }) => value);
    const least = Math.min(...values);
    return group.length <= MOST && Math.max(...values) - least <= apart(least);
  });
}

/** Connections of which an error or a warning tells that is not `known`, and no diagnosis. */
export function unexplained(scene: Scene, known?: (finding: Finding) => boolean): Unexplained[] {
  const left: Unexplained[] = [];
  for (const service of scene.services) {
    for (const facts of service.telling.facts) {
      if (scene.isExplained(facts)) continue;
      const found = scene.findingsOf(facts);
      const findings =
        found.length === 0 ? found : found.filter((one) => one.severity !== 'info' && known?.(one) !== true);
      if (findings.length > 0) left.push({ service, facts, findings });
    }
  }
  return left;
}

/** The findings of a kind, with the connections that they tell of. */
export function occurrences(
  left: readonly Unexplained[],
  id: string,
  valueOf: (finding: Finding, of: Unexplained) => Duration | null,
): Occurrence[] {
  let found = foundIn.get(left);
  if (found === undefined) foundIn.set(left, found = byFinding(left));
  const all: Occurrence[] = [];
  for (const { of, finding } of found.get(id) ?? []) {
    const value = valueOf(finding, of);
    if (value !== null) all.push({ of, finding, value });
  }
  return all;
}

type Found = Omit<Occurrence, 'value'>;

/** By the finding's id: most detectors ask for one or two kinds, of what may be tens of thousands. */
const foundIn = new WeakMap<readonly Unexplained[], ReadonlyMap<string, readonly Found[]>>();

function byFinding(left: readonly Unexplained[]): ReadonlyMap<string, readonly Found[]> {
  return groupsBy(
    left.flatMap((of) => of.findings.map((finding) => ({ of, finding }))), ({ finding }) => finding.id,
  );
}

/** `once`, `2 times`. */
export function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}
