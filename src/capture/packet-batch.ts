/** Packets a batch can name; a block of small packets is handed on in several batches. */
export const BATCH_CAPACITY = 16_384;

/**
 * The packets framed in one block of a capture: columns over one buffer, no object a packet.
 *
 * A batch and its buffer are reused: both are valid only until the next one is asked for.
 */
export class PacketBatch {
  /** The block. Packets lie in it whole. */
  bytes: Uint8Array = new Uint8Array(0);
  /** The same block, for reading numbers. */
  view: DataView = new DataView(this.bytes.buffer);
  /** Packets in this batch; the columns beyond are stale. */
  count = 0;
  /** Index into the capture's `files`. */
  file = 0;
  /** Where the packet's first byte lies in `bytes`. */
  readonly offset = new Uint32Array(BATCH_CAPACITY);
  /** Bytes the capture holds of the packet. */
  readonly captured = new Uint32Array(BATCH_CAPACITY);
  /** Bytes the packet had on the wire. */
  readonly original = new Uint32Array(BATCH_CAPACITY);
  /** When it was captured: nanoseconds since the capture's epoch. NaN where the file has no timestamp (a Simple Packet Block). */
  readonly time = new Float64Array(BATCH_CAPACITY);
  /** LINKTYPE_ number of its interface (tcpdump.org/linktypes.html). */
  readonly linkType = new Uint16Array(BATCH_CAPACITY);
  /** Index into the capture's `interfaces`. */
  readonly interface = new Uint16Array(BATCH_CAPACITY);
  /** Byte offset of the packet's record in its file (after decompression). */
  readonly position = new Float64Array(BATCH_CAPACITY);
}
