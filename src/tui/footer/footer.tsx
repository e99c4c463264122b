import { counted } from '../../report/quantities.js';
import { contextOf, filterOf, isList, paneOf, topOf } from '../frame.js';
import { bindings, showKey, type Binding, type Context } from '../keys.js';
import { matchCount } from '../list/source.js';
import { Rows } from '../rows.js';
import type { View } from '../view.js';
import { columnsOf, fit } from '../text/fit.js';
import type { Paint } from '../theme.js';

/** What the footer tells of. */
type Told = Pick<View, 'frame' | 'notice' | 'filterError' | 'layout' | 'lists'>;

/** The keys that matter here; while a filter is typed, the filter. */
export function Footer({ view, paint }: { readonly view: Told; readonly paint: Paint }) {
  const context = contextOf(view.frame);
  return <Rows lines={[drawFooter(view, context, paint)]} />;
}

function drawFooter(view: Told, context: Context, paint: Paint): string {
  if (context === 'filter' || context === 'language') return drawFilter(view, context, paint);
  if (view.notice !== null) return ` ${paint('accent', fit(view.notice, view.layout.columns - 1))}`;
  return ` ${drawKeys(context, view.layout.columns - 1, paint)}`;
}

/** Draws as many keys as there is room for; the one for help always. */
function drawKeys(context: Context, width: number, paint: Paint): string {
  const here = bindings.filter(({ when, label }) => label !== undefined && when.includes(context));
  const help = here.filter(({ action }) => action === 'help');
  let room = width - help.reduce((sum, binding) => sum + widthOf(binding), 0);
  const shown: Binding[] = [];
  for (const binding of here.filter((each) => !help.includes(each))) {
    room -= widthOf(binding);
    if (room < 0) break;
    shown.push(binding);
  }
  return [...shown, ...help]
    .map((binding) => `${paint('accent', keyOf(binding))} ${paint('muted', binding.label ?? '')}   `)
    .join('')
    .trimEnd();
}

function widthOf(binding: Binding): number {
  return columnsOf(keyOf(binding)) + 1 + (binding.label ?? '').length + 3;
}

function keyOf({ keys, opposite }: Binding): string {
  return `${opposite === undefined ? '' : showKey(opposite)}${showKey(keys[0]!)}`;
}

function drawFilter({ frame, lists, filterError, layout }: Told, context: Context, paint: Paint): string {
  const pane = paneOf(topOf(frame));
  const matches = frame.overlay === null && isList(pane) ? lists[pane] ?? null : null;
  const found = matches === null ? '' : counted(matchCount(matches), 'line');
  const searching =
    matches !== null && matches.searched < 1 ? `, ${Math.floor(100 * matches.searched)} % searched` : '';
  const right = filterError === null ? `${found}${searching}` : 'not a filter yet';
  const keys = drawKeys(context, layout.columns >> 1, paint);
  const room = layout.columns - columnsOf(right) - columnsOf(keys) - 5;
  return ` ${paint('title', fit(`/${filterOf(frame)}▏`, Math.max(1, room), 'tail'))} ` +
    `${paint(filterError === null ? 'muted' : 'warning', right)}   ${keys}`;
}
