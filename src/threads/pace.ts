/** Batches that the leader has taken in, and whether these are all. */
const BATCHES = 0;
const ENDED = 1;

/** Milliseconds after which a waiting thread looks again: the end may have come between its look and its wait. */
const LONGEST = 20;

/**
 * Keeps the threads that read the same files in step: nobody is ahead of the leader.
 *
 * So all of them have seen the same packets when the leader stops, be it at the end of a file that is still being written or because
 * somebody interrupted it; and what the leader has read the others find in memory.
 */
export class Pace {
  /** To be handed to the other threads. */
  readonly shared: SharedArrayBuffer;
  private readonly counters: Int32Array;
  private taken = 0;

  constructor(shared = new SharedArrayBuffer(8)) {
    this.shared = shared;
    this.counters = new Int32Array(shared);
  }

  /** The leader takes in one more batch. */
  lead(): void {
    Atomics.add(this.counters, BATCHES, 1);
    Atomics.notify(this.counters, BATCHES);
  }

  /** The leader takes in no more. */
  end(): void {
    Atomics.store(this.counters, ENDED, 1);
    Atomics.notify(this.counters, BATCHES);
  }

  /** Waits until the leader has taken in the next batch, too. False if it never will. Stops the thread, so nothing for the leader's. */
  follow(): boolean {
    for (;;) {
      const led = Atomics.load(this.counters, BATCHES);
      if (led > this.taken) break;
      // Only now: the last batch may have come between the two.
      if (Atomics.load(this.counters, ENDED) === 1 && Atomics.load(this.counters, BATCHES) === led) return false;
      Atomics.wait(this.counters, BATCHES, led, LONGEST);
    }
    this.taken++;
    return true;
  }
}
