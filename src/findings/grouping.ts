import type { Finding, Group } from './finding.js';
import { SEVERITIES } from './finding.js';

/** Streams that a group names. */
const SAMPLES = 20;

/** Equal findings of one service in one line: worst first, then the most frequent. */
export function grouped(findings: readonly Finding[]): Group[] {
  const members = new Map<string, number[]>();
  findings.forEach(({ id, cause, severity, service }, index) => {
    const key = `${id} ${cause} ${severity} ${service.address} ${service.port}`;
    const list = members.get(key);
    if (list) list.push(index);
    else members.set(key, [index]);
  });
  return inOrder([...members.values()].map((indices) => group(findings, indices)));
}

function group(findings: readonly Finding[], indices: readonly number[]): Group {
  const all = indices.map((index) => findings[index]!);
  const { id, cause, severity, service } = all[0]!;
  const durations = all.map((finding) => finding.duration).toSorted((a, b) => a - b);
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
