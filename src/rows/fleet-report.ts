import type { Address, Clock, Duration, Severity, Time } from '../analysis/model.js';
import { SECOND } from '../base/time.js';
import { ROW_DIGITS } from '../collect/rows.js';
import type { ConnectionId } from '../base/numbers.js';
import { type Stay, buildupOf, closeWaitBuildup } from '../findings/close-wait-buildup.js';
import { SEVERITIES } from '../findings/finding.js';
import { RowCells, address, duration, integer, integerOrNull, severity, text, textOrNull } from './cells.js';
import { type RawRow, rowsIn, sourcesIn } from './row-files.js';
import { type Sighting, seenElsewhere } from './sightings.js';

/** Findings of a group that are shown. */
const SAMPLES = 3;

/** One tap, and what was read of it. */
export interface ToldSource {
  readonly name: string;
  readonly files: number;
  readonly packets: number;
  readonly tcpPackets: number;
  readonly bytes: number;
  readonly first: Time | null;
  readonly last: Time | null;
  /** Connections that were told, and those that were not yet. */
  readonly told: number;
  readonly open: number;
  /** Whether its end was told: only then are its open connections, and its diagnoses. */
  readonly hasEnded: boolean;
  /** What is missing, and what could not be read, each with its file. */
  readonly holes: readonly string[];
  readonly damage: readonly string[];
}

/** How many connections a source tells of. */
export interface Share {
  readonly source: string;
  readonly flows: number;
}

/** All connections to one address and port. */
export interface ToldService {
  readonly service: Address;
  readonly flows: number;
  /** Those with a finding. */
  readonly found: number;
  readonly endings: ReadonlyMap<string, number>;
  readonly sources: readonly Share[];
}

/** One finding as its row tells it. */
export interface ToldFinding {
  readonly source: string;
  readonly id: number;
  readonly file: string | null;
  readonly frame: number | null;
  readonly message: string;
}

/** Equal findings of one service, of whatever sources. */
export interface ToldGroup {
  readonly severity: Severity;
  readonly finding: string;
  readonly cause: string | null;
  readonly service: Address;
  /** The diagnosis that explains all of them; null where none does, or only some. */
  readonly explainedBy: string | null;
  readonly flows: number;
  readonly first: Time;
  readonly last: Time;
  readonly durations: { readonly shortest: Duration; readonly median: Duration; readonly longest: Duration };
  readonly sources: readonly Share[];
  readonly samples: readonly ToldFinding[];
}

/** One fault at one place, as its sources tell it. */
export interface ToldDiagnosis {
  readonly id: string;
  readonly severity: Severity;
  readonly confidence: string;
  readonly by: { readonly role: string; readonly address: string };
  readonly service: Address | null;
  readonly flows: number;
  readonly first: Time | null;
  readonly last: Time | null;
  readonly message: string;
  readonly advice: readonly string[];
  readonly refutes: string;
  readonly sources: readonly Share[];
}

/** What rows of many taps tell, each connection once. */
export interface FleetReport {
  readonly folder: string;
  readonly clock: Clock;
  readonly sources: readonly ToldSource[];
  readonly flows: number;
  /** Connections that were seen at another tap, too: they count there. */
  readonly seenTwice: number;
  /** Connections of which nothing is known, among those that have a row. */
  readonly unknown: number;
  /** Whether rows of connections without a finding are missing (`--findings-only`). */
  readonly isFoundOnly: boolean;
  readonly endings: ReadonlyMap<string, number>;
  /** The worst first. */
  readonly services: readonly ToldService[];
  readonly groups: readonly ToldGroup[];
  readonly diagnoses: readonly ToldDiagnosis[];
}

/** Reads the rows of `lastack collect --to`, of all sources, as NDJSON or Parquet. @throws RowsError */
export async function readFleet(folder: string): Promise<FleetReport> {
  const names = sourcesIn(folder);
  const cells = new RowCells(await earliestSecond(folder, names));
  const reading = new FleetReading(folder, cells);
  for (const name of names) await reading.addSteps(name);
  for (const name of names) await reading.addFlows(name);
  reading.settleSightings();
  for (const name of names) await reading.addTallies(name);
  for (const name of names) await reading.addExplanations(name);
  for (const name of names) await reading.addFindings(name);
  for (const name of names) await reading.addDiagnoses(name);
  return reading.report();
}

async function earliestSecond(folder: string, names: readonly string[]): Promise<number> {
  const cells = new RowCells(0);
  let earliest = Infinity;
  for (const name of names) {
    for await (const row of rowsIn(folder, 'steps', name))
      earliest = Math.min(earliest, cells.time(row, 'first') ?? Infinity);
  }
  return Number.isFinite(earliest) ? Math.floor(earliest / SECOND) : 0;
}

