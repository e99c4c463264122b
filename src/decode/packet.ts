import type { PacketBatch } from '../capture/packet-batch.js';
import type { Fragments } from './fragments.js';
import { IcmpError } from './icmp-error.js';

/**
 * The packet in hand and how far it has been read: one object, refilled for every packet.
 *
 * All places are offsets into `view`. A header is read only after `has` was asked for its size.
 */
export class Packet {
  view: DataView = new DataView(new ArrayBuffer(0));
  /** Where the next layer begins; beyond `end` if the layer before was cut. */
  offset = 0;
  /** Where the bytes end that the capture holds. */
  end = 0;
  /** Where the packet ended on the wire: at `end` or, behind a snap length, beyond. */
  wireEnd = 0;

  // What only layers behind the first few ask for.

  /** Where the fragments of datagrams wait for each other; null where nobody keeps them. */
  fragments: Fragments | null = null;
  /** Version of the IP header that was read last, if its protocol is not TCP: 4 or 6. */
  ipVersion = 0;
  /** Number of the innermost VLAN so far, 0 outside of one. */
  vlan = 0;
  /**
   * Number of the virtual network that the layer read last stands for: VLAN, I-SID, VXLAN or Geneve network, GRE key; 0
   * where it has none.
   */
  network = 0;
  /** Inside of an ICMP error, which quotes the packet that it is about: the skip reason of that error; else 0. */
  quotedBy = 0;
  /** What that error says of it. */
  readonly error = new IcmpError();
  /**
   * Where the data of this packet's fragment lies in the batch, once `view` is the datagram that it completed; -1
   * before.
   */
  fragmentData = -1;
  /** Whether `view` holds what was compressed. */
  unpacked = false;

  /** Takes up packet `index` of `batch`. */
  take(batch: PacketBatch, index: number): void {
    const offset = batch.offset[index]!;
    const captured = batch.captured[index]!;
    const original = batch.original[index]!;
    this.view = batch.view;
    this.offset = offset;
    this.end = offset + captured;
    // A writer that claims less on the wire than it saved is wrong about the wire.
    this.wireEnd = offset + (original > captured ? original : captured);
  }

  /** Before the layers that nearly no packet has. */
  beginFollowing(fragments: Fragments | null): void {
    this.fragments = fragments;
    this.vlan = 0;
    this.network = 0;
    this.quotedBy = 0;
    this.error.isKnown = false;
    this.fragmentData = -1;
    this.unpacked = false;
  }

  /** Whether the capture holds `size` bytes of the next layer. */
  has(size: number): boolean {
    return this.end - this.offset >= size;
  }

  /**
   * A header says that its payload ends at `place`: what lies behind is padding. An end beyond the frame is not
   * believed.
   */
  endAt(place: number): void {
    if (place < this.wireEnd) this.wireEnd = place;
    if (place < this.end) this.end = place;
  }

  /** Goes on with the payload of a datagram whose last missing piece lies at `dataAt`. */
  enter(payload: Uint8Array, dataAt: number): void {
    if (this.fragmentData < 0) this.fragmentData = dataAt;
    this.view = new DataView(payload.buffer, payload.byteOffset, payload.length);
    this.offset = 0;
    this.end = payload.length;
    this.wireEnd = payload.length;
  }
}
