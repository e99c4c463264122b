import type { Address, Analysis } from '../analysis/model.js';
import { formatToMilliseconds } from '../base/time.js';
import { groupsBy } from '../base/groups.js';
import { alignmentOf } from './align.js';
import type { Fingerprints } from './fingerprint.js';
import type { Outline } from './outline.js';
import { type Pair, isSameTuple } from './pair.js';
import { ELSEWHERE, ONLY_HERE, type SegmentLog } from './segment-log.js';
import { STALL } from './silence.js';
import type { Tap } from './tap.js';
import type { Fact, Tuple } from './taps.js';

/** Two pairs, and the tap at which they are one tuple. */
export interface Shared {
  readonly tap: Tap;
  readonly pairs: readonly [Pair, Pair];
}

/**
 * Pairs that are apart at one tap, live at the same time there, and have the same addresses and ports at the other: in
 * order of their beginning.
 */
export function sharing(pairs: readonly Pair[], prints: Readonly<Record<Tap, Fingerprints>>): Shared[] {
  const at = (pair: Pair, where: Tap): Outline => prints[where][pair[where][0]!]!.connection;
  return (['server', 'client'] as const).flatMap((tap) => {
    const apart = tap === 'server' ? 'client' : 'server';
    const latest = new Map<string, Pair>();
    const found: Shared[] = [];
    for (const pair of pairs.toSorted((one, other) => at(one, apart).start - at(other, apart).start)) {
      const key = keyOf(at(pair, tap));
      const before = latest.get(key);
      latest.set(key, pair);
      if (before === undefined) continue;
      const [one, other] = [at(before, apart), at(pair, apart)];
      if (!isSameTuple(one, other) && (one.end > other.start || one.isOpen))
        found.push({ tap, pairs: [before, pair] });
    }
    return found;
  });
}

/** What is to be said of such pairs, to both. */
export function collisions(shared: readonly Shared[], client: Analysis, server: Analysis): Map<Pair, Fact[]> {
  const facts = new Map<Pair, Fact[]>();
  for (const {
    tap,
    pairs: [first, second],
  } of shared) {
    const [here, there] = tap === 'server' ? [server, client] : [client, server];
    const apart = tap === 'server' ? 'client' : 'server';
    const [one, other] = [there.connection(first[apart][0]!), there.connection(second[apart][0]!)];
    const joint = here.connection(second[tap][0]!);
    const waited = client
      .connection(second.client[0]!)
      .states.client.find(({ state }) => state === 'ESTABLISHED')?.time;
    const stall = waited === undefined ? 0 : waited - client.connection(second.client[0]!).start;
    const message =
      `Two connections of the ${apart}'s tap, ${tupleOf(one)} (stream ${one.stream}) and ${tupleOf(other)} (stream ` +
      `${other.stream}), are one at the ${tap}'s: ${tupleOf(joint)}. ` +
      `A box on the way maps both on the same addresses and ports, and the segments of one meet the other's ` +
      `socket${stall >= STALL ? `; the second connect waited ${formatToMilliseconds(stall)} s` : ''}.`;
    const fact: Fact = {
      id: 'tuple-shared',
      severity: 'error',
      confidence: 'certain',
      role: 'client',
      time: client.connection(second.client[0]!).start,
      frames: {
        client: [client.connection(first.client[0]!).firstFrame, client.connection(second.client[0]!).firstFrame],
        server: [server.connection(first.server[0]!).firstFrame, server.connection(second.server[0]!).firstFrame],
      },
      message,
      numbers: { stall },
    };
    for (const pair of [first, second]) facts.set(pair, [...(facts.get(pair) ?? []), fact]);
  }
  return facts;
}

/**
 * Where two pairs share a tuple, a segment of one may stand in the other's stream at the other tap: with the same
 * numbers, which are no chance. To be asked when the segments of both are matched.
 */
export function crossMatch({ pairs: [one, other] }: Shared, logs: Readonly<Record<Tap, SegmentLog>>): void {
  for (const [from, to] of [[one, other], [other, one]] as const) {
    const [ours, theirs] = [alignmentOf(from, logs), alignmentOf(to, logs)];
    for (const role of [0, 1] as const) {
      const { server, serverMatch } = theirs.directions[role];
      const { client, clientMatch } = ours.directions[role];
      const waiting = groupsBy(
        server.filter((_, place) => serverMatch[place] === ONLY_HERE),
        (row) => numbersOf(logs.server, row),
      );
      for (const row of client.filter((_, place) => clientMatch[place] === ONLY_HERE)) {
        const found = waiting.get(numbersOf(logs.client, row))?.shift();
        if (found === undefined) continue;
        logs.client.match[row] = ELSEWHERE;
        logs.server.match[found] = ELSEWHERE;
      }
    }
  }
}

function numbersOf(log: SegmentLog, row: number): string {
  return `${log.flags[row]} ${log.sequence[row]} ${log.acknowledgment[row]} ${log.length[row]}`;
}

function keyOf({ client, server }: Tuple): string {
  return `${addressOf(client)} ${addressOf(server)}`;
}

function tupleOf({ client, server }: Tuple): string {
  return `${addressOf(client)} > ${addressOf(server)}`;
}

function addressOf({ address, port }: Address): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
