import type { Connection } from '../analysis/model.js';

/** Something that is gathered while all connections pass by once. */
export interface Tally<Result> {
  /** Takes in the next connection, in order of `Connection.id`. */
  add(connection: Connection): void;
  /** What all connections so far come to. */
  result(): Result;
}

/** Both ends of a connection. */
export const ROLES = ['client', 'server'] as const;
