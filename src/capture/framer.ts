import type { CaptureLog } from './capture-log.js';
import type { PacketBatch } from './packet-batch.js';
import type { Window } from './window.js';

/**
 * What finds the packets of one file. Keeps what the file has said so far: byte order, interfaces, where it was
 * damaged.
 */
export interface Framer {
  /**
   * Writes whole packets from `window.start` on into `batch`, behind those it has, and moves `start` behind them.
   *
   * Answers 0 when the batch is full, else how many bytes it needs from `start` on.
   * Once the window has ended, what is left over has been noted as damage when the answer is not 0.
   */
  frame(window: Window, batch: PacketBatch): number;
  /**
   * What must stand before the packet at byte `position` so that it can be read without what came before; null where
   * nothing helps.
   */
  preludeOf?(position: number): Uint8Array | null;
}

/** A file while it is read. */
export interface OpenFile {
  /** Index into the capture's files. */
  readonly index: number;
  readonly path: string;
  readonly log: CaptureLog;
}

/** A capture file format. */
export interface Format {
  readonly name: string;
  /** Bytes that `open` looks at; a shorter file is not opened. */
  readonly headerLength: number;
  /** True where its packets can be read from any of them on, behind the header. */
  readonly opensAnywhere?: boolean;
  /** Judges by the first four bytes or more. */
  recognizes(first: Uint8Array): boolean;
  /** Reads the file header, if there is one. */
  open(window: Window, file: OpenFile, batch: PacketBatch): Framer;
}

/**
 * Bytes a packet may have in a capture, by link type. 256 KiB is what libpcap and Wireshark allow (MAXIMUM_SNAPLEN);
 * D-Bus messages, USBPcap transfers and EBHSCR frames may have 128 MiB.
 */
export function largestPacket(linkType: number): number {
  return linkType === LINKTYPE_DBUS || linkType === LINKTYPE_USBPCAP || linkType === LINKTYPE_EBHSCR
    ? 128 << 20
    : STANDARD_LARGEST_PACKET;
}

export const STANDARD_LARGEST_PACKET = 262_144;

const LINKTYPE_DBUS = 231;
const LINKTYPE_USBPCAP = 249;
const LINKTYPE_EBHSCR = 279;
