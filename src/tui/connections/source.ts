import type { Analysis, Connection, Ending, Finding } from '../../analysis.js';
import { SEVERITIES } from '../../findings/finding.js';
import { bytes, count, counted, lasting, socketAddress } from '../../report/quantities.js';
import { openFlow } from '../frame.js';
import { nameOf } from '../groups/source.js';
import type { Column } from '../list/columns.js';
import type { Source } from '../list/source.js';
import { showTime } from '../text/times.js';
import { wrap } from '../text/wrap.js';
import { severityRole, type Role } from '../theme.js';

const endingRole: Readonly<Record<Ending, Role>> = {
  'closed': 'established',
  'reset': 'warning',
  'refused': 'warning',
  'half-closed': 'waiting',
  'half-open': 'warning',
  'open': 'plain',
  'unanswered': 'warning',
  'unknown': 'muted',
};

/** Every flow of the capture, in order of its first frame. */
export function connectionsSource(analysis: Analysis): Source<Connection> {
  const { clock } = analysis;
  const findingsOf = ({ id }: Connection): Finding[] => worstFirst(analysis.findingsOf(id).map((index) => analysis.findings[index]!));
  const columns: readonly Column<Connection>[] = [
    { header: 'STREAM', width: 6, fit: 'right', text: ({ stream }) => String(stream) },
    { header: 'CLIENT', width: 19, fit: 'tail', text: ({ client }) => socketAddress(client) },
    { header: 'SERVER', width: 15, fit: 'tail', text: ({ server }) => socketAddress(server) },
    { header: 'ENDING', width: 11, text: ({ ending }) => ending, role: ({ ending }) => endingRole[ending] },
    { header: 'LASTED', width: 8, fit: 'right', drop: 1, text: ({ start, end }) => lasting(end - start), role: () => 'muted' },
    { header: 'START', width: 8, drop: 3, text: ({ start }) => showTime(clock, start), role: () => 'muted' },
    { header: 'SENT', width: 7, fit: 'right', drop: 4, text: ({ bytes: sent }) => bytes(sent.client), role: () => 'muted' },
    { header: 'ANSWERED', width: 8, fit: 'right', drop: 5, text: ({ bytes: sent }) => bytes(sent.server), role: () => 'muted' },
    {
      header: 'FINDINGS', width: 8, drop: 2,
      text: (connection) => findingsOf(connection).map(({ id, cause }) => nameOf({ finding: id, cause })).join(', '),
      role(connection) {
        const worst = findingsOf(connection)[0]?.severity;
        return worst === undefined || worst === 'info' ? 'muted' : severityRole[worst];
      },
    },
  ];
  return {
    count: analysis.connectionCount,
    columns,
    title: `All flows: ${count(analysis.connectionCount)}`,
    empty: 'No TCP connection in this capture.',
    row: (index) => analysis.connection(index),
    key: String,
    opens: openFlow,
    text(index) {
      const { stream, client, server, ending } = analysis.connection(index);
      return `${stream} ${socketAddress(client)} ${socketAddress(server)} ${ending}`;
    },
    preview(connection, width) {
      const [worst] = findingsOf(connection);
      if (worst !== undefined) return wrap(worst.message, width);
      const { packets, closer, zeek } = connection;
      const closed = closer === null ? '' : closer === 'both' ? ' Both sides closed at once.' : ` The ${closer} closed first.`;
      return wrap(`${counted(packets.client, 'packet')} from the client, ${count(packets.server)} from the server (${zeek.history}).${closed}`, width);
    },
  };
}

/** Findings by severity, then as they came. */
export function worstFirst(findings: readonly Finding[]): Finding[] {
  return findings.toSorted((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
}
