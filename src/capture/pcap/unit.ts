import type { Window } from '../window.js';
import type { FileHeader } from './file-header.js';
import { FRACTION, type RecordRules } from './record.js';

/** Records that are looked at. Of nanoseconds one in a thousand looks like microseconds. */
const MOST = 64;
/** So many are waited for, if the first of them leave doubt. */
const ENOUGH = 3;

/**
 * That nanoseconds stand under the magic number of microseconds; that they do not; or (above 0) the bytes that it takes
 * to say so.
 */
export const NANOSECONDS = -1;
export const AS_IT_SAYS = 0;

/**
 * What the fractions of a second are in a file that says microseconds, from the records in front of the window:
 * nanoseconds, where most of them are larger than any microseconds can be, and not all of those what a writer leaves
 * that forgets to carry a second.
 */
export function unitOf(window: Window, { littleEndian, recordHeaderLength }: FileHeader, rules: RecordRules): number {
  const { view, start, end, ended } = window;
  let [seen, over, beyond] = [0, 0, 0];
  let at = start;
  for (; seen < MOST && at + recordHeaderLength <= end && rules.refusal(view, at) === null; seen += 1) {
    const fraction = view.getUint32(at + FRACTION, littleEndian);
    if (fraction >= rules.fractions) over += 1;
    if (fraction >= rules.fractions * 2) beyond += 1;
    at += recordHeaderLength + rules.captured(view, at);
  }
  const isDoubtful = over > 0 && seen < ENOUGH && at + recordHeaderLength > end && !ended;
  if (isDoubtful) return at + recordHeaderLength - start;
  return over * 2 > seen && beyond > 0 ? NANOSECONDS : AS_IT_SAYS;
}
