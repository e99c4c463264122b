import type { Readable } from 'node:stream';

import type { Clock, Time } from '../base/time.js';
import type { PacketBatch } from './packet-batch.js';

/**
 * Something in a file that could not be believed. What lay before it was read; what lies behind it was read where the
 * format lets the reader go on.
 */
export interface Damage {
  readonly file: string;
  /** Byte offset in the file (after decompression) at which the damage begins. */
  readonly offset: number;
  /** In words, with the numbers that do not fit. */
  readonly what: string;
}

/**
 * What a pcapng file says of how many packets an interface saw and lost. Each is left out where the file does not say
 * it.
 */
export interface InterfaceStatistics {
  /** isb_ifrecv: received by the interface. */
  readonly received?: number;
  /** isb_ifdrop: dropped by the interface for lack of room. */
  readonly dropped?: number;
  /** isb_osdrop: dropped by the system, or by who captured. */
  readonly osDropped?: number;
  /** isb_filteraccept: let through by the capture filter. */
  readonly accepted?: number;
  /** isb_usrdeliv: handed to who captured. */
  readonly delivered?: number;
  /** epb_dropcount of all packets together: lost between one packet and the one before. */
  readonly droppedBetween?: number;
}

/** One interface of a pcapng section, or the one that a classic file implies. */
export interface CaptureInterface {
  readonly file: number;
  /** LINKTYPE_ number. */
  readonly linkType: number;
  /** Bytes kept of each packet; 0 means no limit. */
  readonly snapLength: number;
  /** What a tick of its timestamps is, as if_tsresol says it: 10^-n seconds, or 2^-n where bit 7 is set. */
  readonly resolution: number;
  /** if_name as in the file: untrusted text. */
  readonly name: string;
  /** Until when it captured, where the file proves that this was after its last packet. */
  readonly end?: Time;
  readonly statistics?: InterfaceStatistics;
}

/** Frames of one file: packets counted from 1 over all files, in the order in which they are read. */
export interface FrameRange {
  readonly first: number;
  readonly last: number;
  /**
   * Less than `first` to `last` where packets of other files lie between them. Where not, frame `n` is number
   * `n - first + 1` of its file.
   */
  readonly count: number;
}

export interface CaptureFile {
  /** Path as given; `-` for stdin. */
  readonly path: string;
  readonly format: string;
  /** How it was compressed, if it was. */
  readonly compression: 'gzip' | 'zstd' | 'lz4' | null;
  /** Bytes on disk; null for a pipe. */
  readonly size: number | null;
  /**
   * Where a private copy of a piped input lies until `Capture.close`, so that it can be read again; null for a file. It
   * is decompressed. Where it has a limit, more than an eighth of that lies in several files, of which this is the
   * first.
   */
  readonly spool: string | null;
  /** Packets at its beginning that such a copy does not hold any more; left out while it is one file. */
  readonly spoolLost?: number | undefined;
  /** Null where it has no packet. */
  readonly frames: FrameRange | null;
}

/** How far reading has come; for progress bars. */
export interface Progress {
  /** Bytes taken from disk or pipe so far. */
  readonly bytes: number;
  /** Bytes in all; null where a pipe makes that unknown. */
  readonly total: number | null;
  readonly packets: number;
}

export type ReaderName = 'lastack' | 'pcap-parser';

export interface CaptureOptions {
  /** The code that frames the packets. `pcap-parser` reads classic microsecond files only. Default `lastack`. */
  readonly reader?: ReaderName;
  /** Stops reading at the next block. */
  readonly signal?: AbortSignal;
  /** Called after each block. */
  readonly onProgress?: (progress: Progress) => void;
  /** Bytes a decompressed or piped input may have before reading stops with a damage entry. Default: no limit. */
  readonly maxBytes?: number;
  /** Keep a private copy of piped input on disk, so that it can be read again. Default false. */
  readonly spool?: boolean;
  /**
   * Bytes that such a copy may have, and two blocks: the last ones are kept, what came before is analysed but cannot be
   * read again. Default: no limit.
   */
  readonly spoolLimit?: number;
  /** What `-` stands for. Default: the process's stdin. */
  readonly stdin?: Readable;
  /**
   * Bytes of an input that are in memory at once, unless one packet is longer: 128 at least. Default 256 KiB, which is
   * fastest for large files; less is kinder to who opens many small ones.
   */
  readonly block?: number;
}

/**
 * Captures, opened: what was learned of them and their packets in order.
 *
 * `files`, `interfaces`, `damage` and `clock` fill as `batches` is read and are complete when it ends.
 */
export interface Capture {
  readonly files: readonly CaptureFile[];
  readonly interfaces: readonly CaptureInterface[];
  readonly damage: readonly Damage[];
  /** Bytes of all inputs; null where a pipe makes that unknown. */
  readonly size: number | null;
  /** Known from the first packet on. */
  readonly clock: Clock;
  /** Until when was captured, where a file proves that this was after its last packet; null if none does. */
  readonly end: Time | null;
  /** Index of the file that a frame is of, and its number there; null for one that was not read. */
  placeOf(frame: number): { readonly file: number; readonly frame: number } | null;
  /** Removes what was spooled. */
  close(): void;
  /**
   * Packets of the files in order of their first packet, by time where files overlap: as `mergecap` would write them,
   * but that of equal times the earlier file's is first. The order within a file is kept. The batch is reused: take
   * what you need before asking for the next.
   */
  batches(): AsyncIterable<PacketBatch>;
}
