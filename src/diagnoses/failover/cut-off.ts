import { groupsBy } from '../../base/groups.js';
import { SECOND } from '../../base/time.js';
import type { Duration, Time } from '../../base/time.js';
import { FEW, TOGETHER } from '../patterns/crowd.js';
import { collect, inSeconds, openedBy, seconds, several } from '../diagnosis.js';
import type { Detected, Scene } from '../diagnosis.js';
import type { Facts } from '../facts/facts.js';
import { REPEATS } from '../patterns/in-vain.js';

/** No box that is known forgets idle TCP connections sooner: who was silent for less was not forgotten for that. */
const FORGETS: Duration = 60 * SECOND;

/** What an end sent in vain, and since when. */
interface InVain {
  readonly of: Facts;
  readonly from: Time;
  readonly by: 0 | 1;
}

/**
 * A client between which and several hosts nothing comes through any more, whenever each of its connections finds that
 * out: what stands before it, or its own link. Of all that it has open, and begins, nothing is heard on both sides.
 */
export function cutOff(scene: Scene, stuck: readonly Facts[]): Detected[] {
  return [...groupsBy(collect(stuck, inVainOf), ({ of }) => of.client)].flatMap(
    ([client, own]) => cutOffOf(scene, client, own) ?? [],
  );
}

function inVainOf(of: Facts): InVain | null {
  for (const by of [0, 1] as const) {
    const from = of.stuckSince[by];
    const peer = of.heard[1 - by]!;
    if (
      from >= 0 && of.unanswered[by] >= REPEATS && of.largestAcknowledged[by] > 0 && !(peer > from) &&
      from - peer < FORGETS
    )
      return { of, from, by };
  }
  return null;
}

function cutOffOf(scene: Scene, client: string, own: readonly InVain[]): Detected | null {
  const servers = new Set(own.map(({ of }) => of.server));
  // To whom only its servers speak in vain has left, as phones do.
  if (servers.size < FEW || own.every(({ by }) => by === 1)) return null;
  const from = Math.min(...own.map((one) => one.from));
  const all = openedBy(scene, client);
  if (all.some(({ heard }) => heard[0] > from + TOGETHER && heard[1] > from + TOGETHER)) return null;
  const last = Math.max(...own.map((one) => one.from));
  const heard = Math.max(...own.map(({ of, by }) => of.heard[1 - by]!));
  const members = own.map(({ of }) => of).filter((facts) => !scene.isExplained(facts));
  if (members.length < FEW) return null;
  const knocking = all.filter(({ start, attempts, packets }) => start > from && attempts > 0 && packets[1] === 0);
  const both = new Set(own.map(({ by }) => by)).size > 1;
  return {
    severity: 'error', confidence: 'likely', service: null, by: { role: 'path', address: client },
    message:
      `Nothing comes through any more between ${client} and ${servers.size} hosts: on ${members.length} of its ` +
      `connections what ${both ? 'either side' : 'it'} sent since was never acknowledged, ` +
      `found out one by one within ${seconds(last - from)}, and nothing else of it was answered` +
      `${knocking.length > 0 ? ` (${several(knocking.length, 'connect')} in vain, too)` : ''}: its own link, or what ` +
      'stands before it.',
    advice: [
      `Look what is in front of ${client} alone: its link or Wi-Fi, a VPN, a firewall or an agent on it that swallows ` +
        'what stands (a reload, a policy), a route that changed.',
      'Ends learn of it by their own timers alone: TCP_USER_TIMEOUT or keepalives of some ten seconds.',
    ],
    numbers: {
      connections: members.length, servers: servers.size, window: inSeconds(last - from),
      quiet: inSeconds(Math.max(0, from - heard)), ...(knocking.length > 0 ? { connects: knocking.length } : {}),
    },
    refutes: `a connection of ${client} on which both sides are heard after this moment`, members, beside: knocking,
    first: from, last,
  };
}
