import { consecutive, groupsBy } from '../../base/groups.js';
import { SECOND } from '../../base/time.js';
import type { Duration, Time } from '../../base/time.js';
import { FEW, TOGETHER, hostsOf, isNoChance } from '../patterns/crowd.js';
import type { Crowd } from '../patterns/crowd.js';
import { collect, inSeconds, place, seconds, several } from '../diagnosis.js';
import type { Detected, Pair, Scene, Unexplained } from '../diagnosis.js';
import type { Stall } from '../../tcp/exchange.js';
import type { Facts } from '../facts/facts.js';
import { knockingAt } from '../patterns/in-vain.js';
import { occurrences } from '../once.js';
import type { Occurrence } from '../once.js';

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

const ADVICE: readonly string[] = [
  'Look what happened to the road at this moment: a link or a Wi-Fi that went down and came back, a router or firewall ' +
    'that was reloaded, a host that was moved or suspended.',
  'Nothing was lost, but all waited: after a cut TCP tries again ever more seldom (RFC 6298 §5.5), so that it goes on ' +
    'late.',
];

/** The cause, in a sentence: where one host alone was silent it may be that. */
function whatStood(silent: ReadonlySet<string>): string {
  return `The road was cut for a while${silent.size === 1 ? `, or ${[...silent].join('')} itself stood still` : ''}.`;
}

/** The road was cut for a while: many conversations stood still in the same time, and went on. */
export function healed(scene: Scene, pair: readonly Facts[], group: readonly Stalled[]): Detected | null {
  const members = group.map(({ of }) => of).filter((facts) => !scene.isExplained(facts));
  const [from, to] = commonTime(group);
  if (members.length < FEW || to - from < LONG / 2) return null;
  const isMember = new Set(members);
  const others = pair.filter((facts) => !isMember.has(facts));
  // A handshake that came to its end meanwhile, or one of the others that spoke: the road was whole.
  if (others.some((facts) => isThere(facts, from, to))) return null;
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
  return {
    severity: 'warning',
    confidence: 'likely',
    service,
    by: whose,
    message:
      `${members.length} of ${several(open, 'connection')} between ${client} and ` +
        `${service === null ? server : place(service)} stood still together for ` +
      `${seconds(longest)} or more, and went on: ${by === 'both' ? 'both sides' : by} sent again up to ` +
        `${several(repeats, 'time')}, and nothing came back. ${whatStood(mute)}`,
    advice: ADVICE,
    numbers: { connections: members.length, of: open, seconds: inSeconds(longest), repeats },
    refutes: 'one of these connections that was heard of meanwhile', members,
    beside: mute.size === 1 ? knockingAt(scene, [...mute][0]!, from - LONG, from + 2 * longest) : [], outlived: members,
    first: Math.min(...group.map(({ stall }) => stall.from)),
    last: Math.max(...group.map(({ stall }) => stall.from + stall.lasted)),
  };
}

/**
 * Connections of two hosts that stood still, too few to have one moment in common: what the outage of each shows. Not
 * where others of these hosts were heard meanwhile, for then it was not all of the road; nor where it met those of
 * other hosts, too, of which too few did for one story.
 */
export function cutForAWhile(scene: Scene, left: readonly Unexplained[]): Detected[] {
  const cut = occurrences(left, 'outage', ({ duration }) => duration);
  return [...groupsBy(cut, hostsIn).values()].flatMap((own) => {
    const isShared = cut.some((other) => hostsIn(other) !== hostsIn(own[0]!) && own.some((one) => meet(one, other)));
    return isShared || own.some((one) => wasHeardMeanwhile(scene, one)) ? [] : [cutOnce(own)];
  });
}

function hostsIn({ of: { facts } }: Occurrence): string {
  return `${facts.client} ${facts.server}`;
}

function meet({ finding: one }: Occurrence, { finding: other }: Occurrence): boolean {
  return one.start < other.start + other.duration && other.start < one.start + one.duration;
}

/** Whether another connection of the same hosts was opened, or spoke on both sides, in the time of the outage. */
function wasHeardMeanwhile(scene: Scene, { of: { facts }, finding: { start, duration } }: Occurrence): boolean {
  const [{ all }] = scene.pairsOf([facts]) as [Pair];
  return all.some(
    (other) => other !== facts && !(other.stall !== null && overlaps(other.stall, start, duration)) &&
      isThere(other, start, start + duration),
  );
}

function overlaps({ from, lasted }: Stall, start: Time, duration: Duration): boolean {
  return from < start + duration && start < from + lasted;
}

/** Whether a handshake came to its end in this time, or who had begun before spoke on without so long a pause. */
function isThere({ start, end, established, longestQuiet }: Facts, from: Time, to: Time): boolean {
  return (established > from && established < to) || (start < from && end > to && longestQuiet < to - from);
}

function cutOnce(own: readonly Occurrence[]): Detected {
  const members = own.map(({ of: { facts } }) => facts);
  const { client, service, server, by } = hostsOf(members);
  const repeats = Math.max(...own.map(({ finding }) => Number(finding.evidence['retransmissions'])));
  const longest = Math.max(...own.map(({ value }) => value));
  const silent = new Set(own.map(({ finding: { endpoint } }) => endpoint.address));
  return {
    severity: 'warning', confidence: 'possible', service, by,
    message:
      `${several(members.length, 'connection')} between ${client} and ${service === null ? server : place(service)} ` +
      `stood still for ${seconds(longest)} or more, and went on: what was sent again up to ` +
      `${several(repeats, 'time')} was acknowledged at last. ${whatStood(silent)}`,
    advice: ADVICE, numbers: { connections: members.length, seconds: inSeconds(longest), repeats },
    refutes: 'another connection of these hosts that was heard of meanwhile', members, outlived: members,
    first: Math.min(...own.map(({ finding: { start } }) => start)),
    last: Math.max(...own.map(({ finding: { start, duration } }) => start + duration)),
  };
}
