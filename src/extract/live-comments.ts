import { Pipeline } from '../analysis/pipeline.js';
import type { Analysis, AnalysisOptions, Finding } from '../analysis/model.js';
import { refuseFullHeap } from '../base/heap.js';
import { version } from '../base/version.js';
import { openCapture } from '../capture/capture.js';
import type { Capture } from '../capture/model.js';
import type { PacketBatch } from '../capture/packet-batch.js';
import type { Readable } from 'node:stream';
import { findingNote, notesOf } from './notes.js';
import { enhancedPacket, interfaceDescription, sectionHeader } from './pcapng-writer.js';
import { ticksOf, writtenResolution } from './ticks.js';

/** What is found takes at most a quarter of the time: it is looked for anew in all connections that are kept. */
const SHARE = 4;

export interface LiveOptions {
  /** Milliseconds for which a packet is held back, so that what is found of it can stand at it. */
  readonly hold: number;
  /** How connections are followed; `keepConnections` bounds the memory of hours. */
  readonly analysisOptions: AnalysisOptions;
  readonly signal?: AbortSignal;
}

/** A packet that waits to be written. */
interface Held {
  readonly frame: number;
  readonly time: number;
  readonly interface: number;
  readonly linkType: number;
  readonly original: number;
  readonly data: Uint8Array;
  /** When it came, in milliseconds of `performance.now`. */
  readonly came: number;
}

/**
 * Hands packets on as pcapng while they are captured, `hold` milliseconds late, with the states and findings of their
 * connections as packet comments. What is found only later stands at the next packet that is written, and names the
 * frame that it is about; frames are numbered as they are written. Resolves when the packets end or the signal aborts.
 *
 * @param packets a capture in any format that is read, as tcpdump or dumpcap write it to their stdout
 * @param write takes a piece of the file
 * @throws CaptureError where what comes is no capture
 */
export async function commentLive(
  packets: Readable, write: (piece: Uint8Array) => void, { hold, analysisOptions, signal }: LiveOptions,
): Promise<void> {
  const options = { ...analysisOptions, stdin: packets, ...(signal !== undefined && { signal }) };
  const capture = await openCapture(['-'], options);
  const live = new LiveComments(capture, options, write);
  let next = 0;
  const timer = setInterval(() => {
    const begin = performance.now();
    if (begin < next || !live.writeUntil(begin - hold)) return;
    const end = performance.now();
    next = end + (end - begin) * SHARE;
  }, Math.max(50, hold / 4));
  try {
    for await (const batch of capture.batches()) {
      live.take(batch);
      refuseFullHeap();
    }
    live.writeUntil(Infinity);
  } finally {
    clearInterval(timer);
    capture.close();
  }
}

class LiveComments {
  readonly #capture: Capture;
  readonly #pipeline: Pipeline;
  readonly #write: (piece: Uint8Array) => void;
  #held: Held[] = [];
  #frames = 0;
  /** Interfaces that were described, by the number that the capture gives them. */
  readonly #written = new Map<number, { readonly id: number; readonly resolution: number }>();
  /** Findings that stand at a packet already. */
  #told = new Set<string>();

  constructor(capture: Capture, options: AnalysisOptions, write: (piece: Uint8Array) => void) {
    this.#capture = capture;
    this.#pipeline = new Pipeline(capture, options);
    this.#write = write;
    write(sectionHeader(`lastack ${version()}`, 'States and findings by lastack, as packet comments.'));
  }

  take(batch: PacketBatch): void {
    const came = performance.now();
    for (let index = 0; index < batch.count; index++) {
      const offset = batch.offset[index]!;
      this.#held.push({
        frame: ++this.#frames, time: batch.time[index]!, interface: batch.interface[index]!,
        linkType: batch.linkType[index]!, original: batch.original[index]!,
        data: batch.bytes.slice(offset, offset + batch.captured[index]!), came,
      });
    }
    this.#pipeline.feed(batch);
  }

  /** Writes what came until then; answers whether there was something. */
  writeUntil(came: number): boolean {
    const count = this.#held.findIndex((packet) => packet.came > came);
    const ready = count < 0 ? this.#held : this.#held.slice(0, count);
    if (ready.length === 0) return false;
    this.#held = count < 0 ? [] : this.#held.slice(count);
    const comments = this.#commentsOn(ready[0]!.frame, ready.at(-1)!.frame);
    for (const packet of ready) this.#packet(packet, [...(comments.get(packet.frame) ?? [])]);
    return true;
  }

  /** What is to be said at the frames from `first` to `last`, which are about to be written. */
  #commentsOn(first: number, last: number): Map<number, Set<string>> {
    const analysis = this.#pipeline.analysis();
    const comments = new Map<number, Set<string>>();
    // A finding of many connections is told by each of them.
    const comment = (frame: number, text: string): void => {
      const known = comments.get(frame);
      if (known === undefined) comments.set(frame, new Set([text]));
      else known.add(text);
    };
    const told = new Set<string>();
    for (const connection of analysis.connections()) {
      if (connection.lastFrame >= first) {
        for (const [frame, texts] of notesOf(analysis, connection))
          if (frame >= first && frame <= last) for (const text of texts) comment(frame, text);
      }
      for (const finding of analysis.findingsOf(connection.id)) {
        const key = keyOf(finding);
        if (finding.frames.some((frame) => frame >= first && frame <= last) || this.#told.has(key)) told.add(key);
        else if (finding.frames.every((frame) => frame < first)) {
          told.add(key);
          comment(first, late(analysis, finding));
        }
      }
    }
    this.#told = told;
    return comments;
  }

  #packet({ interface: source, linkType, time, original, data }: Held, comments: readonly string[]): void {
    let written = this.#written.get(source);
    if (written === undefined) {
      const { snapLength = 0, resolution = 9, name = '' } = this.#capture.interfaces[source] ?? {};
      written = { id: this.#written.size, resolution: writtenResolution(resolution) };
      this.#written.set(source, written);
      this.#write(interfaceDescription({ linkType, snapLength, resolution: written.resolution, name }));
    }
    const ticks = ticksOf(this.#capture.clock, Number.isNaN(time) ? 0 : time, written.resolution);
    this.#write(enhancedPacket({ interface: written.id, ticks, original, data, comments }));
  }
}

/** What was found when its packets had been written already. */
function late(analysis: Analysis, finding: Finding): string {
  const { streams } = analysis.connection(finding.flow);
  return `stream ${streams[0]}, frame ${finding.frames[0]}: ${findingNote(finding)}`;
}

function keyOf({ flow, id, cause, frames }: Finding): string {
  return `${flow} ${id} ${cause} ${frames[0]}`;
}
