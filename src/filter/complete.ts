import { type Field, fieldNamed, fields } from './fields.js';
import { FilterError } from './filter-error.js';
import { plainWords, readPlain } from './plain.js';
import { type Token, tokenize } from './tokens.js';

/** What could stand at the cursor. */
export interface Completion {
  /** The part of the text that a candidate replaces: from here… */
  readonly from: number;
  /** …to here. */
  readonly to: number;
  readonly candidates: readonly Candidate[];
}

export interface Candidate {
  readonly text: string;
  /** What it means; empty where it speaks for itself. */
  readonly description: string;
}

const JUNCTIONS: readonly Candidate[] = [
  { text: 'and', description: 'both must hold' },
  { text: 'or', description: 'one must hold' },
];
const BEGINNINGS: readonly Candidate[] = [{ text: 'not', description: 'the next must not hold' }];

/** Fields, values or junctions that fit the word at `cursor`. For any text, also one that is no filter yet. */
export function complete(text: string, cursor: number): Completion {
  const before = tokensOf(text.slice(0, cursor));
  const last = before.at(-1);
  const isTyping = last !== undefined && last.end === cursor && isWordLike(last);
  const typed = isTyping ? last.text : '';
  const from = isTyping ? last.offset : cursor;
  const to = from + (/^[^\s(){},"<>=!&|]*/.exec(text.slice(from))?.[0].length ?? 0);
  return {
    from, to,
    candidates: expectedAfter(isTyping ? before.slice(0, -1) : before, isTyping).filter((candidate) =>
      begins(candidate.text, typed),
    ),
  };
}

function isWordLike({ kind }: Token): boolean {
  return kind === 'word' || kind === 'and' || kind === 'or' || kind === 'not';
}

/**
 * What may follow these tokens: the place in a term is known from its tokens since the last junction. Plain words are
 * many, so that they are offered only to who has begun one.
 */
function expectedAfter(tokens: readonly Token[], isTyping: boolean): readonly Candidate[] {
  const begin =
    tokens.findLastIndex(({ kind }) => kind === 'and' || kind === 'or' || kind === 'not' || kind === '(') + 1;
  const [name, ...rest] = tokens.slice(begin);
  if (name === undefined)
    return [
      ...fields.map(({ name: text, description }) => ({ text, description })), ...BEGINNINGS,
      ...(isTyping ? plainCandidates() : []),
    ];
  const last = rest.at(-1);
  if (last !== undefined && last.kind !== 'operator' && last.kind !== '{' && last.kind !== ',') return JUNCTIONS;
  const field = name.kind === 'word' ? fieldNamed(name.text) : undefined;
  if (field === undefined) return name.kind === 'word' && readPlain(name.text) !== null ? JUNCTIONS : [];
  return valuesOf(field);
}

function plainCandidates(): Candidate[] {
  return Array.from(plainWords(), ([text, of]) => ({ text, description: of.map(({ name }) => name).join(', ') }));
}

function valuesOf(field: Field): Candidate[] {
  return field.type === 'word' ? field.vocabulary.words.map((text) => ({ text, description: '' })) : [];
}

function begins(candidate: string, typed: string): boolean {
  return candidate.toLowerCase().startsWith(typed.toLowerCase().replaceAll('_', '-'));
}

/** Tokens of a filter as far as they go: a lone `&` that is still being typed ends them. */
function tokensOf(text: string): Token[] {
  try {
    return tokenize(text);
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    return tokenize(text.slice(0, error.column - 1));
  }
}
