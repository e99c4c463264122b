/**
 * The record format, version 1: one JSON object for the capture, each flow, each finding, each group, and each socket of a moment.
 * `schema/record-1.schema.json` is its definition.
 *
 * The objects are written by hand, because a capture has flows by the hundred thousand and times have more digits than
 * `JSON.stringify` would keep. Words of our own (states, causes, addresses) go in as they are; whatever a capture or a person wrote
 * goes through `inertJson`.
 */
import type {
  Address, Analysis, CaptureSummary, Clock, Connection, Duration, Finding, Folded, Forgotten, Group, HostSocket, Reset, Socket, StateEntry, Time,
} from '../analysis.js';
import { formatDuration, formatTime } from '../time.js';
import { inertJson } from './inert.js';

export const VERSION = 1;

export function captureRecord({ clock, capture, view, folded: left, forgotten: gone }: Analysis): string {
  const { packets, tcpPackets, bytes, first, last } = capture;
  return `{"type":"capture","version":${VERSION},"files":${files(capture)},"interfaces":${interfaces(capture)},` +
    `"packets":${packets},"tcpPackets":${tcpPackets},${capture.duplicates === undefined ? '' : `"duplicates":${capture.duplicates},`}"bytes":${bytes},"first":${time(clock, first)},"last":${time(clock, last)},` +
    `"skipped":${skipped(capture)},"damage":${damage(capture)}${capture.partial === true ? ',"partial":true' : ''}` +
    `${view === undefined ? '' : `,"filter":${inertJson(view.filter)}`}${left === undefined ? '' : `,"folded":${folded(left)}`}${gone === undefined ? '' : `,"forgotten":${forgotten(gone)}`}}`;
}

export function flowRecord(analysis: Analysis, connection: Connection): string {
  const { clock } = analysis;
  const { id, stream, client, server, states, zeek } = connection;
  return `{"type":"flow","id":${id},"stream":${stream},"streams":[${connection.streams.join()}],` +
    `"client":${address(client)},"server":${address(server)},"roles":"${connection.roles}",` +
    `"firstFrame":${connection.firstFrame},"lastFrame":${connection.lastFrame},` +
    `"start":${time(clock, connection.start)},"end":${time(clock, connection.end)},` +
    `"packets":${bothSides(connection.packets)},"bytes":${bothSides(connection.bytes)},` +
    `"states":{"client":${list(states.client, (entry) => state(clock, entry))},"server":${list(states.server, (entry) => state(clock, entry))}},` +
    `"ending":"${connection.ending}","closer":${word(connection.closer)},` +
    `"resets":${list(connection.resets, (entry) => reset(clock, entry))},` +
    `"zeek":{"connState":"${zeek.connState}","history":"${zeek.history}"},"completeness":${connection.completeness},` +
    `"previous":${connection.previous},"findings":${words(findingIds(analysis, id))}${sockets(analysis, id)}}`;
}

export function findingRecord(analysis: Analysis, finding: Finding): string {
  const { clock } = analysis;
  return `{"type":"finding","id":"${finding.id}","cause":${word(finding.cause)},"severity":"${finding.severity}",` +
    `"confidence":"${finding.confidence}","alternatives":${words(finding.alternatives)},"flow":${finding.flow},"stream":${finding.stream},` +
    `"endpoint":${address(finding.endpoint)},"role":"${finding.role}","service":${address(finding.service)},` +
    `"start":${time(clock, finding.start)},"end":${time(clock, finding.end)},"duration":${seconds(finding.duration)},` +
    `"frames":[${finding.frames.join()}],"message":${inertJson(finding.message)},"advice":${advice(finding.advice)},` +
    `"filter":${inertJson(finding.filter)},"evidence":${inertJson(finding.evidence)}` +
    `${analysis.hostSocket === undefined ? '' : `,"socket":${hostSocket(analysis.hostSocket(finding.flow, finding.role))}`}}`;
}

/** What was written of each list of advice: a detector has one for each of its causes. */
const advised = new WeakMap<readonly string[], string>();

function advice(lines: readonly string[]): string {
  let text = advised.get(lines);
  if (text === undefined) advised.set(lines, (text = list(lines, inertJson)));
  return text;
}

export function groupRecord({ clock }: Analysis, group: Group): string {
  const { shortest, median, longest } = group.durations;
  return `{"type":"group","finding":"${group.finding}","cause":${word(group.cause)},"severity":"${group.severity}",` +
    `"service":${address(group.service)},"flows":${group.flows},"first":${time(clock, group.first)},"last":${time(clock, group.last)},` +
    `"durations":{"shortest":${seconds(shortest)},"median":${seconds(median)},"longest":${seconds(longest)}},` +
    `"streams":[${group.streams.join()}]${group.forgotten === undefined ? '' : `,"forgotten":${group.forgotten}`}}`;
}

