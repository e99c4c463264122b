import type { Capture } from '../capture/model.js';
import type { PacketBatch } from '../capture/packet-batch.js';
import { conclude, guessesOf, judgeOf } from './build-analysis.js';
import type { Evidence, Guesses, Part } from './build-analysis.js';
import { IS_TCP, decode, isNumbered, skipReasons } from '../decode/decode.js';
import { Fragments } from '../decode/fragments.js';
import { separationBy } from '../decode/separation.js';
import type { Separation } from '../decode/separation.js';
import { Segment } from '../decode/segment.js';
import { Beginnings } from '../flow/identity/first-frames.js';
import { FlowTable } from '../flow/flow-table.js';
import { KeptBeginnings } from '../flow/identity/kept-first-frames.js';
import { rosterOf } from '../flow/identity/connection-ids.js';
import type { Share } from '../flow/partition.js';
import { Keeping } from '../retention/retention.js';
import type { Analysis, AnalysisOptions, CaptureSummary } from './model.js';
import { Forgetting } from '../retention/healthy-discard.js';
import { GUESSABLE } from '../tcp/hosts.js';
import { timers } from '../tcp/profiles.js';
import type { Duration, Time } from '../base/time.js';

/** What is asked of a capture that somebody reads. */
type Read = Pick<Capture, 'clock' | 'files' | 'interfaces' | 'damage' | 'end'>;

/** Takes in packets; at any moment tells what became of the connections so far. */
export class Analyzer {
  private readonly segment = new Segment();
  private readonly fragments = new Fragments();
  private readonly separation: Separation | null;
  private readonly table: FlowTable;
  private readonly forgetting: Forgetting | null;
  private readonly keeping: Keeping | null;
  private readonly skipped = new Float64Array(skipReasons.length);
  /** Taken in so far. */
  packets = 0;
  /** Whether reading was stopped before the end; to be set by who reads. */
  partial = false;
  private tcpPackets = 0;
  private bytes = 0;
  private first: Time = NaN;
  private last: Time = NaN;
  /** Packets of the batch in hand whose times `first` and `last` know. */
  private surveyed = 0;
  private readonly capture: Read;
  private readonly options: AnalysisOptions;
  private readonly share: Share | null;

  /** `share`: the connections that are followed here, where there are more threads than this one. */
  constructor(capture: Read, options: AnalysisOptions, share: Share | null = null) {
    this.capture = capture;
    this.options = options;
    this.share = share;
    this.separation = separationBy(options);
    const forgets = options.findingsOnly === true && options.onSnapshot === undefined;
    this.forgetting = forgets ? Forgetting.among(share?.count ?? 1, longestTimeWait(options)) : null;
    const keeps = options.keepConnections !== undefined && !forgets;
    this.keeping = keeps ? new Keeping(options.keepConnections, longestTimeWait(options)) : null;
    this.table = new FlowTable({
      beginnings: keeps ? new KeptBeginnings() : forgets || share !== null ? new Beginnings() : null,
      openings: share === null ? null : new Beginnings(),
      keepDuplicates: options.keepDuplicates === true,
    });
  }

  /** With `hand`, places in the batch, only these packets are looked at: the others are segments of connections that are followed elsewhere. */
  feed(batch: PacketBatch, hand: Uint16Array | null = null): void {
    this.bytes += bytesOf(batch);
    this.take(batch, hand);
    this.survey(batch, batch.count);
    this.surveyed = 0;
    this.packets += batch.count;
    if (hand !== null) this.tcpPackets += batch.count - hand.length;
    this.forgetting?.look(this.table, this.last);
    this.keep(batch);
  }

  /**
   * The only loop over packets. With nothing behind it: V8 compiles the loop while it runs for the first time, when it has not seen yet what
   * comes behind, and then falls back to the interpreter there, once for each batch.
   */
  private take(batch: PacketBatch, hand: Uint16Array | null): void {
    const { segment, fragments, separation, table, skipped, share, packets } = this;
    const count = hand === null ? batch.count : hand.length;
    for (let place = 0; place < count; place++) {
      const index = hand === null ? place : hand[place]!;
      const frame = packets + index + 1;
      const outcome = decode(batch, index, segment, fragments, separation);
      if (outcome !== IS_TCP) {
        skipped[outcome]!++;
        if (isNumbered(outcome) && (share === null || share.holds(segment))) table.addHeader(segment, frame);
        continue;
      }
      this.tcpPackets++;
      if (share !== null && !share.holds(segment)) continue;
      const time = batch.time[index]!;
      table.add(segment, frame, time === time ? time : this.timeBeside(batch, index), batch.bytes);
    }
  }

