/**
 * The filter language over connections, the same on the command line and on the screen:
 *
 *     port 8000 and state CLOSE-WAIT and age > 30s
 *     (cause leak or reset linger,abort) and not client 10.0.0.0/8
 *     tcp.stream in {7, 12} or leak at 10.0.0.7:80
 *
 * A term is a field, an operator (`=` where none is written) and a value, a list or a range. A field has all the values
 * that a connection has of it (both ports, each finding's cause), and a term holds where one of them fits; `!=` where
 * none does. Two terms may be true of different findings of a connection.
 */
import { parse } from './parse.js';
import type { Filter } from './view.js';

export { type Predicate, compile } from './compile.js';
export { type Candidate, type Completion, complete } from './complete.js';
export { type Field, fields } from './fields.js';
export { FilterError } from './filter-error.js';
export { type Filter, filtered } from './view.js';

/** @throws FilterError `at column 12: unknown field "prot"; did you mean "port"?` */
export function parseFilter(text: string): Filter {
  return { text, expression: parse(text) };
}
