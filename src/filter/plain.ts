import { isIP } from 'node:net';
import type { Expression, Term } from './expression.js';
import { type Field, fieldNamed, fields } from './fields.js';
import { readValue } from './values.js';
import { NONE } from './words.js';

/**
 * Fields whose words need no name before them. Who closed and which roles were guessed do: `client` alone would say too
 * little.
 */
export const speaking = fieldsNamed(
  'finding', 'diagnosis', 'cause', 'state', 'ending', 'verdict', 'severity', 'confidence', 'reset',
);
/** What a number alone may be: what people copy from a list is a port or a stream. */
const COUNTED = fieldsNamed('port', 'stream');
const [HOST] = fieldsNamed('host');
const [FINDING] = fieldsNamed('finding');
const [CAUSE] = fieldsNamed('cause');

/**
 * What a word means that stands alone, as lastack prints it: an address with or without a port, the number of a port or
 * a stream, a finding, a cause, a state, or `half-closed/leak`, which is a finding and its cause. It holds where one of
 * its meanings does.
 *
 * Null for a word that lastack does not know.
 */
export function readPlain(text: string): Expression | null {
  const meanings = meaningsOf(text);
  if (meanings !== null) return meanings;
  const slash = text.indexOf('/');
  if (slash < 0) return null;
  const [before, behind] = [text.slice(0, slash), text.slice(slash + 1)];
  // SARIF's rules are `half-closed/leak` and `diagnosis/leak`.
  const named = speaking.filter(({ name }) => name === before);
  if (named.length > 0) return anyOf(terms(behind, named));
  const pair = readFindingAndCause(before, behind);
  if (pair !== null) return pair;
  const [finding, cause] = [meaningsOf(before), meaningsOf(behind)];
  return finding === null || cause === null ? null : { kind: 'and', parts: [finding, cause] };
}

/**
 * A finding and its cause, as reports print the two: `half-closed (leak)`. The words mean nothing else then, though
 * `leak` alone is a diagnosis, too, and `half-closed` an ending. Null where they are no finding and no cause.
 */
export function readFindingAndCause(finding: string, cause: string): Expression | null {
  const parts = [...terms(finding, [FINDING!]), ...terms(cause, [CAUSE!])];
  return parts.length === 2 ? { kind: 'and', parts } : null;
}

/** Whether it is the name of a finding. */
export function isFinding(text: string): boolean {
  return terms(text, [FINDING!]).length > 0;
}

/** Whether it is an address in full, which may also stand behind another term without a junction. */
export function isAddress(text: string): boolean {
  return (isIP(text) !== 0 || /[:/]/.test(text)) && !('fault' in readValue(text, HOST!));
}

/** All words that may stand alone and are no field's name, with the fields that have them. */
export function plainWords(): Map<string, Field[]> {
  const words = new Map<string, Field[]>();
  for (const field of speaking) {
    for (const word of field.type === 'word' ? field.vocabulary.words : []) {
      if (isTelling(word, field) && fieldNamed(word) === undefined)
        words.set(word, [...(words.get(word) ?? []), field]);
    }
  }
  return words;
}

/**
 * The state CLOSED alone would be every connection that is over, also those that are not what is called closed: by both
 * sides.
 */
function isTelling(word: string, { name }: Field): boolean {
  return word !== NONE && !(name === 'state' && word === 'CLOSED');
}

function meaningsOf(text: string): Expression | null {
  if (/^\d+(?:(?:-|\.\.)\d+)?$/.test(text)) return anyOf(terms(text, COUNTED));
  return anyOf(terms(text, [HOST!, ...speaking]));
}

function terms(text: string, of: readonly Field[]): Term[] {
  return of.flatMap((field) => {
    const value = readValue(text, field);
    return 'fault' in value || (value.kind === 'word' && !isTelling(value.word, field))
      ? []
      : [{ kind: 'term', field, operator: '=', values: [value] } as const];
  });
}

function anyOf(meanings: readonly Term[]): Expression | null {
  return meanings.length > 1 ? { kind: 'or', parts: meanings } : (meanings[0] ?? null);
}

function fieldsNamed(...names: string[]): Field[] {
  return names.flatMap((name) => fields.find((field) => field.name === name) ?? []);
}
