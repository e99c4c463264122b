/** Lists of things that have something in common, in order of the first of each. */
export function groupsBy<T, K>(things: Iterable<T>, key: (thing: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const thing of things) {
    const own = key(thing);
    const group = groups.get(own);
    if (group) group.push(thing);
    else groups.set(own, [thing]);
  }
  return groups;
}

/** Things that come one after the other, in lists: each goes on with the list before it where `goesOn` says so. */
export function consecutive<T>(
  things: Iterable<T>, goesOn: (thing: T, group: readonly [T, ...T[]]) => boolean,
): [T, ...T[]][] {
  const groups: [T, ...T[]][] = [];
  for (const thing of things) {
    const group = groups.at(-1);
    if (group !== undefined && goesOn(thing, group)) group.push(thing);
    else groups.push([thing]);
  }
  return groups;
}
