import type { Time } from '../../base/time.js';
import { clientsInWords, everyone, inSeconds, place, several, stood } from '../diagnosis.js';
import type { Detected, Scene } from '../diagnosis.js';
import type { Facts } from '../facts/facts.js';
import type { Service } from '../facts/gathering.js';
import * as SIGN from '../facts/signs.js';

/** Connections that another host resets before it is told. */
const FEW = 3;

/**
 * From one moment on another host answers at an address: what stood before draws RSTs of a TTL of its own (RFC 9293
 * §3.10.7.1: it has no such connection), and what it takes newly has that TTL, too. An address that moved to the
 * standby (VRRP, a virtual address of MetalLB or keepalived), or a router or balancer that chose anew among several
 * hosts (RFC 2992: a hash over another number of them), where some go on.
 */
export function anotherHost(scene: Scene, service: Service): Detected | null {
  const dead = scene.free(service, SIGN.serverReset).filter(isResetFromElsewhere);
  if (dead.length < FEW) return null;
  const known = everyone(service);
  const moved = newHost(dead, known);
  if (moved === null) return null;
  const { lastWord, first, ttl, newer } = moved;
  const died = new Set(dead);
  const wentOn = known.filter(
    (facts) => stood(facts) && facts.start < lastWord && facts.heard[1] > first && !died.has(facts),
  ).length;
  const before = dead[0]!.lowestTtl[1];
  const where = place(service);
  return {
    severity: 'error', confidence: 'likely', service: { address: service.address, port: service.port },
    by: { role: 'path', address: service.address },
    message:
      `Another host answers at ${where}: it resets ${dead.length} of ${several(dead.length + wentOn, 'connection')} that ` +
      `stood, of ${clientsInWords(dead.map(({ client }) => client))}, and takes new ones (TTL ${ttl}, before ` +
      `${before})${wentOn > 0 ? `; ${wentOn} went on` : ''}.`,
    advice: [
      wentOn > 0
        ? 'See what changed among the hosts behind the address at this moment: one more or less of them, or of the ' +
          'routes to them, gives connections to others where a hash over their number decides. Let what stands stay ' +
          '(consistent hashing: nftables and IPVS `mh`, Maglev; resilient ECMP groups; a table of connections).'
        : 'See what moved the address at this moment (VRRP, keepalived, MetalLB, the failover of a cluster): it takes ' +
          'no connections along. Where it was meant, end them before it moves.',
      'Clients: a pool that validates what it kept, and that sends again what may be sent twice.',
    ],
    numbers: {
      connections: dead.length, of: dead.length + wentOn, lost: dead.length, newer, ttl, serverTtl: before,
      window: inSeconds(Math.max(...dead.map(({ reset }) => reset!.at)) - first),
    },
    refutes: 'one of these connections that goes on after its RST', members: dead, first,
  };
}

interface NewHost {
  /** The last word that the former one said on these, and the first RST. */
  readonly lastWord: Time;
  readonly first: Time;
  readonly ttl: number;
  /** Connections that the new one has served. */
  readonly newer: number;
}

function newHost(dead: readonly Facts[], known: readonly Facts[]): NewHost | null {
  const lastWord = Math.max(...dead.map(({ heard }) => heard[1]));
  const first = Math.min(...dead.map(({ reset }) => reset!.at));
  const { ttl } = dead[0]!.reset!;
  if (lastWord >= first || dead.some(({ reset }) => reset!.ttl !== ttl)) return null;
  const newer = known.filter((facts) => facts.start > lastWord && isServedBy(facts, ttl)).length;
  return newer === 0 ? null : { lastWord, first, ttl, newer };
}

/** Whether another host has reset these, `known` being all that is known of its service: not what forgets the idle. */
export function isAnotherHost(dead: readonly Facts[], known: readonly Facts[]): boolean {
  return dead.length >= FEW && dead.every(isResetFromElsewhere) && newHost(dead, known) !== null;
}

/** By the server, in answer to a segment, from another distance than all that it had said. */
function isResetFromElsewhere({ reset, closer, closedByReset, bytes, heard, lowestTtl, highestTtl }: Facts): boolean {
  return (
    reset?.by === 1 && reset.bare && closer === 1 && closedByReset && bytes[1] > 0 && !(heard[1] > reset.at) &&
    lowestTtl[1] > 0 && lowestTtl[1] === highestTtl[1] && reset.ttl > 0 && reset.ttl !== lowestTtl[1]
  );
}

/** Whether a connection was answered from this distance alone. */
function isServedBy({ bytes, lowestTtl, highestTtl }: Facts, ttl: number): boolean {
  return bytes[1] > 0 && lowestTtl[1] === ttl && highestTtl[1] === ttl;
}
