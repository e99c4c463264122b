/**
 * The record format, version 1: one JSON object for the capture, each flow, each finding, each group, and each socket
 * of a moment. `schema/record-1.schema.json` is its definition; a line here is a field of it.
 *
 * Words of our own (states, causes) go in as they are; whatever a capture or a person wrote is made inert.
 */
import type { ConnectionId } from '../base/numbers.js';
import type {
  Address, Analysis, CaptureFile, CaptureInterface, CaptureSummary, Connection, Damage, Diagnosis, Evidence, Finding,
  Folded, Forgotten, Gap, Group, HostSocket, Loss, Reset, Socket, StateEntry,
} from '../analysis/model.js';
import { doerOf } from './explained.js';
import { inertJson } from './inert.js';
import { NULL, Piece, named } from './json-piece.js';
import type { JsonWriter } from './json-writer.js';
import * as NAME from './names.js';
import { inFiles } from './places.js';

export const VERSION = 1;

export function captureRecord(
  to: JsonWriter, { capture, view, verdicts, doubts, folded: left, forgotten: gone }: Analysis,
): void {
  to.open();
  to.word(NAME.type, 'capture');
  to.number(NAME.version, VERSION);
  objects(to, NAME.files, capture.files, file);
  objects(to, NAME.interfaces, capture.interfaces, captureInterface);
  to.number(NAME.packets, capture.packets);
  to.number(NAME.tcpPackets, capture.tcpPackets);
  if (capture.duplicates !== undefined) to.number(NAME.duplicates, capture.duplicates);
  to.number(NAME.bytes, capture.bytes);
  to.time(NAME.first, capture.first);
  to.time(NAME.last, capture.last);
  if (capture.end !== undefined && capture.end !== capture.last) to.time(NAME.end, capture.end);
  if (capture.gaps !== undefined) objects(to, NAME.gaps, capture.gaps, gap);
  if (capture.loss !== undefined) loss(to, capture.loss);
  skipped(to, capture);
  objects(to, NAME.damage, capture.damage, damage);
  words(to, NAME.verdicts, verdicts);
  words(to, NAME.doubts, doubts);
  if (capture.partial === true) to.boolean(NAME.partial, true);
  if (view !== undefined) to.text(NAME.filter, view.filter);
  if (left !== undefined) folded(to, left);
  if (gone !== undefined) forgotten(to, gone);
  to.close();
}

export function flowRecord(to: JsonWriter, analysis: Analysis, connection: Connection): void {
  const { states, zeek } = connection;
  to.open();
  to.word(NAME.type, 'flow');
  to.number(NAME.id, connection.id);
  to.number(NAME.stream, connection.stream);
  to.numbers(NAME.streams, connection.streams);
  address(to, NAME.client, connection.client);
  address(to, NAME.server, connection.server);
  to.word(NAME.roles, connection.roles);
  to.number(NAME.firstFrame, connection.firstFrame);
  to.number(NAME.lastFrame, connection.lastFrame);
  ownNumbers(to, analysis, [connection.firstFrame, connection.lastFrame]);
  to.time(NAME.start, connection.start);
  to.time(NAME.end, connection.end);
  bothSides(to, NAME.packets, connection.packets);
  bothSides(to, NAME.bytes, connection.bytes);
  to.open(NAME.states);
  objects(to, NAME.client, states.client, state);
  objects(to, NAME.server, states.server, state);
  to.close();
  to.word(NAME.ending, connection.ending);
  to.word(NAME.verdict, connection.verdict);
  to.word(NAME.doubt, connection.doubt);
  to.word(NAME.closer, connection.closer);
  objects(to, NAME.resets, connection.resets, reset);
  to.open(NAME.zeek);
  to.word(NAME.connState, zeek.connState);
  to.text(NAME.history, zeek.history);
  to.close();
  to.number(NAME.completeness, connection.completeness);
  to.number(NAME.previous, connection.previous);
  to.words(NAME.findings, findingIds(analysis, connection.id));
  sockets(to, analysis, connection.id);
  to.close();
}

export function findingRecord(to: JsonWriter, analysis: Analysis, finding: Finding): void {
  const { hostSocket: of } = analysis;
  const explanation = analysis.explanationOf(finding);
  to.open();
  to.word(NAME.type, 'finding');
  to.word(NAME.id, finding.id);
  to.word(NAME.cause, finding.cause);
  to.word(NAME.severity, finding.severity);
  to.word(NAME.confidence, finding.confidence);
  to.words(NAME.alternatives, finding.alternatives);
  to.number(NAME.flow, finding.flow);
  to.number(NAME.stream, finding.stream);
  address(to, NAME.endpoint, finding.endpoint);
  to.word(NAME.role, finding.role);
  address(to, NAME.service, finding.service);
  to.time(NAME.start, finding.start);
  to.time(NAME.end, finding.end);
  to.duration(NAME.duration, finding.duration);
  to.numbers(NAME.frames, finding.frames);
  ownNumbers(to, analysis, finding.frames);
  to.text(NAME.message, finding.message);
  to.piece(NAME.advice, advice(finding.advice));
  to.text(NAME.filter, finding.filter);
  evidence(to, finding.evidence);
  if (finding.others !== undefined) to.number(NAME.others, finding.others);
  if (explanation !== null) to.word(NAME.explainedBy, explanation.id);
  if (of !== undefined) to.piece(NAME.socket, hostSocket(of(finding.flow, finding.role)));
  to.close();
}

