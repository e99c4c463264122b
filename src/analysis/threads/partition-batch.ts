import type { PacketBatch } from '../../capture/packet-batch.js';
import { Ends, readEnds } from '../../decode/tuple-peek.js';
import type { Share } from '../../flow/partition.js';

/** One for all packets. */
const ends = new Ends();

/**
 * Writes into `hands`, one for each thread, which packets of a batch it is to look at, and into `sizes` how many these are. What is not
 * plain goes to all: only who has decoded it knows whose it is.
 */
export function deal(batch: PacketBatch, share: Share, hands: readonly Uint16Array[], sizes: Uint32Array): void {
  const threads = hands.length;
  sizes.fill(0, 0, threads);
  for (let index = 0; index < batch.count; index++) {
    if (readEnds(batch, index, ends)) {
      const owner = share.ownerOf(ends);
      hands[owner]![sizes[owner]!++] = index;
      continue;
    }
    for (let thread = 0; thread < threads; thread++) hands[thread]![sizes[thread]!++] = index;
  }
}
