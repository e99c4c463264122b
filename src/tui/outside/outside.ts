import type { Analysis, Diagnosis, Group } from '../../analysis/model.js';

/** What a key asks of the world outside the screen. */
export interface Request {
  readonly analysis: Analysis;
  /** Ids of connections, at least one. */
  readonly flows: readonly number[];
  /** The frame under the cursor; null where there is none. */
  readonly frame: number | null;
  /** The line of the first screen that the flows are of; null or left out where they were chosen one by one. */
  readonly told?: Diagnosis | Group | null;
  /** The key that copies a filter for Wireshark. Default: y. */
  readonly copyKey?: string;
}

/** What reaches beyond the screen. Each answers what came of it, in a few words for the footer. */
export interface Outside {
  /** Puts the Wireshark filter of the flows into the clipboard. */
  readonly copy: (request: Request) => Promise<string>;
  /** Copies some connections with what is told of them, as Markdown. */
  readonly 'copy-markdown': (request: Request) => Promise<string>;
  /** Writes the flows to a pcapng file. */
  readonly extract: (request: Request) => Promise<string>;
  /** Opens the capture in Wireshark or tshark at the frame. */
  readonly packets: (request: Request) => Promise<string>;
}
