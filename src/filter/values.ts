import { readDuration, readSize } from '../base/amounts.js';
import { MOMENT_EXAMPLES, type Moment, readMoment } from '../base/moment.js';
import { type AddressTest, readAddress } from './addresses.js';
import type { Field } from './fields.js';
import { nearest } from '../base/nearest.js';
import { readWord } from './words.js';

/** A quantity, or a moment that is one only on a capture's clock. */
export type Quantity = number | Moment;

/** One value of a term as it was read. */
export type Value =
  | { readonly kind: 'range'; readonly low: Quantity; readonly high: Quantity }
  | { readonly kind: 'address'; readonly test: AddressTest }
  | { readonly kind: 'word'; readonly word: string };

interface QuantityType {
  readonly read: (text: string) => Quantity | null;
  /** What stands between the ends of a range: a time has hyphens of its own. */
  readonly range: RegExp;
  /** For the sentence `expected …`. */
  readonly expected: string;
}

/** How quantities are read, and what the help says of each type. */
export const quantityTypes: Readonly<Record<'number' | 'duration' | 'size' | 'time', QuantityType>> = {
  number: {
    read: (text) => (/^\d{1,15}$/.test(text) ? Number(text) : null), range: /^([^-]*?)(?:-|\.\.)([^-]*)$/,
    expected: 'a number: 80, 8000-8010',
  },
  duration: {
    read: readDuration, range: /^([^-]*?)(?:-|\.\.)([^-]*)$/, expected: 'a duration: 30s, 500ms, 1.5m, 2h, 1s-5s',
  },
  size: { read: readSize, range: /^([^-]*?)(?:-|\.\.)([^-]*)$/, expected: 'a size: 1000, 500k, 10M, 1k-64k' },
  time: { read: readMoment, range: /^(.+?)\.\.(.+)$/, expected: `a time: ${MOMENT_EXAMPLES}, +10..+20` },
};

/** The value, or what is wrong with it. */
export function readValue(text: string, field: Field): Value | { readonly fault: string } {
  if (field.type === 'address') {
    const test = readAddress(text);
    return test === null
      ? { fault: `${JSON.stringify(text)} is no address: 10.0.0.1, 10.0.0.0/8, 10.0.0.1:80, [2001:db8::1]:443` }
      : { kind: 'address', test };
  }
  if (field.type === 'word') {
    const { words } = field.vocabulary;
    const word = readWord(text, field.vocabulary);
    if (word !== null) return { kind: 'word', word };
    const near = nearest(text.toLowerCase(), words.map((known) => known.toLowerCase()));
    const meant = words.find((known) => known.toLowerCase() === near);
    return { fault: `${field.name} is never ${JSON.stringify(text)}; ` +
      (meant === undefined ? `it is one of ${words.join(', ')}` : `did you mean ${JSON.stringify(meant)}?`) };
  }
  return readRange(text, quantityTypes[field.type]);
}

function readRange(text: string, { read, range, expected }: QuantityType): Value | { readonly fault: string } {
  const single = read(text);
  if (single !== null) return { kind: 'range', low: single, high: single };
  const [, from = '', to = ''] = range.exec(text) ?? [];
  const [low, high] = [read(from), read(to)];
  if (low === null || high === null) return { fault: `expected ${expected}; found ${JSON.stringify(text)}` };
  if (typeof low === 'number' && typeof high === 'number' && low > high)
    return { fault: `the range ${text} ends before it begins` };
  return { kind: 'range', low, high };
}
