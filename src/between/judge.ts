import type { ConnectionId } from '../base/numbers.js';
import { RST } from '../decode/segment.js';
import type { Analysis, Confidence, Connection, Finding } from '../analysis/model.js';
import type { InjectedReset } from './resets.js';
import { ROLES, type Scene } from './scene.js';
import { ONLY_HERE } from './segment-log.js';
import { TAPS, type Tap } from './tap.js';
import { type Fact, type FactId, type JudgedFinding } from './taps.js';

/** Findings that are so, and that each fact is the reason of. */
const EXPLAINS: Readonly<Partial<Record<FactId, readonly string[]>>> = {
  'path-mtu': ['half-open', 'unanswered-request'],
  'data-lost': ['half-open', 'unanswered-request'],
  'road-cut': ['half-open', 'unanswered-request'],
  'state-expired': ['half-open', 'unanswered-request'],
  // Who does not know of a close goes on, and meets a socket that is gone.
  'fin-lost': ['half-open', 'rst-after-push'],
  'reset-lost': ['half-open', 'rst-after-push'],
  // Its peer knows the connection no more, and what is sent there goes on in vain.
  'reset-injected': ['half-open'],
  'tuple-shared': ['half-open'],
  'ports-changed': ['half-open'],
  'syn-lost': ['half-open', 'slow-connect', 'unanswered'],
  'syn-ack-lost': ['half-open', 'slow-connect', 'unanswered', 'incomplete-handshake'],
};

/** Findings that say of an end that it did not answer, did not close or does not know the connection. */
const OF_SILENCE: readonly string[] = ['half-closed', 'unacknowledged-fin', 'rst-after-push', 'time-wait-reuse'];

/** Findings of one capture that say what a fact proves of the same end. */
const PROVED: Readonly<Partial<Record<string, FactId>>> = {
  'one-way': 'road-cut', 'nat-rebinding': 'ports-changed', 'path-mtu': 'path-mtu',
};

const BETTER: Readonly<Record<Confidence, number>> = { certain: 2, likely: 1, possible: 0 };

/** The findings of both captures about one connection, each told once, and what becomes of each. */
export function judge(scene: Scene, facts: readonly Fact[], injections: readonly InjectedReset[]): JudgedFinding[] {
  const { pair } = scene.alignment;
  const of = {
    client: findingsOf(scene.sides.client.analysis, pair.client),
    server: findingsOf(scene.sides.server.analysis, pair.server),
  };
  const rest = new Set(of.server);
  const judged: JudgedFinding[] = [];
  for (const finding of of.client) {
    const same = [...rest].find(
      ({ id, cause, role }) => id === finding.id && cause === finding.cause && role === finding.role,
    );
    if (same !== undefined) rest.delete(same);
    judged.push(judgeOne(scene, facts, injections, 'client', finding, same));
  }
  for (const finding of rest) judged.push(judgeOne(scene, facts, injections, 'server', finding, undefined));
  return judged;
}

function findingsOf(analysis: Analysis, ids: readonly ConnectionId[]): Finding[] {
  return ids
    .flatMap((id) => analysis.findingsOf(id))
    .filter((finding) => ids.includes(finding.flow));
}

/** `same`: the other capture's, if it has it too. */
function judgeOne(
  scene: Scene,
  facts: readonly Fact[],
  injections: readonly InjectedReset[],
  tap: Tap,
  finding: Finding,
  same: Finding | undefined,
): JudgedFinding {
  const taps = same === undefined ? [tap] : TAPS;
  const told = (outcome: JudgedFinding['outcome'], confidence: Confidence, because: string | Fact): JudgedFinding => ({
    taps,
    finding,
    outcome,
    confidence,
    ...(typeof because === 'string' ? { fact: null, because } : { fact: because.id, because: because.message }),
  });
  const reset = resetOf(scene, tap, finding);
  if (reset !== null) {
    const injection = injections.find(
      ({ role, row }) => role === reset.role && scene.far(role).tap === tap && row === reset.row,
    );
    const fact = facts.find(
      ({ id, role }) =>
        (id === 'reset-injected' || id === 'state-expired') &&
        injection !== undefined &&
        (role === ROLES[injection.role] || id === 'state-expired'),
    );
    if (injection !== undefined && finding.id === 'forged-reset')
      return told('confirmed', injection.confidence, fact ?? 'The RST is in no capture of its supposed sender.');
    if (injection !== undefined)
      return told('refuted', injection.confidence, fact ?? 'The RST is in no capture of its supposed sender.');
    const killer = injections.find((each) => killedBy(scene, each, reset));
    if (killer !== undefined && (finding.id === 'unexpected-reset' || finding.cause === 'no-socket')) {
      const killing = facts.find(({ id, role }) => id === 'reset-injected' && role === ROLES[killer.role]);
      const because = killing ?? 'A RST that its peer never sent had ended its connection.';
      return told('explained', killer.confidence, because);
    }
    const other = nearTells(scene, tap, finding, reset.role);
    if (other !== null) return told('refuted', 'certain', other);
    if (finding.id === 'forged-reset' && reset.match !== null) {
      const side = scene.sides[tap === 'client' ? 'server' : 'client'];
      return told(
        'refuted',
        'certain',
        `The RST left the ${ROLES[reset.role]} itself: it is frame ${side.log.frame[reset.match]} of its own capture.`,
      );
    }
  }
  const proof = facts.find(({ id, role }) => id === PROVED[finding.id] && role === finding.role);
  if (proof !== undefined) return told('confirmed', proof.confidence, proof);
  const road = facts.find(({ id, confidence }) => isOfRoad(id) && confidence === 'certain');
  const near = finding.role;
  // That an end waited in vain is so, whoever is to blame for it.
  const isUnknown =
    road !== undefined && (road.id === 'ports-changed' || road.id === 'tuple-shared') && finding.cause === 'no-socket';
  if (road !== undefined && isUnknown) return told('explained', road.confidence, road);
  if (road !== undefined && OF_SILENCE.includes(finding.id) && isOfOther(road, finding))
    return told('refuted', road.confidence, road);
  const reason = facts.find(({ id }) => EXPLAINS[id]?.includes(finding.id) === true);
  if (reason !== undefined) return told('explained', reason.confidence, reason);
  const ignored = facts.find(({ id }) => id === 'fin-ignored');
  if (ignored !== undefined && finding.id === 'unacknowledged-fin')
    return told('confirmed', ignored.confidence, ignored);
  if (same !== undefined && reset !== null && reset.match !== null) {
    return told(
      'confirmed',
      best(finding.confidence, same.confidence),
      `The ${ROLES[reset.role]} itself sent the RST: both captures have it.`,
    );
  }
  if (same !== undefined) return told('confirmed', best(finding.confidence, same.confidence), 'Both captures show it.');
  if (tap !== near && finding.confidence === 'possible' && seesWhole(scene, near, tap)) {
    return told(
      'refuted',
      'likely',
      `The capture at the ${near} itself, which holds all of the connection, does not show it.`,
    );
  }
  return told('kept', finding.confidence, `Only the ${tap}'s capture shows it.`);
}

