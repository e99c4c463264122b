import { SECOND } from '../base/time.js';
import type { Duration } from '../base/time.js';
import type { Loss } from '../flow/loss.js';
import { NO_ROW } from '../tcp/segment-history.js';
import type { Subject } from './detector.js';
import type { Discount } from './discount.js';
import type { Address } from '../tcp/connection.js';
import type { Severity } from './finding.js';
import type { Finding, Group } from './index.js';

/**
 * Findings that rest on what is not there (an answer, a FIN), or on who was first: a packet that the capture lost, or
 * has in the wrong place,
 * looks the same. All others rest on packets that were sent (a RST, a retransmission that was answered).
 */
const SILENT: ReadonlySet<string> = new Set([
  'half-closed', 'half-open', 'unanswered-request', 'unacknowledged-fin', 'incomplete-handshake', 'slow-connect',
  'time-wait-reuse', 'one-way', 'path-mtu', 'unexpected-reset',
]);

/** What is missing of it may have to do with what is found when it was sent this shortly before. */
const NEAR: Duration = SECOND;

/** A capture that lost a smaller share of the payload did not lose a FIN and its acknowledgment, too. */
const SLIGHT = 0.001;

/** Connections in which chance alone may have taken all that shows a close: the FIN and what acknowledges it. */
const BY_CHANCE = 3;
const MARGIN = 6;

/**
 * A finding as far as it holds for a connection of which the capture lacks something, or has it in another order: it is
 * `possible`, and no error.
 */
export function asFarAsCaptured(finding: Finding, subject: Subject): Finding {
  const reason = subject.history.isDisordered ? 'order' : lacksSomething(subject, finding) ? 'loss' : null;
  return reason === null ? finding : doubtful(finding, reason);
}

function doubtful(finding: Finding, reason: 'order' | 'loss'): Finding {
  const severity = SILENT.has(finding.id) ? 'info' : finding.severity === 'error' ? 'warning' : finding.severity;
  return { ...finding, severity, confidence: 'possible', evidence: { ...finding.evidence, doubtfulBy: reason } };
}

/** Whether the capture lacks what was sent not long before what is found began, or later. */
function lacksSomething({ exchange: { lost, lastHole }, history }: Subject, { start }: Finding): boolean {
  if (lost[0] + lost[1] === 0) return false;
  let at = lastHole;
  for (const end of [0, 1] as const) {
    // A hole that is noticed by the FIN behind it may be much older: the peer had acknowledged what was in it.
    const { fin } = history.ends[end];
    if (lost[end] === 0 || fin === NO_ROW) continue;
    const heard = history.firstAcknowledging(1 - end, history.rows[fin]!.sequence);
    if (heard !== NO_ROW && heard < fin) at = Math.min(at, history.rows[heard]!.time);
  }
  return at >= start - NEAR;
}

/** What is counted together: findings of one kind at one service. */
const kindOf = (id: string, { address, port }: Address): string => `${id} ${address} ${port}`;

const isSilent = (id: string, severity: Severity): boolean => severity !== 'info' && SILENT.has(id);

/**
 * Where the capture lost packets at random, what shows a close was lost as a whole of some connections, and leaves no
 * trace in them. As many findings of a kind as chance explains are `possible`, and no more than information; where
 * there are many more they stay as they are. Null where the capture lost nothing to speak of.
 *
 * @param evicted what was found of connections that are no longer kept
 * @param connections how many there were of both
 */
export function lossDiscount(
  findings: readonly Finding[], evicted: readonly Group[], loss: Loss, connections: number,
): Discount | null {
  const few = lostByChance(loss, connections);
  if (few === 0) return null;
  const counts = new Map<string, number>();
  const add = (id: string, service: Address, more: number): unknown =>
    counts.set(kindOf(id, service), (counts.get(kindOf(id, service)) ?? 0) + more);
  for (const { id, severity, service } of findings) if (isSilent(id, severity)) add(id, service, 1);
  for (const { finding, severity, service, flows } of evicted)
    if (isSilent(finding, severity)) add(finding, service, flows);
  const isByChance = (id: string, severity: Severity, service: Address): boolean =>
    isSilent(id, severity) && counts.get(kindOf(id, service))! <= few;
  return {
    finding: (own) => (isByChance(own.id, own.severity, own.service) ? doubtful(own, 'loss') : own),
    group: (group) =>
      isByChance(group.finding, group.severity, group.service) ? { ...group, severity: 'info' } : group,
  };
}

/**
 * How many of so many connections may have lost two packets that belong together; 0 where the capture lost nothing to
 * speak of.
 */
export function lostByChance(
  { share, connections: lossy }: Pick<Loss, 'share' | 'connections'>, connections: number,
): number {
  return lossy <= 1 || share < SLIGHT ? 0 : BY_CHANCE + MARGIN * connections * share * share;
}
