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
  /** Packets before this batch that are no longer kept, of a pipe that is read again: they have their frames, too. */
  missing = 0;
  /** Index into the capture's `files`; -1 where packets of several files are mixed, whose interfaces tell the file. */
  file = 0;
  /** Where the packet's first byte lies in `bytes`. */
  readonly offset: Uint32Array;
  /** Bytes the capture holds of the packet. */
  readonly captured: Uint32Array;
  /** Bytes the packet had on the wire. */
  readonly original: Uint32Array;
  /** When it was captured: nanoseconds since the capture's epoch. NaN where the file has no timestamp (a Simple Packet Block). */
  readonly time: Float64Array;
  /** LINKTYPE_ number of its interface (tcpdump.org/linktypes.html). */
  readonly linkType: Uint16Array;
  /** Index into the capture's `interfaces`. */
  readonly interface: Uint16Array;
  /** Byte offset of the packet's record in its file (after decompression). */
  readonly position: Float64Array;

  /** `capacity`: packets it can name. */
  constructor(capacity = BATCH_CAPACITY) {
    this.offset = new Uint32Array(capacity);
    this.captured = new Uint32Array(capacity);
    this.original = new Uint32Array(capacity);
    this.time = new Float64Array(capacity);
    this.linkType = new Uint16Array(capacity);
    this.interface = new Uint16Array(capacity);
    this.position = new Float64Array(capacity);
  }

  get capacity(): number {
    return this.offset.length;
  }
}
