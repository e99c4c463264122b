import { groupsBy } from '../../base/groups.js';
import { SECOND } from '../../base/time.js';
import type { Duration } from '../../base/time.js';
import { firstFew, inSeconds, openedBy, seconds, several, stood } from '../diagnosis.js';
import type { Detected, Scene } from '../diagnosis.js';
import type { Facts } from '../facts/facts.js';
import type { Service } from '../facts/gathering.js';
import * as SIGN from '../facts/signs.js';
import { REPEATS } from '../patterns/in-vain.js';
import { ALWAYS_PASSES } from '../../findings/path-mtu.js';

/** Hosts from which on it is one story: that three vanish right after they were reached, one by one, is no chance. */
const MANY_HOSTS = 3;

/** Of so many connections that the client spoke on one at least: of thousands a few meet hosts that vanish. */
const SHARE = 10;

/** What is cut off this soon was young: a peer may leave without a word at any time later. */
const YOUNG: Duration = 5 * SECOND;

/** What is sent again so often goes on for so long before nobody hears it (RFC 6298 §5.5: 1 s, 2 s). */
const LONG: Duration = 3 * SECOND;

/**
 * What a client says to many hosts behind its first words is never acknowledged, on one connection after the other,
 * while others of it go on: what has seen enough of a protocol to know it drops the rest (application control of a
 * firewall, a provider that throttles or blocks). A kernel that is there acknowledges payload by itself, whatever its
 * program does (RFC 9293 §3.8.6.3).
 */
export function hushed(scene: Scene, services: readonly Service[], told: ReadonlySet<Facts>): Detected[] {
  const hung = services.flatMap((service) =>
    scene.free(service, SIGN.stuck).filter((facts) => isHung(facts) && !told.has(facts)),
  );
  return Array.from(groupsBy(hung, ({ client }) => client)).flatMap(
    ([client, own]) => ofClient(scene, client, own, told) ?? [],
  );
}

function isHung(facts: Facts): boolean {
  const { stuckSince, stuckLength, repeats, heard, established } = facts;
  const [since] = stuckSince;
  return (
    isUnhindered(facts) && stuckLength[0] <= ALWAYS_PASSES && repeats[0] >= REPEATS && since - established < YOUNG &&
    heard[0] - since >= LONG
  );
}

/** As `isHung`, but that it came through at last. */
function cameLate(facts: Facts): boolean {
  const { stall, established, stuckSince } = facts;
  return (
    isUnhindered(facts) && Number.isNaN(stuckSince[0]) && stall !== null && stall.by === 0 && stall.lasted >= LONG &&
    stall.from - established < YOUNG
  );
}

/** Whether nothing else is known to be in the way of what the client says. */
function isUnhindered({ isGuessed, isOneDirection, undelivered, closedWindow }: Facts): boolean {
  return !isGuessed && !isOneDirection && undelivered === null && closedWindow[1] === 0;
}

function ofClient(
  scene: Scene, client: string, hung: readonly Facts[], told: ReadonlySet<Facts>,
): Detected | null {
  if (new Set(hung.map(({ server }) => server)).size < MANY_HOSTS) return null;
  const late = scene.clientOf(client).flatMap((service) =>
    (scene.freeByClient(service, SIGN.stalled).get(client) ?? []).filter(
      (facts) => cameLate(facts) && !told.has(facts),
    ),
  );
  const members = [...hung, ...late].sort((a, b) => a.frame - b.frame);
  const hosts = [...new Set(members.map(({ server }) => server))];
  const isMember = new Set(members);
  const from = Math.min(...hung.map(({ stuckSince }) => stuckSince[0]));
  const spoke = openedBy(scene, client).filter((facts) => stood(facts) && facts.bytes[0] > 0);
  // Where nothing goes on the client's own link is down.
  const others = spoke.filter((facts) => !isMember.has(facts) && facts.bytes[1] > 0 && facts.heard[1] > from).length;
  if (others === 0 || members.length * SHARE < spoke.length) return null;
  const repeats = Math.max(...members.map((facts) => facts.repeats[0]));
  const longest = Math.max(...hung.map(({ stuckSince, heard }) => heard[0] - stuckSince[0]));
  const isLate = late.length > 0 ? ` (on ${late.length} late)` : '';
  return {
    severity: 'error', confidence: 'likely', service: null, by: { role: 'path', address: client },
    message:
      `Something on the way drops what ${client} says behind its first words to ${hosts.length} hosts ` +
      `(${firstFew(hosts)}): on ${members.length} of ${several(spoke.length, 'connection')} it was sent again up to ` +
      `${several(repeats, 'time')} in ${seconds(longest)} and never acknowledged${isLate}, while ` +
      `${several(others, 'other')} went on.`,
    advice: [
      'Look for what knows the protocol by its first words and drops the rest: application control of a firewall, an ' +
        'intrusion prevention system, a provider that blocks or throttles. By another network or through a tunnel it ' +
        'should work.',
      'Let it reject by RST in place of dropping: each client waits for its whole timeout now.',
    ],
    numbers: {
      matching: members.length, of: spoke.length, hosts: hosts.length, others, repeats, seconds: inSeconds(longest),
    },
    refutes: 'what these hosts received, captured there: an acknowledgment that was lost on its way back', members,
  };
}
