import {
  type Fact, type FactId, FACTS, type JudgedFinding, type Tap, TAPS, type TapPair, type TwoTaps,
} from '../../between/between.js';
import { toClientTime } from '../../between/clocks.js';
import type { Unpaired } from '../../between/taps.js';
import type { Address, Confidence, Finding, Role, Severity, Time } from '../../analysis/model.js';
import type { ConnectionId } from '../../base/numbers.js';
import { SEVERITIES } from '../../findings/finding.js';
import { worstFirst } from '../connections/columns.js';
import { nameOf } from '../groups/source.js';
import type { TapList } from '../keys.js';

/** A connection that both captures have. */
export interface AtBoth {
  readonly kind: 'both';
  readonly pair: TapPair;
}

/** A connection that one capture alone has. */
export interface AtOne {
  readonly kind: 'one';
  readonly tap: Tap;
  readonly flow: ConnectionId;
  /** What the other capture says of its absence; null where that says nothing. */
  readonly unpaired: Unpaired | null;
}

export type TapRow = AtBoth | AtOne;

/** Every connection of both captures, once, and which of them each list has, by their index. */
export interface TapRows {
  readonly all: readonly TapRow[];
  readonly lists: Readonly<Record<TapList, readonly number[]>>;
}

/**
 * Sorts connections: what did not pass as sent, and behind it what never came to the server's tap, worst first; what
 * passed, those first that one capture has a finding of; what one tap alone has.
 */
export function rowsOf(taps: TwoTaps): TapRows {
  const seen = new Set([...taps.pairs.map(({ flows }) => flows), ...taps.turned].flatMap(({ client }) => client));
  const unpaired = new Map(taps.unpaired.map((one) => [one.flow, one]));
  const all: TapRow[] = taps.pairs.map((pair) => ({ kind: 'both', pair }));
  for (const { id } of taps.client.connections())
    if (!seen.has(id)) all.push({ kind: 'one', tap: 'client', flow: id, unpaired: unpaired.get(id) ?? null });
  for (const flow of taps.serverOnly) all.push({ kind: 'one', tap: 'server', flow, unpaired: null });
  const ranks = all.map((row) => rankOf(taps, row));
  const chosen = (fits: (row: TapRow) => boolean): number[] =>
    [...all.keys()].filter((index) => fits(all[index]!)).toSorted((one, other) => ranks[one]! - ranks[other]!);
  return {
    all,
    lists: {
      differing: chosen((row) => (row.kind === 'both' ? row.pair.facts.length > 0 : isGone(row))),
      passed: chosen((row) => row.kind === 'both' && row.pair.facts.length === 0),
      lone: chosen(({ kind }) => kind === 'one'),
    },
  };
}

/** Whether what the client sent did not come to the server, or was answered by somebody else. */
function isGone({ unpaired }: AtOne): boolean {
  return unpaired !== null && unpaired.what !== 'not-covered';
}

/** Where a row stands among others; equal ones stay in order of time. */
function rankOf(taps: TwoTaps, row: TapRow): number {
  const severity = severityOf(taps, row);
  const fact = row.kind === 'both' ? row.pair.facts[0] : undefined;
  return (
    (row.kind === 'one' ? 1000 : 0) + 100 * (severity === null ? SEVERITIES.length : SEVERITIES.indexOf(severity)) +
    (fact === undefined ? 0 : FACTS.indexOf(fact.id))
  );
}

/** What is left of the findings of single captures, worst first. */
function leftOf({ findings }: TapPair): JudgedFinding[] {
  const left = findings.filter(({ outcome }) => outcome !== 'refuted');
  return left.toSorted(
    (one, other) => SEVERITIES.indexOf(one.finding.severity) - SEVERITIES.indexOf(other.finding.severity),
  );
}

/** Findings of the one capture, worst first. */
function ownOf(taps: TwoTaps, { tap, flow }: AtOne): Finding[] {
  return worstFirst(taps[tap].findingsOf(flow));
}

/** Of the worst fact; where there is none, of the worst finding that is left. Null where there is none, either. */
export function severityOf(taps: TwoTaps, row: TapRow): Severity | null {
  if (row.kind === 'one') return ownOf(taps, row)[0]?.severity ?? null;
  const facts = row.pair.facts.map(({ severity }) => severity);
  const severities = facts.length > 0 ? facts : leftOf(row.pair).map(({ finding }) => finding.severity);
  return SEVERITIES.find((severity) => severities.includes(severity)) ?? null;
}

/** `reset-injected`, and for a connection with more to tell `reset-injected +1`. */
export function nameOfRow(taps: TwoTaps, row: TapRow): string {
  const names = namesOf(taps, row);
  return names.length < 2 ? (names[0] ?? '') : `${names[0]} +${names.length - 1}`;
}

function namesOf(taps: TwoTaps, row: TapRow): string[] {
  if (row.kind === 'both')
    return row.pair.facts.length > 0
      ? row.pair.facts.map(({ id }) => id)
      : leftOf(row.pair).map(({ finding: { id, cause } }) => nameOf({ finding: id, cause }));
  if (isGone(row)) return [row.unpaired!.what];
  return ownOf(taps, row).map(({ id, cause }) => nameOf({ finding: id, cause }));
}

