import { SECOND } from '../../base/time.js';
import type { Duration, Time } from '../../base/time.js';
import { BY_CHANCE, groupsByChance } from './chance.js';
import { clientsInWords, several } from '../diagnosis.js';
import type { Detected, Scene } from '../diagnosis.js';
import type { Facts } from '../facts/facts.js';

/** Connections that fell silent together before it is told. */
export const FEW = 3;
/** They did within this time. */
export const TOGETHER: Duration = SECOND;

/** Who looks for a group finds one that is narrow: no less than this counts. */
const NARROW: Duration = SECOND / 10;

/** All that fall silent, at any time; over how much time, and how many pairs of hosts, or services, it is spread. */
export interface Crowd {
  readonly scene: Scene;
  readonly count: number;
  readonly span: Duration;
  readonly places: number;
}

/** Whether so many are no accident: of `all` in the same place, and of those of the other places. */
export function isNoChance<T>(
  { count, span, places }: Crowd, group: readonly T[], all: readonly T[], fromOf: (one: T) => Time,
): boolean {
  const width = Math.max(NARROW, fromOf(group.at(-1)!) - fromOf(group[0]!));
  return (
    groupsByChance(group.length, width, all.length - group.length, span) <= BY_CHANCE &&
    groupsByChance(group.length, width, count - group.length, span, places) <= BY_CHANCE
  );
}

/** Both sides in words, the service where it is one, and where the road is that they share. */
export function hostsOf(
  members: readonly Facts[],
): Pick<Detected, 'service' | 'by'> & { readonly client: string; readonly server: string } {
  const [{ client, server, serverPort }] = members as [Facts];
  const clients = new Set(members.map((facts) => facts.client));
  const servers = new Set(members.map((facts) => facts.server));
  const isOneService = servers.size === 1 && members.every((facts) => facts.serverPort === serverPort);
  return {
    client: clientsInWords(clients), server: servers.size === 1 ? server : several(servers.size, 'server'),
    service: isOneService ? { address: server, port: serverPort } : null,
    by: { role: 'path', address: servers.size > 1 && clients.size === 1 ? client : server },
  };
}
