import { SECOND } from '../base/time.js';
import type { Duration, Time } from '../base/time.js';

/**
 * How long a source may be silent before the silence needs a witness. Keepalives of Linux, Windows and BSD come every
 * two hours (RFC 9293
 * §3.8.4), but of a busy network not a packet in an hour is rarely seen, and who captures by the hour leaves off for
 * longer.
 */
export const SILENT: Duration = 3600 * SECOND;

/** Silences of one source that are remembered; an hour each, more are those of a capture that was made up. */
const MOST_SILENCES = 4096;

/** By how much the packets of one file may lie behind the first of the next one that goes on where it ends. */
const OVERLAP: Duration = SECOND;

/** What two files must have in common to be the same capture, split. */
export interface SourceKind {
  readonly file: number;
  readonly linkType: number;
  readonly name: string;
  /** Until when it captured, where the file proves that this was after its last packet. */
  readonly end?: Time;
}

/** A time in which a source captured nothing, and nobody knows what there was. */
export interface Gap {
  /** Index into the capture's interfaces: of the packet behind it. */
  readonly interface: number;
  /** The last packet before, and the first one behind. */
  readonly from: Time;
  readonly to: Time;
}

/**
 * When one source, an interface of a file, captured. All fields are numbers and lists of them, so that it goes from
 * thread to thread.
 */
class Source {
  first: Time = NaN;
  last: Time = NaN;
  /** Silences: the packets around each. */
  readonly from: Time[] = [];
  readonly to: Time[] = [];
  /**
   * Of every silence, and before them of the time before the first packet: since when, at the earliest, a connection
   * had been silent that went on behind it as it was expected to.
   */
  readonly bridged: Time[] = [Infinity];
}

/** Sources that follow one another, as one: rotated files. */
interface Run {
  last: Time;
  end: Time;
  readonly gaps: Gap[];
}

/**
 * Until when the silence of a connection says something: while its source captured.
 *
 * A source is an interface of a file; files that follow one another are one. A silence of more than an hour is a gap,
 * unless a connection
 * from before it goes on behind it with the numbers that it would have if nothing had been missed.
 */
export class Coverage {
  private sources: Source[] = [];
  private kinds: readonly SourceKind[] = [];
  private runs: (Run | undefined)[] | null = null;

  /** Takes note of `count` packets, by their times and interfaces. */
  note(times: Float64Array, interfaces: Uint16Array, count: number): void {
    this.runs = null;
    let named = -1;
    let last = 0;
    let source: Source | null = null;
    for (let index = 0; index < count; index++) {
      const time = times[index]!;
      if (time !== time) continue;
      if (interfaces[index] !== named) {
        if (source !== null) source.last = last;
        named = interfaces[index]!;
        source = this.source(named);
        if (source.first !== source.first) source.first = source.last = time;
        last = source.last;
      }
      if (time <= last) {
        if (time < source!.first) source!.first = time;
        continue;
      }
      if (time - last > SILENT) silence(source!, last, time);
      last = time;
    }
    if (source !== null) source.last = last;
  }

  /** A connection that was silent from `from` to `to` went on as it was expected to: nothing of it was missed. */
  bridge(named: number, from: Time, to: Time): void {
    if (to - from <= SILENT) return;
    const { to: ends, bridged } = this.source(named);
    let at = ends.length;
    while (at > 0 && ends[at - 1]! > to) at--;
    if (from < bridged[at]!) bridged[at] = from;
  }

  /** Tells what the sources are. */
  describe(kinds: readonly SourceKind[]): void {
    this.runs = null;
    this.kinds = kinds.map(({ file, linkType, name, end }) => ({
      file, linkType, name, ...(end !== undefined && { end }),
    }));
  }

  /** Adds what another thread saw of the same packets: which silences its connections bridge. */
  join({ sources }: Coverage): void {
    this.runs = null;
    sources.forEach(({ bridged }, named) => {
      const own = this.source(named).bridged;
      bridged.forEach((from, at) => (own[at] = Math.min(own[at] ?? Infinity, from)));
    });
  }