interface Explanation {
  readonly diagnosis: string;
  readonly severity: Severity;
}

/** A socket that went into CLOSE-WAIT, and its row. */
interface OpenSocket extends Stay {
  readonly told: ToldFinding;
  readonly service: Address;
  readonly explainedBy: string | null;
}

/** A connection as one tap has seen it, and what of it is counted. */
interface ToldConnection extends Sighting {
  readonly service: Address;
  readonly ending: string;
  readonly isFound: boolean;
  readonly isUnknown: boolean;
}

class FleetReading {
  private readonly folder: string;
  private readonly cells: RowCells;
  private readonly sources: ToldSource[] = [];
  private readonly sightings: ToldConnection[] = [];
  /** `source id` of connections that another tap tells of. */
  private readonly elsewhere = new Set<string>();
  private readonly endings = new Map<string, number>();
  private readonly services = new Map<string, Service>();
  private readonly explanations = new Map<string, Explanation>();
  /** `source number` of a diagnosis: the connections that show it, and are told here. */
  private readonly members = new Map<string, Set<number>>();
  private readonly groups = new Map<string, Group>();
  private readonly diagnoses = new Map<string, Diagnosis>();
  /** Sockets in CLOSE-WAIT by service, each with its row: together they show more. */
  private readonly stays = new Map<string, OpenSocket[]>();
  private flows = 0;

  constructor(folder: string, cells: RowCells) {
    this.folder = folder;
    this.cells = cells;
  }

  async addSteps(name: string): Promise<void> {
    const sum = { files: 0, packets: 0, tcpPackets: 0, bytes: 0, told: 0, open: 0 };
    const [holes, damage]: [string[], string[]] = [[], []];
    let [first, last, hasEnded]: [Time | null, Time | null, boolean] = [null, null, false];
    for await (const row of rowsIn(this.folder, 'steps', name)) {
      const file = text(row, 'file');
      if (file === '') hasEnded = true;
      else sum.files++;
      sum.packets += integer(row, 'packets');
      sum.tcpPackets += integer(row, 'tcp_packets');
      sum.bytes += integer(row, 'bytes');
      sum.told += integer(row, 'told');
      sum.open = integer(row, 'open');
      const [from, to] = [this.cells.time(row, 'first'), this.cells.time(row, 'last')];
      first = from === null ? first : Math.min(first ?? Infinity, from);
      last = to === null ? last : Math.max(last ?? -Infinity, to);
      for (const [list, what] of [[holes, 'holes'], [damage, 'damage']] as const) {
        const words = textOrNull(row, what);
        if (words !== null) list.push(`${file}: ${words}`);
      }
    }
    this.sources.push({ name, ...sum, first, last, hasEnded, holes, damage });
  }

  async addFlows(source: string): Promise<void> {
    for await (const row of rowsIn(this.folder, 'flows', source)) {
      const [client, service] = [address(row, 'client'), address(row, 'server')];
      const [own, others] = [integerOrNull(row, 'client_isn'), integerOrNull(row, 'server_isn')];
      this.sightings.push({
        source, id: integer(row, 'id'), service,
        tuple: `${client.address} ${client.port} ${service.address} ${service.port}`,
        numbers: own === null || others === null ? null : `${own} ${others}`,
        packets: integer(row, 'client_packets') + integer(row, 'server_packets'),
        start: this.cells.time(row, 'start') ?? 0, end: this.cells.time(row, 'end') ?? 0,
        ending: text(row, 'ending'), isFound: textOrNull(row, 'findings') !== null,
        isUnknown: textOrNull(row, 'verdict') === 'unknown',
      });
    }
  }

  /** Tells connections that several taps have seen once: all behind it ask for that. */
  settleSightings(): void {
    const left = this.sources.length > 1 ? seenElsewhere(this.sightings) : new Set<Sighting>();
    for (const sighting of this.sightings) {
      if (!left.has(sighting)) continue;
      const { source, id, service, ending, isFound } = sighting;
      this.elsewhere.add(`${source} ${id}`);
      this.count(source, service, ending, -1, isFound ? -1 : 0);
    }
  }

  async addTallies(source: string): Promise<void> {
    for await (const row of rowsIn(this.folder, 'tallies', source)) {
      this.count(
        source, address(row, 'service'), text(row, 'ending'), integer(row, 'flows'), integer(row, 'with_findings'),
      );
    }
  }

  async addExplanations(source: string): Promise<void> {
    for await (const row of rowsIn(this.folder, 'explanations', source)) {
      const id = integer(row, 'id');
      if (this.elsewhere.has(`${source} ${id}`)) continue;
      if (row['shows'] === true) {
        const key = `${source} ${integer(row, 'number')}`;
        const members = this.members.get(key);
        if (members === undefined) this.members.set(key, new Set([id]));
        else members.add(id);
      }
      const finding = textOrNull(row, 'finding');
      if (finding === null) continue;
      this.explanations.set(findingKey(source, id, finding, textOrNull(row, 'cause')), {
        diagnosis: text(row, 'diagnosis'), severity: severity(row),
      });
    }
  }

