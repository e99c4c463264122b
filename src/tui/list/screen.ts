import type { Analysis } from '../../analysis/model.js';
import type { Source } from './source.js';

/**
 * A screen that is one list: all that the keys, the help, the footer and the conversation line by line must know of it.
 */
export interface ListScreen {
  /** Name of its pane and its list, and the word for it line by line: small letters, one word. */
  readonly name: string;
  /** Over its keys in the help. */
  readonly title: string;
  /** Opens it from every other screen; a letter that none of them uses. */
  readonly key: string;
  /** What that key does, for the help, and the word for it in the footer. */
  readonly description: string;
  readonly label: string;
  /** What the list holds, for who asks for help line by line. */
  readonly holds: string;
  /** Keys that mean something here alone, whose actions the session performs. */
  readonly bindings: readonly {
    readonly keys: readonly string[];
    readonly action: string;
    readonly description: string;
    readonly label?: string;
    readonly opposite?: string;
  }[];
  /** Makes the rows of the screen. */
  source(analysis: Analysis): Source<unknown>;
}
