import { nearest } from '../base/nearest.js';
import type { Expression, Operator, Term } from './expression.js';
import { type Field, fieldNamed, fields } from './fields.js';
import { FilterError } from './filter-error.js';
import { isAddress, isFinding, plainWords, readFindingAndCause, readPlain } from './plain.js';
import { type Kind, type Token, tokenize } from './tokens.js';
import { type Value, readValue } from './values.js';
import { NONE } from './words.js';

/** Parentheses and nots inside each other; nobody writes ten, and the parser uses the stack. */
const DEEPEST = 100;

/** The operators that are written in more than one way. */
const SYNONYMS: Readonly<Record<string, Operator>> = {
  '==': '=', eq: '=', ne: '!=', lt: '<', le: '<=', gt: '>', ge: '>=',
};

/** What stands between the ends of a connection where lastack prints them. */
const ARROWS: ReadonlySet<string> = new Set(['>', '→']);

/** Beginnings of Wireshark's fields of packets, most of which connections do not have. */
const OF_PACKETS = /^(?:_ws|eth|frame|icmp|ip|ipv6|lastack|tcp|udp|vlan)\.\w/i;

/**
 * `or` binds loosest, then `and`, then `not`:
 *
 *     either = both { "or" both }
 *     both   = single { [ "and" ] single }
 *     single = "not" single | "(" either ")" | term
 *     term   = plain { "," plain }
 *            | [ number ] finding "(" cause ")"
 *            | field [ "=" | "!=" | "<" | "<=" | ">" | ">=" ] value { "," value }
 *            | field [ "not" ] "in" "{" value { [ "," ] value } "}"
 *
 * A plain word stands for what lastack prints (`readPlain`). Before and behind one, and before an address, `and` may be
 * left out, so that `half-closed (leak) at 10.0.0.7:80` is a filter, and `stream 7  10.0.0.1:5000 > 10.0.0.7:80`. `==`
 * is `=`, and the words of Wireshark are operators too: eq, ne, lt, le, gt, ge, `&&`, `||`, `!`. A name of Wireshark's
 * alone, `lastack.finding`, holds where there is one.
 *
 * @throws FilterError with the place
 */
export function parse(text: string): Expression {
  const parser = new Parser(text);
  const expression = parser.either(0);
  parser.end();
  return expression;
}

class Parser {
  private readonly tokens: readonly Token[];
  /** Behind the last character: where what is missing would stand. */
  private readonly length: number;
  private next = 0;
  /** What was read last is a plain word. */
  private isPlain = false;
  /** What is read is a heading that says how many connections there are. */
  private isCounted = false;

  constructor(text: string) {
    this.tokens = tokenize(text);
    this.length = text.trimEnd().length;
  }

  either(depth: number): Expression {
    const parts = [this.both(depth)];
    while (this.take('or') !== undefined || this.takeListed()) parts.push(this.both(depth));
    return joined('or', parts);
  }

  end(): void {
    const token = this.tokens[this.next];
    if (token?.kind === ')') throw new FilterError(token.offset, 'this ) closes nothing');
    if (token !== undefined)
      throw new FilterError(token.offset, `expected and, or, or the end, found ${JSON.stringify(token.text)}`);
  }

  private both(depth: number): Expression {
    const parts = [this.single(depth)];
    while (this.take('and') !== undefined || this.goesOn()) parts.push(this.single(depth));
    // The severity of a diagnosis is not that of the findings that it explains.
    if (this.isCounted && isOf(parts[0], 'severity') && isOf(parts[1], 'diagnosis')) parts.shift();
    return joined('and', parts);
  }

  /** Whether another term follows where no `and` is written. */
  private goesOn(): boolean {
    const [token, following] = this.tokens.slice(this.next, this.next + 2);
    if (token === undefined) return false;
    if (this.isPlain && ARROWS.has(token.text) && following !== undefined && isAddress(following.text)) {
      this.next += 1;
      return true;
    }
    if (token.kind === 'word' && isAddress(token.text)) return true;
    return this.isPlain && (token.kind === 'word' || token.kind === 'not' || token.kind === '(');
  }

