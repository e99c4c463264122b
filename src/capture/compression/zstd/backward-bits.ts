/** Bytes behind a stream that may be looked at, and what they say does not matter. */
export const PADDING = 8;

/**
 * Bits of a stream that is read from its end (RFC 8878 §4.1). In front of its beginning lie zeros: a damaged stream may
 * need them.
 */
export class BackwardBits {
  /** Bits left; below 0 where more were read than there are. */
  left = 0;
  private view: DataView = new DataView(new ArrayBuffer(0));
  private start = 0;

  /**
   * The stream in bytes `start` to `end` of `bytes`, which has `PADDING` more. False where the bit is missing that
   * marks its end.
   */
  begin(bytes: Uint8Array, start: number, end: number): boolean {
    const last = end > start ? bytes[end - 1]! : 0;
    if (last === 0) return false;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.start = start;
    this.left = (end - start) * 8 - Math.clz32(last) + 23;
    return true;
  }

  /** The next `count` bits, up to 25. */
  read(count: number): number {
    this.left -= count;
    return this.at(this.left, count);
  }

  /** Up to 32 bits. */
  readLong(count: number): number {
    if (count <= 25) return this.read(count);
    const high = this.read(count - 16);
    return high * 0x10000 + this.read(16);
  }

  /** `count` bits from bit `at` on. */
  private at(at: number, count: number): number {
    if (at >= 0) return (this.view.getUint32(this.start + (at >> 3), true) >>> (at & 7)) & ((1 << count) - 1);
    const there = at + count;
    return there <= 0 ? 0 : (this.view.getUint32(this.start, true) & ((1 << there) - 1)) << -at;
  }
}
