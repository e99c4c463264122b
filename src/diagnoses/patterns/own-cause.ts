import { isOfKinds } from '../diagnosis.js';
import type { FindingKinds, Scene } from '../diagnosis.js';
import type { Facts } from '../facts/facts.js';

/**
 * Findings, and causes, that tell by the numbers of one connect alone why it failed or took long: its ports were those
 * of an older connection, or its timestamps older than another's.
 */
const OWN: FindingKinds = {
  'time-wait-reuse': [], 'half-open': ['stale-peer', 'collision'], unanswered: ['paws'],
};

/** Whether a connect has such a cause of its own: then it tells nothing of a queue or a limit that it met. */
export function hasOwnCause(scene: Scene, facts: Facts): boolean {
  return scene.findingsOf(facts).some((finding) => isOfKinds(OWN, finding));
}