  private single(depth: number): Expression {
    const { offset } = this;
    if (depth > DEEPEST) throw new FilterError(offset, 'nested too deeply');
    if (this.take('not') !== undefined) return { kind: 'not', part: this.single(depth + 1) };
    if (this.take('(') === undefined) return this.term();
    const inner = this.either(depth + 1);
    if (this.take(')') === undefined) throw new FilterError(this.offset, `the ( at column ${offset + 1} is not closed`);
    return inner;
  }

  private term(): Expression {
    this.next = this.behindNumber(this.next) ?? this.next;
    const name = this.tokens[this.next];
    if (name?.kind !== 'word') throw new FilterError(this.offset, `expected a field${found(name)}`);
    const field = fieldNamed(name.text);
    this.isPlain = field === undefined || (field.type === 'word' && !this.hasValue());
    const plain = this.isPlain ? readPlain(name.text) : null;
    if (plain !== null) return this.printed(name) ?? this.plain(plain);
    if (field === undefined) throw new FilterError(name.offset, unknown(name.text, this.hasValue()));
    const isBare = this.isPlain;
    this.next += 1;
    return isBare && field.wireshark?.includes(name.text.toLowerCase()) === true
      ? { kind: 'term', field, operator: '!=', values: [{ kind: 'word', word: NONE }] }
      : this.comparison(field);
  }

  /** Whether what follows belongs to the word that is next, as to a field. */
  private hasValue(): boolean {
    const [token, following] = this.tokens.slice(this.next + 1, this.next + 3);
    return (
      token?.kind === 'word' || token?.kind === 'operator' || (token?.kind === 'not' && following?.kind === 'operator')
    );
  }

  /**
   * Where the finding stands behind how many there are of it, `30 half-closed (leak) at …` or `30 refused at …`, as
   * reports print what a diagnosis explains: the number chooses none. Null where it is a port or a stream.
   */
  private behindNumber(from: number): number | null {
    let at = from;
    if (this.tokens[at]?.kind !== 'word' || !/^\d+$/.test(this.tokens[at]!.text)) return null;
    at++;
    while (this.tokens[at]?.kind === ',' && /^\d{3}$/.test(this.tokens[at + 1]?.text ?? '')) at += 2;
    const [finding, open, cause, close] = this.tokens.slice(at, at + 4);
    if (finding?.kind !== 'word' || !isFinding(finding.text)) return null;
    const isPair =
      open?.kind === '(' && cause?.kind === 'word' && close?.kind === ')' &&
      readFindingAndCause(finding.text, cause.text) !== null;
    return isPair || (open?.kind === 'word' && open.text.toLowerCase() === 'at') ? at : null;
  }

  /** The comma before the next of several such: any of them is meant. */
  private takeListed(): boolean {
    return this.isListed() && this.take(',') !== undefined;
  }

  private isListed(): boolean {
    return this.tokens[this.next]?.kind === ',' && this.behindNumber(this.next + 1) !== null;
  }

  /** `half-closed (leak)`, as reports print it; null where other words follow. */
  private printed({ text }: Token): Expression | null {
    const [open, cause, close] = this.tokens.slice(this.next + 1, this.next + 4);
    const pair =
      open?.kind === '(' && cause?.kind === 'word' && close?.kind === ')'
        ? readFindingAndCause(text, cause.text)
        : null;
    if (pair !== null) this.next += 4;
    return pair;
  }

  private plain(first: Expression): Expression {
    const parts = [first];
    this.next += 1;
    while (!this.takeCount() && !this.isListed() && this.take(',') !== undefined) {
      const token = this.tokens[this.next];
      const part = token?.kind === 'word' ? readPlain(token.text) : null;
      if (part === null)
        throw new FilterError(
          this.offset, token?.kind === 'word' ? unknown(token.text, false) : `expected another word${found(token)}`,
        );
      parts.push(part);
      this.next += 1;
    }
    return joined('or', parts);
  }

