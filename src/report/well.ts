import type { Analysis, CaptureSummary, Doubt } from '../analysis/model.js';
import { inert } from './inert.js';
import { count, counted } from './quantities.js';

/**
 * How the connections of an analysis stand: each is well, or faulty, or unknown, or only something to be known was
 * found of it.
 */
export interface Health {
  readonly all: number;
  /** Connections that show nothing wrong. */
  readonly well: number;
  /** Connections with an error or a warning: a finding, or a diagnosis. */
  readonly faulty: number;
  /** Connections of which nothing can be said. */
  readonly unknown: number;
  /** Connections with findings of severity info alone. */
  readonly noted: number;
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
      const { verdict } = analysis.connection(id);
      if (verdict === 'unknown') unknown--;
      else if (verdict !== 'found') well--;
    }
  }
  well = Math.max(0, well);
  const wrong = Math.min(all, faulty.size + gone);
  return { all, well, faulty: wrong, unknown, noted: Math.max(0, all - well - wrong - unknown) };
}

/**
 * How connections stand, in a sentence or two: the faulty ones, those that are well, and of how many nothing is known
 * and why. "Nothing wrong" is said of a capture without a fault alone: beside one it would be read as the verdict on
 * it.
 */
export function wellOf(analysis: Analysis, { all, well, faulty, unknown, noted } = healthOf(analysis)): string {
  if (all === 0) return analysis.view === undefined ? noTcp(analysis) : 'No connection passes the filter.';
  const doubt = unknown === 0 ? '' : ` ${doubtsOf(analysis, unknown)}.`;
  if (well >= all)
    return all === 1 ? 'The one connection shows nothing wrong.' : `All ${count(all)} connections show nothing wrong.`;
  if (faulty >= all)
    return all === 1
      ? 'The one connection has an error or a warning.'
      : `All ${count(all)} connections have an error or a warning.`;
  const parts: string[] = [];
  if (faulty > 0)
    parts.push(
      `${count(faulty)} of ${counted(all, 'connection')} ${faulty === 1 ? 'has' : 'have'} an error or a warning`,
    );
  else if (unknown === 0) parts.push('No connection has an error or a warning');
  if (well > 0 && faulty + unknown === 0)
    parts.push(`${count(well)} of ${count(all)} ${well === 1 ? 'shows' : 'show'} nothing wrong`);
  else if (well > 0)
    parts.push(
      `${faulty > 0 ? count(well) : `${count(well)} of ${counted(all, 'connection')}`} ` +
        `${well === 1 ? 'is as it' : 'are as they'} should be`,
    );
  if (noted > 0) parts.push(`of ${count(noted)} there is something to know`);
  if (parts.length === 0) parts.push('No connection ended as it should');
  const sentence = parts.join('; ');
  return `${sentence[0]!.toUpperCase()}${sentence.slice(1)}.${doubt}`;
}

/** Kinds of packets that are told of a capture without TCP. */
const MOST_KINDS = 4;

/**
 * Said of a capture that proves nothing, and why:
 * `There is no TCP connection in this capture. Its 53 packets are 50 UDP and 3 ARP.`
 */
export function noTcp({ capture }: Pick<Analysis, 'capture'>): string {
  return `${NO_TCP}${becauseOf(capture)}`;
}

function becauseOf({ packets, skipped, damage, files, partial }: CaptureSummary): string {
  if (packets === 0) {
    if (partial === true) return ' Reading was interrupted before the first packet.';
    if (damage.length > 0) return ' No packet of it could be read.';
    return files.length === 0 ? '' : ' It has no packet.';
  }
  const kinds = [...kindsOf(skipped)].sort(([, a], [, b]) => b - a);
  if (kinds.length === 0) return '';
  const told = kinds.slice(0, MOST_KINDS).map(([kind, number]) => `${count(number)} ${kind}`);
  const rest = kinds.slice(MOST_KINDS).reduce((sum, [, number]) => sum + number, 0);
  return packets === 1 ? ` Its only packet is ${kinds[0]![0]}.` : ` Its ${counted(packets, 'packet')} are ` +
    `${listed(rest === 0 ? told : [...told, `${count(rest)} of other kinds`])}.`;
}

/** Whatever the version of IP: `UDP`, `ICMP`, `ARP`; else the reason as it stands in records. */
function kindsOf(skipped: CaptureSummary['skipped']): Map<string, number> {
  const kinds = new Map<string, number>();
  for (const [reason, packets] of Object.entries(skipped)) {
    const [, word] = /^(?:ipv4|ipv6|ethernet): (UDP|ICMP|ARP)$/.exec(reason) ?? [];
    const kind = word === undefined ? `“${inert(reason)}”` : word;
    kinds.set(kind, (kinds.get(kind) ?? 0) + packets);
  }
  return kinds;
}

function listed(parts: readonly string[]): string {
  return parts.length === 1 ? parts[0]! : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)!}`;
}

const NO_TCP = 'There is no TCP connection in this capture.';

/** `3 are unknown: 2 were never answered, 1 was reset, and nothing shows why`; nothing where there are none. */
export function doubtsOf(
  { doubts, verdicts }: Pick<Analysis, 'doubts' | 'verdicts'>, unknown = verdicts.get('unknown') ?? 0,
): string {
  if (unknown === 0) return '';
  const reasons = Array.from(doubts, ([doubt, flows]) => `${count(flows)} ${WHY[doubt][flows === 1 ? 0 : 1]}`);
  return `Of ${count(unknown)} nothing is known: ${reasons.join('; ')}`;
}
