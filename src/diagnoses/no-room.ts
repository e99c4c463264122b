import { MILLISECOND } from '../base/time.js';
import type { Duration } from '../base/time.js';
import { inSeconds, place, seconds, several } from './diagnosis.js';
import type { Detected, Scene } from './diagnosis.js';
import type { Facts } from './facts.js';
import type { Service } from './gathering.js';
import { name } from './idle-limit.js';
import { openAt } from './open-at.js';
import { hasOwnCause } from './own-cause.js';
import * as SIGN from './signs.js';
import { serverSoftware } from './software.js';
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
  const dropped = scene
    .free(service, SIGN.severalSyns)
    .filter((facts) => isDropped(facts) && !hasOwnCause(scene, facts));
  if (dropped.length < FEW) return null;
  const connects = scene.showing(service, SIGN.attempted).filter(({ isOneDirection }) => !isOneDirection);
  const taken = connects.filter(({ synAck }) => !Number.isNaN(synAck));
  const open = openAt(taken);
  const least = Math.min(...dropped.map(({ start }) => open(start)));
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
  const never = dropped.length - late.length;
  const longest = Math.max(...dropped.map(({ synAck, lastSyn, start }) => (synAck >= 0 ? synAck : lastSyn) - start));
  return {
    severity: never > 0 ? 'error' : 'warning', confidence: 'likely',
    service: { address: service.address, port: service.port }, by: { role: 'server', address: service.address },
    message:
      `${place(service)}${name(serverSoftware(scene, service))} answers no SYN while ${several(least, 'connection')} ` +
      `or more are open: ${dropped.length} of ${connects.length} connects asked up to ` +
      `${several(Math.max(...dropped.map(({ attempts }) => attempts)), 'time')} (${seconds(longest)})` +
      `${late.length > 0 ? `, ${late.length} until one of the others closed` : ''}; with fewer open it answers at once.`,
    advice: [
      'Give it room for more (lwIP `MEMP_NUM_TCP_PCB`, ESP-IDF `CONFIG_LWIP_MAX_ACTIVE_TCP`, ' +
        '`max_open_sockets`), or look for a rule that counts before it (iptables `connlimit`, nft `ct count`).',
      'Or use fewer connections: clients that close what they do not use, one connection for several requests.',
    ],
    numbers: { limit: least, matching: dropped.length, of: connects.length, longest: inSeconds(longest), never },
    refutes: `a SYN that is answered at once while ${several(least, 'other')} or more are open`, members: dropped,
  };
}

/** Nobody answered its first SYN, neither the host nor a router. */
function isDropped({ attempts, synAck, start, reset, undelivered }: Facts): boolean {
  return attempts > 1 && undelivered === null && (Number.isNaN(synAck) ? reset === null : synAck - start > SLOW);
}