  private comparison(field: Field): Term {
    const isExcluded = this.tokens[this.next + 1]?.kind === 'operator' && this.take('not') !== undefined;
    const sign = this.take('operator');
    const written = sign?.text.toLowerCase() ?? '=';
    if (written === 'in') return { kind: 'term', field, operator: isExcluded ? '!=' : '=', values: this.set(field) };
    const operator = SYNONYMS[written] ?? (written as Operator);
    const isOrdering = operator !== '=' && operator !== '!=';
    if (isOrdering && !hasOrder(field))
      throw new FilterError(sign!.offset, `${field.name} has no order: write = or !=`);
    const first = this.offset;
    const values = [this.value(field)];
    while (!this.takeCount() && !this.isListed() && this.take(',') !== undefined) values.push(this.value(field));
    const [only] = values;
    if (isOrdering && (values.length > 1 || (only?.kind === 'range' && only.low !== only.high))) {
      throw new FilterError(first, `${operator} takes one value, not a list or a range`);
    }
    return { kind: 'term', field, operator, values };
  }

  /** `, 1,340 connections (likely)`, as headings of reports end: how many there are chooses none of them. */
  private takeCount(): boolean {
    let at = this.next;
    while (this.tokens[at]?.kind === ',' && /^\d+$/.test(this.tokens[at + 1]?.text ?? '')) at += 2;
    if (at === this.next || !/^(?:connection|flow)s?$/i.test(this.tokens[at]?.text ?? '')) return false;
    const [open, , close] = this.tokens.slice(at + 1, at + 4);
    this.next = at + (open?.kind === '(' && close?.kind === ')' ? 4 : 1);
    this.isPlain = true;
    this.isCounted = true;
    return true;
  }

  /** `{7, 12}`; Wireshark took blanks between values for a long time. */
  private set(field: Field): Value[] {
    const { offset } = this;
    if (this.take('{') === undefined)
      throw new FilterError(offset, `expected { after in${found(this.tokens[this.next])}`);
    const values = [this.value(field)];
    while (this.take('}') === undefined) {
      this.take(',');
      if (this.tokens[this.next] === undefined)
        throw new FilterError(this.offset, `the { at column ${offset + 1} is not closed`);
      values.push(this.value(field));
    }
    return values;
  }

  private value(field: Field): Value {
    const token = this.tokens[this.next];
    if (token?.kind !== 'word') throw new FilterError(this.offset, `expected a value for ${field.name}${found(token)}`);
    this.next += 1;
    const value = readValue(token.text, field);
    if ('fault' in value) throw new FilterError(token.offset, value.fault);
    return value;
  }

  private take(kind: Kind): Token | undefined {
    const token = this.tokens[this.next];
    if (token?.kind !== kind) return undefined;
    this.next += 1;
    return token;
  }

  private get offset(): number {
    return this.tokens[this.next]?.offset ?? this.length;
  }
}

function joined(kind: 'and' | 'or', parts: readonly Expression[]): Expression {
  return parts.length === 1 ? parts[0]! : { kind, parts };
}

/** Whether a term, or one of several meanings of a word, asks for this field. */
function isOf(expression: Expression | undefined, field: Field['name']): boolean {
  if (expression?.kind === 'term') return expression.field.name === field;
  return expression?.kind === 'or' && expression.parts.some((part) => isOf(part, field));
}

function unknown(name: string, hasValue: boolean): string {
  if (OF_PACKETS.test(name))
    return `${JSON.stringify(name)} is of packets, and a filter is of connections; see lastack explain filter`;
  const words = [...fields.map((known) => known.name), ...(hasValue ? [] : plainWords().keys())].filter(
    (word) => word !== name.toLowerCase(),
  );
  const near = nearest(name.toLowerCase(), words.map((word) => word.toLowerCase()));
  const meant = words.find((word) => word.toLowerCase() === near);
  return `unknown ${hasValue ? 'field' : 'word'} ` +
    `${JSON.stringify(name)}${meant === undefined ? '' : `; did you mean ${JSON.stringify(meant)}?`}`;
}

function hasOrder(field: Field): boolean {
  return field.type === 'word' ? field.vocabulary.ordered === true : field.type !== 'address';
}

function found(token: Token | undefined): string {
  return token === undefined ? '' : `, found ${JSON.stringify(token.text)}`;
}
