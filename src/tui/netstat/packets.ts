import { endOf } from '../../analysis/capture-end.js';
import type { Analysis, Time } from '../../analysis/model.js';
import type { PacketsAround, Packet } from '../../reread/packets-around.js';
import { counted, socketAddress } from '../../report/quantities.js';
import { inert } from '../../report/inert.js';

export type ReadPacketsAround = (analysis: Analysis, time: Time) => Promise<PacketsAround>;

/** What a step to the next packet, or to the one before, meets. */
export type Match =
  /** All packets of the moment that it leads to, in order. */
  | { readonly kind: 'packets'; readonly packets: readonly Packet[] }
  /** There is none that way. */
  | { readonly kind: 'edge' }
  /** The copy of a pipe ends before them, for it could not go on. */
  | { readonly kind: 'lost' }
  /** The copy of a pipe has a limit, and begins behind them. */
  | { readonly kind: 'gone' }
  /** Some connections of that moment were forgotten. */
  | { readonly kind: 'forgotten' }
  /** The packets are being read; the step is told when they are there. */
  | { readonly kind: 'reading' };

interface Step {
  readonly analysis: Analysis;
  readonly time: Time;
  readonly direction: 1 | -1;
}

/**
 * Finds the packet after a moment, or before it. Packets are not kept: those around a moment are read again when one of
 * them is asked for, and steps among them cost nothing.
 */
export class PacketStepper {
  readonly #read: ReadPacketsAround;
  readonly #tell: (met: Match, step: Step) => void;
  readonly #fail: (message: string) => void;
  #known: { readonly packetsAround: PacketsAround; readonly packetsThen: number } | null = null;
  #isReading = false;

  /** `tell` is told what a step met that had to wait; `fail` why the packets cannot be read. */
  constructor(read: ReadPacketsAround, tell: (met: Match, step: Step) => void, fail: (message: string) => void) {
    this.#read = read;
    this.#tell = tell;
    this.#fail = fail;
  }

  step(step: Step): Match {
    const met = this.#lookUp(step);
    if (met !== null) return met;
    if (!this.#isReading) void this.#load(step);
    return { kind: 'reading' };
  }

  /** Null where packets have to be read first. */
  #lookUp({ analysis, time, direction }: Step): Match | null {
    if (this.#known === null) return null;
    const { capture, forgotten } = analysis;
    const { packetsAround: { packets, hasBegin, hasEnd, frames, missing }, packetsThen } = this.#known;
    // A live capture has grown since.
    const isEnd = hasEnd && packetsThen === capture.packets;
    const lastTime = packets.at(-1)?.time ?? -Infinity;
    const isCovered = (hasBegin || (packets[0]?.time ?? Infinity) <= time) && (isEnd || lastTime >= time);
    if (!isCovered) return null;
    if (hasEnd && frames < packetsThen && (direction === 1 ? time >= lastTime : time > lastTime))
      return { kind: 'lost' };
    const firstTime = packets[0]?.time ?? Infinity;
    if (missing > 0 && hasBegin && (direction === -1 ? time <= firstTime : time < firstTime)) return { kind: 'gone' };
    const found =
      direction === 1 ? packets.find((packet) => packet.time > time) : packets.findLast((packet) => packet.time < time);
    // The copy of a live capture on disk may be ahead of the analysis, which knows no states of such a moment.
    if (found !== undefined && found.time > endOf(capture)) return { kind: 'edge' };
    if (found !== undefined && forgotten !== undefined && found.time < forgotten.until) return { kind: 'forgotten' };
    if (found !== undefined)
      return { kind: 'packets', packets: packets.filter((packet) => packet.time === found.time) };
    return (direction === 1 ? isEnd : hasBegin) ? { kind: 'edge' } : null;
  }

  async #load(step: Step): Promise<void> {
    this.#isReading = true;
    const { analysis, time } = step;
    const packetsThen = analysis.capture.packets;
    try {
      this.#known = { packetsAround: await this.#read(analysis, time), packetsThen };
      // Where the capture grew while it was read there may be more, but none that can be waited for now.
      this.#tell(this.#lookUp(step) ?? { kind: 'edge' }, step);
    } catch (error) {
      this.#fail(error instanceof Error ? error.message : String(error));
    } finally {
      this.#isReading = false;
    }
  }
}

const words: Readonly<Record<Exclude<Match['kind'], 'packets'>, string>> = {
  edge: 'No packet that way.',
  lost: 'The packets of this moment came after what is kept on disk (--spool).',
  gone: 'The packets of this moment are no longer kept on disk (--spool).',
  forgotten: 'Some connections of that moment are no longer kept (--keep-connections).',
  reading: 'Reading the packets around this moment…',
};

/** What a step met, in a line. */
export function sayMatch(met: Match): string {
  return met.kind === 'packets' ? sayPackets(met.packets) : words[met.kind];
}

/** The packets of one moment in a line: the last of them, and how many more there are. */
export function sayPackets(packets: readonly Packet[]): string {
  const last = packets.at(-1)!;
  const { frame, source, destination, flags, length } = last;
  const data = length === 0 ? '' : `, ${counted(length, 'byte')}`;
  const others = packets.length === 1 ? '' : ` (with ${packets.length - 1} more at this moment)`;
  return inert(`Frame ${frame}: ${socketAddress(source)} → ${socketAddress(destination)} ${flags}${data}${others}`);
}
