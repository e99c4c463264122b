import { ROLES } from '../tcp/fold.js';
import { formatToMilliseconds } from '../base/time.js';
import type { ServiceDetection, ServiceDetector } from './service-detector.js';

/** A connection that goes on from another port, where nobody knows it. */
export const natRebinding: ServiceDetector<'nat-rebinding', ''> = {
  id: 'nat-rebinding',
  title: 'Connection that went on from another port',
  rfc: 'RFC 5382 §5, RFC 7857 §2',
  severities: { '': 'error' },
  advice: {
    '': [
      'A NAT on the way (or a load balancer, a conntrack table) lost the entry of this connection, by its idle ' +
        'limit, a flush or a restart, and gave what came next another port: the other end knows no such connection.',
      'Send keepalives more often than its idle limit, or raise that ' +
        '(net.netfilter.nf_conntrack_tcp_timeout_established); do not flush the table (conntrack -F, conntrack -D) ' +
        'while connections live.',
    ],
  },
  detect(overall) {
    const found: ServiceDetection<''>[] = [];
    for (const { before, after, mover, moverAfter } of overall.rebindings()) {
      const role = ROLES[mover];
      const [own, now] = [before[role], after[ROLES[moverAfter]]];
      const silent = after.start - lastBefore(before.end, after.start, before.start);
      found.push({
        flow: before.id, cause: null, confidence: 'likely', role, start: after.start - silent, end: after.start,
        frames: [before.lastFrame, after.firstFrame, ...after.resets.slice(0, 1).map(({ frame }) => frame)],
        message:
          `The ${role}'s port was changed on the way: after ${formatToMilliseconds(silent)} s this connection ` +
          `(port ${own.port}, stream ${before.stream}) went on as stream ${after.stream} from ` +
          `${own.address === now.address ? '' : `${now.address}, `}port ${now.port}, with the same sequence and ` +
          `acknowledgment numbers. A NAT between had forgotten it, and the other end knows no connection from ` +
          `there.`,
        evidence: {
          silentSeconds: Number(formatToMilliseconds(silent)), stream: before.stream, port: own.port,
          nowStream: after.stream, nowPort: now.port, nowAddress: now.address,
        },
      });
    }
    return found;
  },
};

/** When the old connection was last heard of before it went on elsewhere. */
function lastBefore(end: number, moved: number, start: number): number {
  return end <= moved ? end : start;
}
