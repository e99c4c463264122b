import { stateAt } from '../analysis/state-at.js';
import type { Address, Connection, Duration, Finding, Role } from '../analysis/model.js';
import {
  NONE, type Vocabulary, causes, closers, confidences, diagnoses, doubts, endings, findings, resetCauses, roles,
  severities, states, verdicts,
} from './words.js';

/** What a filter looks at. */
export interface Subject {
  readonly connection: Connection;
  /** Findings of this connection. */
  readonly findings: readonly Finding[];
  /** Ids of diagnoses that it shows, or that explain what was found of it. */
  readonly diagnoses: () => readonly string[];
}

interface Named {
  readonly name: string;
  readonly aliases?: readonly string[];
  /**
   * Fields of packets in Wireshark's display filters that ask for the same of a connection, whose packets go both ways.
   */
  readonly wireshark?: readonly string[];
  /** One sentence, for help and completion. */
  readonly description: string;
}

/** A field has any number of values for one connection: both ports, every cause. It matches where one of them does. */
export type Field = Named & (
  | { readonly type: 'number' | 'duration' | 'size' | 'time'; readonly get: (subject: Subject) => readonly number[] }
  | { readonly type: 'address'; readonly get: (subject: Subject) => readonly Address[] }
  | { readonly type: 'word'; readonly vocabulary: Vocabulary; readonly get: (subject: Subject) => readonly string[] }
);

/** All that a filter can ask for. Help, completion and the parser are made from this list; a new field is one entry. */
export const fields: readonly Field[] = [
  {
    name: 'port', wireshark: ['tcp.port', 'tcp.srcport', 'tcp.dstport'], type: 'number',
    description: 'port of either endpoint', get: ({ connection: { client, server } }) => [client.port, server.port],
  },
  {
    name: 'client-port', type: 'number', description: 'port of the client',
    get: ({ connection }) => [connection.client.port],
  },
  {
    name: 'server-port', type: 'number', description: 'port of the server',
    get: ({ connection }) => [connection.server.port],
  },
  {
    name: 'host', aliases: ['address', 'net'],
    wireshark: ['ip.addr', 'ip.src', 'ip.dst', 'ip.host', 'ipv6.addr', 'ipv6.src', 'ipv6.dst', 'ipv6.host'],
    type: 'address', description: 'address of either endpoint, with a prefix length or a port if you like',
    get: ({ connection: { client, server } }) => [client, server],
  },
  {
    name: 'client', type: 'address', description: 'address of the client: 10.0.0.0/8, 10.0.0.1:5000',
    get: ({ connection }) => [connection.client],
  },
  {
    name: 'server', aliases: ['service', 'at'], type: 'address',
    description: 'address of the server: 10.0.0.1:80, [2001:db8::1]:443', get: ({ connection }) => [connection.server],
  },
  {
    name: 'stream', wireshark: ['tcp.stream'], type: 'number', description: "Wireshark's tcp.stream",
    get: ({ connection }) => connection.streams,
  },
  {
    name: 'flow', wireshark: ['lastack.flow'], type: 'number',
    description: 'number of the connection in this capture',
    get: ({ connection }) => [connection.id],
  },
  {
    name: 'frame', wireshark: ['frame.number'], type: 'number',
    description: 'a frame that is told of it: the first, the last, of a state, of a RST, of a finding',
    get: tellingFrames,
  },
  {
    name: 'state', type: 'word', vocabulary: states, description: 'state of either endpoint when the capture ends',
    get: (subject) => [...finalState(subject, 'client'), ...finalState(subject, 'server')],
  },
  {
    name: 'client-state', type: 'word', vocabulary: states, description: 'state of the client when the capture ends',
    get: (subject) => finalState(subject, 'client'),
  },
  {
    name: 'server-state', type: 'word', vocabulary: states, description: 'state of the server when the capture ends',
    get: (subject) => finalState(subject, 'server'),
  },
  {
    name: 'entered', type: 'word', vocabulary: states, description: 'a state that either endpoint was ever in',
    get: ({ connection }) => [...connection.states.client, ...connection.states.server].map(({ state }) => state),
  },
  {
    name: 'client-entered', wireshark: ['lastack.state.client'], type: 'word', vocabulary: states,
    description: 'a state that the client was ever in',
    get: ({ connection }) => connection.states.client.map(({ state }) => state),
  },
  {
    name: 'server-entered', wireshark: ['lastack.state.server'], type: 'word', vocabulary: states,
    description: 'a state that the server was ever in',
    get: ({ connection }) => connection.states.server.map(({ state }) => state),
  },
  {
    name: 'ending', wireshark: ['lastack.ending'], type: 'word', vocabulary: endings,
    description: 'how the connection ended',
    get: ({ connection }) => [connection.ending],
  },
  {
    name: 'verdict', wireshark: ['lastack.verdict'], type: 'word', vocabulary: verdicts,
    description: 'clean (both sides closed it), open so far, found (a finding tells of it), or unknown',
    get: ({ connection }) => [connection.verdict],
  },
  {
    name: 'doubt', type: 'word', vocabulary: doubts, description: 'why it is unknown; none where it is not',
    get: ({ connection }) => [connection.doubt ?? NONE],
  },
  {
    name: 'closer', type: 'word', vocabulary: closers, description: 'who closed first',
    get: ({ connection }) => [connection.closer ?? NONE],
  },
  {
    name: 'finding', wireshark: ['lastack.finding'], type: 'word', vocabulary: findings,
    description: 'what was found; none for a connection without a finding',
    get: (subject) => orNone(subject.findings.map(({ id }) => id)),
  },
  {
    name: 'diagnosis', wireshark: ['lastack.diagnosis'], type: 'word', vocabulary: diagnoses,
    description: 'a diagnosis that it shows, or that explains a finding of it; none for a connection without',
    get: (subject) => orNone(subject.diagnoses()),
  },
  {
    name: 'cause', wireshark: ['lastack.cause'], type: 'word', vocabulary: causes, description: 'cause of a finding',
    get: (subject) => orNone(subject.findings.flatMap(({ cause }) => cause ?? [])),
  },
  {
    name: 'severity', wireshark: ['lastack.severity'], type: 'word', vocabulary: severities,
    description: 'severity of a finding; error is the highest',
    get: (subject) => orNone(subject.findings.map(({ severity }) => severity)),
  },
  {
    name: 'confidence', wireshark: ['lastack.confidence'], type: 'word', vocabulary: confidences,
    description: 'how sure a finding is; certain is the highest',
    get: (subject) => subject.findings.map(({ confidence }) => confidence),
  },
  {
    name: 'reset', type: 'word', vocabulary: resetCauses, description: 'cause of a RST; none where there was none',
    get: ({ connection }) => orNone(connection.resets.map(({ cause }) => cause)),
  },
  {
    name: 'age', type: 'duration',
    description: 'how long an endpoint has been in its state when the capture ends; a closed one has no age', get: ages,
  },
  {
    name: 'duration', type: 'duration', description: 'from the first packet to the last',
    get: ({ connection }) => [connection.end - connection.start],
  },
  { name: 'start', type: 'time', description: 'time of the first packet', get: ({ connection }) => [connection.start] },
  { name: 'end', type: 'time', description: 'time of the last packet', get: ({ connection }) => [connection.end] },
  {
    name: 'bytes', type: 'size', description: 'payload of both sides',
    get: ({ connection: { bytes } }) => [bytes.client + bytes.server],
  },
  {
    name: 'client-bytes', type: 'size', description: 'payload of the client',
    get: ({ connection }) => [connection.bytes.client],
  },
  {
    name: 'server-bytes', type: 'size', description: 'payload of the server',
    get: ({ connection }) => [connection.bytes.server],
  },
  {
    name: 'packets', type: 'number', description: 'TCP packets of both sides',
    get: ({ connection: { packets } }) => [packets.client + packets.server],
  },
  {
    name: 'lost', type: 'size', description: 'bytes not acknowledged when a RST ended the connection; 0 where none did',
    get: lost,
  },
  {
    name: 'roles', type: 'word', vocabulary: roles, description: 'whether the handshake showed who is the client',
    get: ({ connection }) => [connection.roles],
  },
];

