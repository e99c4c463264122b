import type { Finding } from './index.js';

/**
 * What weighs less where it stands alone: one client that gave up while its service answered others had reasons of its own (a program that
 * ended, a user who went on), and is worth knowing, no more. Findings that repeat, or of a service that answered nobody, stay as they are.
 * Answers the connections whose findings weigh less now.
 */
export function weighed(findings: Finding[]): number[] {
  const counts = new Map<string, number>();
  for (const finding of findings) if (isGivenUp(finding)) counts.set(serviceOf(finding), (counts.get(serviceOf(finding)) ?? 0) + 1);
  const lighter: number[] = [];
  if (counts.size === 0) return lighter;
  findings.forEach((finding, at) => {
    if (isGivenUp(finding) && finding.severity === 'warning' && finding.evidence['othersAnswered'] === true && counts.get(serviceOf(finding)) === 1) {
      findings[at] = { ...finding, severity: 'info' };
      lighter.push(finding.flow);
    }
  });
  return lighter;
}

function isGivenUp({ id, cause }: Finding): boolean {
  return id === 'unanswered-request' && cause === 'given-up';
}

function serviceOf({ service }: Finding): string {
  return `${service.address} ${service.port}`;
}
