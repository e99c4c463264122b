import { SECOND, formatDuration } from '../base/time.js';
import type { Duration } from '../base/time.js';
import type { AnyFinding } from './finding.js';
import type { ServiceDetection, ServiceDetector } from './service-detector.js';

/** Sockets in CLOSE-WAIT at the end of the capture from which a service has more than a few slow handlers. */
const MANY = 5;

/** Between the first and the last of them: less is one burst, not a growth. */
const GROWTH: Duration = 5 * SECOND;

/** Of ten that entered CLOSE-WAIT for long, at most one may have left it again by a FIN. */
const LEAVING = 0.1;

/** The sockets of a service in CLOSE-WAIT become more and more: whatever should close them does not. */
export const closeWaitBuildup: ServiceDetector<'close-wait-buildup', ''> = {
  id: 'close-wait-buildup',
  title: 'CLOSE-WAIT builds up',
  rfc: 'RFC 9293 §3.6',
  severities: { '': 'error' },
  advice: {
    '': [
      'Every socket in CLOSE-WAIT holds a descriptor and its buffers until the process ends: at the limit ' +
        '(ulimit -n) accept() fails with EMFILE, and the service stands still.',
      'Find the path that forgets close(): compare the ages with deployments and with requests of one kind; ss ' +
        '-tanp state close-wait names the process.',
      'A restart frees them, and hides the fault: take ss -tanp and a stack dump of all threads first.',
    ],
  },
  detect({ findings, forgotten }) {
    const services = new Map<string, AnyFinding[]>();
    for (const finding of findings) {
      if (finding.id !== 'half-closed' || finding.role !== 'server' || finding.severity === 'info') continue;
      const key = `${finding.service.address} ${finding.service.port}`;
      const stays = services.get(key);
      if (stays) stays.push(finding);
      else services.set(key, [finding]);
    }
    return [...services.values()].flatMap(
      (stays) => buildupOf(stays, forgotten('half-closed', 'slow', stays[0]!.service)) ?? [],
    );
  },
};

/** A socket that went into CLOSE-WAIT. */
export type Stay = Pick<AnyFinding, 'cause' | 'start' | 'end' | 'flow' | 'frames'>;

/**
 * What the sockets of one service show together; null where that is nothing.
 *
 * @param forgotten those that were closed, too, and are no longer kept
 */
export function buildupOf(stays: readonly Stay[], forgotten: number): ServiceDetection<''> | null {
  const open = stays.filter((stay) => stay.end === null).toSorted((a, b) => a.start - b.start);
  const closed = stays.filter((stay) => stay.end !== null && stay.cause === 'slow').length + forgotten;
  const first = open[0];
  const last = open.at(-1);
  if (!first || !last || open.length < MANY || last.start - first.start < GROWTH || closed > open.length * LEAVING)
    return null;
  const span = formatDuration(Math.round((last.start - first.start) / SECOND) * SECOND);
  return {
    cause: null, confidence: 'likely', role: 'server', flow: last.flow, others: open.map(({ flow }) => flow),
    start: first.start, end: null, frames: [...first.frames, ...last.frames],
    message:
      `${open.length} sockets of this service went into CLOSE-WAIT within ${span} s and are still there when the ` +
      `capture ends; ${closed === 0 ? 'none' : `only ${closed}`} of the long ones were closed.`,
    evidence: { sockets: open.length, closedMeanwhile: closed, growthSeconds: Number(span), oldestFlow: first.flow },
  };
}
