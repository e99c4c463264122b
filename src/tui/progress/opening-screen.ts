import { filled } from '../text/filled.js';
import type { Paint } from '../theme.js';

/** The whole screen before anything is known. */
export function drawOpeningScreen(columns: number, rows: number, paint: Paint): string[] {
  return filled([`${paint('title', ' lastack')}${' '.repeat(Math.max(0, columns - 16))}${paint('accent', 'opening')}`, '', '', '  Opening…'], rows);
}
