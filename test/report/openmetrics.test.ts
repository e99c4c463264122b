import { describe, expect, test } from 'vitest';
import { analyze } from '../../src/analysis/analyze.js';
import { openmetrics } from '../../src/report/openmetrics.js';
import { analysis, connection, finding } from './analysis-fixture.js';

const look = { color: false, width: 100 };

test('connections, findings and what was read', () => {
  const connections = [connection(), connection({ id: 1 }), connection({ id: 2, ending: 'reset' })];
  expect(
    [
      ...openmetrics(
        analysis({
          connections,
          findings: [finding(), finding({ flow: 1, id: 'refused', cause: null, severity: 'warning', duration: 0 })],
        }),
        look,
      ),
    ].join(''),
  ).toBe(
    `# TYPE lastack_connections gauge
# HELP lastack_connections TCP connections by service and ending.
lastack_connections{service="10.77.2.2:10007",ending="closed"} 2
lastack_connections{service="10.77.2.2:10007",ending="reset"} 1
# TYPE lastack_findings gauge
# HELP lastack_findings Connections with a finding.
lastack_findings{finding="half-closed",cause="leak",severity="error",service="10.77.2.2:10007",by="server"} 1
lastack_findings{finding="refused",cause="",severity="warning",service="10.77.2.2:10007",by="server"} 1
# TYPE lastack_finding_longest_seconds gauge
# UNIT lastack_finding_longest_seconds seconds
# HELP lastack_finding_longest_seconds Longest duration of a finding.
lastack_finding_longest_seconds{finding="half-closed",cause="leak",severity="error",service="10.77.2.2:10007",by="server"} 58.25
lastack_finding_longest_seconds{finding="refused",cause="",severity="warning",service="10.77.2.2:10007",by="server"} 0
# TYPE lastack_diagnosis_connections gauge
# HELP lastack_diagnosis_connections Connections that show a diagnosis.
# TYPE lastack_verdict_connections gauge
# HELP lastack_verdict_connections Connections by verdict.
lastack_verdict_connections{verdict="clean"} 0
lastack_verdict_connections{verdict="open"} 0
lastack_verdict_connections{verdict="found"} 2
lastack_verdict_connections{verdict="unknown"} 1
# TYPE lastack_doubt_connections gauge
# HELP lastack_doubt_connections Connections whose verdict is unknown, by the reason.
lastack_doubt_connections{doubt="unanswered"} 0
lastack_doubt_connections{doubt="refused"} 0
lastack_doubt_connections{doubt="reset"} 1
lastack_doubt_connections{doubt="half-open"} 0
lastack_doubt_connections{doubt="half-closed"} 0
lastack_doubt_connections{doubt="handshake"} 0
lastack_doubt_connections{doubt="one-way"} 0
lastack_doubt_connections{doubt="silent"} 0
lastack_doubt_connections{doubt="fragment"} 0
# TYPE lastack_severity_connections gauge
# HELP lastack_severity_connections Connections by the severity of their findings.
lastack_severity_connections{severity="error"} 1
lastack_severity_connections{severity="warning"} 1
lastack_severity_connections{severity="info"} 0
# TYPE lastack_capture_packets gauge
# HELP lastack_capture_packets Packets read.
lastack_capture_packets 1000
# TYPE lastack_capture_tcp_packets gauge
# HELP lastack_capture_tcp_packets TCP packets among them.
lastack_capture_tcp_packets 900
# TYPE lastack_capture_duplicates gauge
# HELP lastack_capture_duplicates TCP packets among these that were captured twice.
lastack_capture_duplicates 0
# TYPE lastack_capture_size_bytes gauge
# UNIT lastack_capture_size_bytes bytes
# HELP lastack_capture_size_bytes Bytes of all packets on the wire.
lastack_capture_size_bytes 654321
# TYPE lastack_capture_damage gauge
# HELP lastack_capture_damage Places in the files that could not be read.
lastack_capture_damage 0
# TYPE lastack_capture_partial gauge
# HELP lastack_capture_partial 1 where reading was interrupted, so that there may be more.
lastack_capture_partial 0
# TYPE lastack_capture_first_timestamp_seconds gauge
# UNIT lastack_capture_first_timestamp_seconds seconds
# HELP lastack_capture_first_timestamp_seconds Unix time of the first packet.
lastack_capture_first_timestamp_seconds 1795170241.250000
# TYPE lastack_capture_last_timestamp_seconds gauge
# UNIT lastack_capture_last_timestamp_seconds seconds
# HELP lastack_capture_last_timestamp_seconds Unix time of the last packet.
lastack_capture_last_timestamp_seconds 1795170301.125000
# EOF
`,
  );
});

/**
 * What OpenMetrics 1.0 (§3, §4) forbids and this text does: nothing, if all is well. Strict as `promtool check metrics`
 * is.
 */
function faults(text: string): string[] {
  const found: string[] = [];
  const ended = new Set<string>();
  const series = new Set<string>();
  let family = '';
  if (!text.endsWith('# EOF\n')) found.push('does not end with # EOF');
  for (const [index, line] of text.slice(0, -'# EOF\n'.length).split('\n').slice(0, -1).entries()) {
    const fault = (what: string): number => found.push(`line ${index + 1}: ${what}: ${line}`);
    const [, keyword, name = '', rest = ''] = /^# (TYPE|UNIT|HELP) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/.exec(line) ?? [];
    if (keyword === 'TYPE') {
      if (ended.has(name)) fault('a family in two places');
      ended.add(name);
      family = name;
      if (!['gauge', 'counter', 'info', 'unknown'].includes(rest)) fault('no such type');
    } else if (keyword !== undefined) {
      if (name !== family) fault('metadata of another family');
      if (keyword === 'UNIT' && !name.endsWith(`_${rest}`)) fault('the name does not end in the unit');
    } else {
      const [, sample, labels = '', value = ''] =
        /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\n"])*",?)*\})? (\S+)$/.exec(line) ??
        [];
      if (sample === undefined) fault('no sample');
      if (sample !== family) fault('a sample of another family');
      if (!Number.isFinite(Number(value))) fault('no number');
      if (series.has(`${sample}${labels}`)) fault('a series twice');
      series.add(`${sample}${labels}`);
    }
  }
  return found;
}

describe('as the specification has it', () => {
  test.each(['captures/showcase.pcapng', 'captures/forgotten-close.pcapng', 'test/vectors/refused.pcap'])(
    '%s',
    async (path) => {
    expect(faults([...openmetrics(await analyze([path]), look)].join(''))).toEqual([]);
  },
  );

  test('labels from a hostile capture', () => {
    const service = { address: 'x"\\\n\u0000', port: 1 };
    expect(
      faults(
        [
          ...openmetrics(
            analysis({ connections: [connection({ server: service })], findings: [finding({ service })] }), look,
          ),
        ].join(''),
      ),
    ).toEqual([]);
  });

  test('an empty capture', () => {
    expect(faults([...openmetrics(analysis({ capture: { first: null, last: null } }), look)].join(''))).toEqual([]);
  });

  test('faults are found', () => {
    expect(faults('# TYPE a gauge\na 1\na 1\nb{x="y} 2\n# UNIT a seconds\n# EOF\n')).toEqual([
      'line 3: a series twice: a 1', 'line 4: no sample: b{x="y} 2', 'line 4: a sample of another family: b{x="y} 2',
      'line 5: the name does not end in the unit: # UNIT a seconds',
    ]);
    expect(faults('# TYPE a gauge\n')).toEqual(['does not end with # EOF']);
  });
});
