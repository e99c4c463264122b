import type { Analysis } from '../analysis.js';
import { count, counted } from './quantities.js';

/**
 * How many connections have neither an error nor a warning, as a sentence. Attempts that nobody answered are no fault of an endpoint, and
 * still not what anybody wished for.
 */
export function wellOf({ connectionCount: all, endings }: Pick<Analysis, 'connectionCount' | 'endings'>, well = all): string {
  const unanswered = endings.get('unanswered') ?? 0;
  if (unanswered === all) return all === 1 ? 'The one attempt to connect was never answered.' : `None of ${counted(all, 'attempt')} to connect was ever answered.`;
  const though = unanswered === 0 ? '' : `, though ${unanswered === 1 ? 'one was' : `${count(unanswered)} were`} never answered`;
  if (well === all) return all === 1 ? 'The one connection shows nothing wrong.' : `All ${count(all)} connections show nothing wrong${though}.`;
  return `${count(well)} of ${counted(all, 'connection')} ${well === 1 ? 'shows' : 'show'} nothing wrong${though}.`;
}
