import { MILLISECOND } from '../../base/time.js';
import type { Duration } from '../../base/time.js';
import { isRefused, openedBy } from '../diagnosis.js';
import type { Scene } from '../diagnosis.js';
import type { Facts } from '../facts/facts.js';
import type { Service } from '../facts/gathering.js';

/** A proxy closes to its client this soon behind what was refused to it. */
const SOON: Duration = 50 * MILLISECOND;

/** Of what it closed this part must be so. */
const MOST = 0.8;

/** What a proxy asks, and is refused each time before it closes to its own client. */
export interface RefusedBehind {
  readonly address: string;
  readonly port: number;
  /** The attempts that were refused. */
  readonly attempts: readonly Facts[];
}

/** Whether the host of a service closed these connections because it was refused by what it asks; null where not. */
export function refusedBehind(scene: Scene, service: Service, closed: readonly Facts[]): RefusedBehind | null {
  const refused = openedBy(scene, service.address)
    .filter((facts) => facts.server !== service.address && isRefused(facts))
    .sort((a, b) => a.reset!.at - b.reset!.at);
  if (refused.length < MOST * closed.length) return null;
  const attempts: Facts[] = [];
  let next = 0;
  for (const { closeAt, roundTrip } of closed.toSorted((a, b) => a.closeAt - b.closeAt)) {
    while (next < refused.length && refused[next]!.reset!.at < closeAt - SOON - roundTrip) next++;
    if (next < refused.length && refused[next]!.reset!.at <= closeAt) attempts.push(refused[next++]!);
  }
  const [first] = attempts;
  if (first === undefined || attempts.length < MOST * closed.length) return null;
  const { server: address, serverPort: port } = first;
  return attempts.every((facts) => facts.server === address && facts.serverPort === port)
    ? { address, port, attempts }
    : null;
}
