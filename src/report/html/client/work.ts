/// <reference lib="dom" />
import type { Carried, CarriedLine } from './carried.js';

/** What the parts of the script share. */
export interface Work {
  readonly carried: Carried;
  /** What the reader has chosen: stretches of time, `to` excluded, and words, in lower case. */
  readonly chosen: { from: number; to: number; words: readonly string[] };
  /** Whether time, or words, leave something out. */
  isTimeChosen(): boolean;
  isChosen(): boolean;
  /** Whether a text has all the words. */
  hasWords(text: string): boolean;
  /** What words are looked for in, of a line: in lower case. */
  textOf(place: number): string;
  /** Places in `carried.lines` of those that are chosen, and how many of each group. Made anew by `changed`. */
  matching: readonly number[];
  /** Whether a line is chosen: 1 or 0 at its place. */
  isMatching: Uint8Array;
  matchingOf: readonly number[];
  /** Says that `chosen` is another one; everybody is told before the next picture. */
  changed(): void;
  /** Is called after each change. */
  readonly listeners: (() => void)[];
  /** The stretch in which a moment lies, in seconds since the first packet. */
  stretchOf(seconds: number): number;
  /**
   * `10:47:39`, with the day where the capture lasts longer than one, of a moment in seconds since the first packet.
   */
  clock(seconds: number): string;
  /** Where a stretch begins, as `clock` writes it. */
  readonly momentOf: (stretch: number) => string;
  /** An element: text is text. */
  readonly make: <T extends keyof HTMLElementTagNameMap>(
    name: T,
    attributes?: Readonly<Record<string, string>>,
    ...children: readonly (string | Node)[]
  ) => HTMLElementTagNameMap[T];
  /** The drawing of a line; null where the page does not carry it. */
  ladder(line: CarriedLine): Promise<DocumentFragment | null>;
  /** What a link to a line is, without `#`. */
  anchorOf(line: CarriedLine): string;
  /** Shows a line, wherever it is listed. Set by `articles`. */
  reveal: (place: number) => void;
}
