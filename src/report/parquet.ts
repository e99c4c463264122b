import type { SchemaElement } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { Analysis, Clock } from '../analysis/model.js';
import { SECOND } from '../base/time.js';
import { type Cell, type Cells, type ColumnType, type TableName, cellsOf } from './columns.js';

/** Rows held at a time: about 20 MB of the widest table. Readers skip what they do not need by row group. */
const ROW_GROUP = 50_000;

/** Digits of a second that a timestamp of microseconds has. */
const MICROSECOND_DIGITS = 6;

/**
 * One table as Parquet, piece by piece, compressed with Snappy. Every column may be null.
 *
 * | column type | Parquet |
 * | --- | --- |
 * | text | BYTE_ARRAY, UTF8 |
 * | integer | INT64 |
 * | boolean | BOOLEAN |
 * | time | INT64, TIMESTAMP: microseconds, which every reader knows; nanoseconds where the capture has them, and all of it lies between 1677 and 2262 |
 * | duration | DOUBLE, seconds |
 *
 * Timestamps are UTC and say nothing of a zone (isAdjustedToUTC is false): of those with one DuckDB drops the
 * nanoseconds.
 */
export function parquet(analysis: Analysis, table: TableName): IterableIterator<Uint8Array> {
  return parquetOf(table, cellsOf(analysis, table), clockOf(analysis));
}

/** Writes any cells as Parquet. Times have the digits of `clock`. */
export function* parquetOf(table: string, { columns, rows }: Cells, clock: Clock): IterableIterator<Uint8Array> {
  const file = new ParquetRows(table, columns, clock);
  for (const row of rows) {
    const group = file.add(row);
    if (group !== null) yield group;
  }
  yield file.flush();
  yield file.finish();
}

/** A table as Parquet, for who has its rows one by one. Times have the digits of `clock`. */
export class ParquetRows {
  private readonly bytes = new ByteWriter();
  private readonly columns: Cells['columns'];
  private readonly writer: ParquetWriter;
  private readonly stored: readonly ((cell: Cell) => unknown)[];
  private group: unknown[][];
  private held = 0;

  constructor(table: string, columns: Cells['columns'], clock: Clock) {
    this.columns = columns;
    const schema: SchemaElement[] = [
      { name: table, num_children: columns.length }, ...columns.map(({ name, type }) => element(name, type, clock)),
    ];
    const kvMetadata = columns.map(({ name, unit, description }) => ({
      key: `lastack.${name}`, value: unit === undefined ? description : `${description}; ${unit}`,
    }));
    this.writer = new ParquetWriter({ writer: this.bytes, schema, kvMetadata, createdBy: 'lastack' });
    this.stored = columns.map(({ type }) => storing(type, clock));
    this.group = columns.map(() => []);
  }

  /** Answers bytes that are finished, where there are some. */
  add(row: readonly Cell[]): Uint8Array | null {
    const { group, stored } = this;
    for (let index = 0; index < stored.length; index++) group[index]!.push(stored[index]!(row[index]!));
    this.held += 1;
    return this.held === ROW_GROUP ? this.flush() : null;
  }

  /** The rest of the file: nothing comes behind it. */
  finish(): Uint8Array {
    const rest = this.flush();
    void this.writer.finish();
    return Buffer.concat([rest, taken(this.bytes)]);
  }

  /** Ends the group of rows at hand. */
  flush(): Uint8Array {
    const { columns, group } = this;
    // The writer is synchronous as long as its ByteWriter is.
    if (this.held > 0)
      void this.writer.write({
        columnData: columns.map(({ name }, index) => ({ name, data: group[index] ?? [] })), rowGroupSize: ROW_GROUP,
      });
    this.group = columns.map(() => []);
    this.held = 0;
    return taken(this.bytes);
  }
}

/** What was written since the last time; its offsets count on. */
function taken(writer: ByteWriter): Uint8Array {
  const bytes = writer.getBytes().slice();
  writer.index = 0;
  return bytes;
}

function element(name: string, type: ColumnType, clock: Clock): SchemaElement {
  const repetition_type = 'OPTIONAL';
  switch (type) {
    case 'text':
      return { name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type };
    case 'integer':
      return { name, type: 'INT64', repetition_type };
    case 'boolean':
      return { name, type: 'BOOLEAN', repetition_type };
    case 'duration':
      return { name, type: 'DOUBLE', repetition_type };
    default:
      return {
        name, type: 'INT64',
        logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: false, unit: hasNanoseconds(clock) ? 'NANOS' : 'MICROS' },
        repetition_type,
      };
  }
}

/** The capture's clock; where its nanoseconds do not all fit into 64 bits, with the digits of microseconds. */
function clockOf({ clock, capture: { first, last } }: Analysis): Clock {
  const fits = [first, last].every((time) => time === null || fitsInt64(nanosecondsOf(time, clock)));
  return fits ? clock : { ...clock, digits: Math.min(clock.digits, MICROSECOND_DIGITS) };
}

function hasNanoseconds({ digits }: Clock): boolean {
  return digits > MICROSECOND_DIGITS;
}

/** What is written of the cells of a column: null is what no cell of this type can say, too. */
function storing(type: ColumnType, clock: Clock): (cell: Cell) => unknown {
  switch (type) {
    case 'time':
      // A time beyond the year 292277, as a hostile capture may have it, fits nowhere.
      return (cell) => (isFinite(cell) ? fitting(timestamp(cell, clock)) : null);
    case 'integer':
      return (cell) => (isFinite(cell) ? fitting(BigInt(Math.round(cell))) : null);
    case 'duration':
      return (cell) => (isFinite(cell) ? cell / SECOND : null);
    default:
      return (cell) => cell;
  }
}

function isFinite(cell: Cell): cell is number {
  return Number.isFinite(cell);
}

function fitting(whole: bigint): bigint | null {
  return fitsInt64(whole) ? whole : null;
}

function timestamp(time: number, clock: Clock): bigint {
  const nanoseconds = nanosecondsOf(time, clock);
  return hasNanoseconds(clock) ? nanoseconds : nanoseconds / 1000n;
}

/** Since 1970. A double does not hold the nanoseconds of 2026; seconds and the rest are added as whole numbers. */
function nanosecondsOf(time: number, { epoch }: Clock): bigint {
  return BigInt(epoch) * BigInt(SECOND) + BigInt(Math.round(time));
}

function fitsInt64(whole: bigint): boolean {
  return BigInt.asIntN(64, whole) === whole;
}
