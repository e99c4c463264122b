import { timeOf } from '../base/moment.js';
import type { Analysis, Connection, Finding } from '../analysis/model.js';
import { groupsBy } from '../base/groups.js';
import { type Field, type Subject } from './fields.js';
import type { Expression, Operator, Term } from './expression.js';
import type { Quantity, Value } from './values.js';

/** Whether a connection with its findings is one that was asked for. */
export type Predicate = (connection: Connection, findings: readonly Finding[]) => boolean;

/** What a filter must know of the capture: when it began and ended, and its diagnoses, where it asks for them. */
export type Context = Pick<Analysis, 'capture' | 'clock'> & Partial<Pick<Analysis, 'diagnoses' | 'explanationOf'>>;

/** Turns a filter into a function, once for a capture. */
export function compile(expression: Expression, context: Context): Predicate {
  const test = testOf(expression, context);
  const shown = showing(context);
  return (connection, findings) => test({ connection, findings, diagnoses: () => shown(connection, findings) });
}

/** The diagnoses of a connection; gathered when first asked for, because they are not made before. */
function showing(context: Context): (connection: Connection, findings: readonly Finding[]) => readonly string[] {
  let known: ReadonlyMap<number, readonly { readonly id: string }[]> | null = null;
  return ({ id: flow }, findings) => {
    known ??= groupsBy(
      (context.diagnoses ?? []).flatMap(({ id, connections }) => connections.map((shown) => ({ id, flow: shown }))),
      (shown) => shown.flow,
    );
    const explaining = findings.flatMap((finding) => context.explanationOf?.(finding) ?? []);
    return [...(known.get(flow) ?? []), ...explaining].map(({ id }) => id);
  };
}

type Test = (subject: Subject) => boolean;

function testOf(expression: Expression, context: Context): Test {
  if (expression.kind === 'term') return termTest(expression, context);
  if (expression.kind === 'not') {
    const test = testOf(expression.part, context);
    return (subject) => !test(subject);
  }
  const tests = expression.parts.map((part) => testOf(part, context));
  return expression.kind === 'and'
    ? (subject) => tests.every((test) => test(subject))
    : (subject) => tests.some((test) => test(subject));
}

/** True where one of the field's values fits; `!=` where none does, so that it is the opposite of `=`. */
function termTest({ field, operator, values }: Term, context: Context): Test {
  if (operator === '!=') {
    const equal = termTest({ kind: 'term', field, operator: '=', values }, context);
    return (subject) => !equal(subject);
  }
  switch (field.type) {
    case 'address': {
      const tests = values.flatMap((value) => (value.kind === 'address' ? [value.test] : []));
      return (subject) => field.get(subject).some((address) => tests.some((test) => test(address)));
    }
    case 'word': {
      const words = new Set(wordsThat(field, operator, values));
      return (subject) => field.get(subject).some((word) => words.has(word));
    }
    default: {
      const ranges = values.flatMap((value) =>
        value.kind === 'range' ? [rangeOf(operator, resolve(value.low, context), resolve(value.high, context))] : [],
      );
      return (subject) => field.get(subject).some((number) => ranges.some((inRange) => inRange(number)));
    }
  }
}

/** `severity >= warning` is `severity warning,error`. */
function wordsThat(field: Field & { type: 'word' }, operator: Operator, values: readonly Value[]): string[] {
  const { words } = field.vocabulary;
  return values.flatMap((value) => {
    if (value.kind !== 'word') return [];
    const at = words.indexOf(value.word);
    const inRange = rangeOf(operator, at, at);
    return words.filter((_, index) => inRange(index));
  });
}

function rangeOf(operator: Operator, low: number, high: number): (number: number) => boolean {
  switch (operator) {
    case '<': return (number) => number < low;
    case '<=': return (number) => number <= high;
    case '>': return (number) => number > high;
    case '>=': return (number) => number >= low;
    default: return (number) => number >= low && number <= high;
  }
}

function resolve(quantity: Quantity, { clock, capture }: Context): number {
  return typeof quantity === 'number' ? quantity : timeOf(quantity, clock, capture.first ?? 0);
}