/** Whether a single capture takes for a fault of an end what this fact shows to be one of the road. */
function isOfRoad(id: FactId): boolean {
  return id in EXPLAINS && id !== 'reset-injected';
}

/**
 * Whether who sent a RST had got one before in its peer's name, which ended its connection (RFC 9293 §3.10.7.4): it
 * knows it no more, and answers all that its peer goes on to send by RST (§3.10.7.1).
 */
function killedBy(
  scene: Scene,
  injection: InjectedReset,
  { role, match }: { readonly role: 0 | 1; readonly match: number | null },
): boolean {
  if (match === null || injection.role === role) return false;
  const { log } = scene.near(role);
  return log.time[injection.row]! <= log.time[match]!;
}

/**
 * Whether what a finding says of an end is the road's doing. A FIN or RST that was lost speaks for who sent it: its
 * peer could not know. A cut or forgotten road speaks for both: neither could be heard.
 */
function isOfOther(fact: Fact, finding: Finding): boolean {
  if (fact.id !== 'fin-lost' && fact.id !== 'reset-lost') return true;
  return finding.role === fact.role || finding.id === 'unacknowledged-fin';
}

/**
 * Why a RST was sent, where the capture near its sender is certain of something that the far one's finding does not
 * say.
 */
function nearTells(scene: Scene, tap: Tap, finding: Finding, role: 0 | 1): string | null {
  const near = scene.near(role);
  if (near.tap === tap || finding.id !== 'linger-reset') return null;
  const { rows, matches } = scene.heard(role);
  const { log } = scene.far(role);
  for (let place = 0; place < rows.length; place++) {
    const match = matches[place]!;
    if (match < 0 || !finding.frames.includes(log.frame[rows[place]!]!) || (log.flags[rows[place]!]! & RST) === 0)
      continue;
    const reset = scene.alignment.pair[near.tap]
      .flatMap((id) => near.analysis.connection(id).resets)
      .find(({ frame }) => frame === near.log.frame[match]);
    if (reset?.confidence === 'certain' && reset.cause !== finding.cause)
      return `The ${ROLES[role]}'s own capture tells why it sent the RST (frame ${reset.frame} there): ${reset.cause}.`;
  }
  return null;
}

/**
 * The RST that a finding rests on, at the tap whose finding it is: who is said to have sent it, and where it is at the
 * other tap.
 */
function resetOf(
  scene: Scene,
  tap: Tap,
  finding: Finding,
): { readonly role: 0 | 1; readonly row: number; readonly match: number | null } | null {
  const { log } = scene.sides[tap];
  for (const role of [1, 0] as const) {
    const { client, clientMatch, server, serverMatch } = scene.direction(role);
    const [rows, matches] = tap === 'client' ? [client, clientMatch] : [server, serverMatch];
    for (let place = 0; place < rows.length; place++) {
      const row = rows[place]!;
      if ((log.flags[row]! & RST) === 0 || !finding.frames.includes(log.frame[row]!)) continue;
      return { role, row, match: matches[place] === ONLY_HERE ? null : matches[place]! };
    }
  }
  return null;
}

function best(one: Confidence, other: Confidence): Confidence {
  return BETTER[one] >= BETTER[other] ? one : other;
}

/** Whether the tap near an end was capturing as long as the other one saw the connection. */
function seesWhole(scene: Scene, near: Tap, far: Tap): boolean {
  const side = scene.sides[far];
  const ids = scene.alignment.pair[far];
  const rows = ids.flatMap((id) => [...ends(side.log.allOf(id))]);
  return (
    rows.length > 0 &&
    rows.every((row) => scene.sawDeparture(near === 'client' ? 0 : 1, row) === 'proven') &&
    scene.isWhole(near === 'client' ? 0 : 1)
  );
}

function ends(rows: Int32Array): Int32Array {
  return rows.length < 2 ? rows : Int32Array.of(rows[0]!, rows.at(-1)!);
}

/** How a connection ended, as the captures tell it. */
export function endingsOf(client: Connection, server: Connection): string {
  const [one, other] = [endingInWords(client), endingInWords(server)];
  if (one === other) return `Both captures tell the same: ${one}.`;
  return `The client's capture tells: ${one}; the server's: ${other}.`;
}

function endingInWords({ ending, closer }: Connection): string {
  return `${ending}${closer === null ? '' : `, closed by ${closer === 'both' ? 'both' : `the ${closer}`}`}`;
}
