import { type Meaning, type Paint } from './paint.js';

/** One column of a text table. Cells hold characters of one column each: numbers, states, addresses. */
export interface Column<T> {
  readonly header: string;
  readonly align?: 'right';
  readonly value: (item: T) => string;
  readonly meaning?: (item: T) => Meaning;
}

/** A header and a line for each item, every column as wide as its widest cell. */
export function* table<T>(items: readonly T[], columns: readonly Column<T>[], paint: Paint): IterableIterator<string> {
  const widths = columns.map(({ header, value }) =>
    items.reduce((widest, item) => Math.max(widest, value(item).length), header.length),
  );
  const pad = (text: string, index: number): string => {
    if (columns[index]?.align === 'right') return text.padStart(widths[index] ?? 0);
    return index === columns.length - 1 ? text : text.padEnd(widths[index] ?? 0);
  };
  yield `${paint('quiet', columns.map(({ header }, index) => pad(header, index)).join('  '))}\n`;
  for (const item of items) {
    const cells = columns.map(({ value, meaning }, index) => {
      const cell = pad(value(item), index);
      return meaning === undefined ? cell : paint(meaning(item), cell);
    });
    yield `${cells.join('  ')}\n`;
  }
}
