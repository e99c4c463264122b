import type { Group } from '../../analysis/model.js';

/** Connections drawn in a page. */
const MOST_DRAWN = 12;

/**
 * The groups that a page has room for, in their order: of each finding and cause the worst services, so that a fault of
 * a thousand services does not hide the others.
 */
export function selected(
  groups: readonly Group[], { ofAKind, most }: { readonly ofAKind: number; readonly most: number },
): Group[] {
  const kinds = new Map<string, number>();
  return groups.filter(({ finding, cause, severity }) => {
    const kind = `${finding} ${cause} ${severity}`;
    const before = kinds.get(kind) ?? 0;
    kinds.set(kind, before + 1);
    return before < ofAKind;
  }).slice(0, most);
}

/** The groups with a section of their own. */
export function detailed(groups: readonly Group[]): Group[] {
  return selected(groups, { ofAKind: 2, most: 40 });
}

/** The groups of which a connection is drawn: every finding and cause once before one twice. */
export function drawn(groups: readonly Group[]): Group[] {
  const all = detailed(groups);
  const firsts = selected(all, { ofAKind: 1, most: MOST_DRAWN });
  const others = all.filter((group) => !firsts.includes(group));
  return [...firsts, ...others].slice(0, MOST_DRAWN);
}
