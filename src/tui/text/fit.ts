import stringWidth from 'string-width';
import { inert } from '../../report/inert.js';

const ASCII = /^[\u0020-\u007E]*$/;
const graphemes = new Intl.Segmenter();

/** Columns that `text` takes on a terminal. */
export function columnsOf(text: string): number {
  return ASCII.test(text) ? text.length : stringWidth(text);
}

/** The part of a text that is cut off when there is no room, and the side on which the text stands when there is. */
export type Fit = 'left' | 'right' | 'tail';

/**
 * `text` made harmless and exactly `columns` wide: padded with spaces, or cut with `…`.
 *
 * `left` and `right` say where it stands and lose its end; `tail` stands left and loses its beginning, which suits
 * addresses, whose port comes last.
 */
export function fit(text: string, columns: number, how: Fit = 'left'): string {
  const safe = inert(text);
  const room = columns - columnsOf(safe);
  if (room >= 0) return how === 'right' ? ' '.repeat(room) + safe : safe + ' '.repeat(room);
  if (columns <= 0) return '';
  const kept = how === 'tail' ? `…${cutTail(safe, columns - 1)}` : `${cutHead(safe, columns - 1)}…`;
  return kept + ' '.repeat(columns - columnsOf(kept));
}

function cutHead(text: string, columns: number): string {
  if (ASCII.test(text)) return text.slice(0, columns);
  return takeWhileFits(Array.from(graphemes.segment(text), ({ segment }) => segment), columns).join('');
}

function cutTail(text: string, columns: number): string {
  if (ASCII.test(text)) return text.slice(text.length - columns);
  return takeWhileFits(Array.from(graphemes.segment(text), ({ segment }) => segment).toReversed(), columns)
    .toReversed()
    .join('');
}

function takeWhileFits(parts: readonly string[], columns: number): string[] {
  const kept: string[] = [];
  let left = columns;
  for (const part of parts) {
    left -= columnsOf(part);
    if (left < 0) break;
    kept.push(part);
  }
  return kept;
}
