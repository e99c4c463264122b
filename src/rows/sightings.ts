import type { Time } from '../analysis/model.js';
import { groupsBy } from '../base/groups.js';

/** A connection as one tap has seen it. */
export interface Sighting {
  readonly source: string;
  readonly id: number;
  /** Both ends, the client first: equal at all taps where nobody translates addresses. */
  readonly tuple: string;
  /** Initial sequence numbers of both; null where the tap missed the handshake. */
  readonly numbers: string | null;
  readonly packets: number;
  readonly start: Time;
  readonly end: Time;
}

/**
 * Which sightings of a connection are left out, for it is told by another tap that saw more of it: that of equal ends
 * and initial sequence numbers; for a tap that knows none, that of equal ends at the same time. As `connections` of
 * fleet.sql has it.
 */
export function seenElsewhere(sightings: readonly Sighting[]): Set<Sighting> {
  const left = new Set<Sighting>();
  const best = new Map<string, Sighting>();
  const unnamed = groupsBy(sightings.filter(({ numbers }) => numbers === null), ({ tuple }) => tuple);
  for (const sighting of sightings) {
    if (sighting.numbers === null) continue;
    const key = `${sighting.tuple} ${sighting.numbers}`;
    const known = best.get(key);
    if (known === undefined || isBetter(sighting, known)) best.set(key, sighting);
    if (known !== undefined) left.add(isBetter(sighting, known) ? known : sighting);
  }
  if (unnamed.size === 0) return left;
  const beside = groupsBy(sightings.filter(({ tuple }) => unnamed.has(tuple)), ({ tuple }) => tuple);
  for (const own of [...unnamed.values()].flat())
    if (beside.get(own.tuple)!.some((other) => tellsOf(other, own))) left.add(own);
  return left;
}

/** Whether `other` is a sighting of what a tap saw that missed its handshake, and the better one. */
function tellsOf(other: Sighting, own: Sighting): boolean {
  return (
    other.source !== own.source && other.start <= own.end && own.start <= other.end &&
    (other.numbers !== null || other.packets > own.packets ||
      (other.packets === own.packets && other.source < own.source))
  );
}

function isBetter(one: Sighting, other: Sighting): boolean {
  if (one.packets !== other.packets) return one.packets > other.packets;
  return one.source === other.source ? one.id < other.id : one.source < other.source;
}
