import { ANY_COUNT, UnpackError } from '../packing/packer.js';
import type { Packer, Unpacker } from '../packing/packer.js';
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

/** Sources that can be unpacked: `PacketBatch.interface` numbers no more. And letters of their names. */
const MOST_SOURCES = 0x10000;
const LONGEST_NAME = 1 << 16;

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

/** When one source, an interface of a file, captured. */
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

  pack(to: Packer): void {
    to.number(this.first);
    to.number(this.last);
    to.number(this.from.length);
    for (const times of [this.from, this.to]) times.forEach((time) => to.number(time));
    to.number(this.bridged.length);
    this.bridged.forEach((time) => to.number(time));
  }

  static unpack(from: Unpacker): Source {
    const source = new Source();
    source.first = from.number();
    source.last = from.number();
    const silences = from.integer(0, MOST_SILENCES);
    for (const times of [source.from, source.to]) for (let at = 0; at < silences; at++) times.push(from.number());
    const bridged = from.integer(1, MOST_SILENCES + 1);
    source.bridged.length = 0;
    for (let at = 0; at < bridged; at++) source.bridged.push(from.number());
    if (bridged <= silences) throw new UnpackError(`${silences} silences, of which ${bridged} may be bridged`);
    return source;
  }

  /** Takes in the source that this one follows: what both captured is that of one. */
  follow({ first, last, from, to, bridged }: Source): void {
    const joint = bridged.length - 1;
    const whole = { from: [...from], to: [...to], bridged: [...bridged] };
    if (this.first - last > SILENT) {
      whole.from.push(last);
      whole.to.push(this.first);
      whole.bridged.push(this.bridged[0]!);
    } else whole.bridged[joint] = Math.min(whole.bridged[joint]!, this.bridged[0]!);
    whole.from.push(...this.from);
    whole.to.push(...this.to);
    whole.bridged.push(...this.bridged.slice(1));
    const old = Math.max(0, whole.from.length - MOST_SILENCES);
    this.from.splice(0, this.from.length, ...whole.from.slice(old));
    this.to.splice(0, this.to.length, ...whole.to.slice(old));
    this.bridged.splice(0, this.bridged.length, ...whole.bridged.slice(old));
    this.first = first;
    this.last = Math.max(last, this.last);
  }
}

/** A source and its number. */
interface Part {
  readonly named: number;
  readonly source: Source;
}

/** Sources that follow one another, as one: rotated files. */
interface Run {
  readonly key: string;
  last: Time;
  end: Time;
  /** In order of their first packets. */
  readonly parts: Part[];
  readonly gaps: Gap[];
}

/** What is known of a source whose file has been forgotten. */
interface Past {
  readonly key: string;
  readonly end: Time;
}

/** What `Coverage.fold` has made of sources. */
export interface FoldedSources {
  /** The former numbers of those that are left, in the order of their new ones. */
  readonly left: readonly number[];
  /** The new number of a source, by its former one. */
  readonly moved: ReadonlyMap<number, number>;
}

/**
 * Until when the silence of a connection says something: while its source captured.
 *
 * A source is an interface of a file; files that follow one another are one. A silence of more than an hour is a gap,
 * unless a connection from before it goes on behind it with the numbers that it would have if nothing had been missed.
 */
export class Coverage {
  private sources: Source[] = [];
  private kinds: readonly SourceKind[] = [];
  /** Of the first sources, whose files have been forgotten: `kinds` does not tell of them. */
  private past: readonly Past[] = [];
  private runs: (Run | undefined)[] | null = null;

  /** Sources of which a packet was seen, and those numbered before them. */
  get count(): number {
    return this.sources.length;
  }

  pack(to: Packer): void {
    to.number(this.sources.length);
    for (const source of this.sources) source.pack(to);
    to.number(this.past.length);
    for (const { key, end } of this.past) {
      to.text(key);
      to.number(end);
    }
    to.number(this.kinds.length);
    for (const { file, linkType, name, end } of this.kinds) {
      to.number(file);
      to.number(linkType);
      to.text(name);
      to.number(end ?? NaN);
    }
  }

  static unpack(from: Unpacker): Coverage {
    const coverage = new Coverage();
    for (let sources = from.integer(0, MOST_SOURCES); sources > 0; sources--)
      coverage.sources.push(Source.unpack(from));
    coverage.past = Array.from({ length: from.integer(0, coverage.sources.length) }, () => ({
      key: from.text(LONGEST_NAME), end: from.number(),
    }));
    const kinds: SourceKind[] = [];
    for (let count = from.integer(0, MOST_SOURCES); count > 0; count--) {
      const [file, linkType] = [from.integer(0, ANY_COUNT), from.integer(0, ANY_COUNT)];
      const name = from.text(LONGEST_NAME);
      const end = from.number();
      kinds.push({ file, linkType, name, ...(!Number.isNaN(end) && { end }) });
    }
    coverage.kinds = kinds;
    return coverage;
  }

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

