import type { Finding } from './index.js';

/** A finding, or one cause of it. */
type Kind = string;

/**
 * What is told of one event: left what tells whose doing it was, right what it leaves to tell. `id`, or `id cause`.
 *
 * `unsaid` is not told beside it. `beside` stays, as information: it is the packet in which the event shows (a RST, a
 * late write), and the reader who looks for that packet finds it, but the fault is told once. `behind`: where it comes
 * behind the packets that tell of the event.
 */
interface Telling {
  readonly told: Kind;
  readonly unsaid?: readonly Kind[];
  readonly beside?: readonly Kind[];
  readonly behind?: readonly Kind[];
}

const TELLS: readonly Telling[] =
  [
    { told: 'forged-reset', unsaid: ['unanswered-request', 'reset-storm'], beside: ['rst-after-push', 'linger-reset'] },
    {
      told: 'tls-handshake-failure', unsaid: ['unanswered-request', 'half-closed killed'],
      beside: ['linger-reset', 'rst-after-push'],
    },
    // It says what is missing, of an answer or of a request, and who closed before it was sent.
    {
      told: 'incomplete-message', unsaid: ['unanswered-request', 'half-closed killed'],
      beside: ['linger-reset', 'rst-after-push'],
    },
    // A server that never closes has not answered either, and its client has to give up at last.
    { told: 'half-closed leak', unsaid: ['unanswered-request'] },
    { told: 'half-closed never-accepted', unsaid: ['unanswered-request'] },
    // Who gave up waiting, or closed without an answer, did so by some RST or FIN; a late answer then finds nobody.
    {
      told: 'unanswered-request given-up', unsaid: ['half-closed killed'],
      beside: ['linger-reset', 'rst-after-push', 'half-closed slow'],
    },
    { told: 'unanswered-request left', beside: ['rst-after-push', 'half-closed killed', 'half-closed slow'] },
    { told: 'unanswered-request closed', unsaid: ['half-closed killed'], beside: ['linger-reset', 'rst-after-push'] },
    { told: 'unanswered-request cut', beside: ['linger-reset'] },
    // An answer that is too large for the road is none to whoever waits for it.
    { told: 'path-mtu', unsaid: ['unanswered-request given-up'] },
    // Who is not heard any more is not told so of each thing that it sends.
    { told: 'one-way', unsaid: ['half-open retransmission-timeout', 'outage'] },
    // What is not heard makes its sender abort or close at last; what is said to that end later finds nobody.
    {
      told: 'half-open retransmission-timeout', unsaid: ['unacknowledged-fin', 'outage'],
      behind: ['linger-reset', 'rst-after-push'],
    },
    // The payload that drew the RST ended what the keeper had kept open.
    { told: 'rst-after-push', beside: ['half-closed killed'] },
  ];

/** Findings of one connection, in which one event has one finding of weight; the same list where nothing changes. */
export function oneEach(findings: readonly Finding[]): readonly Finding[] {
  if (findings.length < 2) return findings;
  const unsaid = new Set<Kind>();
  const beside = new Map<Kind, Finding>();
  for (const { told, ...others } of TELLS) {
    const teller = findings.find(
      (finding) => is(finding, told) && finding.severity !== 'info' && !isAny(finding, unsaid),
    );
    if (teller === undefined) continue;
    for (const kind of others.unsaid ?? []) unsaid.add(kind);
    const behind = (others.behind ?? []).filter((kind) =>
      findings.some((other) => is(other, kind) && isBehind(other, teller)),
    );
    for (const kind of [...(others.beside ?? []), ...behind]) if (!beside.has(kind)) beside.set(kind, teller);
  }
  if (unsaid.size === 0 && beside.size === 0) return findings;
  return findings.filter((finding) => !isAny(finding, unsaid)).map((finding) => {
    const teller = beside.get(finding.id) ?? beside.get(`${finding.id} ${finding.cause}`);
    return teller === undefined || finding.severity === 'info'
      ? finding
      : { ...finding, severity: 'info', advice: teller.advice, evidence: { ...finding.evidence, partOf: teller.id } };
  });
}

function isBehind({ frames }: Finding, teller: Finding): boolean {
  return Math.max(...frames) >= Math.max(...teller.frames);
}

function isAny({ id, cause }: Finding, kinds: ReadonlySet<Kind>): boolean {
  return kinds.has(id) || kinds.has(`${id} ${cause}`);
}

function is({ id, cause }: Finding, kind: Kind): boolean {
  return kind === id || kind === `${id} ${cause}`;
}