  /** A packet without a timestamp (a Simple Packet Block) stands where its neighbours do. */
  private timeBeside(batch: PacketBatch, index: number): Time {
    this.survey(batch, index);
    return this.last === this.last ? this.last : 0;
  }

  /** Looks at the times of the batch's packets before `end` that were not looked at yet. */
  private survey({ time: times }: PacketBatch, end: number): void {
    let { first, last } = this;
    for (let index = this.surveyed; index < end; index++) {
      const time = times[index]!;
      if (time !== time) continue;
      if (first !== first || time < first) first = time;
      if (last !== last || time > last) last = time;
    }
    this.first = first;
    this.last = last;
    this.surveyed = end;
  }

  private keep({ count, time }: PacketBatch): void {
    const { table, keeping: forgotten } = this;
    if (forgotten === null || count === 0) return;
    const stamp = time[count - 1]!;
    const end = this.end();
    forgotten.look(table, stamp === stamp ? stamp : end, end, () => {
      const roster = rosterOf(table);
      // Nobody asks for them where all that go have closed plainly.
      let known: Guesses | null = null;
      const guesses = { get: (address: string) => (known ??= guessesOf({ table, forgotten })).get(address) };
      return (rows) => judgeOf({ table, forgotten }, this.options, guesses, { ...roster, rows: () => rows });
    });
  }

  /** What is known now. Later packets do not change what is returned, but for connections that were not looked at yet. */
  analysis(): Analysis {
    const part = this.part();
    return conclude(this.evidence([part]), this.options, guessesOf(part));
  }

  /** The connections that were read here. */
  part(): Part {
    this.forgetting?.end(this.table, this.end());
    return { table: this.table, forgotten: this.keeping ?? this.forgetting, keeping: this.keeping };
  }

  /** What was read here and, of other connections, elsewhere. */
  evidence(parts: readonly Part[]): Evidence {
    return { clock: this.capture.clock, capture: this.summary(parts), end: this.end(), parts };
  }

  /** Until when the absence of packets says something. */
  end(): Time {
    const last = this.last === this.last ? this.last : 0;
    return Math.max(last, this.capture.end ?? last);
  }

  private summary(parts: readonly Part[]): CaptureSummary {
    const { capture } = this;
    const duplicates = parts.reduce((sum, { table }) => sum + (table.duplicates?.count ?? 0), 0);
    const skipped: Record<string, number> = {};
    this.skipped.forEach((count, reason) => {
      if (count > 0) skipped[skipReasons[reason]!] = count;
    });
    return {
      files: capture.files.map((file) => ({ ...file })),
      interfaces: [...capture.interfaces],
      packets: this.packets,
      tcpPackets: this.tcpPackets,
      bytes: this.bytes,
      first: this.first === this.first ? this.first : null,
      last: this.last === this.last ? this.last : null,
      end: this.last === this.last ? this.end() : null,
      skipped,
      damage: [...capture.damage],
      ...(duplicates > 0 && { duplicates }),
      ...(this.partial && { partial: true }),
    };
  }
}

/** On the wire. */
function bytesOf({ original, count }: PacketBatch): number {
  let bytes = 0;
  for (let index = 0; index < count; index++) bytes += original[index]!;
  return bytes;
}

/** Of any host, as far as is known before its segments are. */
function longestTimeWait({ timeWait, profile, profiles }: AnalysisOptions): Duration {
  if (timeWait !== undefined) return timeWait;
  const possible = profile === undefined ? [...GUESSABLE, ...(profiles?.values() ?? [])] : [profile, ...(profiles?.values() ?? [])];
  return Math.max(...possible.map((name) => timers[name].timeWait));
}
