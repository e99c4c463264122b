import type { ConnectionId } from '../base/numbers.js';
import type { Analysis, Doubt } from '../analysis/model.js';
import { count, counted } from './quantities.js';

/** How the connections of an analysis stand: each is well, or faulty, or of neither is anything known; what is left was told as information. */
export interface Health {
  readonly all: number;
  /** They show nothing wrong. */
  readonly well: number;
  /** Those of which an error or a warning tells: a finding, or a diagnosis. */
  readonly faulty: number;
  /** Those of which nothing can be said. */
  readonly unknown: number;
}

/** Why one connection is unknown, and several are. */
const WHY: Readonly<Record<Doubt, readonly [one: string, several: string]>> = {
  unanswered: ['was never answered', 'were never answered'],
  refused: ['was refused', 'were refused'],
  reset: ['was reset, and nothing shows why', 'were reset, and nothing shows why'],
  'half-open': ['fell silent', 'fell silent'],
  'half-closed': ['was closed by one side only', 'were closed by one side only'],
  handshake: ['never came past its handshake', 'never came past their handshakes'],
  'one-way': ['was captured in one direction only', 'were captured in one direction only'],
  silent: ['waits for an acknowledgment that does not come', 'wait for an acknowledgment that does not come'],
  fragment: ['shows too little of itself', 'show too little of themselves'],
};

export function healthOf(analysis: Analysis): Health {
  const { connectionCount: all, findings, diagnoses, forgotten, view, verdicts } = analysis;
  const faulty = new Set<number>();
  let gone = view === undefined ? forgotten?.faulty ?? 0 : 0;
  for (const [index, { severity, others = 0 }] of findings.entries()) {
    if (severity === 'info') continue;
    const flows = analysis.flowsOf(index);
    for (const flow of flows) faulty.add(flow);
    gone += others + 1 - flows.length;
  }
  let { well } = analysis;
  let unknown = verdicts.get('unknown') ?? 0;
  const kept = forgotten === undefined ? null : new Set(Array.from(forgotten.kept));
  for (const { connections, severity } of diagnoses) {
    if (severity === 'info') continue;
    for (const id of connections) {
      // One that is no longer kept was judged when it went.
      if (faulty.has(id) || kept?.has(id) === false) continue;
      faulty.add(id);
      // What a diagnosis tells of is told, whether a finding tells of it or not.
      if (isUnknown(analysis, id)) unknown--;
      else well--;
    }
  }
  return { all, well: Math.max(0, well), faulty: Math.min(all, faulty.size + gone), unknown };
}

/** How many show nothing wrong, as a sentence; and of how many nothing is known, and why. */
export function wellOf(analysis: Analysis, { all, well, faulty, unknown } = healthOf(analysis)): string {
  if (all === 0) return analysis.view === undefined ? NO_TCP : 'No connection passes the filter.';
  const doubt = unknown === 0 ? '' : ` ${doubtsOf(analysis, unknown)}.`;
  if (well >= all) return all === 1 ? 'The one connection shows nothing wrong.' : `All ${count(all)} connections show nothing wrong.`;
  if (well === 0 && faulty >= all) return 'No connection is without an error or a warning.';
  if (well === 0) return `${faulty === 0 ? 'No connection ended as it should.' : `No connection shows nothing wrong.`}${doubt}`;
  return `${count(well)} of ${counted(all, 'connection')} ${well === 1 ? 'shows' : 'show'} nothing wrong.${doubt}`;
}

/** Said of a capture that proves nothing. */
export const NO_TCP = 'There is no TCP connection in this capture.';

/** `3 are unknown: 2 were never answered, 1 was reset, and nothing shows why`; nothing where there are none. */
export function doubtsOf({ doubts, verdicts }: Pick<Analysis, 'doubts' | 'verdicts'>, unknown = verdicts.get('unknown') ?? 0): string {
  if (unknown === 0) return '';
  const reasons = Array.from(doubts, ([doubt, flows]) => `${count(flows)} ${WHY[doubt][flows === 1 ? 0 : 1]}`);
  return `Of ${count(unknown)} nothing is known: ${reasons.join('; ')}`;
}

function isUnknown(analysis: Analysis, id: ConnectionId): boolean {
  return (analysis.verdicts.get('unknown') ?? 0) > 0 && analysis.connection(id).verdict === 'unknown';
}
