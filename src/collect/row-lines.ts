import type { Clock } from '../analysis/model.js';
import { SECOND } from '../base/time.js';
import type { Cell, Cells } from '../report/columns.js';
import { type Piece, named } from '../report/json-piece.js';
import { JsonWriter } from '../report/json-writer.js';

/**
 * A table as NDJSON, for who has its rows one by one: each is an object by the names of its columns. Times are text,
 * durations seconds.
 */
export class RowLines {
  private readonly writer: JsonWriter;
  private readonly columns: readonly { readonly name: Piece; readonly type: Cells['columns'][number]['type'] }[];

  constructor(columns: Cells['columns'], clock: Clock) {
    this.writer = new JsonWriter(clock);
    this.columns = columns.map(({ name, type }) => ({ name: named(name), type }));
  }

  /** Answers bytes that are finished, where there are some: good until the next ones are. */
  add(row: readonly Cell[]): Uint8Array | null {
    const { writer, columns } = this;
    writer.open();
    for (let at = 0; at < columns.length; at++) {
      const { name, type } = columns[at]!;
      const cell = row[at]!;
      if (typeof cell === 'string' || cell === null) writer.text(name, cell);
      else if (typeof cell === 'boolean') writer.boolean(name, cell);
      else if (type === 'time') writer.timestamp(name, cell);
      else writer.number(name, type === 'duration' ? cell / SECOND : cell);
    }
    writer.close();
    writer.endLine();
    return writer.isFull ? writer.taken() : null;
  }

  /** The rest: nothing comes behind it. */
  finish(): Uint8Array {
    return this.writer.taken();
  }
}
