import { SECOND } from '../base/time.js';
import type { Duration } from '../base/time.js';
import type { Finding } from '../findings/index.js';
import { isOfKinds } from './diagnosis.js';
import type { Detected, DiagnosisDetector, Scene, Unexplained } from './diagnosis.js';
import type { Facts } from './facts/facts.js';
import { apart } from './patterns/timer.js';

/**
 * Those that show what `detected` tells of, of connections that stood before the capture began: how long they had been
 * idle, or had waited, began before it, so that no clock can be read there, but they are of the same service and end
 * within the time that this clock takes, from the beginning of the capture on.
 */
export function fromBefore(
  scene: Scene, standing: readonly Unexplained[], { explains }: DiagnosisDetector, detected: Detected,
): Facts[] {
  const reach = reachOf(detected);
  const { service } = detected;
  if (reach === 0 || service === null) return [];
  const until = scene.start + reach + apart(reach);
  const early = standing.filter(
    ({ service: { address, port }, facts, findings }) =>
      address === service.address && port === service.port &&
      findings.every(
        (finding) => Math.min(finding.start, facts.closeAt || Infinity) <= until && isOfKinds(explains, finding),
      ),
  );
  if (early.length === 0) return [];
  const known = new Set(detected.members.flatMap((facts) => scene.findingsOf(facts).map(kindOf)));
  return early
    .filter(({ findings }) => findings.every((finding) => known.has(kindOf(finding))))
    .map(({ facts }) => facts);
}

/** How long what a clock does takes until it shows; 0 where it is the story of none. */
function reachOf({ numbers: { seconds = 0, spread, answeredAfter = 0 } }: Detected): Duration {
  return spread === undefined ? 0 : Math.max(seconds + spread, answeredAfter) * SECOND;
}

function kindOf({ id, role }: Finding): string {
  return `${id} ${role}`;
}
