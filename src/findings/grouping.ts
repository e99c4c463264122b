import type { Finding, Group } from './index.js';
import { SEVERITIES } from './finding.js';
import type { AnyFinding } from './finding.js';

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
    for (const known of kinds) {
      if (!isOfOneKind(known.first, finding)) continue;
      known.indices.push(index);
      return;
    }
    const members = { first: finding, indices: [index] };
    kinds.push(members);
    all.push(members);
  });
  return inOrder(all.map(({ indices }) => group(findings, indices)));
}

/**
 * Equal findings of one service. By maps of its address and port: a text to be the key of each finding takes 240 ns to
 * write and to look for, two look-ups of maps 30 (Node 20.20).
 */
interface Members {
  readonly first: Finding;
  readonly indices: number[];
}

function isOfOneKind(one: Finding, other: Finding): boolean {
  return one.id === other.id && one.cause === other.cause && one.severity === other.severity;
}

/** `indices` are in order, so that the findings of one connection stand together. */
function group(findings: readonly Finding[], indices: readonly number[]): Group {
  const { id, cause, severity, service } = findings[indices[0]!]!;
  const durations = new Float64Array(indices.length);
  const streams = new Set<number>();
  let [flows, flow] = [0, NaN];
  let [first, last] = [Infinity, -Infinity];
  for (let place = 0; place < indices.length; place++) {
    const finding = findings[indices[place]!]!;
    if (finding.flow !== flow) flows++;
    flows += finding.others ?? 0;
    flow = finding.flow;
    durations[place] = finding.duration;
    if (streams.size < SAMPLES) streams.add(finding.stream);
    first = Math.min(first, finding.start);
    last = Math.max(last, finding.start);
  }
  durations.sort();
  return {
    finding: id,
    cause,
    severity,
    service,
    flows,
    first,
    last,
    streams: [...streams],
    durations: { shortest: durations[0]!, median: durations[durations.length >> 1]!, longest: durations.at(-1)! },
    findings: indices,
  } as Group;
}

/**
 * Groups of what is kept with those of connections that are no longer kept, one of each kind and service; worst first.
 */
export function withEvicted(groups: readonly Group[], evicted: readonly Group[]): Group[] {
  const all = new Map<string, Group>();
  for (const group of [...groups, ...evicted]) {
    const { finding: id, cause, severity, service } = group;
    const key = kindAndService({ id, cause, severity, service });
    const known = all.get(key);
    all.set(key, known === undefined ? group : joined(known, group));
  }
  return inOrder([...all.values()]);
}

/** What findings of one group have in common, as a text. */
export function kindAndService({
  id, cause, severity, service: { address, port },
}: Pick<AnyFinding, 'id' | 'cause' | 'severity' | 'service'>): string {
  return `${id} ${cause} ${severity} ${address} ${port}`;
}

function joined(group: Group, { flows, first, last, durations: { shortest, longest } }: Group): Group {
  return {
    ...group, flows: group.flows + flows, forgotten: (group.forgotten ?? 0) + flows,
    first: Math.min(group.first, first), last: Math.max(group.last, last),
    durations: {
      shortest: Math.min(group.durations.shortest, shortest), median: group.durations.median,
      longest: Math.max(group.durations.longest, longest),
    },
  };
}

/** By severity, then by number of flows. */
export function inOrder(groups: readonly Group[]): Group[] {
  return groups.toSorted(worstFirst);
}

function worstFirst(a: Group, b: Group): number {
  return SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || b.flows - a.flows || a.first - b.first;
}