  /** Until when the silence of a connection says something that the source `named` saw last at `time`. */
  endBehind(named: number, time: Time): Time {
    const run = this.run(named);
    if (run === undefined) return Infinity;
    for (const { from, to } of run.gaps) if (time < to) return Math.max(from, time);
    return Math.max(run.end, time);
  }

  /** Until when the source `named`, and those that follow it, captured; null where no packet of it has a time. */
  endOf(named: number): Time | null {
    return this.run(named)?.end ?? null;
  }

  /** Silences in which nothing is known of what the source `named` might have seen, in their order. */
  gapsOf(named: number): readonly Gap[] {
    return this.run(named)?.gaps ?? [];
  }

  /** All gaps, in order of time. */
  gaps(): Gap[] {
    return [...new Set(this.resolved())].flatMap((run) => run?.gaps ?? []).sort((a, b) => a.from - b.from || a.interface - b.interface);
  }

  private run(named: number): Run | undefined {
    return this.resolved()[named];
  }

  private source(named: number): Source {
    while (this.sources.length <= named) this.sources.push(new Source());
    return this.sources[named]!;
  }

  /** By source: sources that follow one another have the same, one without packets has none. */
  private resolved(): readonly (Run | undefined)[] {
    if (this.runs !== null) return this.runs;
    const runs: (Run | undefined)[] = this.sources.map(() => undefined);
    const open = new Map<string, Run[]>();
    const firstOfFile = new Map<number, number>();
    this.kinds.forEach(({ file }, named) => firstOfFile.has(file) || firstOfFile.set(file, named));
    const chained = new Map<Run, { readonly named: number; readonly source: Source }[]>();
    const inOrder = this.sources.map((source, named) => ({ source, named }))
      .filter(({ source }) => source.first === source.first);
    for (const each of inOrder.sort((a, b) => a.source.first - b.source.first || a.named - b.named)) {
      const { source, named } = each;
      const key = this.keyOf(named, firstOfFile);
      const candidates = open.get(key) ?? [];
      if (candidates.length === 0) open.set(key, candidates);
      let run: Run | null = null;
      for (const candidate of candidates) {
        if (follows(source, candidate) && (run === null || candidate.last > run.last)) run = candidate;
      }
      if (run === null) {
        run = { last: source.last, end: -Infinity, gaps: [] };
        candidates.push(run);
        chained.set(run, []);
      }
      run.last = Math.max(run.last, source.last);
      run.end = Math.max(run.end, source.last, this.kinds[named]?.end ?? -Infinity);
      chained.get(run)!.push(each);
      runs[named] = run;
    }
    for (const [run, parts] of chained) run.gaps.push(...gapsIn(parts));
    return (this.runs = runs);
  }

  /** Sources of different kinds never follow one another; nor do those of one file. */
  private keyOf(named: number, firstOfFile: Map<number, number>): string {
    const kind = this.kinds[named];
    if (kind === undefined) return `${named}`;
    return `${kind.linkType} ${named - (firstOfFile.get(kind.file) ?? 0)} ${kind.name}`;
  }
}

function silence(source: Source, from: Time, to: Time): void {
  if (source.from.length === MOST_SILENCES) return;
  source.from.push(from);
  source.to.push(to);
  source.bridged.push(Infinity);
}

function follows({ first, last }: Source, run: Run): boolean {
  return first > run.last - OVERLAP && last >= run.last;
}

/** The silences of sources that follow one another, those between them included, that no connection bridges. */
function gapsIn(parts: readonly { readonly named: number; readonly source: Source }[]): Gap[] {
  const gaps: Gap[] = [];
  let bridgedFrom = Infinity;
  for (let part = parts.length - 1; part >= 0; part--) {
    const { named, source: { from, to, bridged, first } } = parts[part]!;
    for (let at = from.length - 1; at >= 0; at--) {
      bridgedFrom = Math.min(bridgedFrom, bridged[at + 1]!);
      if (bridgedFrom > from[at]!) gaps.push({ interface: named, from: from[at]!, to: to[at]! });
    }
    bridgedFrom = Math.min(bridgedFrom, bridged[0]!);
    const before = parts[part - 1]?.source.last;
    if (before !== undefined && first - before > SILENT && bridgedFrom > before) {
      gaps.push({ interface: named, from: before, to: first });
    }
  }
  return gaps.toReversed();
}
