import { endOf } from '../analysis/capture-end.js';
import type { Address, Analysis, Ending, Severity } from '../analysis/model.js';
import { DOUBTS } from '../analysis/model.js';
import { SEVERITIES } from '../findings/finding.js';
import { formatTime } from '../base/time.js';
import { doerOf } from './explained.js';
import type { Look } from './paint.js';
import { withoutCrowd } from './crowd.js';
import { socketAddress } from './quantities.js';
import { inert } from './inert.js';

/** One metric family: its name and type, what it counts, and its samples. */
interface Family {
  /** Name of the family; that of a counter lacks the `_total` of its samples (OpenMetrics 1.0, §5.2). */
  readonly name: string;
  /** Default: a gauge. */
  readonly type?: 'counter';
  /** With it the name must end in it (OpenMetrics 1.0, §4.2). */
  readonly unit?: string;
  readonly help: string;
  readonly samples: Iterable<Sample>;
}
type Sample = readonly [labels: Readonly<Record<string, string>>, value: number | string];

/**
 * OpenMetrics 1.0 text, for the textfile collector of node_exporter. All are gauges: they say how it stood in this
 * capture, and the next capture begins anew. Services are labels: a capture of many servers has many series.
 */
export function* openmetrics(analysis: Analysis, _look: Look): IterableIterator<string> {
  yield* exposition(families(analysis, namedServices(analysis)));
  yield '# EOF\n';
}

/**
 * Metrics of a capture that goes on, with what only that has: counters that grow, sockets by state now, and what was
 * forgotten so that memory is bounded. Connections by service are those that are kept.
 *
 * @param since when the watch began, in seconds since the epoch
 */
export function* liveOpenmetrics(analysis: Analysis, since: number): IterableIterator<string> {
  const named = namedServices(analysis);
  yield* exposition(liveFamilies(analysis, named, since));
  yield* exposition(families(analysis, named));
  yield '# EOF\n';
}

/** Before the first packet: there is a watch, and nothing else. */
export function emptyOpenmetrics(since: number): string {
  return [...exposition([watchStart(since)]), '# EOF\n'].join('');
}

function* exposition(all: Iterable<Family>): IterableIterator<string> {
  for (const { name, type, unit, help, samples } of all) {
    yield `# TYPE ${name} ${type ?? 'gauge'}\n${unit === undefined ? '' : `# UNIT ${name} ${unit}\n`}# HELP ${name} ` +
      `${help}\n`;
    for (const [labels, value] of samples)
      yield `${name}${type === 'counter' ? '_total' : ''}${labelled(labels)} ${value}\n`;
  }
}

function watchStart(since: number): Family {
  return {
    name: 'lastack_watch_start_timestamp_seconds', unit: 'seconds', help: 'Unix time at which the watch began.',
    samples: [[{}, since]],
  };
}

function* liveFamilies(analysis: Analysis, named: ReadonlySet<string> | null, since: number): IterableIterator<Family> {
  const { capture, connectionCount, endings, forgotten } = analysis;
  yield watchStart(since);
  yield {
    name: 'lastack_watched_connections', type: 'counter', help: 'TCP connections since the watch began.',
    samples: [[{}, connectionCount]],
  };
  yield {
    name: 'lastack_watched_packets', type: 'counter', help: 'Packets since the watch began.',
    samples: [[{}, capture.packets]],
  };
  yield {
    name: 'lastack_watched_size_bytes', type: 'counter', unit: 'bytes', help: 'Bytes of these packets on the wire.',
    samples: [[{}, capture.bytes]],
  };
  yield {
    name: 'lastack_forgotten_connections', help: 'Connections of which only counts are left.',
    samples: [[{}, forgotten?.count ?? 0]],
  };
  yield {
    name: 'lastack_ending_connections', help: 'All connections by how they ended so far.',
    samples: Array.from(endings, ([ending, flows]): Sample => [{ ending }, flows]),
  };
  yield {
    name: 'lastack_sockets', help: 'Sockets by service and state at the last packet, of both sides.',
    samples: sockets(analysis, named),
  };
}

function sockets(analysis: Analysis, named: ReadonlySet<string> | null): Sample[] {
  if (analysis.capture.last === null) return [];
  const samples = analysis
    .sockets(endOf(analysis.capture))
    .map(({ state, flow, local }): Sample & readonly [unknown, number] => {
      const { server } = analysis.connection(flow);
      const role = local.address === server.address && local.port === server.port ? 'server' : 'client';
      return [{ service: nameOf(server, named), role, state }, 1];
    });
  return summed(samples);
}

