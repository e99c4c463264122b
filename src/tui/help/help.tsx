import type { Context } from '../keys.js';
import type { Layout } from '../layout.js';
import { Rows } from '../rows.js';
import { filled } from '../text/filled.js';
import type { Paint } from '../theme.js';
import { helpPage } from './page.js';

/**
 * The keys of the pane it was called from, then the others: from the table that answers them. `top` is the first line
 * in sight.
 */
export function Help({
  pane, top, filter, layout: { columns, body }, paint,
}: {
  readonly pane: Context;
  readonly top: number;
  readonly filter: string;
  readonly layout: Layout;
  readonly paint: Paint;
}) {
  const lines = helpPage(pane, columns, paint, filter);
  return <Rows lines={filled(lines.slice(Math.max(0, Math.min(top, lines.length - body))), body)} />;
}
