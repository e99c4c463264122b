import type { Field } from './fields.js';
import type { Value } from './values.js';

export type Operator = '=' | '!=' | '<' | '<=' | '>' | '>=';

export interface Term {
  readonly kind: 'term';
  readonly field: Field;
  readonly operator: Operator;
  /** At least one; a single one that is no range where `operator` is an ordering. */
  readonly values: readonly Value[];
}

/** A filter as it was understood. */
export type Expression =
  | Term
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Expression[] }
  | { readonly kind: 'not'; readonly part: Expression };
