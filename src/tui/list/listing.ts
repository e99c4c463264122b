import { search } from './search.js';
import type { Matches, Source } from './source.js';

/** What a listing is made from. */
export interface Wanted {
  /** Name of the list; another name is another list. */
  readonly name: string;
  /** What it is a list of: another one is a newer snapshot of the same list. */
  readonly basis: unknown;
  readonly filter: string;
  make(): Source<unknown>;
}

/** In place of what rows are made from: nothing is equal to it. */
const RELEASED = Symbol('released');

/** The rows of one list on the screen, made anew when what they are made from changes. */
export class Listing {
  readonly #show: (matches: Matches<unknown>) => void;
  readonly #fail: (message: string | null) => void;
  #made: Wanted | null = null;
  #source: Source<unknown> | null = null;
  /** The search that runs, if one does. */
  #search: AbortController | null = null;
  #next: Wanted | null = null;

  /** `show` is told the rows; `fail` what is wrong with the filter, or null where nothing is. */
  constructor(show: (matches: Matches<unknown>) => void, fail: (message: string | null) => void) {
    this.#show = show;
    this.#fail = fail;
  }

  /** True if the rows are those of `wanted` already. */
  refresh(wanted: Wanted): boolean {
    const made = this.#made;
    const isSameList = made?.name === wanted.name && made.filter === wanted.filter;
    if (isSameList && made.basis === wanted.basis) return true;
    // Live input brings a snapshot each second: a search over very many rows first comes to its end.
    if (isSameList && this.#search !== null) {
      this.#next = wanted;
      return true;
    }
    this.#search?.abort();
    this.#search = null;
    this.#next = null;
    if (this.#source === null || made?.name !== wanted.name || made.basis !== wanted.basis)
      this.#source = wanted.make();
    this.#made = wanted;
    const source = this.#source;
    if (wanted.filter.trim() === '' && source.order === undefined) {
      this.#fail(null);
      this.#show({ source, indices: null, searched: 1 });
    } else {
      this.#find(source, wanted.filter, isSameList);
    }
    return false;
  }

  /**
   * Lets go of the rows, which nobody looks at: they hold a whole snapshot. They are made again when they are wanted.
   */
  release(): void {
    this.#search?.abort();
    this.#search = null;
    this.#next = null;
    this.#source = null;
    if (this.#made !== null) this.#made = { ...this.#made, basis: RELEASED };
  }

  #find(source: Source<unknown>, filter: string, wasComplete: boolean): void {
    const running = new AbortController();
    this.#search = running;
    try {
      search(source, filter, (matches) => {
        const isDone = matches.searched === 1;
        if (isDone) this.#search = null;
        // A list that was complete is not shown again in part.
        if (isDone || !wasComplete) this.#show(matches);
        const next = this.#next;
        this.#next = null;
        if (isDone && next !== null) this.refresh(next);
      }, running.signal);
      this.#fail(null);
    } catch (error) {
      // What was found before stays on the screen while the filter is being corrected.
      this.#search = null;
      this.#fail(error instanceof Error ? error.message : String(error));
    }
  }
}
