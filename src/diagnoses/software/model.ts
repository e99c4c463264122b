import type { PayloadKind } from '../../flow/payload-kind.js';
import type { Product } from '../../flow/product.js';

/** What a setting bounds. */
export type Bound =
  /** How long a connection may be idle. */
  | 'idle'
  /** How long the server works on a request, or waits for the rest of one. */
  | 'answer'
  /** How long it waits, as a client or proxy, for the answer of another. */
  | 'patience'
  /** How many connections it takes. */
  | 'connections'
  /** How many wait to be accepted. */
  | 'backlog'
  /** How long a request may take to arrive. */
  | 'request';

/**
 * Server software, how it is recognized, and what its settings are called: by their own names, with defaults only where
 * the documentation states them.
 */
export interface Software {
  readonly name: string;
  /** By what it calls itself: certain. */
  readonly product?: Product;
  /** By the protocol of its first bytes: where one program is the usual one. */
  readonly kinds?: readonly PayloadKind[];
  /** Other programs speak that protocol, too: a hint, unless it names itself. */
  readonly isOneOfMany?: true;
  /** By its usual port: a hint. */
  readonly ports?: readonly number[];
  readonly settings: Readonly<Partial<Record<Bound, string>>>;
  /** Where the settings are documented. */
  readonly source: string;
}
