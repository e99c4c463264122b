/** Items by what `key` answers, in order (`Map.groupBy`, which Node 20 has not). */
export function grouped(items, key) {
  const groups = new Map();
  for (const item of items) {
    const of = key(item);
    const group = groups.get(of);
    if (group === undefined) groups.set(of, [item]);
    else group.push(item);
  }
  return groups;
}
