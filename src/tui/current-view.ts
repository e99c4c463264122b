import type { ListName } from './keys.js';
import { Listing, type Wanted } from './list/listing.js';
import type { Matches } from './list/source.js';
import type { View } from './view.js';

/** The view of a screen: replaced, never changed, and whoever draws it is told of each new one. */
export class CurrentView<Shown extends Pick<View, 'notice' | 'filterError' | 'lists'>> {
  readonly #listeners = new Set<() => void>();
  readonly #listings = new Map<ListName, Listing>();
  #view: Shown;

  constructor(view: Shown) {
    this.#view = view;
  }

  get now(): Shown {
    return this.#view;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  change(change: Partial<Shown>): void {
    this.#view = { ...this.#view, ...change };
    for (const listener of this.#listeners) listener();
  }

  /** Shows what came of something, or why nothing did, in the footer. */
  tell(notice: string | Promise<string>): void {
    const say = (text: string): void => this.change({ notice: text } as Partial<Shown>);
    if (typeof notice === 'string') say(notice);
    else notice.then(say, (error: unknown) => say(error instanceof Error ? error.message : String(error)));
  }

  /** Makes the rows of a list where it shows others; `settle` is given them, once at least. */
  list(name: ListName, wanted: Wanted, settle: (matches: Matches<unknown>) => void): void {
    let listing = this.#listings.get(name);
    if (listing === undefined) {
      listing = new Listing(settle, (filterError) => this.change({ filterError } as Partial<Shown>));
      this.#listings.set(name, listing);
    }
    const isSame = listing.refresh(wanted);
    const shown = this.#view.lists[name];
    if (isSame && shown !== undefined) settle(shown);
  }

  /** Lets go of the rows of lists that nobody looks at. */
  release(isShown: (name: ListName) => boolean): void {
    for (const [name, listing] of this.#listings) if (!isShown(name)) listing.release();
  }
}
