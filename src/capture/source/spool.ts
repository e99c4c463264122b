import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { atEveryEnd } from '../../base/removal.js';
import type { PacketBatch } from '../packet-batch.js';
import { type ByteSource, reasonOf } from './byte-source.js';
import { KeptSource } from './kept-source.js';

/**
 * Files that a copy with a limit lies in, the oldest of which is removed when there would be one more: what is kept is
 * at least seven eighths of the limit.
 */
const FILES = 8;

/** What may be written without a packet being found in it: two blocks. */
const UNMARKED = 2 << 20;

/** A part of the copy: a file of its own. */
interface Segment {
  readonly path: string;
  /** Byte offset in the copy at which it begins. */
  readonly begin: number;
  length: number;
  /** From where on packets can be read without what came before; null until one is known. */
  mark: Mark | null;
}

interface Mark {
  readonly offset: number;
  /** Packets before it. */
  readonly packets: number;
  /** What must stand before it: file header, interfaces. */
  readonly prelude: Uint8Array;
}

/** What a reader finds that begins with the first packet that is still there. */
export interface Kept {
  readonly source: ByteSource;
  /** Packets that came before and are not kept any more. */
  readonly missing: number;
}

/**
 * What must stand before the packet at a byte offset, so that it can be read without what came before; null where
 * nothing helps.
 */
export type Prelude = (offset: number) => Uint8Array | null;

const spools = new Map<string, Spool>();

/**
 * A private copy on disk of what comes through a pipe, or of the last bytes of it, in a folder that only its owner can
 * enter.
 */
export class Spool {
  /** First file of the copy, which holds all of it until it has reached an eighth of its limit. */
  readonly path: string = '';
  /** Why nothing more is copied; null while everything is. */
  fault: string | null = null;
  #folder: string | null = null;
  readonly #limit: number;
  readonly #segments: Segment[] = [];
  #descriptor: number | null = null;
  #count = 0;
  readonly #stay: () => void;

  /** `limit`: bytes, about, of which the last ones are kept. */
  constructor(limit = Infinity) {
    this.#limit = limit;
    // Before there is anything to remove: a signal may come at once.
    this.#stay = atEveryEnd(() => this.remove());
    try {
      this.#folder = mkdtempSync(join(tmpdir(), 'lastack-')); // mode 0700
      this.path = join(this.#folder, 'stdin');
      this.#begin(0);
    } catch (error) {
      this.remove();
      throw error;
    }
    spools.set(this.path, this);
  }

  /** The copy whose first file is at `path`, while it is there. */
  static at(path: string): Spool | undefined {
    return spools.get(path);
  }

  /** Packets at the beginning that are not kept any more; undefined while all is in one file. */
  get lost(): number | undefined {
    return this.#count === 1 ? undefined : (this.#firstKept()?.packets ?? 0);
  }

  write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length && this.#descriptor !== null; ) {
      const segment = this.#segments.at(-1)!;
      const room = Math.ceil(this.#limit / FILES) - segment.length;
      if (room <= 0) {
        this.#next(segment);
        continue;
      }
      const piece = bytes.subarray(at, at + room);
      try {
        for (let done = 0; done < piece.length; ) done += writeSync(this.#descriptor, piece, done);
      } catch (error) {
        this.#stop(`no copy is kept on disk: ${reasonOf(error)}`);
      }
      segment.length += piece.length;
      at += piece.length;
    }
  }

  /** Packets of what was written were found, `before` others before them. What is beyond the limit goes. */
  mark(batch: PacketBatch, before: number, prelude: Prelude): void {
    const { count, position } = batch;
    for (const segment of this.#segments) {
      if (segment.mark !== null || segment.begin > position[count - 1]!) continue;
      let index = 0;
      while (position[index]! < segment.begin) index++;
      const head = prelude(position[index]!);
      if (head !== null) segment.mark = { offset: position[index]!, packets: before + index, prelude: head };
    }
    while (
      this.#size() > this.#limit && this.#segments.length > 1 &&
      this.#segments.slice(1).some(({ mark }) => mark !== null)
    ) {
      rmSync(this.#segments.shift()!.path, { force: true });
    }
  }

  /**
   * Opens what is there now for reading.
   *
   * @throws Error where nothing is kept
   */
  reopen(): Kept {
    const from = this.#firstKept();
    if (from === null) throw new Error('nothing of it is kept on disk any more');
    const segments = this.#segments.filter(({ begin, length }) => begin + length >= from.offset);
    return { source: new KeptSource(from.prelude, segments, from.offset - segments[0]!.begin), missing: from.packets };
  }

  /** Begins anew. */
  empty(): void {
    this.close();
    for (const { path } of this.#segments.splice(0)) rmSync(path, { force: true });
    this.#count = 0;
    this.#begin(0);
  }

  /** Nothing more is copied; the copy stays until `remove`. */
  close(): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor);
    this.#descriptor = null;
  }

  remove(): void {
    this.#stay();
    spools.delete(this.path);
    if (this.#folder !== null) rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Where reading begins: at the very beginning, or at the first mark. */
  #firstKept(): Mark | null {
    if (this.#segments[0]?.begin === 0) return { offset: 0, packets: 0, prelude: new Uint8Array(0) };
    return this.#segments.find(({ mark }) => mark !== null)?.mark ?? null;
  }

  #size(): number {
    return this.#segments.reduce((size, { length }) => size + length, 0);
  }

  /**
   * Goes on in another file, unless packets are found in none of the last ones: then nothing could be removed in
   * exchange.
   */
  #next({ begin, length }: Segment): void {
    const unmarked = this.#segments.reduce((bytes, segment) => (segment.mark === null ? bytes + segment.length : 0), 0);
    if (this.#size() >= this.#limit && unmarked > Math.max(UNMARKED, this.#limit)) {
      this.#stop('what comes from here on is not kept on disk: the copy has reached its limit');
      return;
    }
    this.close();
    try {
      this.#begin(begin + length);
    } catch (error) {
      this.fault = `no copy is kept on disk: ${reasonOf(error)}`;
    }
  }

  #begin(offset: number): void {
    const path = this.#count === 0 ? this.path : `${this.path}-${this.#count}`;
    this.#descriptor = openSync(path, 'wx', 0o600);
    this.#count += 1;
    this.#segments.push({ path, begin: offset, length: 0, mark: null });
  }

  #stop(fault: string): void {
    this.fault = fault;
    this.close();
  }
}
