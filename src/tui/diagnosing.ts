import type { Analysis } from '../analysis/model.js';

/**
 * Of the time while packets come in, the part that diagnoses may take: of 50,000 connections they take half a second,
 * and a snapshot comes each second.
 */
const SHARE = 1 / 20;

/** Diagnoses of a live capture: made anew as often as they cost little, and until then those that were made last. */
export class Diagnosing {
  #last: Pick<Analysis, 'diagnoses' | 'explanationOf'> | null = null;
  /** Until when the last ones stand, in milliseconds of `now`. */
  #until = 0;
  readonly #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** `analysis` with diagnoses that cost nothing more. */
  of(analysis: Analysis, isReading: boolean): Analysis {
    const begin = this.#now();
    if (!isReading || this.#last === null || begin >= this.#until) {
      const { diagnoses } = analysis;
      this.#last = { diagnoses, explanationOf: (finding) => analysis.explanationOf(finding) };
      const end = this.#now();
      this.#until = end + (end - begin) / SHARE;
    }
    const { diagnoses, explanationOf } = this.#last;
    // To copy its properties by their values would make them.
    return Object.defineProperties(
      {},
      {
        ...Object.getOwnPropertyDescriptors(analysis), diagnoses: { value: diagnoses, enumerable: true },
        explanationOf: { value: explanationOf, enumerable: true },
      },
    ) as Analysis;
  }
}
