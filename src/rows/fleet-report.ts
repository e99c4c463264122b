import type { Address, Severity, Time } from '../analysis/model.js';
import { SECOND } from '../base/time.js';
import { ROW_DIGITS } from '../collect/rows.js';
import type { ConnectionId } from '../base/numbers.js';
import { type Stay, buildupOf, closeWaitBuildup } from '../findings/close-wait-buildup.js';
import { SEVERITIES } from '../findings/finding.js';
import { RowCells, address, duration, integer, integerOrNull, severity, text, textOrNull } from './cells.js';
import { DiagnosisRows } from './diagnosis-rows.js';
import { GroupRows } from './group-rows.js';
import type { FleetReport, ToldFinding, ToldGroup, ToldSource } from './model.js';
import { rowsIn, sourcesIn } from './row-files.js';
import { ServiceRows } from './service-rows.js';
import { Shares } from './shares.js';
import { type Sighting, seenElsewhere } from './sightings.js';

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
  private readonly services = new Map<string, ServiceRows>();
  private readonly explanations = new Map<string, Explanation>();
  /** `source number` of a diagnosis: the connections that show it, and are told here. */
  private readonly members = new Map<string, Set<number>>();
  private readonly groups = new Map<string, GroupRows>();
  private readonly diagnoses = new Map<string, DiagnosisRows>();
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
      if (group === undefined) this.groups.set(key, (group = new GroupRows(grave, finding, cause, service)));
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
      if (diagnosis === undefined) this.diagnoses.set(key, (diagnosis = new DiagnosisRows(by, where)));
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
    if (service === undefined) this.services.set(key, (service = new ServiceRows(where)));
    service.add(source, ending, flows, found);
  }
}

function findingKey(source: string, id: number, finding: string, cause: string | null): string {
  return `${source} ${id} ${finding} ${cause}`;
}

function rank({ severity: grave }: { readonly severity: Severity }): number {
  return SEVERITIES.indexOf(grave);
}
