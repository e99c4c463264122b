/** How the flows are shown. */
export interface ColumnChoice {
  /** Names of the columns that are hidden. */
  readonly hidden: ReadonlySet<string>;
  /** What the flows are sorted by; null leaves them in order of their first frame. */
  readonly sort: { readonly column: string; readonly isDescending: boolean } | null;
}

/** Headers of all columns, from left to right. */
export const columnNames: readonly string[] = [
  'STREAM', 'CLIENT', 'SERVER', 'ENDING', 'VERDICT', 'LASTED', 'START', 'SENT', 'ANSWERED', 'PACKETS', 'CLOSER',
  'RESETS', 'CLIENT STATE', 'SERVER STATE', 'HISTORY', 'FINDINGS', 'BY', 'SAYS',
];

export const firstChoice: ColumnChoice = {
  hidden: new Set(['VERDICT', 'PACKETS', 'CLOSER', 'RESETS', 'CLIENT STATE', 'SERVER STATE', 'HISTORY']),
  sort: null,
};

export function toggleColumn(choice: ColumnChoice, column: string): ColumnChoice {
  const hidden = new Set(choice.hidden);
  if (!hidden.delete(column)) hidden.add(column);
  return { ...choice, hidden };
}

/** Sorts by a column; by the same one again the other way round. */
export function sortBy(choice: ColumnChoice, column: string): ColumnChoice {
  return choice.sort?.column === column ? reverse(choice) : { ...choice, sort: { column, isDescending: false } };
}

export function reverse(choice: ColumnChoice): ColumnChoice {
  return choice.sort === null
    ? choice
    : { ...choice, sort: { ...choice.sort, isDescending: !choice.sort.isDescending } };
}

/** Sorts by the next of `columns` that is shown; behind the last comes the order of the capture. */
export function sortByNext(choice: ColumnChoice, columns: readonly string[]): ColumnChoice {
  const shown = columns.filter((column) => !choice.hidden.has(column));
  const next = shown[choice.sort === null ? 0 : shown.indexOf(choice.sort.column) + 1];
  return { ...choice, sort: next === undefined ? null : { column: next, isDescending: false } };
}
