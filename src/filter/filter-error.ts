/** A filter that says nothing we understand; `message` begins with the place. */
export class FilterError extends Error {
  override name = 'FilterError';
  /** Counted from 1, in UTF-16 units. */
  readonly column: number;

  /** `offset` counts from 0. */
  constructor(offset: number, what: string) {
    super(`at column ${offset + 1}: ${what}`);
    this.column = offset + 1;
  }
}
