import { STANDARD_LARGEST_PACKET } from '../framer.js';
import type { Window } from '../window.js';
import { BLOCK_LENGTH, isKnownBlock, SECTION_HEADER, SMALLEST_BLOCK } from './block.js';
import { littleEndianSection } from './section-header.js';

/** The rest of the input holds no block. */
export const NO_BLOCK = -1;

/**
 * Longer blocks are not looked for: room for a packet and its options, and little enough to be asked for at every byte.
 */
const LARGEST_FOUND = 2 * STANDARD_LARGEST_PACKET;

/**
 * Moves the window to the next block of a known type whose two lengths agree.
 *
 * Answers 0 when it stands there, `NO_BLOCK` at the end of the input, else how many bytes it needs from `start` on to
 * judge.
 */
export function findBlock(window: Window, littleEndian: boolean): number {
  const { view, end } = window;
  for (; window.start + SMALLEST_BLOCK <= end; window.start += 1) {
    const { start } = window;
    const type = view.getUint32(start, littleEndian);
    if (!isKnownBlock(type)) continue;
    const order = type === SECTION_HEADER ? littleEndianSection(view, start) : littleEndian;
    if (order === null) continue;
    const length = view.getUint32(start + BLOCK_LENGTH, order);
    if (length < SMALLEST_BLOCK || length % 4 !== 0 || length > LARGEST_FOUND) continue;
    if (start + length <= end) {
      if (view.getUint32(start + length - BLOCK_LENGTH, order) === length) return 0;
    } else if (!window.ended) return length;
  }
  if (!window.ended) return SMALLEST_BLOCK;
  window.start = end;
  return NO_BLOCK;
}
