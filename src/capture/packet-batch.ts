/** Packets a batch can name; a block of small packets is handed on in several batches. */
export const BATCH_CAPACITY = 16_384;

/**
 * The packets framed in one block of a capture: columns over one buffer, no object a packet.
 *
 * A batch and its buffer are reused: both are valid only until the next one is asked for.
 */
export class PacketBatch {
  /** The block. Packets lie in it whole, in their order. */
  bytes: Uint8Array = new Uint8Array(0);
  /** The block again, for reading numbers. */
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
  /**
   * When it was captured: nanoseconds since the capture's epoch. NaN where the file has no timestamp (a Simple Packet
   * Block).
   */
  readonly time: Float64Array;
  /** LINKTYPE_ number of its interface (tcpdump.org/linktypes.html). */
  readonly linkType: Uint16Array;
  /** Index into the capture's `interfaces`. */
  readonly interface: Uint16Array;
  /** Byte offset of the packet's record in its file (after decompression). */
  readonly position: Float64Array;

  /** `capacity`: packets it can name. `memory`: where its columns lie, of `columnsSize` bytes. */
  constructor(capacity = BATCH_CAPACITY, memory: ArrayBufferLike = new ArrayBuffer(columnsSize(capacity))) {
    this.time = new Float64Array(memory, 0, capacity);
    this.position = new Float64Array(memory, capacity * 8, capacity);
    this.offset = new Uint32Array(memory, capacity * 16, capacity);
    this.captured = new Uint32Array(memory, capacity * 20, capacity);
    this.original = new Uint32Array(memory, capacity * 24, capacity);
    this.linkType = new Uint16Array(memory, capacity * 28, capacity);
    this.interface = new Uint16Array(memory, capacity * 30, capacity);
  }

  get capacity(): number {
    return this.offset.length;
  }
}

/** Bytes that the columns of a batch take. */
export function columnsSize(capacity: number): number {
  return capacity * 32;
}
