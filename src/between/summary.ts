import type { Address, Confidence, Role, Severity } from '../analysis/model.js';
import type { Time } from '../base/time.js';
import { SEVERITIES } from '../findings/finding.js';
import { type Fact, type FactId, FACTS, type JudgedFinding, type TapPair, type TwoTaps } from './taps.js';

/** Equal facts of one service, as the client's tap names it. */
export interface FactGroup {
  readonly fact: FactId;
  readonly severity: Severity;
  /** The least of its facts'. */
  readonly confidence: Confidence;
  readonly service: Address;
  /** By the clock of the client's tap. */
  readonly first: Time;
  readonly pairs: readonly { readonly pair: TapPair; readonly fact: Fact }[];
}

/** What a report begins with. */
export interface BetweenSummary {
  readonly pairs: number;
  /** Connections of the client's tap, those without a pair included. */
  readonly clientConnections: number;
  readonly serverConnections: number;
  readonly translated: { readonly source: number; readonly destination: number; readonly sequences: number };
  /** Segments between the taps, by who sent them. */
  readonly road: Readonly<Record<Role, { readonly sent: number; readonly lost: number }>>;
  /** Worst first, then those of many connections. */
  readonly groups: readonly FactGroup[];
  readonly outcomes: Readonly<Record<JudgedFinding['outcome'], number>>;
}

const DOUBTFUL: readonly Confidence[] = ['possible', 'likely', 'certain'];

export function summarize({ client, server, pairs }: TwoTaps): BetweenSummary {
  const road = { client: { sent: 0, lost: 0 }, server: { sent: 0, lost: 0 } };
  const outcomes = { confirmed: 0, explained: 0, refuted: 0, kept: 0 };
  const translated = { source: 0, destination: 0, sequences: 0 };
  for (const { legs, findings, mapping } of pairs) {
    for (const role of ['client', 'server'] as const) {
      road[role].sent += legs[role].sent;
      road[role].lost += legs[role].lost;
    }
    for (const { outcome } of findings) outcomes[outcome]++;
    translated.source += Number(mapping.source);
    translated.destination += Number(mapping.destination);
    translated.sequences += Number(mapping.sequences.client || mapping.sequences.server);
  }
  return {
    pairs: pairs.length,
    clientConnections: client.connectionCount,
    serverConnections: server.connectionCount,
    translated,
    road,
    groups: groupsOf(pairs),
    outcomes,
  };
}

function groupsOf(pairs: readonly TapPair[]): FactGroup[] {
  const groups = new Map<
    string,
    {
      fact: FactId;
      severity: Severity;
      confidence: Confidence;
      service: Address;
      first: Time;
      pairs: { pair: TapPair; fact: Fact }[];
    }
  >();
  for (const pair of pairs) {
    const { server } = pair.mapping.atClient;
    for (const fact of pair.facts) {
      const key = `${fact.id} ${fact.severity} ${server.address} ${server.port}`;
      const group = groups.get(key);
      if (group === undefined)
        groups.set(key, {
          fact: fact.id,
          severity: fact.severity,
          confidence: fact.confidence,
          service: server,
          first: fact.time,
          pairs: [{ pair, fact }],
        });
      else {
        group.pairs.push({ pair, fact });
        group.first = Math.min(group.first, fact.time);
        if (DOUBTFUL.indexOf(fact.confidence) < DOUBTFUL.indexOf(group.confidence)) group.confidence = fact.confidence;
      }
    }
  }
  return [...groups.values()].toSorted(
    (one, other) =>
      SEVERITIES.indexOf(one.severity) - SEVERITIES.indexOf(other.severity) ||
      other.pairs.length - one.pairs.length ||
      FACTS.indexOf(one.fact) - FACTS.indexOf(other.fact),
  );
}

/**
 * The worst that is left when both captures have spoken: facts, and findings that were not refuted. Null where there is
 * nothing.
 */
export function worstOf({ pairs }: TwoTaps): Severity | null {
  const found = new Set<Severity>();
  for (const { facts, findings } of pairs) {
    for (const { severity } of facts) found.add(severity);
    for (const { outcome, finding } of findings) if (outcome !== 'refuted') found.add(finding.severity);
  }
  return SEVERITIES.find((severity) => found.has(severity)) ?? null;
}
