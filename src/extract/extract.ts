import type { ConnectionId } from '../base/numbers.js';
import type { Analysis, CaptureInterface, Connection } from '../analysis/model.js';
import type { PacketBatch } from '../capture/packet-batch.js';
import { Coverage } from '../flow/coverage.js';
import { ConnectionCursor } from '../reread/connection-cursor.js';
import { batchesAgain } from '../reread/reopen.js';
import { version } from '../base/version.js';
import { Anonymizer } from './anonymizer.js';
import { notesOf, withoutPayload } from './notes.js';
import { enhancedPacket, interfaceDescription, interfaceStatistics, sectionHeader } from './pcapng-writer.js';
import { Selection } from './selection.js';
import { ticksOf, writtenResolution } from './ticks.js';

/** Bytes gathered before they are handed on. */
const CHUNK = 1 << 18;

export interface ExtractOptions {
  /**
   * Take out addresses, payload and names, so that the extract can be given away (`Anonymizer` says what is left).
   * Default false.
   */
  readonly anonymize?: boolean;
  /**
   * What the new addresses are made of, so that several captures are changed alike; random if left out. Whoever knows
   * it can go back.
   */
  readonly anonymizeKey?: string;
  /** Packet comments with states and findings. Default true. */
  readonly comments?: boolean;
  /** More of them: what else is to be said of a connection, by frame. */
  readonly notes?: (connection: Connection) => ReadonlyMap<number, readonly string[]>;
  readonly signal?: AbortSignal;
}

/** What was extracted, counted while it is. */
export interface Extracted {
  connections: number;
  packets: number;
}

/**
 * Reads the captures again and gives a pcapng file with the packets of the connections that `choose` says yes to, piece
 * by piece.
 *
 * ICMP errors that quote their segments are among them. Packets keep their order, interfaces, lengths and times, to the
 * nanosecond. Wireshark shows as packet comments which state each endpoint entered and what was found. A connection
 * that was chosen for what an earlier one on the same ports held brings that one along. Interfaces that are alike in
 * all they say (rotated files of one tap) are one.
 * @throws CaptureError where a file cannot be read any more, and the signal's reason where it is aborted
 */
export async function* extract(
  analysis: Analysis, choose: (connection: Connection) => boolean, options: ExtractOptions = {},
  extracted: Extracted = { connections: 0, packets: 0 },
): AsyncGenerator<Uint8Array, void, undefined> {
  const selection = new Selection(analysis, choose);
  extracted.connections = selection.count;
  if (selection.count === 0) return;
  let extraction: Extraction | null = null;
  for await (const { batch, interfaces } of batchesAgain(analysis, options.signal)) {
    extraction ??= new Extraction(analysis, interfaces, selection, options, extracted);
    for (const block of extraction.blocksOf(batch)) yield block;
  }
  // Of a pipe whose copy was cut there may be no packet left.
  extraction ??= new Extraction(analysis, [], selection, options, extracted);
  yield extraction.end();
}

/** An interface as it was written. */
interface Written {
  readonly id: ConnectionId;
  readonly resolution: number;
  /** Interfaces of the analysis that it stands for. */
  readonly sources: Set<number>;
  packets: number;
}

class Extraction {
  readonly #analysis: Analysis;
  readonly #interfaces: readonly CaptureInterface[];
  readonly #selection: Selection;
  readonly #cursor: ConnectionCursor;
  readonly #anonymizer: Anonymizer | null;
  readonly #comments: boolean;
  readonly #moreNotes: ExtractOptions['notes'];
  readonly #extracted: Extracted;
  /** Connections that have begun and not ended: the last frame of each, and what is to be said at its frames. */
  readonly #notes = new Map<number, { readonly last: number; readonly notes: Map<number, string[]> }>();
  /** By what they say of themselves. */
  readonly #written = new Map<string, Written>();
  /** Until when each interface captured. */
  readonly #coverage = new Coverage();
  #pieces: Uint8Array[] = [];
  #size = 0;

