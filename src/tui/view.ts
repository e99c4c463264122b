import type { Analysis, Progress } from '../analysis/model.js';
import type { FlowDocument } from './flow-detail/document.js';
import type { Frame } from './frame.js';
import type { ListName } from './keys.js';
import type { Layout } from './layout.js';
import type { Matches } from './list/source.js';
import type { Moment } from './netstat/moment.js';
import type { Scan } from './scan.js';

/** All that a drawing of the screen needs; never changed, only replaced. */
export interface View {
  readonly frame: Frame;
  readonly layout: Layout;
  /** The newest snapshot; null until there is one. */
  readonly analysis: Analysis | null;
  /** All its connections together; null until they were looked at once. May be of a snapshot before. */
  readonly scan: Scan | null;
  readonly progress: Progress | null;
  readonly isReading: boolean;
  readonly isFrozen: boolean;
  /** Rows of the lists of the top panel. */
  readonly lists: Readonly<Partial<Record<ListName, Matches<unknown>>>>;
  /** What is wrong with the filter that is typed. */
  readonly filterError: string | null;
  /** The moment of the top panel, if it shows one. */
  readonly moment: Moment | null;
  /** The flow of the top panel, if it is one. */
  readonly document: FlowDocument | null;
  /** What came of the last key, until the next one. */
  readonly notice: string | null;
}
