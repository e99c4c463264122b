import { SECOND } from '../base/time.js';
import type { Duration } from '../base/time.js';

/** Idle limits of widely used boxes, as their documentation gives them: seconds, and whose. */
const LIMITS: readonly (readonly [seconds: number, whose: string])[] = [
  [60, 'AWS Application Load Balancer'],
  [240, 'Azure Load Balancer and NAT'],
  [300, 'F5 BIG-IP'],
  [350, 'AWS Network Load Balancer and NAT gateway'],
  [600, 'Google Cloud firewall'],
  [900, 'Linux IPVS'],
  [1200, 'Google Cloud NAT'],
  [1800, 'Juniper SRX'],
  [3600, 'Cisco ASA, Palo Alto'],
  [432_000, 'Linux nf_conntrack'],
];

/** Those for which a silence of `lived` is not too long and one of `died` is; at most the three longest. */
export function knownLimits(lived: Duration, died: Duration): readonly string[] {
  const between = LIMITS.filter(([seconds]) => seconds * SECOND > lived && seconds * SECOND <= died);
  return between.slice(-3).map(([seconds, whose]) => `${seconds} s (${whose})`);
}
