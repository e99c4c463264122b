import { groupsBy } from '../../base/groups.js';
import { MILLISECOND } from '../../base/time.js';
import type { Duration } from '../../base/time.js';
import { inSeconds, place, seconds, several } from '../diagnosis.js';
import type { Detected, Scene } from '../diagnosis.js';
import type { Facts } from '../facts/facts.js';
import type { Service } from '../facts/gathering.js';
import { name } from '../idle-limit.js';
import { openAt } from './open-at.js';
import { hasOwnCause } from './own-cause.js';
import * as SIGN from '../facts/signs.js';
import { serverSoftware } from '../software.js';
import { logChoose } from './timer.js';

/** Connects whose SYNs were dropped before it is told. */
const FEW = 3;
/** A SYN comes again after a second (RFC 6298 §2.1); a handshake that took half of that needed more than one. */
const SLOW: Duration = 500 * MILLISECOND;
/** Of so many one may be out of order. */
const ORDERLY = 20;
/** Of those that got through at last, this part did when there was room. */
const MOST = 0.8;
/** Beyond this chance the dropped ones may stand among the others as they do by accident. */
const CHANCE = 1e-3;

/**
 * A host that answers no SYN while as many connections as it has room for are open: small stacks have blocks for so
 * many, and drop what comes beyond them (lwIP tcp_listen_input: tcp_alloc finds no TCP_PCB, MEMP_NUM_TCP_PCB), and so
 * does a rule that counts (`connlimit`, nft `ct count`).
 */
export function noRoom(scene: Scene, service: Service): Detected | null {
  const dropped = droppedOf(scene, service);
  const connects = connectsOf(scene, service);
  const room = roomOf(connects, dropped);
  if (room === null) return null;
  const { least, late, never, longest, most } = room;
  return {
    severity: never > 0 ? 'error' : 'warning', confidence: 'likely',
    service: { address: service.address, port: service.port }, by: { role: 'server', address: service.address },
    message:
      `${place(service)}${name(serverSoftware(scene, service))} answers no SYN while ${several(least, 'connection')} ` +
      `or more are open: ${dropped.length} of ${connects.length} connects asked up to ` +
      `${several(most, 'time')} (${seconds(longest)})` +
      `${late > 0 ? `, ${late} until one of the others closed` : ''}; with fewer open it answers at once.`,
    advice: [
      'Give it room for more (lwIP `MEMP_NUM_TCP_PCB`, ESP-IDF `CONFIG_LWIP_MAX_ACTIVE_TCP`, ' +
        '`max_open_sockets`), or look for a rule that counts before it (iptables `connlimit`, nft `ct count`).',
      'Or use fewer connections: clients that close what they do not use, one connection for several requests.',
    ],
    numbers: { limit: least, matching: dropped.length, of: connects.length, longest: inSeconds(longest), never },
    refutes: `a SYN that is answered at once while ${several(least, 'other')} or more are open`, members: dropped,
  };
}

/**
 * A rule that counts the connections of each client (iptables `connlimit`, nft `ct count` of an address, Cisco ASA
 * `per-client-max`, zone protection of PAN-OS): one that has so many gets no answer, and all others do meanwhile. No
 * queue of the server is full then, nor has it no room.
 */
