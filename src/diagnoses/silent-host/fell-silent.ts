import type { Time } from '../../base/time.js';
import { byClient, clientsInWords, everyone, inSeconds, seconds, several } from '../diagnosis.js';
import type { Detected, Scene } from '../diagnosis.js';
import type { Facts } from '../facts/facts.js';
import type { Service } from '../facts/gathering.js';
import { ATTEMPTS, SYNS, insistence } from '../patterns/filtered.js';
import { answeringMeanwhile, isAskedInEarnest, isInVain } from '../patterns/in-vain.js';
import * as SIGN from '../facts/signs.js';

/**
 * A host that answered, and of which nothing came any more from one moment on: what stood is sent again and again, and
 * whoever knocks then is not answered either. A firewall that drops what is new lets what stands go on; so the host is
 * down, or its road cut.
 */
export function fellSilent(scene: Scene, address: string): Detected | null {
  const services = scene.servicesOf(address);
  const stuck = services.flatMap((service) => scene.free(service, SIGN.stuck).filter(isRepeated));
  if (stuck.length === 0) return null;
  const last = lastHeard(scene, address, services);
  const standing = stuck.filter(({ stuckSince, roundTrip }) => stuckSince[0] + roundTrip >= last);
  const asked = services.filter((service) => isAskedInEarnest(scene, service));
  const inVain = asked.flatMap((service) =>
    scene.free(service, SIGN.noSynAck).filter((facts) => facts.start >= last && isInVain(facts, scene)),
  );
  if (standing.length === 0 || inVain.length === 0) return null;
  const members = [...standing, ...inVain];
  const clients = new Set(members.map(({ client }) => client));
  const answering = answeringMeanwhile(scene, clients, last, Math.max(...inVain.map(({ lastSyn }) => lastSyn)));
  const { syns, longest } = insistence(inVain);
  const repeats = Math.max(...standing.map((facts) => facts.repeats[0]));
  const ports = [...new Set(members.map(({ serverPort }) => serverPort))];
  return {
    severity: members.length < ATTEMPTS ? 'warning' : 'error', confidence: answering > 0 ? 'likely' : 'possible',
    service: ports.length === 1 ? { address, port: ports[0]! } : null, by: { role: 'path', address },
    message:
      `${address} fell silent: what ${several(standing.length, 'connection')} that stood sent up to ` +
      `${several(repeats + 1, 'time')} was never acknowledged, and ${several(inVain.length, 'attempt')} of ` +
      `${clientsInWords(inVain.map(({ client }) => client))} to connect since ` +
      `${inVain.length === 1 ? 'was' : 'were'} in vain (up to ${several(syns, 'SYN')} in ${seconds(longest)})` +
      `${answering > 0 ? `, while ${answering === 1 ? 'another host' : `${answering} others`} answered` : ''}: it went ` +
      'down, or its road was cut.',
    advice: [
      'See what became of it at this moment: its power and link, its log and that of its hypervisor (a panic, an OOM, ' +
        `a migration); from its own network \`arping ${address}\`.`,
      'Let the clients find out sooner: TCP_USER_TIMEOUT or keepalives of some ten seconds, and another host to turn to.',
    ],
    numbers: {
      connections: standing.length, attempts: inVain.length, clients: clients.size, syns, seconds: inSeconds(longest),
      answering,
    },
    refutes: `any packet of ${address} after this moment`, members, first: last,
  };
}

/** The client sent again and again what was never acknowledged. */
function isRepeated({ stuckSince, unanswered, heard }: Facts): boolean {
  return stuckSince[0] >= 0 && unanswered[0] >= SYNS && heard[1] >= 0;
}

/** When anything of a host was heard for the last time, as a server and as a client. */
function lastHeard(scene: Scene, address: string, services: readonly Service[]): Time {
  let last = -Infinity;
  const hear = ({ heard, reset }: Facts, end: 0 | 1): void => {
    if (heard[end] > last) last = heard[end];
    if (reset?.by === end && reset.at > last) last = reset.at;
  };
  for (const service of services) for (const facts of everyone(service)) hear(facts, 1);
  for (const service of scene.clientOf(address))
    for (const facts of byClient(service).get(address) ?? []) hear(facts, 0);
  return last;
}
