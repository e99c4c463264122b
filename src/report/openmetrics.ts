import type { Analysis, Ending, Severity } from '../analysis/model.js';
import { SEVERITIES } from '../findings/finding.js';
import { formatTime } from '../base/time.js';
import type { Look } from './paint.js';
import { socketAddress } from './quantities.js';
import { inert } from './inert.js';

/** One metric family: its name and type, what it counts, and its samples. */
interface Family {
  readonly name: string;
  /** With it the name must end in it (OpenMetrics 1.0, §4.2). */
  readonly unit?: string;
  readonly help: string;
  readonly samples: Iterable<Sample>;
}
type Sample = readonly [labels: Readonly<Record<string, string>>, value: number | string];

/**
 * OpenMetrics 1.0 text, for the textfile collector of node_exporter. All are gauges: they say how it stood in this capture, and the next
 * capture begins anew. Services are labels: a capture of many servers has many series.
 */
export function* openmetrics(analysis: Analysis, _look: Look): IterableIterator<string> {
  for (const { name, unit, help, samples } of families(analysis)) {
    yield `# TYPE ${name} gauge\n${unit === undefined ? '' : `# UNIT ${name} ${unit}\n`}# HELP ${name} ${help}\n`;
    for (const [labels, value] of samples) yield `${name}${labelled(labels)} ${value}\n`;
  }
  yield '# EOF\n';
}

function* families(analysis: Analysis): IterableIterator<Family> {
  const { capture, clock, groups } = analysis;
  yield { name: 'lastack_connections', help: 'TCP connections by service and ending.', samples: connections(analysis) };
  yield {
    name: 'lastack_findings', help: 'Connections with a finding.',
    samples: groups.map(({ finding, cause, severity, service, flows }): Sample => [{ finding, cause: cause ?? '', severity, service: socketAddress(service) }, flows]),
  };
  yield {
    name: 'lastack_finding_longest_seconds', unit: 'seconds', help: 'Longest duration of a finding.',
    samples: groups.map(({ finding, cause, severity, service, durations }): Sample =>
      [{ finding, cause: cause ?? '', severity, service: socketAddress(service) }, durations.longest / 1e9]),
  };
  yield { name: 'lastack_severity_connections', help: 'Connections by the severity of their findings.', samples: severities(analysis) };
  yield { name: 'lastack_capture_packets', help: 'Packets read.', samples: [[{}, capture.packets]] };
  yield { name: 'lastack_capture_tcp_packets', help: 'TCP packets among them.', samples: [[{}, capture.tcpPackets]] };
  yield { name: 'lastack_capture_duplicates', help: 'TCP packets among these that were captured twice.', samples: [[{}, capture.duplicates ?? 0]] };
  yield { name: 'lastack_capture_size_bytes', unit: 'bytes', help: 'Bytes of all packets on the wire.', samples: [[{}, capture.bytes]] };
  yield { name: 'lastack_capture_damage', help: 'Places in the files that could not be read.', samples: [[{}, capture.damage.length]] };
  yield { name: 'lastack_capture_partial', help: '1 where reading was interrupted, so that there may be more.', samples: [[{}, capture.partial === true ? 1 : 0]] };
  const { first, last } = capture;
  if (first === null || last === null) return;
  yield { name: 'lastack_capture_first_timestamp_seconds', unit: 'seconds', help: 'Unix time of the first packet.', samples: [[{}, formatTime(clock, first)]] };
  yield { name: 'lastack_capture_last_timestamp_seconds', unit: 'seconds', help: 'Unix time of the last packet.', samples: [[{}, formatTime(clock, last)]] };
}

function connections(analysis: Analysis): Sample[] {
  const counts = new Map<string, { service: string; ending: Ending; number: number }>();
  for (const { server, ending } of analysis.connections()) {
    const service = socketAddress(server);
    const row = counts.get(`${service} ${ending}`) ?? { service, ending, number: 0 };
    row.number += 1;
    counts.set(`${service} ${ending}`, row);
  }
  return [...counts.values()].map(({ service, ending, number }) => [{ service, ending }, number]);
}

/** Zero too, so that a series does not end when all is well. */
function severities({ findings }: Analysis): Sample[] {
  const flows: Readonly<Record<Severity, Set<number>>> = { error: new Set(), warning: new Set(), info: new Set() };
  for (const { severity, flow } of findings) flows[severity].add(flow);
  return SEVERITIES.map((severity) => [{ severity }, flows[severity].size]);
}

function labelled(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${inert(value).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`);
  return pairs.length === 0 ? '' : `{${pairs.join()}}`;
}
