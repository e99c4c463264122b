import { reopenCapture } from '../capture/capture.js';
import { Spool } from '../capture/source/spool.js';
import type { Capture } from '../capture/model.js';
import type { PacketBatch } from '../capture/packet-batch.js';
import type { Analysis } from '../analysis/model.js';

/**
 * The captures of an analysis once more, opened as they were for it, so that frames and times are the same. To be
 * closed.
 * @throws CaptureError where a file cannot be read any more
 */
function reopen(
  { capture, clock, options }: Pick<Analysis, 'capture' | 'clock' | 'options'>, signal?: AbortSignal,
): Promise<Capture> {
  const { reader = 'lastack', maxBytes = Infinity } = options;
  return reopenCapture({ files: capture.files, clock }, { reader, maxBytes, ...(signal && { signal }) });
}

/**
 * Removes the copies that were kept of pipes (`spool: true`), with all that listens for the end of the process on their
 * account. What was told stays; ladders and extracts of a pipe can no longer be made.
 */
export function release({ capture }: Pick<Analysis, 'capture'>): void {
  for (const { spool } of capture.files) if (spool !== null) Spool.at(spool)?.remove();
}

/** A batch of packets that is read again, and the interfaces that are known by then. */
export interface BatchAgain {
  readonly batch: PacketBatch;
  readonly interfaces: Capture['interfaces'];
}

/**
 * The packets of an analysis once more, batch by batch, as far as somebody asks for them.
 * @throws CaptureError where a file cannot be read any more, and the signal's reason where it is aborted
 */
export async function* batchesAgain(
  analysis: Pick<Analysis, 'capture' | 'clock' | 'options'>, signal?: AbortSignal,
): AsyncGenerator<BatchAgain, void, undefined> {
  signal?.throwIfAborted();
  const again = await reopen(analysis, signal);
  try {
    for await (const batch of again.batches()) yield { batch, interfaces: again.interfaces };
    signal?.throwIfAborted();
  } finally {
    again.close();
  }
}

/**
 * Reads the captures of an analysis again, batch by batch, until `take` says that it has enough.
 * @throws CaptureError where a file cannot be read any more, and the signal's reason where it is aborted
 */
export async function readAgain(
  analysis: Pick<Analysis, 'capture' | 'clock' | 'options'>, take: (batch: PacketBatch) => boolean,
  signal?: AbortSignal,
): Promise<void> {
  for await (const { batch } of batchesAgain(analysis, signal)) if (take(batch)) break;
  signal?.throwIfAborted();
}
