import { groupsBy } from '../../base/groups.js';
import { SECOND } from '../../base/time.js';
import { inSeconds, place, seconds, several } from '../diagnosis.js';
import type { Detected, Scene, Unexplained } from '../diagnosis.js';
import { occurrences } from '../once.js';
import type { Occurrence } from '../once.js';
import { REPEATS } from '../patterns/in-vain.js';

/** Times that a client begins anew on its old port before that is told of it. */
const AGAIN = 2;

/**
 * A host that was silent while its peer sent again and again, and then answered that by a RST: it knows nothing of the
 * connection any more (RFC 9293 §3.5.1). Power that failed, a watchdog, a virtual machine that was started anew.
 */
export function cameBack(_scene: Scene, left: readonly Unexplained[]): Detected[] {
  const anew = occurrences(left, 'half-open', ({ cause, duration, evidence }) =>
    cause === 'stale-peer' && typeof evidence['previousFlow'] === 'number' ? duration : null,
  );
  const silent = occurrences(left, 'rst-after-push', ({ cause }, { facts: { stall, reset } }) =>
    cause === 'no-socket' && stall !== null && reset !== null && stall.by !== reset.by && stall.repeats >= REPEATS &&
    stall.lasted >= SECOND && reset.at >= stall.from + stall.lasted
      ? reset.at - stall.from
      : null,
  );
  return [
    ...[...groupsBy(silent, ({ of: { facts } }) => hostOf(facts)).values()].map(told),
    ...[...groupsBy(anew, ({ of: { facts } }) => `${facts.client} ${facts.server} ${facts.serverPort}`).values()]
      .filter((own) => own.length >= AGAIN).map(comesAnew),
  ];
}

/**
 * A client that opens its connection on the same ports again, while its server still holds the one before (RFC 9293
 * §3.5.1, figure 10): it knew nothing of that any more, each time.
 */
function comesAnew(own: readonly Occurrence[]): Detected {
  const [{ of: { facts, service } }] = own as [Occurrence];
  const { client, clientPort } = facts;
  return {
    severity: 'warning', confidence: 'possible', service: { address: service.address, port: service.port },
    by: { role: 'client', address: client },
    message:
      `${client} opens its connection to ${place(service)} anew on the same port (${clientPort}) ` +
      `${several(own.length, 'time')}, while the server still holds the one before, which nobody had closed: ${client} ` +
      'was restarted each time (power, a watchdog, a reset), or drops its connections without a word.',
    advice: [
      `See at ${client} why it begins anew: its uptime and log, its power, a watchdog, a network that it leaves.`,
      'Let it choose another port each time (a random first one), so that it does not meet its own past; and let the ' +
        'server find out sooner: keepalives, a timeout of its protocol.',
    ],
    numbers: { matching: own.length, of: own.length },
    refutes: `a FIN or RST of ${client} before one of them`, members: own.map(({ of }) => of.facts),
  };
}

function hostOf({ reset, client, server }: Occurrence['of']['facts']): string {
  return reset!.by === 0 ? client : server;
}

function told(own: readonly Occurrence[]): Detected {
  const [{ of: { facts, service } }] = own as [Occurrence];
  const members = own.map((one) => one.of.facts);
  const isServer = facts.reset!.by === 1;
  const host = hostOf(facts);
  const longest = Math.max(...own.map(({ value }) => value));
  const repeats = Math.max(...members.map(({ stall }) => stall!.repeats));
  const isOneService = own.every(({ of }) => of.service === service);
  return {
    severity: 'warning', confidence: 'possible',
    service: isOneService ? { address: service.address, port: service.port } : null,
    by: { role: isServer ? 'server' : 'client', address: host },
    message:
      `${isServer && isOneService ? place(service) : host} was silent for ${seconds(longest)} or more, while what ` +
      `${isServer ? 'its clients' : 'its servers'} said was sent again up to ${several(repeats, 'time')}, and then drew ` +
      `a RST: it came back and does not know ${several(members.length, 'connection')} any more: it was restarted (power, ` +
      'a watchdog, a reset), or another host has its address.',
    advice: [
      `See at ${host} what happened then: its uptime and log, its power, a watchdog; who else may have its address.`,
      'Let its peers find out sooner than by retransmissions: timeouts of the application, TCP_USER_TIMEOUT, and a new ' +
        'connection as soon as one fails.',
    ],
    numbers: { connections: members.length, seconds: inSeconds(longest), repeats },
    refutes: `an uptime of ${host} that is longer; or something that it said meanwhile`, members,
  };
}
