import type { ConnectionId, FrameNumber, Row } from '../base/numbers.js';
import type { Time } from '../base/time.js';
import { NO_CONNECTION } from '../flow/connection-pages.js';
import type { Connection } from './connection.js';
import type { ConnectionFolder } from './connection-folder.js';
import { refuseFullHeap } from '../base/heap.js';

/** Where a connection is to be found: the folder who knows it, and its row there. */
export interface Location {
  readonly folder: ConnectionFolder;
  readonly row: Row;
}

/** The folders of a capture, each of whom knows some of its connections: one, or one for each thread that read it. */
export class ConnectionSet {
  readonly all: readonly ConnectionFolder[];
  readonly captureEnd: Time;

  constructor(all: readonly ConnectionFolder[], captureEnd: Time) {
    this.all = all;
    this.captureEnd = captureEnd;
  }

  /** Connections that they know. */
  get count(): number {
    return this.all.reduce((sum, { connectionIds }) => sum + connectionIds.count, 0);
  }

  /** @throws RangeError where there is no such connection, or none any more */
  location(id: ConnectionId): Location {
    const location = this.find(id);
    if (location === null) throw new RangeError(`connection ${id} is not known: it was forgotten, or never was`);
    return location;
  }

  /** Null where there is no such connection, or none any more. */
  find(id: ConnectionId): Location | null {
    for (const folder of this.all) {
      const row = folder.connectionIds.rowOf(id);
      if (row !== NO_CONNECTION) return { folder, row };
    }
    return null;
  }

  connection(id: ConnectionId): Connection {
    const { folder, row } = this.location(id);
    return folder.fold(row, this.captureEnd).connection;
  }

  /** All of them in order of their first frames. */
  *locations(): IterableIterator<Location> {
    const [folder, ...others] = this.all;
    if (folder !== undefined && others.length === 0) {
      for (const row of folder.connectionIds.rows()) {
        refuseFullHeap();
        yield { folder, row };
      }
      return;
    }
    const heads = this.all
      .map((folder) => ({
        folder, rows: folder.connectionIds.rows()[Symbol.iterator](), row: NO_CONNECTION, frame: Infinity,
      }))
      .filter(advance);
    while (heads.length > 0) {
      let first = heads[0]!;
      for (const head of heads) if (head.frame < first.frame) first = head;
      yield { folder: first.folder, row: first.row };
      if (!advance(first)) heads.splice(heads.indexOf(first), 1);
    }
  }
}

/** One folder's connections, as far as they were told. */
interface Head {
  readonly folder: ConnectionFolder;
  readonly rows: Iterator<number>;
  row: Row;
  frame: FrameNumber;
}

/** Goes on to the next one; false if there is none. */
function advance(head: Head): boolean {
  const next = head.rows.next();
  if (next.done === true) return false;
  head.row = next.value;
  head.frame = head.folder.firstFrame(next.value);
  return true;
}
