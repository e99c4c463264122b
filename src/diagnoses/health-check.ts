import { groupsBy } from '../base/groups.js';
import { MILLISECOND, SECOND } from '../base/time.js';
import type { Duration } from '../base/time.js';
import { inSeconds, place, seconds, several } from './diagnosis.js';
import type { Detected, DiagnosisDetector } from './diagnosis.js';
import type { Facts } from './facts/facts.js';
import type { Service } from './facts/gathering.js';
import * as SIGN from './facts/signs.js';

/**
 * Connections before a rhythm is one: of those without a word; and where they ask something, for a script in a loop
 * does so, too.
 */
const FEW = 3;
const MANY = 10;
/** A check is over within this time. */
const SHORT: Duration = SECOND;
/**
 * How much the distances of their beginnings may differ, the tenth at each end aside, as a part of the middle one; and
 * the least distance.
 */
const STEADY = 0.2;
const RHYTHM: Duration = 200 * MILLISECOND;
/** Timers are of so many half seconds, and this exact. */
const BEAT: Duration = 500 * MILLISECOND;
const DRIFT = 0.005;
/** Checks among all connections of the client that are alike. */
const MOST = 2 / 3;

/** A balancer or monitor that looks in a steady rhythm whether a service is there. */
export const healthCheck: DiagnosisDetector = {
  id: 'health-check', title: 'Health check',
  explains: {
    'linger-reset': [], 'rst-after-push': [], 'half-closed': ['slow', 'killed'], 'incomplete-handshake': [],
    'unanswered-request': [], refused: [],
  },
  signs: SIGN.clientClosed,
  detect(scene, services) {
    return services.flatMap((service) =>
      [
        ...scene.freeByClient(service, SIGN.clientClosed),
      ].flatMap(([client, own]) => checks(service, client, own) ?? []),
    );
  },
};

function checks(service: Service, client: string, own: readonly Facts[]): Detected | null {
  const short = own.filter(({ closeAt, start }) => closeAt - start < SHORT);
  if (short.length < FEW) return null;
  const mute = short.filter(({ bytes }) => bytes[0] === 0);
  const muteRhythm = rhythmOf(mute);
  const isMute = muteRhythm !== null;
  const members = isMute ? mute : mostAlike(short);
  if (members.length < (isMute ? FEW : MANY)) return null;
  const rhythm = isMute ? muteRhythm : rhythmOf(members);
  if (rhythm === null || (!isMute && !isOfClock(rhythm))) return null;
  return {
    severity: 'info', confidence: isMute ? 'likely' : 'possible',
    service: { address: service.address, port: service.port }, by: { role: 'client', address: client },
    message:
      `${client} checks the health of ${place(service)} every ${seconds(rhythm)}: ` +
      several(members.length, 'connection') +
        `${isMute ? ' without a word' : ` with the same ${members[0]!.bytes[0]} bytes`}.`,
    advice: [
      "Nothing to change: HAProxy's `check`, a load balancer or a monitor ends its checks as it likes, by RST, " +
        'too. It explains the resets of these connections.',
    ],
    numbers: { connections: members.length, seconds: inSeconds(rhythm) }, refutes: 'other distances between them',
    members,
  };
}

/** Those of the same length, of the one that most have. */
function mostAlike(short: readonly Facts[]): readonly Facts[] {
  if (short.length < MANY) return [];
  const alike = groupsBy(short.filter(({ bytes }) => bytes[0] > 0), ({ bytes }) => bytes[0]);
  return [...alike.values()].sort((a, b) => b.length - a.length)[0] ?? [];
}

/**
 * Whether a rhythm is one of whole or half seconds, as who checks has: a script that sleeps between its runs drifts by
 * what these take.
 */
function isOfClock(rhythm: Duration): boolean {
  return Math.abs(rhythm / BEAT - Math.round(rhythm / BEAT)) * BEAT <= DRIFT * rhythm;
}

/** Whether connections begin at the rhythm of a balancer or a monitor. */
export function areChecks(members: readonly Facts[]): boolean {
  const rhythm = rhythmOf(members);
  return rhythm !== null && isOfClock(rhythm);
}

/** The middle distance of their beginnings where these are steady; else null. */
function rhythmOf(members: readonly Facts[]): Duration | null {
  if (members.length < FEW) return null;
  const starts = members.map(({ start }) => start).sort((a, b) => a - b);
  const distances = starts.slice(1).map((start, index) => start - starts[index]!).sort((a, b) => a - b);
  const middle = distances[distances.length >> 1]!;
  if (middle < RHYTHM) return null;
  const [low, high] = [Math.floor(0.1 * (distances.length - 1)), Math.ceil(0.9 * (distances.length - 1))];
  const near = distances.filter((distance) => Math.abs(distance - middle) <= STEADY * middle).length;
  return (distances[high]! - distances[low]!) / middle <= STEADY || near >= MOST * distances.length ? middle : null;
}
