import { JsonWriter } from '../report/json-writer.js';
import { named } from '../report/json-piece.js';
import * as NAME from '../report/names.js';
import { VERSION, address, durations, whose } from '../report/record.js';
import type { FleetReport, Share, ToldDiagnosis, ToldGroup, ToldService, ToldSource } from './model.js';

const OWN = {
  folder: named('folder'), sources: named('sources'), source: named('source'), seenTwice: named('seenTwice'),
  unknown: named('unknown'), findingsOnly: named('findingsOnly'), told: named('told'), open: named('open'),
  hasEnded: named('hasEnded'), holes: named('holes'), withFindings: named('withFindings'), samples: named('samples'),
  connection: named('connection'),
} as const;

/** One JSON object a line: `rows`, then each `source`, `service`, `group` and `diagnosis`. */
export function* fleetNdjson(report: FleetReport): IterableIterator<Buffer> {
  const to = new JsonWriter(report.clock);
  for (const write of records(report)) {
    write(to);
    to.endLine();
    yield Buffer.from(to.taken());
  }
}

/** Records of rows, those of `fleetNdjson`, as one document. */
export function* fleetJson(report: FleetReport): IterableIterator<Buffer | string> {
  const to = new JsonWriter(report.clock);
  let before = `{"version":${VERSION},"records":[\n`;
  for (const write of records(report)) {
    write(to);
    to.dropComma();
    yield before;
    yield Buffer.from(to.taken());
    before = ',\n';
  }
  yield '\n]}\n';
}

type Record = (to: JsonWriter) => void;

function* records(report: FleetReport): IterableIterator<Record> {
  yield (to) => rows(to, report);
  for (const one of report.sources) yield (to) => source(to, one);
  for (const one of report.services) yield (to) => service(to, one);
  for (const one of report.groups) yield (to) => group(to, one);
  for (const one of report.diagnoses) yield (to) => diagnosis(to, one);
}

function rows(to: JsonWriter, { folder, sources, flows, seenTwice, unknown, isFoundOnly, endings }: FleetReport): void {
  to.open();
  to.word(NAME.type, 'rows');
  to.number(NAME.version, VERSION);
  to.text(OWN.folder, folder);
  to.texts(OWN.sources, sources.map(({ name }) => name));
  to.number(NAME.flows, flows);
  to.number(OWN.seenTwice, seenTwice);
  to.number(OWN.unknown, unknown);
  to.boolean(OWN.findingsOnly, isFoundOnly);
  counted(to, endings);
  to.close();
}

function source(to: JsonWriter, told: ToldSource): void {
  to.open();
  to.word(NAME.type, 'source');
  to.text(OWN.source, told.name);
  to.number(NAME.files, told.files);
  to.number(NAME.packets, told.packets);
  to.number(NAME.tcpPackets, told.tcpPackets);
  to.number(NAME.bytes, told.bytes);
  to.time(NAME.first, told.first);
  to.time(NAME.last, told.last);
  to.number(OWN.told, told.told);
  to.number(OWN.open, told.open);
  to.boolean(OWN.hasEnded, told.hasEnded);
  to.texts(OWN.holes, told.holes);
  to.texts(NAME.damage, told.damage);
  to.close();
}

function service(to: JsonWriter, told: ToldService): void {
  to.open();
  to.word(NAME.type, 'service');
  address(to, NAME.service, told.service);
  to.number(NAME.flows, told.flows);
  to.number(OWN.withFindings, told.found);
  counted(to, told.endings);
  shares(to, told.sources);
  to.close();
}

function group(to: JsonWriter, told: ToldGroup): void {
  to.open();
  to.word(NAME.type, 'group');
  to.text(NAME.finding, told.finding);
  to.text(NAME.cause, told.cause);
  to.word(NAME.severity, told.severity);
  address(to, NAME.service, told.service);
  to.text(NAME.explainedBy, told.explainedBy);
  to.number(NAME.flows, told.flows);
  to.time(NAME.first, told.first);
  to.time(NAME.last, told.last);
  durations(to, told.durations);
  shares(to, told.sources);
  to.openList(OWN.samples);
  for (const sample of told.samples) {
    to.open();
    to.text(OWN.source, sample.source);
    to.number(OWN.connection, sample.id);
    to.text(NAME.file, sample.file);
    to.number(NAME.frame, sample.frame);
    to.text(NAME.message, sample.message);
    to.close();
  }
  to.closeList();
  to.close();
}

function diagnosis(to: JsonWriter, told: ToldDiagnosis): void {
  to.open();
  to.word(NAME.type, 'diagnosis');
  to.text(NAME.id, told.id);
  to.word(NAME.severity, told.severity);
  to.text(NAME.confidence, told.confidence);
  whose(to, told);
  to.text(NAME.message, told.message);
  to.texts(NAME.advice, told.advice);
  to.text(NAME.refutes, told.refutes);
  to.number(NAME.flows, told.flows);
  to.time(NAME.first, told.first);
  to.time(NAME.last, told.last);
  shares(to, told.sources);
  to.close();
}

function counted(to: JsonWriter, endings: ReadonlyMap<string, number>): void {
  to.open(NAME.endings);
  for (const [ending, flows] of endings) to.number(named(ending), flows);
  to.close();
}

function shares(to: JsonWriter, sources: readonly Share[]): void {
  to.openList(OWN.sources);
  for (const one of sources) {
    to.open();
    to.text(OWN.source, one.source);
    to.number(NAME.flows, one.flows);
    to.close();
  }
  to.closeList();
}
