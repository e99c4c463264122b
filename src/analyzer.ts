import type { Capture } from './capture/capture.js';
import type { PacketBatch } from './capture/packet-batch.js';
import { IS_TCP, decode, isNumbered, skipReasons } from './decode/decode.js';
import { Fragments } from './decode/fragments.js';
import { Segment } from './decode/segment.js';
import { findAll } from './findings/find-all.js';
import type { Found } from './findings/find-all.js';
import { Beginnings } from './flow/beginnings.js';
import { FlowTable } from './flow/flow-table.js';
import { rosterOf } from './flow/roster.js';
import { Forgetting } from './tcp/forgetting.js';
import type { Analysis, AnalysisOptions, CaptureSummary, Host } from './model.js';
import { GUESSABLE, guessHosts, joinGuesses } from './tcp/hosts.js';
import type { HostGuess } from './tcp/hosts.js';
import { PROFILES, timers } from './tcp/profiles.js';
import type { Profile, Timers } from './tcp/profiles.js';
import type { Connection } from './tcp/connection.js';
import { socketsAt } from './tcp/sockets.js';
import { Judge } from './tcp/verdict.js';
import type { Duration, Time } from './time.js';

/** Connections kept after they were folded: a screen of them, and the ones around it. */
const REMEMBERED = 512;

/** Takes in packets; at any moment tells what became of the connections so far. */
export class Analyzer {
  private readonly segment = new Segment();
  private readonly fragments = new Fragments();
  private readonly table: FlowTable;
  private readonly forgetting: Forgetting | null;
  private readonly skipped = new Float64Array(skipReasons.length);
  /** Taken in so far. */
  packets = 0;
  /** Whether reading was stopped before the end; to be set by who reads. */
  partial = false;
  private tcpPackets = 0;
  private bytes = 0;
  private first: Time = NaN;
  private last: Time = NaN;
  private readonly capture: Capture;
  private readonly options: AnalysisOptions;

  constructor(capture: Capture, options: AnalysisOptions) {
    this.capture = capture;
    this.options = options;
    const forgets = options.findingsOnly === true && options.onSnapshot === undefined;
    this.forgetting = forgets ? new Forgetting(longestTimeWait(options)) : null;
    this.table = new FlowTable(forgets ? new Beginnings() : null);
  }

  /** The only loop over packets. */
  feed(batch: PacketBatch): void {
    const { segment, fragments, table, skipped } = this;
    let { last } = this;
    for (let index = 0; index < batch.count; index++) {
      const time = batch.time[index]!;
      this.packets++;
      this.bytes += batch.original[index]!;
      if (time === time) {
        if (this.first !== this.first || time < this.first) this.first = time;
        if (last !== last || time > last) last = time;
      }
      const outcome = decode(batch, index, segment, fragments);
      if (outcome !== IS_TCP) {
        skipped[outcome]!++;
        if (isNumbered(outcome)) table.addHeader(segment);
        continue;
      }
      this.tcpPackets++;
      // A packet without a timestamp (a Simple Packet Block) stands where its neighbours do.
      table.add(segment, this.packets, time === time ? time : last === last ? last : 0, batch.bytes);
    }
    this.last = last;
    this.forgetting?.look(table, last);
  }

  /** What is known now. Later packets do not change what is returned, but for connections that were not looked at yet. */
  analysis(options: AnalysisOptions = this.options): Analysis {
    const { table, capture } = this;
    const end = this.end();
    const { forgetting } = this;
    forgetting?.end(table, end);
    const roster = rosterOf(table);
    const guesses = forgetting === null ? guessHosts(table, roster) : joinGuesses(forgetting.hosts, guessHosts(table, roster));
    const profileOf = (address: string): Profile => options.profiles?.get(address) ?? options.profile ?? guesses.get(address)?.profile ?? 'linux';
    const judge = new Judge(table, timersFor(options, profileOf), roster);
    const remembered = new Map<number, Connection>();
    const connection = (id: number): Connection => {
      let known = remembered.get(id);
      if (known) return known;
      known = judge.judge(roster.rowOf(id), end).connection;
      if (remembered.size >= REMEMBERED) remembered.delete(remembered.keys().next().value!);
      remembered.set(id, known);
      return known;
    };
    function* connections(): IterableIterator<Connection> {
      for (const row of roster.rows()) yield remembered.get(roster.idOf(row)) ?? judge.judge(row, end).connection;
    }
    const found = findAll(judge, end);
    if (forgetting !== null) found.endings.addAll(forgetting.endings);
    return {
      clock: capture.clock,
      capture: this.summary(),
      options,
      connectionCount: roster.count + (forgetting?.count ?? 0),
      endings: found.endings.counted(),
      connection,
      connections,
      findings: found.findings,
      findingsOf: (id) => found.byConnection.get(id) ?? [],
      groups: found.groups,
      hosts: hostsOf(guesses, options, profileOf),
      sockets: (time, flows) => socketsAt(judge, flows === undefined ? roster.rows() : Array.from(flows, (id) => roster.rowOf(id)), end, time),
      withOptions: (changes) => this.analysis({ ...options, ...changes }),
      ...(this.options.findingsOnly === true && this.folded(found, connection)),
    };
  }

  /** What shows only connections that have findings. */
  private folded({ byConnection, endings, endingsOfFound }: Found, connection: Analysis['connection']): Pick<Analysis, 'folded' | 'connections'> {
    const told = [...byConnection.keys()].sort((a, b) => a - b);
    return {
      folded: { endings: endings.without(endingsOfFound), early: this.forgetting?.early ?? 0 },
      *connections() {
        for (const id of told) yield connection(id);
      },
    };
  }

  /** Until when the absence of packets says something. */
  private end(): Time {
    const last = this.last === this.last ? this.last : 0;
    return Math.max(last, this.capture.end ?? last);
  }

  private summary(): CaptureSummary {
    const { capture } = this;
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
      ...(this.partial && { partial: true }),
    };
  }
}

/** Of any host, as far as is known before its segments are. */
function longestTimeWait({ timeWait, profile, profiles }: AnalysisOptions): Duration {
  if (timeWait !== undefined) return timeWait;
  const possible = profile === undefined ? [...GUESSABLE, ...(profiles?.values() ?? [])] : [profile, ...(profiles?.values() ?? [])];
  return Math.max(...possible.map((name) => timers[name].timeWait));
}

/** The timers of each host: of its profile, unless an option sets them for all. */
function timersFor({ finTimeout, timeWait }: AnalysisOptions, profileOf: (address: string) => Profile): (address: string) => Timers {
  const set = Object.fromEntries(PROFILES.map((name) => [name, {
    system: name,
    finWait2: finTimeout ?? timers[name].finWait2,
    timeWait: timeWait ?? timers[name].timeWait,
  }])) as Record<Profile, Timers>;
  return (address) => set[profileOf(address)];
}

/** What was taken for each host, and why. */
function hostsOf(guesses: ReadonlyMap<string, HostGuess>, options: AnalysisOptions, profileOf: (address: string) => Profile): Host[] {
  return [...guesses.values()].map(({ address, because, profile }) => {
    const set = options.profiles?.has(address) === true || options.profile !== undefined;
    return { address, profile: profileOf(address), set, because: set ? 'set by an option' : profile ? because : `${because}; taken for linux` };
  });
}
