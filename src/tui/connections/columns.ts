import type { Analysis, Connection, Ending, Finding, Role as Side, Standing, State } from '../../analysis/model.js';
import { SEVERITIES } from '../../findings/finding.js';
import { bytes, count, lasting, socketAddress } from '../../report/quantities.js';
import { nameOf } from '../groups/source.js';
import type { Column } from '../list/columns.js';
import { showTime } from '../text/times.js';
import { severityRole, stateRole, type Role } from '../theme.js';

/** A column of the flows, and what they are sorted by with it. */
export interface FlowColumn extends Column<Connection> {
  /** For the choice of columns. */
  readonly description: string;
  value(connection: Connection): number | string;
}

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

const verdictRole: Readonly<Record<Standing, Role>> = {
  clean: 'established', open: 'plain', found: 'warning', unknown: 'waiting',
};

const muted = (): Role => 'muted';

/** All columns there are. Adding one: its entry here and its header in `columnNames` (state.ts). */
export function flowColumns(analysis: Analysis): readonly FlowColumn[] {
  const { clock } = analysis;
  const findingsOf = ({ id }: Connection): Finding[] => worstFirst(analysis.findingsOf(id));
  const says = (connection: Connection): string => findingsOf(connection)[0]?.message ?? '';
  const doer = (connection: Connection): string => findingsOf(connection)[0]?.role ?? '';
  return [
    {
      header: 'STREAM', description: "Wireshark's tcp.stream", width: 6, fit: 'right',
      text: ({ stream }) => String(stream), value: ({ stream }) => stream,
    },
    {
      header: 'CLIENT', description: 'who opened it', width: 19, least: 21, fit: 'tail',
      text: ({ client }) => socketAddress(client), value: ({ client }) => socketAddress(client),
    },
    {
      header: 'SERVER', description: 'who was asked', width: 15, least: 21, fit: 'tail',
      text: ({ server }) => socketAddress(server), value: ({ server }) => socketAddress(server),
    },
    {
      header: 'ENDING', description: 'how it ended', width: 11, drop: 0.9, text: ({ ending }) => ending,
      role: ({ ending }) => endingRole[ending], value: ({ ending }) => ending,
    },
    {
      header: 'VERDICT', description: 'what is to be thought of it: clean, open, found, or unknown and why', width: 8,
      most: 22, drop: 8, text: verdictOf, role: ({ verdict }) => verdictRole[verdict], value: verdictOf,
    },
    {
      header: 'LASTED', description: 'from the first packet to the last', width: 8, fit: 'right', drop: 1,
      text: ({ start, end }) => lasting(end - start), role: muted, value: ({ start, end }) => end - start,
    },
    {
      header: 'START', description: 'time of the first packet', width: 8, drop: 3,
      text: ({ start }) => showTime(clock, start), role: muted, value: ({ start }) => start,
    },
    {
      header: 'SENT', description: 'bytes of the client', width: 7, fit: 'right', drop: 4,
      text: ({ bytes: sent }) => bytes(sent.client), role: muted, value: ({ bytes: sent }) => sent.client,
    },
    {
      header: 'ANSWERED', description: 'bytes of the server', width: 8, fit: 'right', drop: 5,
      text: ({ bytes: sent }) => bytes(sent.server), role: muted, value: ({ bytes: sent }) => sent.server,
    },
    {
      header: 'PACKETS', description: 'TCP packets of both sides', width: 7, fit: 'right', drop: 6,
      text: (flow) => count(packets(flow)), role: muted, value: packets,
    },
    {
      header: 'CLOSER', description: 'who closed first', width: 6, drop: 7, text: ({ closer }) => closer ?? '',
      value: ({ closer }) => closer ?? '',
    },
    {
      header: 'RESETS', description: 'causes of its RSTs', width: 10, drop: 8, text: resets, role: muted, value: resets,
    },
    {
      header: 'CLIENT STATE', description: 'state of the client at the end', width: 12, drop: 9, ...lastState('client'),
    },
    {
      header: 'SERVER STATE', description: 'state of the server at the end', width: 12, drop: 10,
      ...lastState('server'),
    },
    {
      header: 'HISTORY', description: "Zeek's history", width: 10, drop: 11, text: ({ zeek }) => zeek.history,
      role: muted, value: ({ zeek }) => zeek.history,
    },
    {
      header: 'FINDINGS', description: 'what was found', width: 8, least: 16, drop: 0.7,
      text: (connection) =>
        findingsOf(connection)
          .map(({ id, cause }) => nameOf({ finding: id, cause }))
          .join(', '),
      role(connection) {
        const worst = findingsOf(connection)[0]?.severity;
        return worst === undefined || worst === 'info' ? 'muted' : severityRole[worst];
      },
      value(connection) {
        const [worst] = findingsOf(connection);
        return worst === undefined
          ? '~'
          : `${SEVERITIES.indexOf(worst.severity)} ${nameOf({ finding: worst.id, cause: worst.cause })}`;
      },
    },
    {
      header: 'BY', description: 'whose doing the worst finding is', width: 6, drop: 0.5, text: doer, role: muted,
      value: doer,
    },
    {
      header: 'SAYS', description: 'what the worst finding says', width: 8, least: 40, drop: 20, text: says,
      role: muted, value: says,
    },
  ];
}

/** Findings by severity, then as they came. */
export function worstFirst(findings: readonly Finding[]): Finding[] {
  return findings.toSorted((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
}

function verdictOf({ verdict, doubt }: Connection): string {
  return doubt === null ? verdict : `${verdict}: ${doubt}`;
}

function packets({ packets: { client, server } }: Connection): number {
  return client + server;
}

function resets({ resets: all }: Connection): string {
  return [...new Set(all.map(({ cause }) => cause))].join(', ');
}

function lastState(side: Side): Pick<FlowColumn, 'text' | 'role' | 'value'> {
  const stateOf = ({ states }: Connection): State | null => states[side].at(-1)?.state ?? null;
  return {
    text: (connection) => stateOf(connection) ?? '',
    role(connection) {
      const state = stateOf(connection);
      return state === null ? 'muted' : stateRole[state];
    },
    value: (connection) => stateOf(connection) ?? '',
  };
}
