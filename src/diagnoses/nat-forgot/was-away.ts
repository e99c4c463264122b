import { groupsBy } from '../../base/groups.js';
import { SECOND } from '../../base/time.js';
import type { Duration, Time } from '../../base/time.js';
import { inSeconds, openedBy, range, seconds, several } from '../diagnosis.js';
import type { Detected, Scene } from '../diagnosis.js';
import type { Occurrence } from '../once.js';
import { apart } from '../patterns/timer.js';

/** Servers from which on what they have in common is the client. */
const SERVERS = 2;
/** Who wakes, or finds out that it was forgotten, speaks on all that it has within this time. */
const WAKES: Duration = 60 * SECOND;

/**
 * What died after a silence on connections of one client with several servers at once: it had been asleep or away, and
 * all of them had let go of it, or a box before it forgot. Not each of them was restarted.
 */
export function ofOneClient(scene: Scene, died: readonly Occurrence[]): Detected[] {
  return [...groupsBy(died, ({ of: { facts } }) => facts.client).values()].flatMap((own) => wasAway(scene, own) ?? []);
}

function wasAway(scene: Scene, own: readonly Occurrence[]): Detected | null {
  const members = own.map(({ of: { facts } }) => facts);
  const servers = new Set(members.map(({ server }) => server)).size;
  if (servers < SERVERS || !members.every(({ pauseEndedBy, pauseEnd }) => pauseEndedBy === 0 && pauseEnd > 0))
    return null;
  const ends = members.map(({ pauseEnd }) => pauseEnd);
  const [woke, last] = [Math.min(...ends), Math.max(...ends)];
  const fellAsleep = Math.max(...own.map(({ of: { facts }, value }) => facts.pauseEnd - value));
  if (last - woke > WAKES || !(fellAsleep < woke)) return null;
  const { client } = members[0]!;
  const [least, most] = [Math.min(...own.map(({ value }) => value)), Math.max(...own.map(({ value }) => value))];
  const all = openedBy(scene, client);
  if (all.some((facts) => !members.includes(facts) && facts.longestQuiet >= least)) return null;
  const isAsleep = !all.some((facts) => isSeenWithin(facts.start, fellAsleep, woke));
  const after = most - least < apart(most) ? seconds(most) : range(least, most);
  return {
    severity: 'warning', confidence: 'possible', service: null,
    by: { role: isAsleep ? 'client' : 'path', address: client },
    message:
      `${client} was silent for ${after} on ${several(members.length, 'connection')} to ${servers} hosts, and what it ` +
      `sent then was not known any more: ${isAsleep ? 'it was asleep or away, and its peers had let go of it' : ''}` +
      `${isAsleep ? ', or ' : ''}a NAT or firewall before it forgot what is idle.`,
    advice: [
      'Let it open its connections anew when it wakes or its network changes, and send nothing again on old ones that ' +
        'may not be sent twice.',
      'Where it did not sleep, keep connections alive by probes more often than the box before it forgets ' +
        '(SO_KEEPALIVE with TCP_KEEPIDLE), or raise its idle timer.',
    ],
    numbers: { died: members.length, servers, upper: inSeconds(least) },
    refutes: `a packet of ${client} in that time; or one of its connections that was used again after it, and answered`,
    members,
  };
}

function isSeenWithin(time: Time, from: Time, to: Time): boolean {
  return time > from && time < to;
}
