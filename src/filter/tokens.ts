import { FilterError } from './filter-error.js';

export type Kind = 'word' | 'operator' | 'and' | 'or' | 'not' | '(' | ')' | '{' | '}' | ',';

export interface Token {
  readonly kind: Kind;
  /** The token as written; of `"…"` without the quotes. */
  readonly text: string;
  /** Where it begins, from 0. */
  readonly offset: number;
  /** Behind its last character. */
  readonly end: number;
}

const BLANK = /\s+/y;
const OPERATOR = /[<>=!]=|[<>=]/y;
const JUNCTION = /&&|\|\||[(){},!]/y;
const QUOTED = /"([^"]*)"?/y;
/**
 * Whatever is nothing of the above: names, numbers, addresses with their brackets and slashes, times with their colons.
 */
const WORD = /[^\s(){},"<>=!&|]+/y;

/** Operators may be words, as in Wireshark. */
const SPELLINGS: ReadonlyMap<string, Kind> = new Map([
  ...(['and', 'or', 'not', '(', ')', '{', '}', ','] as const).map((kind) => [kind, kind] as const),
  ['&&', 'and'], ['||', 'or'], ['!', 'not'],
  ...['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'in'].map((word) => [word, 'operator'] as const),
]);

/** @throws FilterError at a character that begins no token (a single `&` or `|`) */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let offset = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = offset;
    return pattern.exec(text);
  };
  while (offset < text.length) {
    const blank = take(BLANK);
    if (blank !== null) {
      offset += blank[0].length;
      continue;
    }
    const operator = take(OPERATOR);
    const plain = operator ?? take(JUNCTION) ?? take(WORD);
    const quoted = plain === null ? take(QUOTED) : null;
    const found = plain ?? quoted;
    if (found === null)
      throw new FilterError(
        offset, `${JSON.stringify(text[offset])} begins nothing; write and, or, not, ( ), or a field`,
      );
    const end = offset + found[0].length;
    if (quoted !== null) tokens.push({ kind: 'word', text: quoted[1] ?? '', offset, end });
    else
      tokens.push({
        kind: operator === null ? (SPELLINGS.get(found[0].toLowerCase()) ?? 'word') : 'operator', text: found[0],
        offset, end,
      });
    offset = end;
  }
  return tokens;
}
