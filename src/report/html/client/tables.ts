/// <reference lib="dom" />
import type { Work } from './work.js';

/**
 * Makes the tables that the page came with sorted by whatever column is asked for, and shows of each the rows that have
 * the words.
 */
export function tables(work: Work): void {
  const ranks: Readonly<Record<string, number>> = { error: 0, warning: 1, info: 2 };
  const valueOf = (cell: Element | undefined): number | string => {
    const text = cell?.textContent ?? '';
    const ordered = cell?.getAttribute('data-order');
    if (ordered !== null && ordered !== undefined) return Number(ordered);
    if (text in ranks) return ranks[text]!;
    return /^[\d,]+$/.test(text) ? Number(text.replaceAll(',', '')) : text;
  };
  for (const table of document.querySelectorAll<HTMLTableElement>('main table')) {
    if (table.closest('.listing') !== null || table.tHead === null) continue;
    const body = table.tBodies[0]!;
    const rows = [...body.rows];
    const heads = [...table.tHead.rows[0]!.cells];
    for (const [column, head] of heads.entries()) {
      const button = work.make('button', { type: 'button', class: 'sort' }, head.textContent ?? '');
      head.replaceChildren(button);
      head.setAttribute('aria-sort', 'none');
      button.addEventListener('click', () => {
        const before = head.getAttribute('aria-sort');
        // Up, down, and as it came.
        const order = before === 'none' ? 'ascending' : before === 'ascending' ? 'descending' : 'none';
        for (const other of heads) other.setAttribute('aria-sort', other === head ? order : 'none');
        const sorted =
          order === 'none'
            ? rows
            : rows.toSorted((a, b) => {
                const [one, other] = [valueOf(a.cells[column]), valueOf(b.cells[column])];
                const order =
                  typeof one === 'number' && typeof other === 'number'
                    ? one - other
                    : typeof one === typeof other
                      ? String(one).localeCompare(String(other), 'en', { numeric: true })
                      : typeof one === 'number'
                        ? -1
                        : 1;
                return head.getAttribute('aria-sort') === 'descending' ? -order : order;
              });
        body.append(...sorted);
      });
    }
    // What is found is looked for by its findings.
    if (table.closest('section')?.getAttribute('aria-labelledby') === 'found') continue;
    const texts = rows.map((row) => row.textContent ?? '');
    work.listeners.push(() => {
      for (const [index, row] of rows.entries()) row.hidden = !work.hasWords(texts[index]!);
    });
  }
}