  async addFindings(source: string): Promise<void> {
    for await (const row of rowsIn(this.folder, 'findings', source)) {
      const id = integer(row, 'id');
      if (this.elsewhere.has(`${source} ${id}`)) continue;
      const [finding, cause, service] = [text(row, 'finding'), textOrNull(row, 'cause'), address(row, 'service')];
      const explanation = this.explanations.get(findingKey(source, id, finding, cause)) ?? null;
      const grave = explanation?.severity ?? severity(row);
      const key = `${grave} ${finding} ${cause} ${service.address} ${service.port}`;
      let group = this.groups.get(key);
      if (group === undefined) this.groups.set(key, (group = new Group(grave, finding, cause, service)));
      const told = {
        source, id, file: textOrNull(row, 'file'), frame: integerOrNull(row, 'frame'), message: text(row, 'message'),
      };
      const start = this.cells.time(row, 'start') ?? 0;
      const explainedBy = explanation?.diagnosis ?? null;
      group.add(told, start, duration(row, 'duration'), explainedBy);
      if (finding !== 'half-closed' || textOrNull(row, 'role') !== 'server' || severity(row) === 'info') continue;
      const place = `${service.address} ${service.port}`;
      const stays = this.stays.get(place) ?? [];
      this.stays.set(place, stays);
      const flow = stays.length as ConnectionId;
      stays.push({ cause, start, end: this.cells.time(row, 'end'), flow, frames: [], told, service, explainedBy });
    }
  }

  async addDiagnoses(source: string): Promise<void> {
    for await (const row of rowsIn(this.folder, 'diagnoses', source)) {
      const where = textOrNull(row, 'service_address') === null ? null : address(row, 'service');
      const by = { role: text(row, 'by'), address: text(row, 'by_address') };
      const key = [text(row, 'diagnosis'), by.role, by.address, where?.address ?? '', where?.port ?? ''].join(' ');
      let diagnosis = this.diagnoses.get(key);
      if (diagnosis === undefined) this.diagnoses.set(key, (diagnosis = new Diagnosis(by, where)));
      const members = this.members.get(`${source} ${integer(row, 'number')}`)?.size ?? 0;
      diagnosis.add(row, source, members, this.cells);
    }
  }

  report(): FleetReport {
    const services = [...this.services.values()].map((service) => service.told()).filter(({ flows }) => flows > 0);
    const groups = [...[...this.groups.values()].map((group) => group.told()), ...this.buildups()];
    const told = this.sightings.filter(({ source, id }) => !this.elsewhere.has(`${source} ${id}`));
    return {
      folder: this.folder,
      clock: { epoch: this.cells.epoch, digits: ROW_DIGITS },
      sources: this.sources,
      flows: this.flows,
      seenTwice: this.elsewhere.size,
      unknown: told.filter(({ isUnknown }) => isUnknown).length,
      isFoundOnly: told.length < this.flows,
      endings: new Map([...this.endings].filter(([, flows]) => flows > 0).toSorted(([, a], [, b]) => b - a)),
      services: services.toSorted((a, b) => b.found - a.found || b.flows - a.flows),
      groups: groups.toSorted((a, b) => rank(a) - rank(b) || b.flows - a.flows || a.first - b.first),
      diagnoses: [...this.diagnoses.values()]
        .map((diagnosis) => diagnosis.told())
        .toSorted((a, b) => rank(a) - rank(b) || b.flows - a.flows || (a.first ?? 0) - (b.first ?? 0)),
    };
  }

  /** What leaks, over all sources, by the rule of one machine. */
  private *buildups(): IterableIterator<ToldGroup> {
    const until = Math.max(...this.sources.map(({ last }) => last ?? -Infinity));
    for (const stays of this.stays.values()) {
      const buildup = buildupOf(stays, 0);
      if (buildup === null) continue;
      const { start, message, others = [], flow } = buildup;
      const open = others.map((place) => stays[place]!);
      const last = stays[flow]!;
      const shares = new Shares();
      for (const { told } of open) shares.add(told.source, 1);
      const lasted = until - start;
      yield {
        severity: closeWaitBuildup.severities[''], finding: closeWaitBuildup.id, cause: null,
        service: last.service,
        explainedBy: last.explainedBy === 'leak' ? 'leak' : null, flows: open.length, first: start, last: start,
        durations: { shortest: lasted, median: lasted, longest: lasted }, sources: shares.told(),
        samples: [{ ...last.told, message }],
      };
    }
  }

