import type { Tap, TwoTaps } from '../../between/between.js';
import type { View } from '../view.js';
import type { PairDocument } from './document.js';
import type { TapRows } from './rows.js';

/** What is being done before there is anything to show. */
export type Phase = Tap | 'both' | 'done';

/** All that a drawing of the screen of both ends needs; never changed, only replaced. */
export interface BetweenView extends Pick<View, 'frame' | 'layout' | 'lists' | 'filterError' | 'notice' | 'progress'> {
  readonly paths: Readonly<Record<Tap, readonly string[]>>;
  readonly phase: Phase;
  /** Null until both captures were read and compared. */
  readonly taps: TwoTaps | null;
  readonly rows: TapRows | null;
  /** The first lines of the screen. */
  readonly header: readonly string[];
  /** The connection of the top panel, if it is one. */
  readonly document: PairDocument | null;
}