/**
 * The field of a name as it was written: any case, `_` or `.` for `-`, an alias, or a name of Wireshark's; undefined if
 * there is none.
 */
export function fieldNamed(name: string): Field | undefined {
  const written = name.toLowerCase();
  const wanted = written.replace(/[_.]/g, '-');
  return fields.find(
    (field) => field.name === wanted || field.aliases?.includes(wanted) || field.wireshark?.includes(written),
  );
}

function tellingFrames({ connection: { firstFrame, lastFrame, states, resets }, findings: found }: Subject): number[] {
  return [
    firstFrame, lastFrame, ...[...states.client, ...states.server].flatMap(({ frame }) => frame ?? []),
    ...resets.flatMap(({ frame, trigger }) => [frame, ...(trigger === null ? [] : [trigger])]),
    ...found.flatMap(({ frames }) => frames),
  ];
}

function finalState({ connection }: Subject, role: Role): string[] {
  const entry = stateAt(connection.states[role], connection.observedUntil);
  return entry === undefined ? [] : [entry.state];
}

function ages({ connection }: Subject): Duration[] {
  const end = connection.observedUntil;
  return [connection.states.client, connection.states.server].flatMap((entries) => {
    const entry = stateAt(entries, end);
    return entry === undefined || entry.state === 'CLOSED' ? [] : [end - entry.time];
  });
}

/** RSTs of one ending tell the same loss again. */
function lost({ connection }: Subject): number[] {
  return [connection.resets.reduce((most, { lostBytes }) => Math.max(most, lostBytes.client + lostBytes.server), 0)];
}

function orNone(words: readonly string[]): readonly string[] {
  return words.length === 0 ? [NONE] : words;
}
