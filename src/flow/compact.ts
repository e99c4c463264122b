import { INCUMBENT, LAST_STREAM, PREVIOUS, STREAM, TUPLE } from './connection-record.js';
import { NO_CONNECTION } from './connection-pages.js';
import { Connections } from './connections.js';
import { FlowTable } from './flow-table.js';
import { connectionIdsOf } from './identity/connection-ids.js';
import { LATEST, NO_STREAM, STREAM as TUPLE_STREAM } from './identity/tuple-record.js';
import { TupleTable } from './identity/tuple-table.js';
import { PAYLOAD_KINDS } from './payload-kind.js';
import { PRODUCTS } from './product.js';
import { UnpackError } from '../packing/packer.js';

/**
 * The connections of `table` in tables without gaps, in order of their first frames, their histories packed: to be
 * written down. The table itself stays as it is. `restored` makes a table of it that goes on as this one does.
 */
export function compacted(table: FlowTable): FlowTable {
  const rows = Int32Array.from(connectionIdsOf(table).rows());
  const place = new Int32Array(table.connections.count).fill(NO_CONNECTION);
  rows.forEach((row, at) => (place[row] = at));
  const moved = (row: number): number => (row === NO_CONNECTION ? NO_CONNECTION : place[row]!);

  const tuples = TupleTable.like(table.tuples);
  const tuplePlace = new Int32Array(table.tuples.count);
  for (let tuple = 0; tuple < table.tuples.count; tuple++)
    if (table.tuples.isKept(tuple)) tuplePlace[tuple] = tuples.copy(table.tuples, tuple);
  const { streams, moved: streamPlace } = table.streams.compacted(streamsOf(table));

  const connections = new Connections();
  for (const row of rows) {
    const copy = connections.copy(table.connections, row);
    const words = connections.page(copy);
    const at = connections.at(copy);
    words[at + TUPLE] = tuplePlace[words[at + TUPLE]!]!;
    words[at + PREVIOUS] = moved(words[at + PREVIOUS]!);
    words[at + INCUMBENT] = moved(words[at + INCUMBENT]!);
    words[at + STREAM] = streamPlace(words[at + STREAM]!);
    words[at + LAST_STREAM] = streamPlace(words[at + LAST_STREAM]!);
  }
  for (let tuple = 0; tuple < tuples.count; tuple++) {
    const words = tuples.page(tuple);
    const at = tuples.at(tuple);
    words[at + LATEST] = moved(words[at + LATEST]!);
    const stream = words[at + TUPLE_STREAM]!;
    words[at + TUPLE_STREAM] = stream === NO_STREAM ? NO_STREAM : streamPlace(stream);
  }
  const history = table.history.copyPacked(connections, rows);
  const duplicates = table.duplicates === null ? null : table.duplicates.moved((tuple) => tuplePlace[tuple]!, moved);
  return new FlowTable({
    tuples,
    streams,
    connections,
    history,
    idleCloses: table.idleCloses,
    errors: table.errors,
    coverage: table.coverage,
    duplicates,
    firstFrames: table.firstFrames,
  });
}

/**
 * Goes on where the table went on that was compacted to `table`, which nobody vouches for. @throws UnpackError where
 * it contradicts itself
 */
export function restored(table: FlowTable): FlowTable {
  check(table);
  table.history.restore(table.connections);
  return table;
}

/** Streams of which something may be asked yet: of connections, and the latest of each tuple. */
export function* streamsOf({ connections, tuples }: FlowTable): IterableIterator<number> {
  for (let tuple = 0; tuple < tuples.count; tuple++) {
    const stream = tuples.page(tuple)[tuples.at(tuple) + TUPLE_STREAM]!;
    if (tuples.isKept(tuple) && stream !== NO_STREAM) yield stream;
  }
  for (let row = 0; row < connections.count; row++) {
    if (!connections.isKept(row)) continue;
    yield connections.stream(row);
    yield connections.lastStream(row);
  }
}

/** All that a row or a stream is named by must be there; histories are looked at when they are restored. */
function check({
  tuples, connections, streams, idleCloses, errors, duplicates, firstFrames,
}: FlowTable): void {
  tuples.check();
  streams.check();
  if (connections.kept !== connections.count) throw new UnpackError('connections that were forgotten');
  const isStream = (stream: number): boolean => stream >= 0 && stream < streams.rowCount;
  for (let tuple = 0; tuple < tuples.count; tuple++) {
    const latest = tuples.page(tuple)[tuples.at(tuple) + LATEST]!;
    const stream = tuples.page(tuple)[tuples.at(tuple) + TUPLE_STREAM]!;
    const isNumbered = isStream(stream) || (stream === NO_STREAM && latest === NO_CONNECTION);
    if (latest < NO_CONNECTION || latest >= connections.count || !isNumbered) {
      throw new UnpackError(`tuple ${tuple} has no connection`);
    }
  }
  for (let row = 0; row < connections.count; row++) {
    const tuple = connections.tuple(row);
    const isWhole =
      tuple >= 0 &&
      tuple < tuples.count &&
      isStream(connections.stream(row)) &&
      isStream(connections.lastStream(row)) &&
      isEarlier(connections.previous(row), row) &&
      isEarlier(connections.incumbent(row), row) &&
      Number.isFinite(connections.start(row)) &&
      Number.isFinite(connections.end(row)) &&
      Number.isFinite(connections.closingAt(row)) &&
      isByteCount(connections.bytes(row, 0)) &&
      isByteCount(connections.bytes(row, 1)) &&
      connections.product(row) < PRODUCTS.length &&
      connections.payloadKind(row, 0) < PAYLOAD_KINDS.length &&
      connections.payloadKind(row, 1) < PAYLOAD_KINDS.length &&
      (firstFrames === null || firstFrames.has(connections.firstFrame(row)));
    if (!isWhole) throw new UnpackError(`connection ${row} names what is not there`);
  }
  idleCloses.check();
  errors.check();
  duplicates?.check(connections.count);
}

/** More than any connection carries, and few enough to be added up exactly. */
const MOST_BYTES = 2 ** 48;

function isByteCount(bytes: number): boolean {
  return Number.isInteger(bytes) && bytes >= 0 && bytes <= MOST_BYTES;
}

function isEarlier(other: number, row: number): boolean {
  return other >= NO_CONNECTION && other < row;
}
