import type { Analysis, Connection } from '../../analysis/model.js';
import { nearest } from '../../base/nearest.js';
import { FilterError, compile, parseFilter } from '../../filter/filter.js';
import { fields } from '../../filter/fields.js';

/** Connections that are looked at to find out whether a line has one that passes a filter. */
const MOST_LOOKED_AT = 10_000;

/** What a list is searched by: its rows' texts, and the connections that they stand for. */
export interface Searchable {
  readonly text: (index: number) => string;
  readonly flows: (index: number) => readonly number[];
}

/**
 * Rows that have a text in them, or stand for a connection that passes a filter of the filter language: what is typed
 * may be either.
 *
 * @param isStrict throw where what was typed looks like a filter and is a wrong one: what is wrong is told then
 */
export function textOrFilter(
  analysis: Analysis, filter: string, { text, flows }: Searchable, isStrict = false,
): (index: number) => boolean {
  const passes = filterOf(analysis, filter, isStrict);
  const has = hasText(filter, text);
  if (passes === null) return has;
  const some = (index: number): boolean => flows(index).slice(0, MOST_LOOKED_AT).some((id) => passes(id));
  // What can be nothing but a filter is not looked for in texts, which takes as long again.
  return looksLikeFilter(filter) ? some : (index) => has(index) || some(index);
}

/** Rows that have what was typed in them, in any case. */
export function hasText(typed: string, text: Searchable['text']): (index: number) => boolean {
  const wanted = typed.trim().toLowerCase();
  return (index) => text(index).toLowerCase().includes(wanted);
}

/** Null where what was typed is no filter. */
function filterOf(analysis: Analysis, filter: string, isStrict: boolean): ((id: number) => boolean) | null {
  try {
    const passes = compile(parseFilter(filter).expression, analysis);
    return (id) => {
      const connection: Connection = analysis.connection(id);
      return passes(connection, analysis.findingsOf(id));
    };
  } catch (error) {
    if (error instanceof FilterError && !(isStrict && looksLikeFilter(filter))) return null;
    throw error;
  }
}

/**
 * It begins as an expression does: with the name of a field, or one that is nearly right, with `not` or a parenthesis;
 * or it has an operator.
 */
export function looksLikeFilter(text: string): boolean {
  const [first = '', ...rest] = text.trim().toLowerCase().split(/[\s=!<>()]+/).filter((word) => word !== '');
  return (
    /[()=<>]|!=/.test(text) || first === 'not' || fields.some(({ name }) => name === first) ||
    (rest.length > 0 &&
      nearest(
        first, fields.map(({ name }) => name),
      ) !== null)
  );
}
