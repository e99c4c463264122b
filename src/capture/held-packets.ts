import { ANY_COUNT, UnpackError } from '../packing/packer.js';
import type { Packer, Unpacker } from '../packing/packer.js';
import type { Duration, Time } from '../base/time.js';
import { PacketBatch } from './packet-batch.js';

/** Bytes of packets that are held back at most: what came first is let go before its time. */
const MOST_BYTES = 1 << 26;

/** Packets in one copied batch, at most, when it is unpacked. */
const MOST_PACKETS = 1 << 20;

/** Copies are made in memory that comes in pieces of this many bytes: one that was let go is used for the next. */
const PIECE = 1 << 20;

/** Pieces that wait for that. */
const MOST_SPARE = 4;

/**
 * Holds back the latest packets of a file, because those of the next one may be earlier: files of several queues, or
 * of a rotation that
 * overlaps, are to be read in order of time across their border. What is held back goes into the state.
 *
 * Packets of one file stay in their order. Of two equal times that of the earlier file comes first.
 */
export class HeldPackets {
  /** Copies, in order. */
  private queue: PacketBatch[] = [];
  private latest: Time = -Infinity;
  private bytes = 0;
  /** Whether packets were let go before their time, for there were too many. */
  overflowed = false;
  private readonly window: Duration;
  /** Memory of copies that were let go: what is new has to be cleared by the system first. */
  private readonly spare: ArrayBuffer[] = [];

  constructor(window: Duration) {
    this.window = window;
  }

  /** Packets that are held back. */
  get count(): number {
    return this.queue.reduce((sum, { count }) => sum + count, 0);
  }

  /** Numbers of the interfaces of all that are held back. */
  interfaces(): Set<number> {
    return new Set(this.queue.flatMap(({ interface: numbers, count }) => [...new Set(numbers.subarray(0, count))]));
  }

  /** Interfaces have other numbers now. */
  renumber(moved: ReadonlyMap<number, number>): void {
    for (const { interface: numbers, count } of this.queue)
      for (let at = 0; at < count; at++) numbers[at] = moved.get(numbers[at]!) ?? numbers[at]!;
  }

  /** Hands on the packets of a further file, and those held back before it, in order of time; holds back the latest. */
  async *pass(batches: AsyncIterable<PacketBatch>): AsyncGenerator<PacketBatch, void, undefined> {
    const before = this.queue;
    this.queue = [];
    this.bytes = 0;
    for await (const batch of batches) {
      for (const merged of mergedBefore(before, batch)) yield* this.delayed(merged);
    }
    for (const rest of before) yield* this.delayed(rest);
    const [first] = this.queue;
    if (first === undefined) return;
    const old = oldPackets(first, this.since);
    if (old === 0) return;
    this.queue[0] = part(first, old, first.count);
    yield part(first, 0, old);
  }

  /** Hands on all that is held back: nothing comes behind it. */
  *release(): Generator<PacketBatch, void, undefined> {
    yield* this.queue.splice(0);
    this.bytes = 0;
  }

  private *delayed(batch: PacketBatch): Generator<PacketBatch, void, undefined> {
    this.latest = latestOf(batch, this.latest);
    yield* this.overdue();
    // What is old enough already need not be copied, where nothing is held back before it.
    const old = this.queue.length === 0 ? oldPackets(batch, this.since) : 0;
    if (old > 0) yield old === batch.count ? batch : beginning(batch, old);
    if (old === batch.count) return;
    const copy = part(batch, old, batch.count, this.spare);
    this.queue.push(copy);
    this.bytes += copy.bytes.length;
    yield* this.overdue();
  }

  /** Those that nothing earlier can come before, and those for which there is no room. */
  private *overdue(): Generator<PacketBatch, void, undefined> {
    for (let [first] = this.queue; first !== undefined; [first] = this.queue) {
      const isOld = oldPackets(first, this.since) === first.count;
      if (!isOld && this.bytes <= MOST_BYTES) return;
      this.overflowed ||= !isOld;
      this.take();
      yield first;
      if (this.spare.length < MOST_SPARE) this.spare.push(first.bytes.buffer as ArrayBuffer);
    }
  }

  /** Packets are held back that are later. */
  private get since(): Time {
    return this.latest - this.window;
  }

  private take(): void {
    this.bytes -= this.queue.shift()?.bytes.length ?? 0;
  }

  pack(to: Packer): void {
    to.number(this.latest);
    to.number(this.queue.length);
    for (const { count, bytes, offset, captured, original, time, linkType, interface: numbers } of this.queue) {
      to.number(count);
      to.number(bytes.length);
      to.column(bytes, bytes.length);
      for (const column of [offset, captured, original, time, linkType, numbers]) to.column(column, count);
    }
  }

