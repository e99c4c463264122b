import { Rows } from '../rows.js';
import type { View } from '../view.js';
import type { Paint } from '../theme.js';
import { drawHeader } from './draw-header.js';

/** The first line of every screen, and an empty one. */
export function Header({ view, paint }: { readonly view: View; readonly paint: Paint }) {
  return <Rows lines={[drawHeader(view, paint), '']} />;
}