/** In which way the segments go that one side sent. */
const TOWARDS: Readonly<Record<Role, string>> = { client: 'to server', server: 'to client' };
const PEER: Readonly<Record<Role, Role>> = { client: 'server', server: 'client' };

/** Whose doing each fact is: of something between the taps, of the road in one direction, or of a side. */
const DOER: Readonly<Record<FactId, (role: Role) => string>> = {
  'tuple-shared': () => 'between',
  'ports-changed': () => 'between',
  'state-expired': () => 'between',
  'reset-injected': () => 'between',
  'fin-injected': () => 'between',
  'path-mtu': (role) => TOWARDS[role],
  'data-lost': () => 'between',
  'road-cut': (role) => TOWARDS[role],
  'road-interrupted': (role) => TOWARDS[role],
  'syn-lost': (role) => TOWARDS[role],
  'syn-ack-lost': (role) => TOWARDS[role],
  'fin-lost': (role) => TOWARDS[role],
  'reset-lost': (role) => TOWARDS[role],
  // It came to the tap near its receiver: what is left is that host, or the piece of road behind the tap.
  'fin-ignored': (role) => PEER[role],
};

export function doerOfFact({ id, role }: Pick<Fact, 'id' | 'role'>): string {
  return DOER[id](role);
}

const IN_WORDS: Readonly<Record<string, string>> = {
  'between': 'by something between the taps', 'to server': 'on the way to the server',
  'to client': 'on the way to the client', 'client': "at the client's side", 'server': "at the server's side",
};

/** `by something between the taps`, of what `doerOf` answers. */
export function doerInWords(doer: string): string {
  return IN_WORDS[doer] ?? doer;
}

/** Whose doing it is. Empty where there is nothing to say. */
export function doerOf(taps: TwoTaps, row: TapRow): string {
  if (row.kind === 'both') {
    const [fact] = row.pair.facts;
    if (fact !== undefined) return doerOfFact(fact);
    const [left] = leftOf(row.pair);
    return left === undefined ? '' : left.outcome === 'explained' ? 'between' : left.finding.role;
  }
  if (row.unpaired?.what === 'never-arrived') return TOWARDS.client;
  if (row.unpaired?.what === 'answered-elsewhere') return 'between';
  return ownOf(taps, row)[0]?.role ?? '';
}

/** How sure what is told first is; null where nothing is told. */
export function confidenceOf(taps: TwoTaps, row: TapRow): Confidence | null {
  if (row.kind === 'one') return (isGone(row) ? row.unpaired : ownOf(taps, row)[0])?.confidence ?? null;
  return row.pair.facts[0]?.confidence ?? leftOf(row.pair)[0]?.confidence ?? null;
}

/** Addresses as the client's tap has them; of a connection that the server's alone has, as that has them. */
export function endsOf(taps: TwoTaps, row: TapRow): { readonly client: Address; readonly server: Address } {
  return row.kind === 'both' ? row.pair.mapping.atClient : taps[row.tap].connection(row.flow);
}

/** When what is told first happened; where nothing is told, when the connection began. By the client's clock. */
export function timeOfRow(taps: TwoTaps, row: TapRow): Time {
  if (row.kind === 'both') return row.pair.facts[0]?.time ?? taps.client.connection(row.pair.flows.client[0]!).start;
  const { start } = taps[row.tap].connection(row.flow);
  return row.tap === 'client' ? start : toClientTime(taps.clocks, start + taps.serverEpoch);
}

/** `→6`, `←1`, `→6 ←1`: segments lost on the way to the server and to the client. Empty where none was. */
export function lostOf(row: TapRow): string {
  if (row.kind === 'one') return '';
  const { client, server } = row.pair.legs;
  return [client.lost > 0 ? `→${client.lost}` : '', server.lost > 0 ? `←${server.lost}` : '']
    .filter((words) => words !== '')
    .join(' ');
}

/** `7`, or `0 / 0+12` where the captures number it otherwise: the streams of the client's and of the server's. */
export function streamsOfRow(taps: TwoTaps, row: TapRow): string {
  const of = (tap: Tap): string =>
    (row.kind === 'both' ? row.pair.flows[tap] : row.tap === tap ? [row.flow] : [])
      .map((id) => taps[tap].connection(id).stream)
      .join('+');
  const [client, server] = TAPS.map(of);
  return client === server ? client! : `${client === '' ? '-' : client} / ${server === '' ? '-' : server}`;
}

/** What is told of it, in sentences: of both ends first. */
export function messageOf(taps: TwoTaps, row: TapRow): string {
  if (row.kind === 'both') return row.pair.verdict;
  const own = isGone(row) ? undefined : ownOf(taps, row)[0]?.message;
  return [own, row.unpaired?.message].filter((words) => words !== undefined).join(' ') ||
    'The other capture does not have it.';
}

/** All words of a row that a search may look for. */
export function textOf(taps: TwoTaps, row: TapRow): string {
  const judged = row.kind === 'both' ? row.pair.findings : [];
  return [
    severityOf(taps, row) ?? '',
    ...namesOf(taps, row),
    ...judged.map(({ finding: { id, cause }, outcome }) => `${outcome} ${nameOf({ finding: id, cause })}`),
    doerOf(taps, row),
    confidenceOf(taps, row) ?? '',
    messageOf(taps, row),
  ].join(' ');
}
