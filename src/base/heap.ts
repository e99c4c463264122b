import { getHeapStatistics } from 'node:v8';

/** Memory is used up; `message` says how much there was. */
export class MemoryError extends Error {
  override name = 'MemoryError';
}

/**
 * Of the heap that V8 allows. From four fifths on it gives up when collecting garbage frees too little
 * (Heap::CheckIneffectiveMarkCompact); it collects when halfway from what is alive to the limit, so that with so much
 * in use most of it is alive.
 */
const FULL = 0.85;

/** Calls between two looks, each of which takes some microseconds. */
const SELDOM = 64;

let calls = 0;

/**
 * To be called in every loop that grows with a capture: V8 would end the process with a page of addresses.
 *
 * @throws MemoryError while there is some memory left to say it with
 */
export function refuseFullHeap(): void {
  calls = (calls + 1) % SELDOM;
  if (calls === 0) refuseFullHeapNow();
}

/**
 * Looks at once, where much happens between two: a block of the capture, a detector over all connections.
 *
 * @throws MemoryError while there is some memory left to say it with
 */
export function refuseFullHeapNow(): void {
  const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
  if (used < limit * FULL) return;
  throw new MemoryError(
    `memory is used up: ${Math.round(used / 1e6)} MB of the ${Math.round(limit / 1e6)} MB that Node allows`,
  );
}