  static unpack(from: Unpacker, window: Duration): HeldPackets {
    const held = new HeldPackets(window);
    held.latest = from.number();
    for (let batches = from.integer(0, MOST_PACKETS); batches > 0; batches--) {
      const count = from.integer(0, MOST_PACKETS);
      const bytes = from.column(Uint8Array, from.integer(0, ANY_COUNT));
      const batch = empty(count, bytes);
      batch.offset.set(from.column(Uint32Array, count));
      batch.captured.set(from.column(Uint32Array, count));
      batch.original.set(from.column(Uint32Array, count));
      batch.time.set(from.column(Float64Array, count));
      batch.linkType.set(from.column(Uint16Array, count));
      batch.interface.set(from.column(Uint16Array, count));
      for (let at = 0; at < count; at++) {
        if (batch.offset[at]! + batch.captured[at]! > bytes.length || Math.abs(batch.time[at]!) === Infinity)
          throw new UnpackError('a packet that is not there');
      }
      held.queue.push(batch);
      held.bytes += bytes.length;
    }
    return held;
  }
}

/** Packets of `before`, which are taken out of it, and of `batch`, by time. */
function* mergedBefore(before: PacketBatch[], batch: PacketBatch): Generator<PacketBatch, void, undefined> {
  let from = 0;
  while (before.length > 0 && from < batch.count) {
    const [first] = before as [PacketBatch];
    const limit = timeAt(first, 0);
    const to = run(batch, from, (time) => time < limit);
    if (to > from) yield part(batch, from, to);
    from = to;
    if (from === batch.count) return;
    const next = timeAt(batch, from);
    const end = run(first, 0, (time) => time <= next);
    yield part(first, 0, end);
    if (end === first.count) before.shift();
    else before[0] = part(first, end, first.count);
  }
  if (from === 0) yield batch;
  else if (from < batch.count) yield part(batch, from, batch.count);
}

/** Where packets of `batch` from `from` on end whose times are `wanted`. */
function run(batch: PacketBatch, from: number, wanted: (time: Time) => boolean): number {
  let to = from;
  while (to < batch.count && wanted(timeAt(batch, to))) to++;
  return to;
}

/** A packet without a time follows the one before at once. */
function timeAt({ time }: PacketBatch, index: number): Time {
  const own = time[index]!;
  return own === own ? own : -Infinity;
}

function latestOf({ time, count }: PacketBatch, latest: Time): Time {
  let last = latest;
  for (let index = 0; index < count; index++) if (time[index]! > last) last = time[index]!;
  return last;
}

/** Packets before the first one that is later than `since`. */
function oldPackets(batch: PacketBatch, since: Time): number {
  let index = 0;
  while (index < batch.count && !(batch.time[index]! > since)) index++;
  return index;
}

function empty(count: number, bytes: Uint8Array): PacketBatch {
  const batch = new PacketBatch(count);
  batch.bytes = bytes;
  batch.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  batch.count = count;
  batch.file = -1;
  return batch;
}

/** A copy of the packets `from` to `to`, in memory of `spare` where there is enough. */
function part(batch: PacketBatch, from: number, to: number, spare: ArrayBuffer[] = []): PacketBatch {
  const count = to - from;
  const [begin, end] = count === 0 ? [0, 0] : [batch.offset[from]!, batch.offset[to - 1]! + batch.captured[to - 1]!];
  const memory = spare.pop();
  const length = end - begin;
  const bytes = new Uint8Array(
    memory !== undefined && memory.byteLength >= length ? memory : new ArrayBuffer(Math.ceil(length / PIECE) * PIECE),
    0, length,
  );
  bytes.set(batch.bytes.subarray(begin, end));
  return columnsOf(batch, from, to, begin, bytes);
}

/** The first packets of a batch, which has their bytes. */
function beginning(batch: PacketBatch, to: number): PacketBatch {
  return columnsOf(batch, 0, to, 0, batch.bytes);
}

/** The packets `from` to `to`, whose bytes are those of the batch from `begin` on. */
function columnsOf(batch: PacketBatch, from: number, to: number, begin: number, bytes: Uint8Array): PacketBatch {
  const copy = empty(to - from, bytes);
  for (let at = from; at < to; at++) copy.offset[at - from] = batch.offset[at]! - begin;
  copy.captured.set(batch.captured.subarray(from, to));
  copy.original.set(batch.original.subarray(from, to));
  copy.time.set(batch.time.subarray(from, to));
  copy.linkType.set(batch.linkType.subarray(from, to));
  copy.interface.set(batch.interface.subarray(from, to));
  return copy;
}
