import { type Content, type Markup, markup } from './markup.js';

/** One column of a table in HTML. */
export interface HtmlColumn<T> {
  readonly header: string;
  readonly value: (item: T) => Content;
  /** `number`: to the right. `prose`: may be broken into lines. */
  readonly kind?: 'number' | 'prose';
  /** Whether the column names its row: a header cell for those who hear the table. */
  readonly names?: true;
  /** What the rows are sorted by in its place, where the value is no plain number or word: a time, a duration. */
  readonly order?: (item: T) => number;
}

/**
 * A table that scrolls by itself where it is wider than the page. Its name is unique in the page, for those who jump
 * from part to part.
 */
export function table<T>(
  caption: string, items: readonly T[], columns: readonly HtmlColumn<T>[], name: string = caption,
): Markup {
  const cell = (item: T, { value, kind, names, order }: HtmlColumn<T>): Markup =>
    names === true
      ? markup`<th scope="row">${value(item)}</th>`
      : markup`<td${kind === undefined ? null : markup` class="${kind}"`}${order !== undefined && markup` data-order="${String(order(item))}"`}>${value(item)}</td>`;
  return markup`<div class="scroll" role="region" aria-label="${name}" tabindex="0"><table>
<caption><span>${caption}</span></caption>
<thead><tr>${columns.map(({ header, kind }) => markup`<th scope="col"${kind === 'number' ? markup` class="number"` : null}>${header}</th>`)}</tr></thead>
<tbody>
${items.map(
  (item) => markup`<tr>${columns.map((column) => cell(item, column))}</tr>
`,
)}</tbody></table></div>
`;
}
