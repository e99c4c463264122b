import type { Progress } from '../../analysis/model.js';
import { drawOpening } from '../progress/draw-opening.js';
import { filled } from '../text/filled.js';
import type { Paint } from '../theme.js';
import type { BetweenView, Phase } from './view.js';

/** `reading the client's capture, 43 %`; empty once there is nothing to wait for. */
export function statusOf({ phase, progress }: Pick<BetweenView, 'phase' | 'progress'>): string {
  if (phase === 'done') return '';
  if (phase === 'both') return 'comparing';
  return `reading the ${phase}'s${shareOf(progress)}`;
}

function shareOf(progress: Progress | null): string {
  if (progress === null || progress.total === null) return '';
  return ` ${Math.floor((100 * progress.bytes) / Math.max(progress.total, 1))} %`;
}

const SAID: Readonly<Record<Phase, string>> = {
  client: "  Reading the client's capture…", server: "  Reading the server's capture…",
  both: '  Pairing connections, and comparing them segment by segment…', done: '',
};

/** What is being done, between header and footer, until there is something to show. */
export function drawBetweenOpening({ phase, progress, layout }: BetweenView, paint: Paint): string[] {
  const bar = phase === 'both' || progress === null ? [] : drawOpening({ progress, layout }, paint).slice(1);
  return filled(['', SAID[phase], '', ...bar], layout.body);
}