export function socketRecord(clock: Clock, socket: Socket): string {
  return `{"time":${time(clock, socket.time)},"local":${address(socket.local)},"remote":${address(socket.remote)},` +
    `"state":"${socket.state}","since":${time(clock, socket.since)},"expires":${time(clock, socket.expires)},` +
    `"proven":${socket.proven},"flow":${socket.flow}}`;
}

/** Seconds since the Unix epoch with every digit of the capture; null where there is none (no packet, no timer, no end yet). */
export function time(clock: Clock, moment: Time | null): string {
  return moment !== null && Number.isFinite(moment) ? formatTime(clock, moment) : 'null';
}

export function address(of: Address): string {
  return `{"address":"${of.address}","port":${of.port}}`;
}

function seconds(duration: Duration): string {
  return Number.isFinite(duration) ? formatDuration(duration) : 'null';
}

function files({ files }: CaptureSummary): string {
  return list(files, ({ path, format, compression, size, frames }) =>
    `{"path":${inertJson(path)},"format":"${format}","compression":${word(compression)},"size":${size},` +
    `"frames":${frames === null ? null : `{"first":${frames.first},"last":${frames.last},"count":${frames.count}}`}}`);
}

function interfaces({ interfaces }: CaptureSummary): string {
  return list(interfaces, ({ file, linkType, snapLength, name }) =>
    `{"file":${file},"linkType":${linkType},"snapLength":${snapLength},"name":${inertJson(name)}}`);
}

function skipped({ skipped }: CaptureSummary): string {
  return `{${Object.entries(skipped).map(([reason, packets]) => `${inertJson(reason)}:${packets}`).join()}}`;
}

function folded({ endings, early }: Folded): string {
  return `{"endings":${counts(endings)},"early":${early}}`;
}

function forgotten({ count, endings, early, lived }: Forgotten): string {
  return `{"count":${count},"endings":${counts(endings)},"early":${early},"lived":${lived}}`;
}

function counts(endings: Folded['endings']): string {
  return `{${[...endings].map(([ending, flows]) => `"${ending}":${flows}`).join()}}`;
}

function damage({ damage }: CaptureSummary): string {
  return list(damage, ({ file, offset, what }) => `{"file":${inertJson(file)},"offset":${offset},"what":${inertJson(what)}}`);
}

function state(clock: Clock, entry: StateEntry): string {
  return `{"state":"${entry.state}","time":${time(clock, entry.time)},"frame":${entry.frame},"proven":${entry.proven}}`;
}

function reset(clock: Clock, entry: Reset): string {
  return `{"by":"${entry.by}","frame":${entry.frame},"time":${time(clock, entry.time)},"shape":"${entry.shape}","cause":"${entry.cause}",` +
    `"confidence":"${entry.confidence}","alternatives":${words(entry.alternatives)},"accepted":${entry.accepted},` +
    `"trigger":${entry.trigger},"lostBytes":${bothSides(entry.lostBytes)},"evidence":${list(entry.evidence, inertJson)}}`;
}

/** What the hosts said of both endpoints, where they were asked. */
function sockets({ hostSocket: of }: Analysis, flow: number): string {
  return of === undefined ? '' : `,"sockets":{"client":${hostSocket(of(flow, 'client'))},"server":${hostSocket(of(flow, 'server'))}}`;
}

function hostSocket(socket: HostSocket | null): string {
  if (socket === null) return 'null';
  const { state: name, receiveQueue, sendQueue, processes } = socket;
  return inertJson({ state: name, receiveQueue, sendQueue, processes: processes.map((process) => ({ name: process.name, pid: process.pid })) });
}

function findingIds(analysis: Analysis, flow: number): readonly string[] {
  const indices = analysis.findingsOf(flow);
  if (indices.length === 0) return [];
  const ids = new Set<string>();
  for (const index of indices) {
    const finding = analysis.findings[index];
    if (finding !== undefined) ids.add(finding.id);
  }
  return [...ids];
}

function bothSides({ client, server }: { client: number; server: number }): string {
  return `{"client":${client},"server":${server}}`;
}

function word(text: string | null): string {
  return text === null ? 'null' : `"${text}"`;
}

function words(texts: readonly string[]): string {
  return list(texts, word);
}

function list<T>(items: readonly T[], write: (item: T) => string): string {
  let text = '[';
  for (const item of items) text += text === '[' ? write(item) : `,${write(item)}`;
  return text + ']';
}
