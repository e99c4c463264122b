import type { Scene } from './diagnosis.js';
import type { Facts } from './facts.js';

/**
 * Findings, and causes, that tell by the numbers of one connect alone why it failed or took long: its ports were those
 * of an older connection, or its timestamps older than another's. An empty list is all causes.
 */
const OWN: Readonly<Record<string, readonly string[]>> = {
  'time-wait-reuse': [], 'half-open': ['stale-peer', 'collision'], unanswered: ['paws'],
};

/** Whether a connect has such a cause of its own: then it tells nothing of a queue or a limit that it met. */
export function hasOwnCause(scene: Scene, facts: Facts): boolean {
  return scene.findingsOf(facts).some(({ id, cause }) => {
    const causes = Object.hasOwn(OWN, id) ? OWN[id]! : null;
    return causes !== null && (causes.length === 0 || (cause !== null && causes.includes(cause)));
  });
}
