import type { Detector } from './detector.js';

/** A RST that its sender's own packets contradict. */
export const forgedReset: Detector = {
  id: 'forged-reset',
  title: 'RST from somebody else',
  rfc: 'RFC 9293 §3.10.7.4, RFC 5961 §3',
  severities: { '': 'warning' },
  advice: {
    '': [
      'Capture at both ends and compare: a RST that one end sees and the other never sent comes from a box between (firewall, load balancer, intrusion prevention).',
      'Look there for idle timers, connection limits and rules with "reset".',
    ],
  },
  detect({ connection }) {
    return connection.resets.filter((reset) => reset.cause === 'forged').map((reset) => ({
      cause: null, confidence: reset.confidence, alternatives: reset.alternatives, role: reset.by, start: reset.time, end: reset.time, frames: [reset.frame],
      message: `The RST in the name of the ${reset.by} (frame ${reset.frame}) does not look like its sender's: ${reset.evidence.join('; ')}.`,
      evidence: { because: reset.evidence, accepted: reset.accepted },
    }));
  },
};