function* families(analysis: Analysis, named: ReadonlySet<string> | null): IterableIterator<Family> {
  const { capture, clock } = analysis;
  const findings = findingsOf(analysis, named);
  yield {
    name: 'lastack_connections', help: 'TCP connections by service and ending.', samples: connections(analysis, named),
  };
  yield {
    name: 'lastack_findings', help: 'Connections with a finding.',
    samples: [...findings.values()].map(({ labels, flows }): Sample => [labels, flows]),
  };
  yield {
    name: 'lastack_finding_longest_seconds', unit: 'seconds', help: 'Longest duration of a finding.',
    samples: [...findings.values()].map(({ labels, longest }): Sample => [labels, longest / 1e9]),
  };
  yield {
    name: 'lastack_diagnosis_connections', help: 'Connections that show a diagnosis.',
    samples: diagnosed(analysis, named),
  };
  yield {
    name: 'lastack_verdict_connections', help: 'Connections by what is to be thought of them.',
    samples: Array.from(analysis.verdicts, ([verdict, flows]): Sample => [{ verdict }, flows]),
  };
  yield {
    name: 'lastack_doubt_connections', help: 'Unknown connections by why.',
    samples: DOUBTS.map((doubt): Sample => [{ doubt }, analysis.doubts.get(doubt) ?? 0]),
  };
  yield {
    name: 'lastack_severity_connections', help: 'Connections by the severity of their findings.',
    samples: severities(analysis),
  };
  yield { name: 'lastack_capture_packets', help: 'Packets read.', samples: [[{}, capture.packets]] };
  yield { name: 'lastack_capture_tcp_packets', help: 'TCP packets among them.', samples: [[{}, capture.tcpPackets]] };
  yield {
    name: 'lastack_capture_duplicates', help: 'TCP packets among these that were captured twice.',
    samples: [[{}, capture.duplicates ?? 0]],
  };
  yield {
    name: 'lastack_capture_size_bytes', unit: 'bytes', help: 'Bytes of all packets on the wire.',
    samples: [[{}, capture.bytes]],
  };
  yield {
    name: 'lastack_capture_damage', help: 'Places in the files that could not be read.',
    samples: [[{}, capture.damage.length]],
  };
  yield {
    name: 'lastack_capture_partial', help: '1 where reading was interrupted, so that there may be more.',
    samples: [[{}, capture.partial === true ? 1 : 0]],
  };
  const { first, last } = capture;
  if (first === null || last === null) return;
  yield {
    name: 'lastack_capture_first_timestamp_seconds', unit: 'seconds', help: 'Unix time of the first packet.',
    samples: [[{}, formatTime(clock, first)]],
  };
  yield {
    name: 'lastack_capture_last_timestamp_seconds', unit: 'seconds', help: 'Unix time of the last packet.',
    samples: [[{}, formatTime(clock, last)]],
  };
}

/**
 * Services that have series of their own, the worst and then the first; null where all have. The others are
 * `service="other"`.
 */
function namedServices(analysis: Analysis): ReadonlySet<string> | null {
  const all = new Set(analysis.groups.map(({ service }) => socketAddress(service)));
  for (const { server } of analysis.connections()) all.add(socketAddress(server));
  const { each, together } = withoutCrowd([...all]);
  return together.length === 0 ? null : new Set(each);
}

function nameOf(service: Address, named: ReadonlySet<string> | null): string {
  const name = socketAddress(service);
  return named === null || named.has(name) ? name : 'other';
}

/** By what their labels say. */
function findingsOf(
  analysis: Analysis, named: ReadonlySet<string> | null,
): Map<string, { labels: Record<string, string>; flows: number; longest: number }> {
  const found = new Map<string, { labels: Record<string, string>; flows: number; longest: number }>();
  for (const group of analysis.groups) {
    const { finding, cause, severity, service, flows, durations } = group;
    const labels = {
      finding, cause: cause ?? '', severity, service: nameOf(service, named), by: doerOf(analysis, group) ?? '',
    };
    const key = Object.values(labels).join(' ');
    const known = found.get(key);
    found.set(key, {
      labels, flows: flows + (known?.flows ?? 0), longest: Math.max(durations.longest, known?.longest ?? 0),
    });
  }
  return found;
}

/** Samples of diagnoses. Where there are very many hosts, only the first, the worst, have series of their own. */
function diagnosed({ diagnoses }: Analysis, named: ReadonlySet<string> | null): Sample[] {
  const { each, together } = withoutCrowd([...new Set(diagnoses.map(({ by }) => by.address))]);
  const hosts = together.length === 0 ? null : new Set(each);
  return summed(
    diagnoses.map(({ id, severity, service, by: { role, address }, flows }): Sample & readonly [unknown, number] => [
      {
        diagnosis: id, severity, service: service === null ? '' : nameOf(service, named), by: role,
        address: hosts === null || hosts.has(address) ? address : 'other',
      },
      flows,
    ]),
  );
}

/** Samples with the same labels are one: a series has one value. */
function summed(samples: readonly (Sample & readonly [unknown, number])[]): Sample[] {
  const sums = new Map<string, [Sample[0], number]>();
  for (const [labels, value] of samples) {
    const key = JSON.stringify(labels);
    const known = sums.get(key);
    if (known) known[1] += value;
    else sums.set(key, [labels, value]);
  }
  return [...sums.values()];
}

function connections(analysis: Analysis, named: ReadonlySet<string> | null): Sample[] {
  const counts = new Map<string, { service: string; ending: Ending; number: number }>();
  for (const { server, ending } of analysis.connections()) {
    const service = nameOf(server, named);
    const row = counts.get(`${service} ${ending}`) ?? { service, ending, number: 0 };
    row.number += 1;
    counts.set(`${service} ${ending}`, row);
  }
  return [...counts.values()].map(({ service, ending, number }) => [{ service, ending }, number]);
}

/** Zero too, so that a series does not end when all is well. */
function severities(analysis: Analysis): Sample[] {
  const flows: Readonly<Record<Severity, Set<number>>> = { error: new Set(), warning: new Set(), info: new Set() };
  for (const [index, { severity }] of analysis.findings.entries())
    for (const flow of analysis.flowsOf(index)) flows[severity].add(flow);
  return SEVERITIES.map((severity) => [{ severity }, flows[severity].size]);
}

function labelled(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name}="${inert(value).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`,
  );
  return pairs.length === 0 ? '' : `{${pairs.join()}}`;
}