  private count(source: string, where: Address, ending: string, flows: number, found: number): void {
    this.flows += flows;
    this.endings.set(ending, (this.endings.get(ending) ?? 0) + flows);
    const key = `${where.address} ${where.port}`;
    let service = this.services.get(key);
    if (service === undefined) this.services.set(key, (service = new Service(where)));
    service.add(source, ending, flows, found);
  }
}

function findingKey(source: string, id: number, finding: string, cause: string | null): string {
  return `${source} ${id} ${finding} ${cause}`;
}

function rank({ severity: grave }: { readonly severity: Severity }): number {
  return SEVERITIES.indexOf(grave);
}

/** Counts by source, in order of their names, those that count nothing left out. */
class Shares {
  private readonly flows = new Map<string, number>();

  add(source: string, flows: number): void {
    this.flows.set(source, (this.flows.get(source) ?? 0) + flows);
  }

  told(): Share[] {
    return [...this.flows]
      .filter(([, flows]) => flows > 0)
      .map(([source, flows]) => ({ source, flows }))
      .toSorted((a, b) => (a.source < b.source ? -1 : 1));
  }
}

class Service {
  private readonly service: Address;
  private readonly endings = new Map<string, number>();
  private readonly shares = new Shares();
  private flows = 0;
  private found = 0;

  constructor(service: Address) {
    this.service = service;
  }

  add(source: string, ending: string, flows: number, found: number): void {
    this.flows += flows;
    this.found += found;
    this.endings.set(ending, (this.endings.get(ending) ?? 0) + flows);
    this.shares.add(source, flows);
  }

  told(): ToldService {
    const { service, flows, found } = this;
    const endings = new Map([...this.endings].filter(([, number]) => number > 0).toSorted(([, a], [, b]) => b - a));
    return { service, flows, found, endings, sources: this.shares.told() };
  }
}

class Group {
  private readonly kind: Pick<ToldGroup, 'severity' | 'finding' | 'cause' | 'service'>;
  private readonly connections = new Set<string>();
  private readonly shares = new Shares();
  private readonly durations: Duration[] = [];
  private readonly samples: ToldFinding[] = [];
  private readonly explained = new Set<string | null>();
  private first: Time = Infinity;
  private last: Time = -Infinity;

  constructor(grave: Severity, finding: string, cause: string | null, service: Address) {
    this.kind = { severity: grave, finding, cause, service };
  }

  add(finding: ToldFinding, start: Time, lasted: Duration, explainedBy: string | null): void {
    const key = `${finding.source} ${finding.id}`;
    if (!this.connections.has(key)) this.shares.add(finding.source, 1);
    this.connections.add(key);
    this.durations.push(lasted);
    this.explained.add(explainedBy);
    this.first = Math.min(this.first, start);
    this.last = Math.max(this.last, start);
    if (this.samples.length < SAMPLES) this.samples.push(finding);
  }

  told(): ToldGroup {
    const durations = Float64Array.from(this.durations).sort();
    return {
      ...this.kind,
      explainedBy: this.explained.size === 1 ? [...this.explained][0]! : null,
      flows: this.connections.size, first: this.first, last: this.last,
      durations: { shortest: durations[0]!, median: durations[durations.length >> 1]!, longest: durations.at(-1)! },
      sources: this.shares.told(), samples: this.samples,
    };
  }
}

class Diagnosis {
  private readonly by: ToldDiagnosis['by'];
  private readonly service: Address | null;
  private readonly shares = new Shares();
  private best: { readonly row: RawRow; readonly flows: number } | null = null;
  private shown = 0;
  private first: Time | null = null;
  private last: Time | null = null;

  constructor(by: ToldDiagnosis['by'], service: Address | null) {
    this.by = by;
    this.service = service;
  }

  /** `members`: connections that show it and are told of this source, and of no other one. */
  add(row: RawRow, source: string, members: number, cells: RowCells): void {
    const flows = integer(row, 'flows');
    this.shares.add(source, flows);
    this.shown += members;
    if (this.best === null || flows > this.best.flows) this.best = { row, flows };
    const [first, last] = [cells.time(row, 'first'), cells.time(row, 'last')];
    this.first = first === null ? this.first : Math.min(this.first ?? Infinity, first);
    this.last = last === null ? this.last : Math.max(this.last ?? -Infinity, last);
  }

  told(): ToldDiagnosis {
    const { row, flows } = this.best!;
    return {
      id: text(row, 'diagnosis'), severity: severity(row), confidence: text(row, 'confidence'), by: this.by,
      service: this.service, flows: Math.max(flows, this.shown), first: this.first, last: this.last,
      message: text(row, 'message'), advice: text(row, 'advice').split('\n'), refutes: text(row, 'refutes'),
      sources: this.shares.told(),
    };
  }
}
