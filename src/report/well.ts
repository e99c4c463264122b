import type { Analysis } from '../analysis/model.js';
import { count, counted } from './quantities.js';

/** How many connections have neither an error nor a warning, as a sentence; nobody wished for attempts without an answer, though they are no fault of an endpoint. */
export function wellOf(analysis: Pick<Analysis, 'connectionCount' | 'endings'>, well = analysis.connectionCount): string {
  const { connectionCount: all, endings } = analysis;
  if (endings.get('unanswered') === all) return all === 1 ? 'The one attempt to connect was never answered.' : `None of ${counted(all, 'attempt')} to connect was ever answered.`;
  if (well === all) return all === 1 ? 'The one connection shows nothing wrong.' : `All ${count(all)} connections show nothing wrong${thoughUnanswered(analysis)}.`;
  return `${count(well)} of ${counted(all, 'connection')} ${well === 1 ? 'shows' : 'show'} nothing wrong${thoughUnanswered(analysis)}.`;
}

/** What goes behind words that all is well; nothing where every attempt was answered. */
export function thoughUnanswered({ endings }: Pick<Analysis, 'endings'>): string {
  const unanswered = endings.get('unanswered') ?? 0;
  if (unanswered === 0) return '';
  return `, though ${unanswered === 1 ? 'one was' : `${count(unanswered)} were`} never answered`;
}