  /**
   * Joins sources whose files are over with those that follow them, so that a chain of files leaves few. Those that
   * are `awaited` have packets yet to come and stay by themselves; of the others there stays what `used` names, and the
   * latest of each kind, which the next file may follow.
   */
  fold(awaited: ReadonlySet<number>, used: ReadonlySet<number>): FoldedSources {
    for (const named of awaited) this.source(named);
    const { kept, into } = this.joined(awaited, used);
    const left = [...kept.keys()].sort((a, b) => a - b);
    const place = new Map(left.map((named, at) => [named, at]));
    this.sources = left.map((named) => this.sources[named]!);
    this.past = left.map((named) => kept.get(named)!);
    this.kinds = [];
    this.runs = null;
    const moved = new Map(left.map((named, at) => [named, at]));
    for (const [named, joint] of into) if (place.has(joint)) moved.set(named, place.get(joint)!);
    return { left, moved };
  }

  /** Which sources are kept when they are folded, and into which of them others go. */
  private joined(
    awaited: ReadonlySet<number>, used: ReadonlySet<number>,
  ): { readonly kept: Map<number, Past>; readonly into: Map<number, number> } {
    const keyOf = this.keys();
    const kept = new Map([...awaited].map((named) => [named, { key: keyOf(named), end: this.provenEnd(named) }]));
    const into = new Map<number, number>();
    const runs = [...new Set(this.resolved().filter((run) => run !== undefined))];
    const latest = new Map<string, Run>();
    for (const run of runs) if (run.last >= (latest.get(run.key)?.last ?? -Infinity)) latest.set(run.key, run);
    for (const run of runs) {
      const { key, parts } = run;
      const isWanted = latest.get(key) === run || parts.some(({ named }) => awaited.has(named) || used.has(named));
      if (!isWanted) continue;
      let later: Part | null = null;
      for (const part of parts.toReversed()) {
        const end = this.provenEnd(part.named);
        if (later === null || awaited.has(part.named)) {
          later = part;
          kept.set(part.named, { key, end });
          continue;
        }
        later.source.follow(part.source);
        kept.set(later.named, { key, end: Math.max(end, kept.get(later.named)!.end) });
        into.set(part.named, later.named);
      }
    }
    return { kept, into };
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
    return [...new Set(this.resolved())]
      .flatMap((run) => run?.gaps ?? [])
      .sort((a, b) => a.from - b.from || a.interface - b.interface);
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
    const keyOf = this.keys();
    const inOrder = this.sources.map((source, named) => ({ source, named }))
      .filter(({ source }) => source.first === source.first);
    for (const each of inOrder.sort((a, b) => a.source.first - b.source.first || a.named - b.named)) {
      const { source, named } = each;
      const key = keyOf(named);
      const candidates = open.get(key) ?? [];
      if (candidates.length === 0) open.set(key, candidates);
      let run: Run | null = null;
      for (const candidate of candidates) {
        if (follows(source, candidate) && (run === null || candidate.last > run.last)) run = candidate;
      }
      if (run === null) {
        run = { key, last: source.last, end: -Infinity, parts: [], gaps: [] };
        candidates.push(run);
      }
      run.last = Math.max(run.last, source.last);
      run.end = Math.max(run.end, source.last, this.provenEnd(named));
      run.parts.push(each);
      runs[named] = run;
    }
    for (const all of open.values()) for (const run of all) run.gaps.push(...gapsIn(run.parts));
    return (this.runs = runs);
  }

  /** Until when a source captured, where its file proves it. */
  private provenEnd(named: number): Time {
    return (this.past[named] ?? this.kinds[named])?.end ?? -Infinity;
  }

  /** Sources of different kinds never follow one another; nor do those of one file. */
  private keys(): (named: number) => string {
    const firstOfFile = new Map<number, number>();
    this.kinds.forEach(({ file }, named) => {
      if (named >= this.past.length && !firstOfFile.has(file)) firstOfFile.set(file, named);
    });
    return (named) => {
      const [past, kind] = [this.past[named], this.kinds[named]];
      if (past !== undefined) return past.key;
      return kind === undefined ? `${named}` : `${kind.linkType} ${named - firstOfFile.get(kind.file)!} ${kind.name}`;
    };
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
function gapsIn(parts: readonly Part[]): Gap[] {
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
