import { STANDARD_LARGEST_PACKET } from '../framer.js';
import type { Window } from '../window.js';
import type { FileHeader } from './file-header.js';
import { NEAR, type RecordRules, SECONDS } from './record.js';

/** The rest of the input holds no record. */
export const NO_RECORD = -1;

/**
 * Records that must follow one another before they are believed: packet data may look like one header by chance, not
 * like three in a chain.
 */
const CHAIN = 3;

/**
 * Moves the window to the next place where `CHAIN` records follow one another, or fewer that end exactly with the
 * input.
 *
 * Answers 0 when it stands there, `NO_RECORD` at the end of the input, else how many bytes it needs from `start` on to
 * judge.
 */
export function findRecords(window: Window, header: FileHeader, rules: RecordRules, lastSeconds: number): number {
  for (; window.available >= header.recordHeaderLength; window.start += 1) {
    const verdict = chainAt(window, header, rules, lastSeconds);
    if (verdict !== NO_RECORD) return verdict;
  }
  if (!window.ended) return header.recordHeaderLength;
  window.start = window.end;
  return NO_RECORD;
}

/**
 * Whether `CHAIN` records follow one another at the window's start: 0, `NO_RECORD`, or the bytes it needs to say so.
 */
export function chainAt(window: Window, header: FileHeader, rules: RecordRules, lastSeconds: number): number {
  const { view, start, end } = window;
  const { littleEndian, recordHeaderLength } = header;
  let near = lastSeconds;
  let at = start;
  for (let links = 0; links < CHAIN; links += 1) {
    if (at === end && window.ended && links > 0) return 0;
    if (at + recordHeaderLength > end) {
      if (!window.ended) return at + recordHeaderLength - start;
      return links === CHAIN - 1 ? 0 : NO_RECORD; // the file may be cut as well
    }
    const seconds = view.getUint32(at + SECONDS, littleEndian);
    if (Math.abs(seconds - near) > NEAR) return NO_RECORD;
    const captured = rules.captured(view, at);
    // The bound keeps the bytes asked for below a megabyte, whatever the link type allows.
    if (captured === 0 || captured > STANDARD_LARGEST_PACKET || !rules.isClean(view, at)) return NO_RECORD;
    near = seconds;
    at += recordHeaderLength + captured;
  }
  return 0;
}
