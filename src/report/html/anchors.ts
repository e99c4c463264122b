import type { Diagnosis, Group } from '../../analysis/model.js';
import { socketAddress } from '../quantities.js';

/** What links to the parts of a page are called. */
export interface Anchors {
  group(group: Group): string;
  diagnosis(diagnosis: Diagnosis): string;
}

/**
 * Names that are made of what a part tells, never of its place: `half-closed-leak-10.0.0.1:80`. A link that somebody
 * has kept leads to the same fault in the report of tomorrow, though others have come before it.
 */
export function anchorsOf(groups: readonly Group[], diagnoses: readonly Diagnosis[]): Anchors {
  const taken = new Set<string>();
  const names = new Map<Group | Diagnosis, string>();
  for (const group of groups)
    names.set(group, unique([group.finding, group.cause, socketAddress(group.service)], taken));
  for (const diagnosis of diagnoses) {
    const { id, by, service } = diagnosis;
    names.set(
      diagnosis,
      unique(['diagnosis', id, by.role, by.address, service !== null && socketAddress(service)], taken),
    );
  }
  return { group: (group) => names.get(group) ?? '', diagnosis: (diagnosis) => names.get(diagnosis) ?? '' };
}

/**
 * A word that needs no escape in an address line, an attribute or a selector of ids; a second one of the same parts has
 * its number.
 */
function unique(parts: readonly (string | null | false)[], taken: Set<string>): string {
  const name = parts
    .filter((part) => typeof part === 'string' && part !== '')
    .join('-')
    .replace(/[^\w.:-]+/g, '-')
    .replace(/-{2,}/g, '-')
    .slice(0, 160);
  let free = name;
  for (let number = 2; taken.has(free); number++) free = `${name}-${number}`;
  taken.add(free);
  return free;
}
