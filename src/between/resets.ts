import { ACK, RST, SYN } from '../decode/segment.js';
import type { Confidence, Connection, Reset, ResetCause } from '../analysis/model.js';
import { ROLES, type Scene } from './scene.js';
import { ONLY_HERE } from './segment-log.js';
import type { TapReset } from './taps.js';

/** A RST that arrived at the tap far from its supposed sender, and not as it left the one near it. */
export interface InjectedReset {
  readonly role: 0 | 1;
  /** Row at the far tap. */
  readonly row: number;
  readonly confidence: Confidence;
  /**
   * Row, at the far tap, of the segment that it answers; null where it answers none that is known not to have reached
   * its supposed sender.
   */
  readonly answers: number | null;
  readonly signs: readonly string[];
}

/**
 * RSTs in the name of an end whose own tap has not seen them leave, though it was capturing and missed nothing else of
 * the connection.
 *
 * That alone is `likely`: a capture may have missed just this one; `possible` of one that has missed others. It is
 * `certain` with a sign beside it that does not rest on the absence: the supposed sender goes on with the connection
 * behind it, which no host does that has reset it (RFC 9293 §3.10.7.4 and §3.5.2: the connection is CLOSED, or never
 * was); the segment that it answers never came that far; a RST in the other end's name is as much a stranger at the
 * other tap; or its TTL is not that of its sender's segments at the same tap, or timestamps are missing on an aborting
 * RST (RFC 7323 §3.2).
 */
export function injectedResets(scene: Scene): InjectedReset[] {
  const strange = ([0, 1] as const).map((role) => strangers(scene, role));
  return ([0, 1] as const).flatMap((role) =>
    strange[role]!.map((row) => injected(scene, role, row, strange[1 - role]!.length > 0)),
  );
}

function strangers(scene: Scene, role: 0 | 1): number[] {
  const far = scene.far(role);
  const { rows, matches } = scene.heard(role);
  const found = [...rows].filter(
    (row, place) =>
      (far.log.flags[row]! & RST) !== 0 && matches[place] === ONLY_HERE && scene.sawDeparture(role, row) !== null,
  );
  return found.length > 0 && scene.isWhole(role) ? found : [];
}

function injected(scene: Scene, role: 0 | 1, row: number, mirrored: boolean): InjectedReset {
  const [near, far] = [scene.near(role), scene.far(role)];
  const signs: string[] = [];
  const answers = unheardTrigger(scene, role, row);
  if (answers !== null)
    signs.push(
      `it answers frame ${far.log.frame[answers]} of the ${far.tap}'s capture, which never reached the ` +
        `${near.tap}'s tap`,
    );
  const after = firstAfter(scene, role, row);
  if (after !== null)
    signs.push(
      `the ${ROLES[role]} went on with the connection behind it (frame ${near.log.frame[after]} of the ` +
        `${near.tap}'s capture)`,
    );
  // What is said up to here rests on the connection itself, and holds for a capture with holes, too.
  const strong = signs.length;
  if (mirrored)
    signs.push(`and a RST in the ${ROLES[1 - role]!}'s name is not in the ${ROLES[1 - role]!}'s capture either`);
  signs.push(...marks(scene, role, row));
  const isProven = strong > 0 || (signs.length > 0 && scene.coverage.holes[near.tap] === 0);
  return {
    role,
    row,
    answers,
    signs,
    confidence: isProven
      ? scene.sawDeparture(role, row) === 'proven' ? 'certain' : 'likely'
      : scene.coverage.holes[near.tap] === 0 ? 'likely' : 'possible',
  };
}

/**
 * The last segment before the RST whose numbers it has as an answer has them (RFC 9293 §3.5.2: SEQ=SEG.ACK; without ACK
 * there, ACK=SEG.SEQ+SEG.LEN), if all such segments since the last one that arrived were lost before the tap near its
 * supposed sender.
 */
function unheardTrigger(scene: Scene, role: 0 | 1, row: number): number | null {
  const peer = (1 - role) as 0 | 1;
  const { log } = scene.far(role);
  const { rows, matches } = scene.sent(peer);
  const fates = scene.fatesOf(peer);
  for (let place = rows.length - 1; place >= 0; place--) {
    const trigger = rows[place]!;
    if (trigger > row) continue;
    const drawn =
      (log.flags[trigger]! & ACK) !== 0
        ? log.acknowledgment[trigger] === log.sequence[row]
        : log.acknowledgment[row] === log.end(trigger);
    if (!drawn || (log.flags[trigger]! & RST) !== 0) return null;
    return matches[place] === ONLY_HERE && fates[place] === 'lost' ? trigger : null;
  }
  return null;
}

