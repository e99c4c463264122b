import { SECOND } from '../../base/time.js';
import { byClient, place, several } from '../diagnosis.js';
import type { Detected, Scene } from '../diagnosis.js';
import type { Facts } from '../facts/facts.js';
import type { Service } from '../facts/gathering.js';
import * as SIGN from '../facts/signs.js';

/** Of so many connections of a service one may lose its client: more are no habit of clients. */
const ORDERLY = 20;

/**
 * Clients of whom nothing is heard any more, one by one, while nearly all others are served: a phone that loses its
 * network, a laptop that is shut. Their server finds out by its keepalives (RFC 1122 §4.2.3.6), or by what it sends in
 * vain. Where a client is heard at whatever port meanwhile, the road to it is at fault.
 */
export function leftSilently(scene: Scene, service: Service): Detected | null {
  const lost = scene.free(service, SIGN.stuck | SIGN.serverReset | SIGN.sentAgain).filter(
    (facts) => fellSilent(scene, facts),
  );
  if (lost.length === 0 || lost.length * ORDERLY > service.count) return null;
  const members = lost.filter((facts) => !isHeardMeanwhile(scene, facts));
  const clients = new Set(members.map(({ client }) => client));
  if (members.length === 0 || clients.size < members.length) return null;
  return {
    severity: 'info', confidence: 'possible', service: { address: service.address, port: service.port },
    by: { role: 'client', address: members[0]!.client },
    message:
      `${several(members.length, 'client')} of ${place(service)} left without a word, of ` +
      `${several(service.count, 'connection')} in all: nothing of them was heard any more, at whatever port, until the ` +
      'server gave up. So do phones that lose their network, and hosts that are switched off.',
    advice: [
      'Nothing to change where clients come and go. Where what the server keeps for them is dear, let it find out ' +
        'sooner: `net.ipv4.tcp_keepalive_time`, TCP_USER_TIMEOUT, a ping of the application.',
    ],
    numbers: { left: members.length, of: service.count },
    refutes: 'a packet of one of these clients while the server tried to reach it', members,
  };
}

function fellSilent(scene: Scene, facts: Facts): boolean {
  return scene
    .findingsOf(facts)
    .some(
      ({ id, cause, role }) =>
        id === 'half-open' && role === 'client' &&
        (cause === 'keepalive-timeout' || cause === 'retransmission-timeout'),
    );
}

/** Whether the client said something elsewhere while the server tried to reach it. */
function isHeardMeanwhile(scene: Scene, facts: Facts): boolean {
  const { client, end, heard: [last] } = facts;
  return scene.clientOf(client).some((service) =>
    byClient(service)
      .get(client)!
      .some(({ start, heard }) => start < end && heard[0] > last + SECOND),
  );
}