export function noRoomForOne(scene: Scene, service: Service): Detected[] {
  const all = droppedOf(scene, service);
  if (all.length < FEW) return [];
  const byClient = [...groupsBy(all, ({ client }) => client)].filter(([, dropped]) => dropped.length >= FEW);
  if (byClient.length === 0) return [];
  const connects = connectsOf(scene, service);
  return byClient.flatMap(([client, dropped]) => {
    const own = connects.filter((facts) => facts.client === client);
    const room = roomOf(own, dropped);
    if (room === null) return [];
    const others = connects.filter((facts) => facts.client !== client && dropped.some((one) => isBeside(facts, one)));
    // Of whoever asks in that time a queue that is full drops as many.
    const isAlone = others.every(({ attempts, synAck }) => attempts === 1 && !Number.isNaN(synAck));
    if (others.length < FEW || !isAlone) return [];
    const { least, late, never, longest, most } = room;
    return [{
      severity: never > 0 ? 'error' : 'warning', confidence: 'likely',
      service: { address: service.address, port: service.port }, by: { role: 'path', address: service.address },
      message:
        `${client} gets no answer to a SYN while it has ${several(least, 'connection')} or more to ${place(service)}: ` +
        `${dropped.length} of ${own.length} connects asked up to ${several(most, 'time')} (${seconds(longest)})` +
        `${late > 0 ? `, ${late} until one of its own closed` : ''}, while ${others.length} of others were answered at ` +
        'once: so does a limit of connections for each client.',
      advice: [
        `Look for a rule that counts by address, on ${service.address} and before it: iptables \`connlimit\`, nft ` +
          '`ct count`, Cisco ASA `per-client-max`, DoS protection of PAN-OS and FortiGate. Where many hosts share the ' +
          'address of the client (a NAT, a proxy), it counts them as one.',
        `Or let ${client} use fewer connections: a pool, several requests on each, and close what it does not use.`,
      ],
      numbers: {
        limit: least, matching: dropped.length, of: own.length, others: others.length, longest: inSeconds(longest),
        never,
      },
      refutes: `a SYN of ${client} that is answered at once while it has ${several(least, 'connection')} or more`,
      members: dropped,
    } satisfies Detected];
  });
}

/** Whether it was asked for while `one` was, whose SYN was dropped at both ends of that time. */
function isBeside({ start }: Facts, one: Facts): boolean {
  return start > one.start && start < one.lastSyn;
}

function droppedOf(scene: Scene, service: Service): Facts[] {
  return scene.free(service, SIGN.severalSyns).filter((facts) => isDropped(facts) && !hasOwnCause(scene, facts));
}

function connectsOf(scene: Scene, service: Service): Facts[] {
  return scene.showing(service, SIGN.attempted).filter(({ isOneDirection }) => !isOneDirection);
}

/** How many connections leave no room for another, and what became of those that found none. */
interface Room {
  readonly least: number;
  /** Those that got through at last, and those that never did. */
  readonly late: number;
  readonly never: number;
  readonly longest: Duration;
  /** SYNs of one. */
  readonly most: number;
}

function roomOf(connects: readonly Facts[], dropped: readonly Facts[]): Room | null {
  if (dropped.length < FEW) return null;
  const taken = connects.filter(({ synAck }) => !Number.isNaN(synAck));
  const open = openAt(taken);
  const held = dropped.map(({ start }) => open(start)).sort((a, b) => a - b);
  const least = held[Math.floor(held.length / ORDERLY)]!;
  if (least < 1) return null;
  const atOnce = taken.filter(({ attempts }) => attempts === 1);
  const disorder = atOnce.filter(({ start }) => open(start) >= least).length;
  const late = dropped.filter(({ synAck }) => !Number.isNaN(synAck));
  const hadRoom = late.filter(({ lastSyn }) => open(lastSyn) < least).length;
  if (
    disorder * ORDERLY > atOnce.length || hadRoom < MOST * late.length ||
    Math.exp(-logChoose(connects.length, dropped.length)) >= CHANCE
  )
    return null;
  return {
    least, late: late.length, never: dropped.length - late.length,
    longest: Math.max(...dropped.map(({ synAck, lastSyn, start }) => (synAck >= 0 ? synAck : lastSyn) - start)),
    most: Math.max(...dropped.map(({ attempts }) => attempts)),
  };
}

/** Nobody answered its first SYN, neither the host nor a router. */
function isDropped({ attempts, synAck, start, reset, undelivered }: Facts): boolean {
  return attempts > 1 && undelivered === null && (Number.isNaN(synAck) ? reset === null : synAck - start > SLOW);
}