  constructor(
    analysis: Analysis, interfaces: readonly CaptureInterface[], selection: Selection, options: ExtractOptions,
    extracted: Extracted,
  ) {
    this.#analysis = analysis;
    this.#cursor = new ConnectionCursor(analysis, () => selection.ids(), { all: true, errors: true });
    this.#interfaces = interfaces;
    this.#selection = selection;
    this.#anonymizer = options.anonymize === true ? new Anonymizer(options.anonymizeKey) : null;
    this.#comments = options.comments ?? true;
    this.#moreNotes = options.notes;
    this.#extracted = extracted;
    this.#add(
      sectionHeader(
        `lastack ${version()}`,
        `Extracted by lastack: ${selection.count} of ${analysis.view?.of ?? analysis.connectionCount} ` +
          `connections${this.#anonymizer ? ', anonymized' : ''}.`,
      ),
    );
  }

  /** Takes in a batch, and gives what has been gathered when it is enough. */
  *blocksOf(batch: PacketBatch): IterableIterator<Uint8Array> {
    const cursor = this.#cursor;
    cursor.begin(batch);
    this.#coverage.note(batch.time, batch.interface, batch.count);
    while (cursor.next()) {
      if (!this.#selection.has(cursor.id, cursor.at.frame)) continue;
      this.#packet(batch);
      if (this.#size >= CHUNK) yield this.#gathered();
    }
  }

  /**
   * What is left, and until when each interface captured: that nothing came any more is part of the evidence, but only
   * as long as it would have been seen there.
   */
  end(): Uint8Array {
    const { clock, capture } = this.#analysis;
    const coverage = this.#coverage;
    coverage.describe(this.#interfaces);
    const first = capture.first ?? 0;
    for (const { id, resolution, sources, packets } of this.#written.values()) {
      const ends = [...sources].flatMap((source) => coverage.endOf(source) ?? []);
      const end = ticksOf(clock, ends.length === 0 ? (capture.last ?? first) : Math.max(...ends), resolution);
      this.#add(interfaceStatistics({ interface: id, start: ticksOf(clock, first, resolution), end, packets }));
    }
    return this.#gathered();
  }

  /** The packet that the cursor is at. */
  #packet(batch: PacketBatch): void {
    const { id, at: { index, frame, time } } = this.#cursor;
    const data = this.#data(batch, index);
    if (data === null) return;
    const from = this.#interfaceOf(batch, index);
    this.#add(
      enhancedPacket({
        interface: from.id, ticks: ticksOf(this.#analysis.clock, time, from.resolution),
        original: batch.original[index]!, data,
        comments: this.#comments
          ? this.#selection.connectionsOf(id, frame).flatMap((own) => this.#commentsOf(own, frame))
          : [],
      }),
    );
    from.packets += 1;
    this.#extracted.packets += 1;
  }

  /** The bytes that are written of the packet that the cursor is at; null for none. */
  #data(batch: PacketBatch, index: number): Uint8Array | null {
    const { error, segment } = this.#cursor.at;
    if (this.#anonymizer !== null)
      return error === null
        ? this.#anonymizer.anonymized(batch, index, segment)
        : this.#anonymizer.anonymizedError(batch, index);
    const offset = batch.offset[index]!;
    return batch.bytes.slice(offset, offset + batch.captured[index]!);
  }

  /** The interface of a packet, described before its first one. */
  #interfaceOf(batch: PacketBatch, index: number): Written {
    const source = batch.interface[index]!;
    const described = this.#interfaces[source];
    const linkType = batch.linkType[index]!;
    const { snapLength = 0, resolution: read = 9, name = '' } = described ?? {};
    const resolution = writtenResolution(read);
    const shown = this.#anonymizer ? '' : name;
    const key = JSON.stringify([linkType, snapLength, resolution, name]);
    let written = this.#written.get(key);
    if (written === undefined) {
      written = { id: this.#written.size, resolution, sources: new Set(), packets: 0 };
      this.#written.set(key, written);
      this.#add(interfaceDescription({ linkType, snapLength, resolution, name: shown }));
    }
    written.sources.add(source);
    return written;
  }

  /** What is to be said of a connection at a frame. */
  #commentsOf(id: ConnectionId, frame: number): readonly string[] {
    let known = this.#notes.get(id);
    if (known === undefined) {
      const connection = this.#analysis.connection(id);
      known = { last: connection.lastFrame, notes: notesOf(this.#analysis, connection) };
      // Frames are those of the captures that were read, which an extract numbers anew.
      for (const [at, texts] of known.notes) texts[0] = `frame ${at}: ${texts[0]}`;
      for (const [at, more] of this.#moreNotes?.(connection) ?? [])
        known.notes.set(at, [...(known.notes.get(at) ?? []), ...more]);
      if (this.#anonymizer !== null) anonymizeNotes(this.#anonymizer, connection, known.notes);
      this.#notes.set(id, known);
    }
    if (frame >= known.last) this.#notes.delete(id);
    return known.notes.get(frame) ?? [];
  }

  #add(block: Uint8Array): void {
    this.#pieces.push(block);
    this.#size += block.length;
  }

  #gathered(): Uint8Array {
    const gathered = Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#size = 0;
    return gathered;
  }
}

/** Takes out of what is to be said of a connection what its packets no longer say. */
function anonymizeNotes(anonymizer: Anonymizer, connection: Connection, notes: Map<number, string[]>): void {
  for (const [frame, texts] of notes)
    notes.set(
      frame, texts.map((text) => anonymizer.text(withoutPayload(text, connection))),
    );
}
