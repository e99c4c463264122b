import { setImmediate } from 'node:timers/promises';

import type { PacketBatch } from '../../capture/packet-batch.js';
import type { Partition } from '../../flow/partition.js';
import type { Time } from '../../base/time.js';
import { Block } from './block.js';

/** Blocks on the ring: how far the leader may be ahead of the slowest of the others. */
const BLOCKS = 6;

/**
 * Milliseconds after which a waiting thread looks again: what it waits for may have come between its look and its wait.
 */
const LONGEST = 20;

/**
 * Blocks that were filled so far, whether these are all, and blocks that the first of the other threads has done with;
 * the next ones follow.
 */
const FILLED = 0;
const ENDED = 1;
const DONE = 2;

/** What a ring is made of, to be handed to the other threads. */
export interface BlockRingMemory {
  readonly counters: SharedArrayBuffer;
  /** One number: until when was captured, NaN where nothing proves it. */
  readonly end: SharedArrayBuffer;
  readonly blocks: readonly SharedArrayBuffer[];
}

/**
 * Carries packets from the thread that reads them, the leader, to all others: a few blocks that are filled and taken by
 * turns.
 *
 * So a file is read once, and all threads see the same packets, whatever becomes of it meanwhile and wherever somebody
 * interrupts the leader. Who has no block to fill or to take stops its thread, but not for long.
 */
export class BlockRing {
  private readonly threads: number;
  private readonly blocks: readonly Block[];
  private readonly counters: Int32Array;
  private readonly captureEnd: Float64Array;
  /** Blocks that this thread has filled, or done with. */
  private turns = 0;

  /** `memory`: of the ring that the leader made for as many threads. */
  constructor(threads: number, memory?: BlockRingMemory) {
    this.threads = threads;
    this.counters = new Int32Array(
      memory?.counters ?? new SharedArrayBuffer((DONE + threads) * Int32Array.BYTES_PER_ELEMENT),
    );
    this.captureEnd = new Float64Array(memory?.end ?? new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT));
    this.blocks = Array.from({ length: BLOCKS }, (_, at) => new Block(threads, memory?.blocks[at]));
  }

  get memory(): BlockRingMemory {
    return {
      counters: this.counters.buffer as SharedArrayBuffer,
      end: this.captureEnd.buffer as SharedArrayBuffer,
      blocks: this.blocks.map(({ memory }) => memory),
    };
  }

  /** The leader waits until all have done with the next block. False if the ring has ended instead. */
  async room(): Promise<boolean> {
    for (let thread = 1; thread < this.threads; thread++) {
      for (;;) {
        if (this.hasEnded) return false;
        const done = Atomics.load(this.counters, DONE + thread);
        if (this.turns - done < BLOCKS) break;
        Atomics.wait(this.counters, DONE + thread, done, LONGEST);
        // Signals have their turn, and a thread that died is heard of.
        await setImmediate();
      }
    }
    return true;
  }

  /**
   * The leader fills the next block, for which there must be room, with packets of `batch` from `first` on, as many as
   * it holds.
   */
  put(batch: PacketBatch, first: number, partition: Partition): Block {
    const block = this.blocks[this.turns % BLOCKS]!;
    block.fill(batch, first, partition);
    this.turns++;
    Atomics.store(this.counters, FILLED, this.turns);
    Atomics.notify(this.counters, FILLED);
    return block;
  }

  /** Nothing more comes. */
  finish(captureEnd: Time | null): void {
    this.captureEnd[0] = captureEnd ?? NaN;
    Atomics.store(this.counters, ENDED, 1);
    Atomics.notify(this.counters, FILLED);
  }

  /** Until when was captured, once the ring has ended; null if nothing proves it. */
  get end(): Time | null {
    const [end] = this.captureEnd;
    return end === end ? end! : null;
  }

  /** Another thread takes the next block, and waits for it. Null if none will come. */
  take(): Block | null {
    for (;;) {
      const filled = Atomics.load(this.counters, FILLED);
      if (filled > this.turns) return this.blocks[this.turns % BLOCKS]!;
      // Only now: the last block may have come between the two.
      if (this.hasEnded && Atomics.load(this.counters, FILLED) === filled) return null;
      Atomics.wait(this.counters, FILLED, filled, LONGEST);
    }
  }

  /** Tells that a thread has done with the block that it took: the leader may fill it again. */
  giveBack(thread: number): void {
    this.turns++;
    Atomics.store(this.counters, DONE + thread, this.turns);
    Atomics.notify(this.counters, DONE + thread);
  }

  private get hasEnded(): boolean {
    return Atomics.load(this.counters, ENDED) === 1;
  }
}
