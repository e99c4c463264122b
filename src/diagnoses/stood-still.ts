import { consecutive } from '../base/groups.js';
import { SECOND } from '../base/time.js';
import type { Duration, Time } from '../base/time.js';
import { FEW, TOGETHER, hostsOf, isNoChance } from './crowd.js';
import type { Crowd } from './crowd.js';
import { collect, inSeconds, place, seconds, several } from './diagnosis.js';
import type { Detected, Scene } from './diagnosis.js';
import type { Stall } from '../tcp/exchange.js';
import type { Facts } from './facts.js';
import { knockingAt } from './in-vain.js';

export interface Stalled {
  readonly of: Facts;
  readonly stall: Stall;
}

/** A silence of so long is told though it was survived: somebody waited. */
const LONG: Duration = SECOND;

/** Groups of silences that began together, while somebody sent again and again, and that came to an end. */
export function stalls(crowd: Crowd, pair: readonly Facts[]): Stalled[][] {
  const stalled = collect(pair, stallOf);
  stalled.sort((a, b) => a.stall.from - b.stall.from);
  return consecutive(stalled, ({ stall }, [first]) => stall.from - first.stall.from <= TOGETHER).filter(
    (group) => group.length >= FEW && isNoChance(crowd, group, stalled, ({ stall }) => stall.from),
  );
}

export function stallOf(of: Facts): Stalled | null {
  return of.stall !== null && of.stall.lasted >= LONG && wentOn(of, of.stall) ? { of, stall: of.stall } : null;
}

/** Whether the end that had been silent was heard again, and what had been sent to it was acknowledged. */
function wentOn({ heard, stuckSince }: Facts, { by, from, lasted }: Stall): boolean {
  return heard[1 - by]! > from + lasted && !(stuckSince[by] <= from + lasted);
}

/** The time in which all of them stood still. */
export function commonTime(group: readonly Stalled[]): readonly [Time, Time] {
  return [
    Math.max(...group.map(({ stall }) => stall.from)),
    Math.min(...group.map(({ stall }) => stall.from + stall.lasted)),
  ];
}

/** The road was cut for a while: many conversations stood still in the same time, and went on. */
export function healed(scene: Scene, pair: readonly Facts[], group: readonly Stalled[]): Detected | null {
  const members = group.map(({ of }) => of).filter((facts) => !scene.isExplained(facts));
  const [from, to] = commonTime(group);
  if (members.length < FEW || to - from < LONG / 2) return null;
  const isMember = new Set(members);
  const others = pair.filter((facts) => !isMember.has(facts));
  // A handshake that came to its end meanwhile, or one of the others that spoke: the road was whole.
  if (
    others.some(
      ({ start, end, established, longestQuiet }) =>
        (established > from && established < to) || (start < from && end > to && longestQuiet < to - from),
    )
  )
    return null;
  const { client, service, server, by: whose } = hostsOf(members);
  const open = members.length + others.filter(({ start, end }) => start < from && end > to).length;
  const longest = Math.max(...group.map(({ stall }) => stall.lasted));
  const by = group.every(({ stall }) => stall.by === 0)
    ? client
    : group.every(({ stall }) => stall.by === 1)
      ? server
      : 'both';
  const repeats = Math.max(...group.map(({ stall }) => stall.repeats));
  const mute = new Set(group.map(({ of, stall }) => (stall.by === 0 ? of.server : of.client)));
  const [only] = mute;
  return {
    severity: 'warning',
    confidence: 'likely',
    service,
    by: whose,
    message:
      `${members.length} of ${several(open, 'connection')} between ${client} and ` +
        `${service === null ? server : place(service)} stood still together for ` +
      `${seconds(longest)} or more, and went on: ${by === 'both' ? 'both sides' : by} sent again up to ` +
        `${several(repeats, 'time')}, and nothing came back. The road was cut for a while` +
      `${mute.size === 1 ? `, or ${only} itself stood still` : ''}.`,
    advice: [
      'Look what happened to the road at this moment: a link or a Wi-Fi that went down and came back, a router ' +
        'or firewall that was reloaded, a host that was moved or suspended.',
      'Nothing was lost, but all waited: after a cut TCP tries again ever more seldom (RFC 6298 §5.5), so that ' +
        'it goes on late.',
    ],
    numbers: { connections: members.length, of: open, seconds: inSeconds(longest), repeats },
    refutes: 'one of these connections that was heard of meanwhile', members,
    beside: mute.size === 1 ? knockingAt(scene, only!, from - LONG, from + 2 * longest) : [], outlived: members,
    first: Math.min(...group.map(({ stall }) => stall.from)),
    last: Math.max(...group.map(({ stall }) => stall.from + stall.lasted)),
  };
}
