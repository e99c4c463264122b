import { ANY_COUNT } from '../packing/packer.js';
import type { Packer, Unpacker } from '../packing/packer.js';

/** Bytes of payload that a datagram may have: what IPv4's total length and IPv6's payload length can say. */
const LARGEST_DATAGRAM = 0xffff;

/**
 * Holes that a datagram may have at a time. Fragments that come in order leave one; thousands of them are an attack.
 */
const MOST_HOLES = 256;

/** A piece has a byte at least. */
const MOST_PIECES = LARGEST_DATAGRAM;

/** Letters of the name of a datagram. */
const LONGEST_KEY = 256;

const DATAGRAMS = 1024;
const BYTES = 16 << 20;

/** Bytes of memory that a piece takes besides its own. */
const PIECE_OVERHEAD = 256;

/** Bytes of a datagram, from `start` of its payload on. */
interface Piece {
  readonly start: number;
  readonly bytes: Uint8Array;
}

/**
 * A datagram of which something is missing. It holds the bytes that came, and no room for those that a fragment only
 * promises.
 */
class Datagram {
  /** Bytes of memory that it takes. */
  size = 0;
  /** Bytes of its payload, as far as a last fragment has said it. */
  private total = LARGEST_DATAGRAM;
  private readonly pieces: Piece[] = [];
  /** Where each hole (RFC 815 §3) begins and ends: pairs, in any order. */
  private holes: number[] = [0, LARGEST_DATAGRAM];

  pack(to: Packer): void {
    to.number(this.size);
    to.number(this.total);
    to.number(this.holes.length);
    to.column(Uint32Array.from(this.holes), this.holes.length);
    to.number(this.pieces.length);
    for (const { start, bytes } of this.pieces) {
      to.number(start);
      to.number(bytes.length);
      to.column(bytes, bytes.length);
    }
  }

  static unpack(from: Unpacker): Datagram {
    const datagram = new Datagram();
    datagram.size = from.integer(0, ANY_COUNT);
    datagram.total = from.integer(0, LARGEST_DATAGRAM);
    const holes = from.integer(0, MOST_HOLES * 2);
    datagram.holes = Array.from(from.column(Uint32Array, holes).subarray(0, holes));
    for (let pieces = from.integer(0, MOST_PIECES); pieces > 0; pieces--) {
      const start = from.integer(0, LARGEST_DATAGRAM);
      const length = from.integer(0, LARGEST_DATAGRAM - start);
      datagram.pieces.push({ start, bytes: from.column(Uint8Array, length).subarray(0, length) });
    }
    return datagram;
  }

  /**
   * Puts in what was missing of `[start, end)`; answers whether the datagram is whole now. Of bytes that came twice the
   * first ones stay.
   */
  add(view: DataView, at: number, start: number, end: number, isLast: boolean): boolean {
    // Nothing comes behind the last fragment.
    if (isLast) this.total = Math.min(this.total, end);
    const holes: number[] = [];
    for (let index = 0; index < this.holes.length; index += 2) {
      const holeStart = this.holes[index]!;
      const holeEnd = Math.min(this.holes[index + 1]!, this.total);
      const from = Math.max(holeStart, start);
      const to = Math.min(holeEnd, end);
      if (from < to) {
        this.keep(view, at + from - start, from, to);
        if (holeStart < from) holes.push(holeStart, from);
        if (to < holeEnd) holes.push(to, holeEnd);
      } else if (holeStart < holeEnd) {
        holes.push(holeStart, holeEnd);
      }
    }
    this.holes = holes;
    return holes.length === 0;
  }

  get isTorn(): boolean {
    return this.holes.length > MOST_HOLES * 2;
  }

  /** The payload of a datagram that is whole. */
  payload(): Uint8Array {
    const payload = new Uint8Array(this.total);
    for (const { start, bytes } of this.pieces)
      if (start < this.total) payload.set(bytes.subarray(0, this.total - start), start);
    return payload;
  }

  private keep(view: DataView, at: number, from: number, to: number): void {
    this.pieces.push({ start: from, bytes: new Uint8Array(view.buffer, view.byteOffset + at, to - from).slice() });
    this.size += to - from + PIECE_OVERHEAD;
  }
}

/**
 * Datagrams of IPv4 and IPv6 whose fragments came in part, until they are whole or others need their place.
 *
 * Bounded in datagrams and in bytes; the one that has waited longest gives way. As in Wireshark, and unlike in a host,
 * no time passes: which fragments belong together does not depend on the clock of the capture.
 */
export class Fragments {
  private readonly waiting = new Map<string, Datagram>();
  private bytes = 0;
  private readonly most: { readonly datagrams: number; readonly bytes: number };

  constructor(most = { datagrams: DATAGRAMS, bytes: BYTES }) {
    this.most = most;
  }

  pack(to: Packer): void {
    to.number(this.waiting.size);
    for (const [key, datagram] of this.waiting) {
      to.text(key);
      datagram.pack(to);
    }
  }

  static unpack(from: Unpacker): Fragments {
    const fragments = new Fragments();
    for (let datagrams = from.integer(0, fragments.most.datagrams); datagrams > 0; datagrams--) {
      const key = from.text(LONGEST_KEY);
      const datagram = Datagram.unpack(from);
      fragments.waiting.set(key, datagram);
      fragments.bytes += datagram.size;
    }
    return fragments;
  }

  /**
   * Takes the `length` bytes at `at` as those from `start` on of the datagram `key`. Answers the datagram's payload if
   * that makes it whole, null as long as something is missing.
   */
  add(key: string, view: DataView, at: number, length: number, start: number, isLast: boolean): Uint8Array | null {
    const end = start + length;
    if (length <= 0 || end > LARGEST_DATAGRAM) return null;
    const datagram = this.waiting.get(key) ?? this.begin(key);
    this.bytes -= datagram.size;
    const isWhole = datagram.add(view, at, start, end, isLast);
    this.bytes += datagram.size;
    if (isWhole || datagram.isTorn) this.forget(key, datagram);
    while (this.bytes > this.most.bytes) this.forgetOldest();
    return isWhole ? datagram.payload() : null;
  }

  private begin(key: string): Datagram {
    if (this.waiting.size >= this.most.datagrams) this.forgetOldest();
    const datagram = new Datagram();
    this.waiting.set(key, datagram);
    return datagram;
  }

  private forgetOldest(): void {
    const [oldest] = this.waiting;
    if (oldest !== undefined) this.forget(...oldest);
  }

  private forget(key: string, datagram: Datagram): void {
    this.waiting.delete(key);
    this.bytes -= datagram.size;
  }
}