export function groupRecord(to: JsonWriter, analysis: Analysis, group: Group): void {
  to.open();
  to.word(NAME.type, 'group');
  to.word(NAME.finding, group.finding);
  to.word(NAME.cause, group.cause);
  to.word(NAME.severity, group.severity);
  address(to, NAME.service, group.service);
  to.word(NAME.by, doerOf(analysis, group));
  to.number(NAME.flows, group.flows);
  to.time(NAME.first, group.first);
  to.time(NAME.last, group.last);
  durations(to, group.durations);
  to.numbers(NAME.streams, group.streams);
  if (group.forgotten !== undefined) to.number(NAME.forgotten, group.forgotten);
  to.close();
}

export function diagnosisRecord(to: JsonWriter, diagnosis: Diagnosis): void {
  to.open();
  to.word(NAME.type, 'diagnosis');
  to.word(NAME.id, diagnosis.id);
  to.word(NAME.severity, diagnosis.severity);
  to.word(NAME.confidence, diagnosis.confidence);
  whose(to, diagnosis);
  to.text(NAME.message, diagnosis.message);
  to.texts(NAME.advice, diagnosis.advice);
  to.open(NAME.numbers);
  for (const [name, value] of Object.entries(diagnosis.numbers)) to.number(evidenceName(name), value);
  to.close();
  to.text(NAME.refutes, diagnosis.refutes);
  to.number(NAME.flows, diagnosis.flows);
  to.numbers(NAME.streams, diagnosis.streams);
  to.words(NAME.explains, diagnosis.explains);
  to.time(NAME.first, diagnosis.first);
  to.time(NAME.last, diagnosis.last);
  to.close();
}

export function socketRecord(to: JsonWriter, socket: Socket): void {
  to.open();
  to.time(NAME.time, socket.time);
  address(to, NAME.local, socket.local);
  address(to, NAME.remote, socket.remote);
  to.word(NAME.state, socket.state);
  to.time(NAME.since, socket.since);
  to.time(NAME.expires, socket.expires);
  to.boolean(NAME.proven, socket.proven);
  to.number(NAME.flow, socket.flow);
  to.close();
}

export function address(to: JsonWriter, name: Piece, of: Address): void {
  to.open(name);
  to.text(NAME.address, of.address);
  to.number(NAME.port, of.port);
  to.close();
}

/** How long the findings of a group took. */
export function durations(to: JsonWriter, { shortest, median, longest }: Group['durations']): void {
  to.open(NAME.durations);
  to.duration(NAME.shortest, shortest);
  to.duration(NAME.median, median);
  to.duration(NAME.longest, longest);
  to.close();
}

/** The service that a diagnosis is about, and whose doing it is; a row may have any text as its role. */
export function whose(
  to: JsonWriter,
  { service, by }: {
    readonly service: Address | null;
    readonly by: { readonly role: string; readonly address: string };
  },
): void {
  if (service === null) to.piece(NAME.service, NULL);
  else address(to, NAME.service, service);
  to.open(NAME.by);
  to.text(NAME.role, by.role);
  to.text(NAME.address, by.address);
  to.close();
}

function file(to: JsonWriter, { path, format, compression, size, frames }: CaptureFile): void {
  to.text(NAME.path, path);
  to.word(NAME.format, format);
  to.word(NAME.compression, compression);
  to.number(NAME.size, size);
  if (frames === null) {
    to.piece(NAME.frames, NULL);
    return;
  }
  to.open(NAME.frames);
  to.number(NAME.first, frames.first);
  to.number(NAME.last, frames.last);
  to.number(NAME.count, frames.count);
  to.close();
}

function captureInterface(
  to: JsonWriter, { file, linkType, snapLength, name, end, statistics }: CaptureInterface,
): void {
  to.number(NAME.file, file);
  to.number(NAME.linkType, linkType);
  to.number(NAME.snapLength, snapLength);
  to.text(NAME.name, name);
  if (end !== undefined) to.time(NAME.end, end);
  if (statistics === undefined) return;
  to.open(NAME.statistics);
  for (const [counter, packets] of Object.entries(statistics)) to.number(named(counter), packets);
  to.close();
}

function gap(to: JsonWriter, { interface: index, from, to: until }: Gap): void {
  to.number(NAME.interfaceIndex, index);
  to.time(NAME.start, from);
  to.time(NAME.end, until);
}

function loss(to: JsonWriter, { bytes, connections, share }: Loss): void {
  to.open(NAME.loss);
  to.number(NAME.bytes, bytes);
  to.number(NAME.connections, connections);
  to.number(NAME.share, share);
  to.close();
}

