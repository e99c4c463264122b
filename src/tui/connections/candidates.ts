import { fit } from '../text/fit.js';
import type { Paint } from '../theme.js';
import type { Completed } from './completions.js';

/** Candidates for the word that is typed, the chosen one marked, or what is wrong with the filter. */
export function drawCandidates(
  candidates: readonly Completed[], chosen: number, error: string | null, height: number, width: number, paint: Paint,
): string[] {
  const room = Math.max(1, height - (error === null ? 0 : 1));
  const top = Math.max(0, Math.min(chosen - room + 1, candidates.length - room));
  const names = Math.max(8, ...candidates.map(({ text }) => text.length));
  return [
    ...(error === null ? [] : [paint('warning', fit(error, width))]),
    ...candidates.slice(top, top + room).map(({ text, description }, index) => {
      const isChosen = top + index === chosen;
      return `${isChosen ? paint('accent', '› ') : '  '}${paint(isChosen ? 'accent' : 'plain', fit(text, names))}  ` +
        paint('muted', fit(description, Math.max(0, width - names - 4)));
    }),
  ];
}
