import { Rows } from '../rows.js';
import type { View } from '../view.js';
import type { Paint } from '../theme.js';
import { drawOpening } from './draw-opening.js';

/** Until the first snapshot is there. */
export function Opening({ view, paint }: { readonly view: View; readonly paint: Paint }) {
  return <Rows lines={drawOpening(view, paint)} />;
}
