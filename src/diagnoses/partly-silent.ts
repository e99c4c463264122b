import type { Time } from '../base/time.js';
import { clientsInWords, everyone, inSeconds, place, seconds, several } from './diagnosis.js';
import type { Detected } from './diagnosis.js';
import type { Facts } from './facts.js';
import type { Service } from './gathering.js';

/**
 * Part of what stands at a service falls silent in one moment, while the rest goes on, and new connections of the same
 * clients are taken: their road is whole, and the service is there. One of several hosts behind the address is gone
 * (IPVS drops what belongs to a removed server: `expire_nodest_conn` 0; a balancer that lost a target), or one of
 * several paths that a hash of the ports chooses.
 */
export function partlySilent(
  service: Service, members: readonly Facts[], from: Time, until: Time,
): Detected | null {
  const silent = new Set(members);
  const clients = new Set(members.map(({ client }) => client));
  const back = new Set<string>();
  let wentOn = 0;
  for (const facts of everyone(service)) {
    if (silent.has(facts)) continue;
    if (facts.start > from && !Number.isNaN(facts.established) && clients.has(facts.client)) back.add(facts.client);
    if (facts.start < from && facts.heard[0] > until && facts.heard[1] > until) wentOn++;
  }
  if (wentOn === 0 || back.size * 2 <= clients.size) return null;
  return {
    severity: 'error', confidence: 'likely', service: { address: service.address, port: service.port },
    by: { role: 'path', address: service.address },
    message:
      `${members.length} of ${several(members.length + wentOn, 'connection')} of ${clientsInWords(clients)} to ` +
      `${place(service)} fell silent at once, within ${seconds(until - from)}, while ${wentOn} went on and new ones of ` +
      'the same clients were taken: one of several hosts behind the address is gone, or one of the paths to them.',
    advice: [
      'See which host left the pool at this moment, and let the balancer end what it had there by RST (IPVS ' +
        '`net.ipv4.vs.expire_nodest_conn=1`, haproxy `on-marked-down shutdown-sessions`, AWS connection termination), ' +
        'or drain it before it goes.',
      'Ends learn of it by their own timers alone: TCP_USER_TIMEOUT or keepalives of some ten seconds, timeouts in the ' +
        'client.',
    ],
    numbers: {
      connections: members.length, of: members.length + wentOn, window: inSeconds(until - from), newer: back.size,
    },
    refutes: 'a word of the server on one of these connections after this moment', members: [...members], first: from,
    last: until,
  };
}
