import { SECOND } from '../../base/time.js';
import type { Time } from '../../base/time.js';
import { everyone, sentNoMore } from '../diagnosis.js';
import type { Scene } from '../diagnosis.js';
import type { Facts } from '../facts/facts.js';
import { ATTEMPTS, isPersistent } from './filtered.js';
import type { Service } from '../facts/gathering.js';
import * as SIGN from '../facts/signs.js';

/** Times that somebody sends the same again before nobody is there. */
export const REPEATS = 3;

/** Whether a client tried for long, or again: one that gave up at once may have been impatient. */
export function isAskedInEarnest(scene: Scene, service: Service): boolean {
  return [...scene.freeByClient(service, SIGN.noSynAck).values()].some((own) => {
    const inVain = own.filter((facts) => isInVain(facts, scene));
    return inVain.length >= ATTEMPTS || inVain.some(isPersistent);
  });
}

/**
 * Nothing answered, neither the host nor a router; what goes on behind its SYNs was answered, and the capture has one
 * direction. The last ones may still be answered when it ends.
 */
export function isInVain(facts: Facts, { end }: Scene): boolean {
  const { attempts, packets, undelivered, lastSyn } = facts;
  return (
    attempts > 0 && sentNoMore(facts, 0, attempts) && packets[1] === 0 && undelivered === null &&
    (attempts > 1 || end - lastSyn >= SECOND)
  );
}

/** How many hosts answered one of these clients within this time. */
export function answeringMeanwhile(scene: Scene, clients: ReadonlySet<string>, from: Time, until: Time): number {
  return new Set(
    [...clients].flatMap((client) =>
      scene.clientOf(client).flatMap((service) =>
        everyone(service).some((facts) => clients.has(facts.client) && facts.synAck >= from && facts.synAck <= until)
          ? [service.address]
          : [],
      ),
    ),
  ).size;
}

/** Those that asked the host for a connection in this time, and had to ask again. */
export function knockingAt(scene: Scene, host: string, from: Time, until: Time): Facts[] {
  return scene.servicesOf(host).flatMap((service) =>
    scene
      .free(service, SIGN.severalSyns)
      .filter(({ attempts, start }) => attempts > 1 && start > from && start < until),
  );
}
