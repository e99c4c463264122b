import type { Time } from '../base/time.js';
import type { InputReader } from './input-reader.js';
import { MergedBatch } from './merged-batch.js';
import type { Placed } from './order.js';
import type { PacketBatch } from './packet-batch.js';

/** Files read at the same time: enough for the taps of a network, and few enough for every limit on open files. */
export const MOST_OPEN = 256;

/** What merging asks of the capture. */
export interface Merging {
  /** Opens a file, the only one or `among` others; null if it cannot be read after all. */
  open(input: Placed, among: boolean): Promise<InputReader | null>;
  /** A file has begun, but too many others are open. */
  postpone(input: Placed): void;
  /** The next `count` packets are of this file. */
  number(file: number, count: number): void;
}

/** An open file and which packet of its batch is the next. */
interface Cursor {
  readonly reader: InputReader;
  next: number;
}

/**
 * Packets of several files, each in its own order, by time where files overlap; of equal times the earlier file's is
 * first.
 *
 * A file is opened when its turn has come. While it is the only one, and until the next one begins, its batches are
 * handed on as they are: rotated files cost nothing. Packets of files that overlap are copied together.
 */
export class Merge {
  readonly #waiting: Placed[];
  readonly #merging: Merging;
  readonly #open: Cursor[] = [];
  #merged: MergedBatch | null = null;
  #postponed: Placed | null = null;

  /** `inputs` in the order in which they begin. */
  constructor(inputs: readonly Placed[], merging: Merging) {
    this.#waiting = [...inputs];
    this.#merging = merging;
  }

  close(): void {
    for (const { reader } of this.#open.splice(0)) reader.close();
  }

  async *batches(): AsyncGenerator<PacketBatch, void, undefined> {
    for (;;) {
      await this.#openDue();
      const cursor = this.#earliest();
      if (cursor === undefined) break;
      const { batch } = cursor.reader;
      const limit = this.#limit(cursor);
      if (cursor.next === 0 && this.#open.length === 1 && endsBy(batch, limit)) {
        yield* this.#mixed();
        this.#merging.number(batch.file, batch.count);
        yield batch;
        cursor.next = batch.count;
      } else {
        this.#merged ??= new MergedBatch();
        const count = this.#merged.add(batch, cursor.next, limit);
        if (count === 0) yield* this.#mixed();
        else this.#merging.number(batch.file, count);
        cursor.next += count;
      }
      if (cursor.next === batch.count) await this.#refill(cursor);
    }
    yield* this.#mixed();
  }

  /** What has been mixed, if there is something. */
  *#mixed(): Generator<PacketBatch, void, undefined> {
    if (this.#merged === null || this.#merged.batch.count === 0) return;
    yield this.#merged.batch;
    this.#merged.clear();
  }

  /** Opens the files that begin before the next packet. */
  async #openDue(): Promise<void> {
    for (;;) {
      const [input] = this.#waiting;
      const earliest = this.#earliest();
      if (input === undefined || (earliest !== undefined && head(earliest) <= input.begin)) return;
      if (this.#open.length >= MOST_OPEN) {
        if (this.#postponed !== input) this.#merging.postpone(input);
        this.#postponed = input;
        return;
      }
      this.#waiting.shift();
      const reader = await this.#merging.open(input, earliest !== undefined);
      if (reader === null) continue;
      const cursor = { reader, next: 0 };
      this.#open.push(cursor);
      await this.#refill(cursor);
    }
  }

  #earliest(): Cursor | undefined {
    let [earliest] = this.#open;
    for (const cursor of this.#open) if (head(cursor) < head(earliest!)) earliest = cursor;
    return earliest;
  }

  /** The next packet of any file but this one's. */
  #limit(except: Cursor): Time {
    let limit = this.#waiting[0]?.begin ?? Infinity;
    for (const cursor of this.#open) if (cursor !== except) limit = Math.min(limit, head(cursor));
    return limit;
  }

  /** Reads on; a file that has ended is closed. */
  async #refill(cursor: Cursor): Promise<void> {
    cursor.next = 0;
    if (await cursor.reader.next()) return;
    this.#open.splice(this.#open.indexOf(cursor), 1);
    cursor.reader.close();
  }
}

/** Time of the next packet; one without a time follows the one before at once. */
function head({ reader, next }: Cursor): Time {
  const time = reader.batch.time[next]!;
  return Number.isNaN(time) ? -Infinity : time;
}

function endsBy(batch: PacketBatch, limit: Time): boolean {
  if (limit === Infinity) return true;
  for (let index = 0; index < batch.count; index++) if (batch.time[index]! > limit) return false;
  return true;
}
