import { NO_CONNECTION } from '../flow/connection-pages.js';
import type { FlowTable } from '../flow/flow-table.js';
import { isUnanswered } from '../flow/forgettable.js';
import { closedCleanly } from '../flow/clean-close.js';
import * as CONNECTION_FLAG from '../flow/connection-flags.js';
import { LATEST } from '../flow/identity/tuple-record.js';
import { PATIENCE } from './healthy-discard.js';
import type { Duration, Time } from '../base/time.js';
import { isOver } from './eviction-policy.js';
import type { FolderOf } from './eviction-policy.js';
import type { Connection } from '../tcp/connection.js';

/** Connections that are final, or may be: some of them show that only when they are folded. */
export interface Final {
  readonly rows: readonly number[];
  readonly isFinal: (row: number, connection: Connection) => boolean;
}

/**
 * Connections that no later packet changes, in order of their first frames: both ends are closed and the longest
 * TIME-WAIT is over, or
 * nobody answered as long as SYNs come again. All connections of a tuple become final together, since each is judged
 * by the one before.
 */
export function finalRows(table: FlowTable, end: Time, timeWait: Duration, folderOf: FolderOf): Final {
  const { connections, tuples } = table;
  const silent: number[] = [];
  for (let tuple = 0; tuple < tuples.count; tuple++) {
    const latest = tuples.isKept(tuple) ? tuples.page(tuple)[tuples.at(tuple) + LATEST]! : NO_CONNECTION;
    if (latest !== NO_CONNECTION && chain(table, latest).every((row) => end - connections.end(row) >= timeWait))
      silent.push(latest);
  }
  const isAsked = (row: number): boolean =>
    (connections.flags(row) & CONNECTION_FLAG.closing) !== 0 && !closedCleanly(connections, row);
  const isAlone = (row: number): boolean => connections.previous(row) === NO_CONNECTION;
  // One that is alone on its tuple takes nothing else with it: who folds it anyway sees whether it is over.
  const open = new Set(silent.filter((row) => isAlone(row) && isAsked(row) && !isUnanswered(table, row)));
  const asked = silent.filter((row) => !open.has(row)).flatMap((latest) => chain(table, latest)).filter(isAsked);
  const folder = folderOf(asked);
  const over = new Set(asked.filter((row) => isOver(folder.fold(row, end).connection, end, false)));
  const isFinal = (row: number): boolean =>
    open.has(row) ||
    over.has(row) ||
    closedCleanly(connections, row) ||
    (end - connections.end(row) >= PATIENCE && isUnanswered(table, row));
  const rows = silent
    .map((latest) => chain(table, latest))
    .filter((own) => own.every(isFinal))
    .flat()
    .sort((a, b) => folder.connectionIds.idOf(a) - folder.connectionIds.idOf(b));
  return { rows, isFinal: (row, connection) => !open.has(row) || isOver(connection, end, false) };
}

/** A connection and all before it on its tuple. */
function chain({ connections }: FlowTable, latest: number): number[] {
  const rows: number[] = [];
  for (let row = latest; row !== NO_CONNECTION; row = connections.previous(row)) rows.push(row);
  return rows;
}
