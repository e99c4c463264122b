/** Dots of a Braille character by column and row from the bottom (Unicode 15, §21.1: bits of U+2800). */
const LEFT = [0x40, 0x04, 0x02, 0x01] as const;
const RIGHT = [0x80, 0x20, 0x10, 0x08] as const;
const BLANK = 0x2800;

/** Dots in a character: two across, four up. */
export const DOTS = { across: 2, up: 4 } as const;

/**
 * An area chart in lines of Braille characters, the top line first: one dot column for each value, two in a character.
 * A value above zero has at least one dot, so that a single socket is seen.
 */
export function brailleArea(values: readonly number[], highest: number, lines: number): string[] {
  const heights = values.map((value) =>
    value <= 0 || highest <= 0 ? 0 : Math.max(1, Math.round((value / highest) * lines * DOTS.up)),
  );
  return Array.from({ length: lines }, (_, line) => {
    const base = (lines - 1 - line) * DOTS.up;
    let text = '';
    for (let at = 0; at < heights.length; at += DOTS.across) {
      text += String.fromCharCode(
        BLANK | column(LEFT, heights[at]! - base) | column(RIGHT, (heights[at + 1] ?? 0) - base),
      );
    }
    return text;
  });
}

function column(dots: readonly number[], height: number): number {
  let bits = 0;
  for (let row = 0; row < Math.min(height, DOTS.up); row++) bits |= dots[row]!;
  return bits;
}

/** `values` in `width` places, the highest of those that share one. */
export function resampled(values: readonly number[], width: number): number[] {
  return Array.from({ length: width }, (_, place) => {
    const from = Math.floor((place * values.length) / width);
    const to = Math.max(from + 1, Math.floor(((place + 1) * values.length) / width));
    let highest = 0;
    for (let at = from; at < to; at++) highest = Math.max(highest, values[at] ?? 0);
    return highest;
  });
}