/** The first segment, no RST and no SYN, that the supposed sender sent when its RST would have been on the way. */
function firstAfter(scene: Scene, role: 0 | 1, row: number): number | null {
  const [near, far] = [scene.near(role), scene.far(role)];
  const gone = scene.timeAt(far, row, near) + scene.slack;
  return (
    scene.sent(role).rows.find((own) => near.log.time[own]! > gone && (near.log.flags[own]! & (RST | SYN)) === 0) ??
    null
  );
}

/** What of its header is not its sender's. */
function marks(scene: Scene, role: 0 | 1, row: number): string[] {
  const { log } = scene.far(role);
  const others = [...scene.heard(role).rows].filter(
    (other, place) => scene.heard(role).matches[place] !== ONLY_HERE && (log.flags[other]! & (RST | SYN)) === 0,
  );
  const [first] = others;
  if (first === undefined) return [];
  const said: string[] = [];
  if (others.every((other) => log.ttl[other] === log.ttl[first]) && log.ttl[row] !== log.ttl[first])
    said.push(`its TTL is ${log.ttl[row]}, that of the ${ROLES[role]}'s segments ${log.ttl[first]}`);
  const isActive = (log.flags[row]! & ACK) !== 0 && log.sequence[row] !== 0;
  if (isActive && others.every((other) => log.hasTimestamps[other] === 1) && log.hasTimestamps[row] === 0)
    said.push('it has no timestamps, which all of them have');
  return said;
}

/** Every RST of a pair, and whose it is. */
export function resetsOf(scene: Scene, injections: readonly InjectedReset[]): TapReset[] {
  const found: TapReset[] = [];
  for (const role of [0, 1] as const) {
    const [near, far] = [scene.near(role), scene.far(role)];
    const sent = scene.sent(role);
    sent.rows.forEach((row, place) => {
      if ((near.log.flags[row]! & RST) === 0) return;
      const match = sent.matches[place]!;
      found.push(inFrames(scene, role, row, match >= 0 ? match : null, ROLES[role], 'certain'));
    });
    const heard = scene.heard(role);
    heard.rows.forEach((row, place) => {
      if ((far.log.flags[row]! & RST) === 0 || heard.matches[place] !== ONLY_HERE) return;
      const injection = injections.find((one) => one.role === role && one.row === row);
      found.push(
        inFrames(
          scene,
          role,
          null,
          row,
          injection === undefined ? null : 'between',
          injection?.confidence ?? 'possible',
        ),
      );
    });
  }
  return found.toSorted((one, other) => one.time - other.time);
}

function inFrames(
  scene: Scene,
  role: 0 | 1,
  nearRow: number | null,
  farRow: number | null,
  sender: TapReset['sender'],
  confidence: Confidence,
): TapReset {
  const [near, far] = [scene.near(role), scene.far(role)];
  const nearFrame = nearRow === null ? null : near.log.frame[nearRow]!;
  const farFrame = farRow === null ? null : far.log.frame[farRow]!;
  const time = nearRow === null ? scene.clientTime(far, farRow!) : scene.clientTime(near, nearRow);
  const [side, frame] = nearFrame === null ? [far, farFrame] : [near, nearFrame];
  const told = connectionsAt(scene, side)
    .flatMap(({ resets }) => resets)
    .find((reset: Reset) => reset.frame === frame);
  const { cause, confidence: causeConfidence } =
    sender === 'between'
      ? { cause: 'forged' as const, confidence }
      : (isOfStranger(scene, role, nearRow, told) ??
        told ?? { cause: 'unknown' as const, confidence: 'possible' as const });
  return {
    role: ROLES[role],
    sender,
    confidence,
    cause,
    causeConfidence,
    clientFrame: role === 0 ? nearFrame : farFrame,
    serverFrame: role === 0 ? farFrame : nearFrame,
    time,
  };
}

/**
 * An answer to what came from addresses or ports that the connection did not have when it began: its host has no socket
 * of them.
 */
function isOfStranger(
  scene: Scene,
  role: 0 | 1,
  nearRow: number | null,
  told: Reset | undefined,
): { readonly cause: ResetCause; readonly confidence: Confidence } | null {
  const { tap, log } = scene.near(role);
  const [first] = scene.alignment.pair[tap];
  return nearRow !== null && told?.shape === 'reactive' && log.connection[nearRow] !== first
    ? { cause: 'no-socket', confidence: 'certain' }
    : null;
}

function connectionsAt(scene: Scene, { tap, analysis }: Scene['sides']['client']): Connection[] {
  return scene.alignment.pair[tap].map((id) => analysis.connection(id));
}
