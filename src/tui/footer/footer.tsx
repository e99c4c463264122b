import { counted } from '../../report/quantities.js';
import { contextOf, filterOf } from '../frame.js';
import { bindings, showKey, type Context } from '../keys.js';
import { matchCount } from '../list/source.js';
import { Rows } from '../rows.js';
import type { View } from '../session.js';
import { columnsOf, fit } from '../text/fit.js';
import type { Paint } from '../theme.js';

/** The keys that matter here; while a filter is typed, the filter. */
export function Footer({ view, paint }: { readonly view: View; readonly paint: Paint }) {
  const context = contextOf(view.frame);
  return <Rows lines={[context === 'filter' ? drawFilter(view, paint) : ` ${drawKeys(context, view.layout.columns - 1, paint)}`]} />;
}

function drawKeys(context: Context, width: number, paint: Paint): string {
  let line = '';
  let room = width;
  for (const { keys, when, label } of bindings) {
    if (label === undefined || !when.includes(context)) continue;
    const key = showKey(keys[0]!);
    const needed = columnsOf(key) + 1 + label.length + 3;
    if (needed > room) break;
    room -= needed;
    line += `${paint('accent', key)} ${paint('muted', label)}   `;
  }
  return line;
}

function drawFilter({ frame, matches, layout }: View, paint: Paint): string {
  const found = matches === null ? '' : counted(matchCount(matches), 'line');
  const searching = matches !== null && matches.searched < 1 ? `, ${Math.floor(100 * matches.searched)} % searched` : '';
  const right = `${found}${searching}`;
  const keys = drawKeys('filter', layout.columns >> 1, paint);
  const room = layout.columns - columnsOf(right) - columnsOf(keys) - 5;
  return ` ${paint('title', fit(`/${filterOf(frame)}▏`, Math.max(1, room), 'tail'))} ${paint('muted', right)}   ${keys}`;
}
