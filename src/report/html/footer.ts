import { version } from '../../base/version.js';
import type { Origin } from '../choices.js';
import { type Markup, markup } from './markup.js';

/** By what the page was made, and when, where that is known. */
export function footer(origin: Origin | undefined): Markup {
  const by = `lastack ${version()}`;
  return markup`<footer>
<p>Made by ${by} from the packets alone${origin !== undefined && markup`, ${moment(origin.made)} UTC`}${origin?.command != null && markup`: <code>${origin.command}</code>`}</p>
<p>Times are UTC; states are those of RFC 9293.</p>
</footer>
`;
}

/** `2026-11-29 04:52`; the bare number where no calendar reaches. */
function moment(milliseconds: number): Markup {
  if (!(Math.abs(milliseconds) < 8.64e15)) return markup`${milliseconds}`;
  const text = new Date(milliseconds).toISOString();
  return markup`<time datetime="${text}">${text.slice(0, 16).replace('T', ' ')}</time>`;
}
