import { SECOND } from '../../base/time.js';
import { areDroppedBefore, connectTime } from '../accept-queue.js';
import { FEW_ASKED, droppedForMore } from '../patterns/asked-for-more.js';
import { inSeconds, place, seconds } from '../diagnosis.js';
import type { Detected, Scene } from '../diagnosis.js';
import type { Service } from '../facts/gathering.js';
import * as SIGN from '../facts/signs.js';

/** Connects that each lost the first SYN and no other, before that is no loss; and which part of all they are. */
const MANY = 5;
const NEARLY_ALL = 0.9;

/** Something on the way that drops SYNs for what they ask beyond a connection. */
export function dropsForMore(scene: Scene, service: Service): Detected | null {
  const dropped = droppedForMore(service);
  if (dropped === null) return null;
  const members = dropped.members.filter((facts) => !scene.isExplained(facts));
  if (members.length < FEW_ASKED) return null;
  const longest = Math.max(...members.map(connectTime));
  const { words, retried, advice } = dropped.extra;
  return {
    severity: 'warning', confidence: 'likely', service: { address: service.address, port: service.port },
    by: { role: 'path', address: service.address },
    message:
      `Something on the way drops SYNs to ${place(service)} that ${words}: of ${members.length} of ` +
      `${dropped.members.length} connects that began so the first SYN was never answered, and ${retried} was, up to ` +
      `${seconds(longest)} later.`,
    advice: [advice, 'Capture at the server, too: there the first SYN of each does not arrive.'],
    numbers: {
      matching: members.length, of: dropped.members.length, seconds: inSeconds(longest),
      syns: Math.max(...members.map(({ attempts }) => attempts)),
    },
    refutes: `an answer of ${place(service)} to SYNs that ${words}`, members,
  };
}

/** Nearly all connects lose their first SYN, and none a second one, though nobody waits to be accepted. */
export function dropsAnyFirst(scene: Scene, service: Service): Detected | null {
  const free = scene.free(service, SIGN.severalSyns);
  if (free.length < MANY || droppedForMore(service) !== null) return null;
  const connects = scene.showing(service, SIGN.attempted);
  // Nor on a road that takes longer than the timer, where both arrive and both are answered.
  const members = free.filter(({ attempts, synAcks, start, lastSyn, reset }) =>
    attempts === 2 && synAcks === 1 && lastSyn - start >= SECOND / 2 && reset?.by !== 1);
  if (members.length < MANY || members.length < NEARLY_ALL * connects.length) return null;
  if (!areDroppedBefore(members, connects)) return null;
  const longest = Math.max(...members.map(connectTime));
  return {
    severity: 'warning', confidence: 'possible', service: { address: service.address, port: service.port },
    by: { role: 'path', address: service.address },
    message:
      `Something drops the first SYN to ${place(service)} of ${members.length} of ${connects.length} connects, and ` +
      `takes the second (up to ${seconds(longest)} later): no full queue, for nobody waited in it.`,
    advice: [
      'Look for a protection against floods that lets only those in who ask twice (first-packet discarding, SYN ' +
        'authentication by retransmission), and for a tunnel, an ARP entry or a host that is set up when the first ' +
        'packet comes.',
      'Keep connections open: each new one waits for the timer of its SYN, a second (RFC 6298 §2.1).',
    ],
    numbers: { matching: members.length, of: connects.length, seconds: inSeconds(longest), syns: 2 },
    refutes: 'TcpExtListenDrops of the server that grows meanwhile', members,
  };
}
