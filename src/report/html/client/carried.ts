/**
 * What the page carries for its script, in the block `carried`. Texts are safe to be shown; they are written as text
 * all the same.
 */
export interface Carried {
  /** The first packet, in seconds since 1970, and how long the capture lasts. */
  readonly first: number;
  readonly lasting: number;
  readonly files: readonly string[];
  /** The worst first. */
  readonly groups: readonly CarriedGroup[];
  readonly lines: readonly CarriedLine[];
  /** Findings for which there was no room. */
  readonly leftOut: number;
  /** Ladders in a block `ladders-N`. */
  readonly ladders: number;
  /**
   * Equal stretches of the capture's time, and how many of what began in each: `[stretch, number, stretch, number…]`.
   */
  readonly stretches: number;
  readonly course: Readonly<Record<string, readonly number[]>>;
}

export interface CarriedGroup {
  readonly anchor: string;
  readonly name: string;
  readonly severity: string;
  readonly finding: string;
  readonly cause: string | null;
  readonly service: string;
  /** In all, those included that are not carried. */
  readonly findings: number;
}

/**
 * A finding. Times are in seconds: of the connection's beginning since 1970, of the finding's since the first packet.
 */
export type CarriedLine = readonly [
  group: number,
  stream: number,
  client: string,
  by: string,
  opened: string,
  start: number,
  lasts: number,
  lasting: string,
  says: string,
  /** Index of the connection's ladder among all ladders; -1 where there was no room. */
  ladder: number,
];