function skipped(to: JsonWriter, { skipped }: CaptureSummary): void {
  to.open(NAME.skipped);
  for (const [reason, packets] of Object.entries(skipped)) to.number(named(reason), packets);
  to.close();
}

function damage(to: JsonWriter, { file, offset, what }: Damage): void {
  to.text(NAME.file, file);
  to.number(NAME.offset, offset);
  to.text(NAME.what, what);
}

function folded(to: JsonWriter, { endings, early }: Folded): void {
  to.open(NAME.folded);
  counts(to, endings);
  to.number(NAME.early, early);
  to.close();
}

function forgotten(to: JsonWriter, { count, endings, early, lived }: Forgotten): void {
  to.open(NAME.forgotten);
  to.number(NAME.count, count);
  counts(to, endings);
  to.number(NAME.early, early);
  to.number(NAME.lived, lived);
  to.close();
}

function counts(to: JsonWriter, endings: Folded['endings']): void {
  words(to, NAME.endings, endings);
}

function words(to: JsonWriter, name: Piece, counted: ReadonlyMap<string, number>): void {
  to.open(name);
  for (const [word, flows] of counted) to.number(named(word), flows);
  to.close();
}

function state(to: JsonWriter, entry: StateEntry): void {
  to.word(NAME.state, entry.state);
  to.time(NAME.time, entry.time);
  to.number(NAME.frame, entry.frame);
  to.boolean(NAME.proven, entry.proven);
}

function reset(to: JsonWriter, entry: Reset): void {
  to.word(NAME.by, entry.by);
  to.number(NAME.frame, entry.frame);
  to.time(NAME.time, entry.time);
  to.word(NAME.shape, entry.shape);
  to.word(NAME.cause, entry.cause);
  to.word(NAME.confidence, entry.confidence);
  to.words(NAME.alternatives, entry.alternatives);
  to.boolean(NAME.accepted, entry.accepted);
  to.number(NAME.trigger, entry.trigger);
  bothSides(to, NAME.lostBytes, entry.lostBytes);
  to.texts(NAME.evidence, entry.evidence);
}

/** Numbers of frames in the files that hold them, where there are several. */
function ownNumbers(to: JsonWriter, analysis: Analysis, frames: readonly number[]): void {
  if (analysis.capture.placeOf === undefined) return;
  objects(to, NAME.inFiles, inFiles(analysis, frames), (_, { file, frames: own, streams, filter }) => {
    to.text(NAME.file, file);
    to.numbers(NAME.frames, own);
    to.numbers(NAME.streams, streams);
    to.text(NAME.filter, filter);
  });
}

/** What was made of each list of advice: a detector has one for each of its causes. */
const advised = new WeakMap<readonly string[], Piece>();

function advice(lines: readonly string[]): Piece {
  let piece = advised.get(lines);
  if (piece === undefined) advised.set(lines, (piece = new Piece(inertJson(lines))));
  return piece;
}

function evidence(to: JsonWriter, evidence: Evidence): void {
  to.open(NAME.evidence);
  for (const key in evidence) {
    const value = evidence[key]!;
    const name = evidenceName(key);
    if (typeof value === 'number') to.number(name, value);
    else if (typeof value === 'boolean') to.boolean(name, value);
    else if (value === null || typeof value === 'string') to.text(name, value);
    else to.texts(name, value);
  }
  to.close();
}

/** What was made of the names of evidence: each detector has some. */
const evidenceNames = new Map<string, Piece>();

function evidenceName(name: string): Piece {
  let piece = evidenceNames.get(name);
  if (piece === undefined) evidenceNames.set(name, (piece = named(name)));
  return piece;
}

/** What the hosts said of both endpoints, where they were asked. */
function sockets(to: JsonWriter, { hostSocket: of }: Analysis, flow: ConnectionId): void {
  if (of === undefined) return;
  to.open(NAME.sockets);
  to.piece(NAME.client, hostSocket(of(flow, 'client')));
  to.piece(NAME.server, hostSocket(of(flow, 'server')));
  to.close();
}

function hostSocket(socket: HostSocket | null): Piece {
  if (socket === null) return NULL;
  const { state: name, receiveQueue, sendQueue, processes } = socket;
  return new Piece(
    inertJson({
      state: name, receiveQueue, sendQueue,
      processes: processes.map((process) => ({ name: process.name, pid: process.pid })),
    }),
  );
}

function findingIds(analysis: Analysis, flow: ConnectionId): readonly string[] {
  const findings = analysis.findingsOf(flow);
  if (findings.length === 0) return [];
  const ids = new Set<string>();
  for (const { id } of findings) ids.add(id);
  return [...ids];
}

function bothSides(to: JsonWriter, name: Piece, { client, server }: { client: number; server: number }): void {
  to.open(name);
  to.number(NAME.client, client);
  to.number(NAME.server, server);
  to.close();
}

/** A list of objects; `write` writes the fields of one. */
function objects<T>(to: JsonWriter, name: Piece, items: readonly T[], write: (to: JsonWriter, item: T) => void): void {
  to.openList(name);
  for (const item of items) {
    to.open();
    write(to, item);
    to.close();
  }
  to.closeList();
}
