import type { Time } from '../../base/time.js';
import { clientsInWords, everyone, inSeconds, place, seconds, several } from '../diagnosis.js';
import type { Detected } from '../diagnosis.js';
import type { Facts } from '../facts/facts.js';
import type { Service } from '../facts/gathering.js';

/**
 * Part of what stands at a service falls silent in one moment, while the rest goes on, and new connections of the same
 * clients are taken: their road is whole, and the service is there (for sure where they were taken while the others
 * were still tried). One of several hosts behind the address is gone (IPVS drops what belongs to a removed server:
 * `expire_nodest_conn` 0; a balancer that lost a target), or one of several paths that a hash of the ports chooses.
 */
export function partlySilent(
  service: Service, members: readonly Facts[], from: Time, until: Time,
): Detected | null {
  const silent = new Set(members);
  // Until when each client tried what had fallen silent.
  const tried = new Map<string, Time>();
  for (const { client, heard } of members) tried.set(client, Math.max(tried.get(client) ?? -Infinity, heard[0]));
  const back = new Set<string>();
  const meanwhile = new Set<string>();
  let wentOn = 0;
  for (const facts of everyone(service)) {
    if (silent.has(facts)) continue;
    const last = tried.get(facts.client);
    const isOn = facts.start < from && facts.heard[0] > until && facts.heard[1] > until;
    if (isOn) wentOn++;
    if (last === undefined) continue;
    if (facts.start > from && !Number.isNaN(facts.established)) back.add(facts.client);
    if (isOn || (facts.start > from && facts.established < last)) meanwhile.add(facts.client);
  }
  if (wentOn === 0 || back.size * 2 <= tried.size) return null;
  const isSure = meanwhile.size * 2 > tried.size;
  return {
    severity: 'error', confidence: isSure ? 'likely' : 'possible',
    service: { address: service.address, port: service.port },
    by: { role: 'path', address: service.address },
    message:
      `${members.length} of ${several(members.length + wentOn, 'connection')} of ${clientsInWords(tried.keys())} to ` +
      `${place(service)} fell silent at once, within ${seconds(until - from)}, while ${wentOn} went on and new ones of ` +
      `the same clients were taken${isSure ? '' : ' later'}: one of several hosts behind the address is gone, or one of ` +
      `the paths to them${isSure ? '' : '; or what these clients have in common was cut for a while'}.`,
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
