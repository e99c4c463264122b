import type { Discount } from './discount.js';
import type { Finding, Group } from './index.js';
import type { Address } from '../tcp/connection.js';

/**
 * One client that gave up while its service answered others had reasons of its own (a program that ended, a user who
 * went on): this is information. Findings that repeat, or of a service that answered nobody, stay as they are. Null
 * where no client gave up.
 *
 * @param evicted what was found of connections that are no longer kept; their service is taken to have answered others
 */
export function loneGiveUp(findings: readonly Finding[], evicted: readonly Group[]): Discount | null {
  const counts = new Map<string, number>();
  const add = (service: Address, more: number): unknown =>
    counts.set(keyOf(service), (counts.get(keyOf(service)) ?? 0) + more);
  for (const { id, cause, service } of findings) if (isGivenUp(id, cause)) add(service, 1);
  for (const { finding, cause, service, flows } of evicted) if (isGivenUp(finding, cause)) add(service, flows);
  if (counts.size === 0) return null;
  const isLone = (service: Address): boolean => counts.get(keyOf(service)) === 1;
  return {
    finding: (own) => {
      const { id, cause, severity, service, evidence: { othersAnswered } } = own;
      const isLighter = severity === 'warning' && isGivenUp(id, cause) && othersAnswered === true && isLone(service);
      return isLighter ? { ...own, severity: 'info' } : own;
    },
    group: (evicted) => {
      const { finding, cause, severity, service } = evicted;
      const isLighter = severity === 'warning' && isGivenUp(finding, cause) && isLone(service);
      return isLighter ? { ...evicted, severity: 'info' } : evicted;
    },
  };
}

function isGivenUp(id: string, cause: string | null): boolean {
  return id === 'unanswered-request' && cause === 'given-up';
}

function keyOf({ address, port }: Address): string {
  return `${address} ${port}`;
}
