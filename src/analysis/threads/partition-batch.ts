import type { PacketBatch } from '../../capture/packet-batch.js';
import { TuplePeek, peekTuple } from '../../decode/tuple-peek.js';
import type { Partition } from '../../flow/partition.js';

/** One for all packets. */
const peek = new TuplePeek();

/**
 * Writes into `selections`, one for each thread, which packets of a batch it is to look at, and into `sizes` how many
 * these are. What is not plain goes to all: only who has decoded it knows whose it is.
 */
export function partitionBatch(
  batch: PacketBatch, partition: Partition, selections: readonly Uint16Array[], sizes: Uint32Array,
): void {
  const threads = selections.length;
  sizes.fill(0, 0, threads);
  for (let index = 0; index < batch.count; index++) {
    if (peekTuple(batch, index, peek)) {
      const owner = partition.ownerOf(peek);
      selections[owner]![sizes[owner]!++] = index;
      continue;
    }
    for (let thread = 0; thread < threads; thread++) selections[thread]![sizes[thread]!++] = index;
  }
}
