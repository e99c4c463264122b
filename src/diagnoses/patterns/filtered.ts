import { groupsBy } from '../../base/groups.js';
import { SECOND } from '../../base/time.js';
import type { Duration } from '../../base/time.js';
import { byClient } from '../diagnosis.js';
import type { Scene } from '../diagnosis.js';
import type { Facts } from '../facts/facts.js';
import type { Service } from '../facts/gathering.js';
import * as SIGN from '../facts/signs.js';

/**
 * SYNs of one attempt, and how long they go on, before it is no loss: three get lost together once in 125,000 times
 * where 2 % are lost.
 */
export const SYNS = 3;
const LONG: Duration = 3 * SECOND;
/** Or so many attempts. */
export const ATTEMPTS = 3;

/** Attempts to connect that nobody answered, long enough or often enough to be no loss. */
export function filteredOf(scene: Scene, service: Service): Facts[] {
  const dropped = scene.free(service, SIGN.noSynAck).filter(
    (facts) =>
      facts.attempts > 0 &&
      isUnanswered(facts) &&
      !scene
        .findingsOf(facts)
        .some(({ id, cause }) => id === 'unanswered' && cause !== 'filtered' && cause !== 'silent'),
  );
  return [...groupsBy(dropped, ({ client }) => client)].flatMap(([client, own]) =>
    isFiltered(byClient(service).get(client)!, own) ? own : [],
  );
}

/** Whether one attempt went on for too long, and by too many SYNs, for a loss. */
export function isPersistent({ attempts, lastSyn, start }: Facts): boolean {
  return attempts >= SYNS && lastSyn - start >= LONG;
}

/** How often the most patient of these asked, and for how long. */
export function insistence(members: readonly Facts[]): { readonly syns: number; readonly longest: Duration } {
  return {
    syns: Math.max(...members.map(({ attempts }) => attempts)),
    longest: Math.max(...members.map(({ lastSyn, start }) => lastSyn - start)),
  };
}

/** No answer of any kind, of whomever. */
export function isUnanswered({ synAck, reset, packets, undelivered }: Facts): boolean {
  return packets[1] === 0 && Number.isNaN(synAck) && reset === null && undelivered === null;
}

/**
 * What one client tried again and again; not where the same client was served meanwhile: then the queue was full, or
 * the road lost a few. Where it was served before or later a single attempt may have met a socket in TIME-WAIT, or a
 * port that a NAT remembers.
 */
function isFiltered(all: readonly Facts[], own: readonly Facts[]): boolean {
  const served = all.filter((other) => other.attempts > 0 && !Number.isNaN(other.synAck));
  const isLong = own.some(isPersistent);
  if (own.length < ATTEMPTS && (!isLong || served.length > 0)) return false;
  const from = Math.min(...own.map(({ start }) => start));
  const until = Math.max(...own.map(({ lastSyn }) => lastSyn));
  return own.some(({ attempts }) => attempts > 1) && !served.some(({ synAck }) => synAck >= from && synAck <= until);
}
