import type { Detector } from './detector.js';

/** A RST that its sender's own packets contradict. */
export const forgedReset: Detector<'forged-reset', ''> = {
  id: 'forged-reset',
  title: 'RST from somebody else',
  rfc: 'RFC 9293 §3.10.7.4, RFC 5961 §3',
  severities: { '': 'warning' },
  advice: {
    '': [
      'Capture at both ends and compare: a RST that one end sees and the other never sent comes from a box ' +
        'between (firewall, load balancer, intrusion prevention).',
      'Look there for idle timers, connection limits and rules with "reset".',
    ],
  },
  detect({ connection }) {
    const all = connection.resets.filter((reset) => reset.cause === 'forged');
    const [first] = all;
    if (!first) return [];
    const frames = all.map(({ frame }) => frame);
    const which =
      all.length === 1
        ? `The RST in the name of the ${first.by} (frame ${first.frame}) does`
        : `${all.length} RSTs in the name of the ${first.by} (first frame ${first.frame}) do`;
    return [
      {
        cause: null, confidence: first.confidence, alternatives: first.alternatives, role: first.by, start: first.time,
        end: all.at(-1)!.time, frames, message: `${which} not look like its sender's: ${first.evidence.join('; ')}.`,
        evidence: { because: first.evidence, accepted: first.accepted, resets: all.length },
      },
    ];
  },
};
