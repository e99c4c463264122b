import { DIVIDER } from '../layout.js';
import { within } from '../list/cursor.js';
import { filled } from '../text/filled.js';
import { columnsOf, fit } from '../text/fit.js';
import { bare, type Paint } from '../theme.js';
import type { FlowState, Pane } from './state.js';

/** The name of a pane, marked where the keys go to it. */
export function drawPaneName(pane: Pane, name: string, state: FlowState, paint: Paint): string {
  return pane === state.pane ? paint('accent', `▸ ${name}`) : paint('muted', `  ${name}`);
}

/** The lines of an explanation that are in sight. */
export function drawExplanation(
  explanation: readonly { readonly text: string }[], { cursors, pane }: FlowState,
  { width, height }: { readonly width: number; readonly height: number }, paint: Paint,
): string[] {
  const { row, top } = within(cursors.explanation, { count: explanation.length, height });
  return filled(
    explanation
      .slice(top, top + height)
      .map(({ text }, offset) =>
        pane === 'explanation' && top + offset === row ? drawSelected(text, width, paint) : text,
      ),
    height,
  );
}

/** The ladder, `width` columns wide, with the explanation at its right. */
export function drawBeside(
  ladder: readonly string[], explanation: readonly string[], width: number, paint: Paint,
): string[] {
  const divider = paint('muted', DIVIDER);
  return ladder.map(
    (line, row) => `${line}${' '.repeat(Math.max(0, width - columnsOf(line)))}${divider}${explanation[row] ?? ''}`,
  );
}

/** A painted line cannot be painted again: the bar lies over the bare text. */
export function drawSelected(line: string, width: number, paint: Paint): string {
  return paint('selected', fit(bare(line), width));
}
