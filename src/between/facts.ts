import { ACK, FIN, RST, SYN } from '../decode/segment.js';
import { distance } from '../flow/sequence.js';
import { dataLost } from './data-lost.js';
import { duration, fact } from './fact.js';
import { pathMtu } from './path-mtu.js';
import { type InjectedReset, injectedResets } from './resets.js';
import { roadCut } from './road-cut.js';
import { roadInterrupted } from './road-interrupted.js';
import { ROLES, type Scene, type Side } from './scene.js';
import { ONLY_HERE } from './segment-log.js';
import { SILENCE, STALL, silenceBefore } from './silence.js';
import { FACTS, type Fact, type FactId } from './taps.js';

/** What both taps together show of a connection, worst first. */
export function factsOf(scene: Scene): {
  readonly facts: readonly Fact[];
  readonly injections: readonly InjectedReset[];
} {
  const injections = injectedResets(scene);
  const found: (Fact | null)[] = [
    portsChanged(scene),
    ...merged(injections).map((injection) => resetInjected(scene, injection, injections)),
  ];
  for (const role of [0, 1] as const)
    found.push(
      lossOf(scene, role),
      handshakeLost(scene, role),
      finLost(scene, role),
      finIgnored(scene, role),
      finInjected(scene, role),
      resetLost(scene, role),
    );
  const all = withoutRejected(scene, found.filter((fact) => fact !== null), injections);
  // A box that forgot the connection tells why nothing passes any more, and why a RST came.
  const expired = all.find(({ id }) => id === 'state-expired');
  const told = all.filter(
    ({ id, numbers }) =>
      expired === undefined ||
      id === 'state-expired' ||
      numbers['since'] === undefined ||
      Number(numbers['since']) < Number(expired.numbers['since']),
  );
  return { facts: inOrder(told), injections };
}

/** What the losses of `role` have in common; null where they are few. Most connections lose nothing. */
function lossOf(scene: Scene, role: 0 | 1): Fact | null {
  if (!scene.fatesOf(role).includes('lost')) return null;
  return pathMtu(scene, role) ?? dataLost(scene, role) ?? roadCut(scene, role) ?? roadInterrupted(scene, role);
}

/** What a box that answers in the other end's name does not let through: its RST tells it all. */
const REJECTED: readonly FactId[] = ['data-lost', 'road-cut', 'road-interrupted', 'fin-lost', 'reset-lost'];

/**
 * Facts but for those that a box makes which drops what an end sends and answers by RST in its peer's name: where all
 * is lost from then on, that RST is the end of the connection.
 */
function withoutRejected(scene: Scene, facts: readonly Fact[], injections: readonly InjectedReset[]): Fact[] {
  const rejections = injections.flatMap(({ role, answers }) =>
    answers === null ? [] : [{ role, since: scene.clientTime(scene.far(role), answers) }],
  );
  const isRejected = ({ id, role, numbers }: Fact): boolean =>
    REJECTED.includes(id) &&
    rejections.some((each) => role === ROLES[1 - each.role] && Number(numbers['since']) >= each.since);
  const isEnd = facts.some((each) => each.id === 'road-cut' && isRejected(each));
  return facts
    .filter((each) => !isRejected(each))
    .map((each) => (isEnd && each.id === 'reset-injected' ? { ...each, severity: 'error' } : each));
}

export function inOrder(facts: readonly Fact[]): Fact[] {
  return facts.toSorted((one, other) => FACTS.indexOf(one.id) - FACTS.indexOf(other.id) || one.time - other.time);
}

/** Addresses or ports that changed while the connection lived: the same numbers go on from others. */
function portsChanged(scene: Scene): Fact | null {
  for (const tap of ['server', 'client'] as const) {
    const ids = scene.alignment.pair[tap];
    if (ids.length < 2) continue;
    const side = scene.sides[tap];
    const [before, after] = [ids[0]!, ids[1]!].map((id) => side.analysis.connection(id));
    const rows = side.log.allOf(after!.id);
    const last = side.log.allOf(before!.id).findLast((row) => row < (rows[0] ?? 0));
    const silence = last === undefined || rows[0] === undefined ? 0 : side.log.time[rows[0]]! - side.log.time[last]!;
    const others = before!.client.address === after!.client.address ? 'ports' : 'addresses';
    const message =
      `The same sequence numbers go on from other ${others} at the ${tap}'s tap (frame ${after!.firstFrame}), ` +
      `${duration(silence)} s after the last segment: a NAT on the way had lost its entry and made a new one, ` +
      `which the ${tap === 'server' ? 'server' : 'client'} does not know.`;
    return fact(
      scene,
      'ports-changed',
      'error',
      'certain',
      0,
      side,
      rows[0] ?? 0,
      { [tap]: [before!.lastFrame, after!.firstFrame] },
      message,
      { silence, since: scene.clientTime(side, rows[0] ?? 0) },
    );
  }
  return null;
}

/** Of several in one name the first: a box sends some, to be sure. */
function merged(injections: readonly InjectedReset[]): InjectedReset[] {
  return injections.filter((one, index) => injections.findIndex(({ role }) => role === one.role) === index);
}

function resetInjected(scene: Scene, injection: InjectedReset, all: readonly InjectedReset[]): Fact {
  const { role, row, confidence, signs, answers } = injection;
  const [near, far] = [scene.near(role), scene.far(role)];
  const count = all.filter((one) => one.role === role).length;
  const silence = answers === null ? 0 : silenceBefore(scene, answers, (1 - role) as 0 | 1);
  const frames = { [far.tap]: all.filter((one) => one.role === role).map((one) => far.log.frame[one.row]!) };
  const by = ROLES[role];
  if (answers !== null && silence >= SILENCE) {
    const message =
      `A box on the way forgot the connection within ${duration(silence)} s of silence: what the ` +
      `${ROLES[1 - role]} then sent (frame ${far.log.frame[answers]}) did not reach the ${by}'s tap and was answered ` +
      `by a RST in the ${by}'s name (frame ${far.log.frame[row]}), which the ${by} never sent.`;
    return fact(
      scene,
      'state-expired',
      'error',
      confidence,
      (1 - role) as 0 | 1,
      far,
      row,
      { [far.tap]: [far.log.frame[answers]!, ...frames[far.tap]!] },
      message,
      { silence, signs, since: scene.clientTime(far, answers) },
    );
  }
  const first = far.log.frame[row];
  const named =
    count === 1
      ? `The RST in the ${by}'s name (frame ${first}) was`
      : `${count} RSTs in the ${by}'s name (the first is frame ${first}) were`;
  const message =
    `${named} not sent by the ${by}: ` +
    `${near.tap === 'client' ? "the client's" : "the server's"} own capture has none. Something between the taps ` +
    `sent ${count === 1 ? 'it' : 'them'}${signs.length > 0 ? `; ${signs.join('; ')}` : ''}.`;
  return fact(scene, 'reset-injected', 'warning', confidence, role, far, row, frames, message, {
    count,
    signs,
    since: scene.clientTime(far, row),
  });
}

/** SYNs of the client, or SYN-ACKs of the server, that were lost before one arrived, or all of them. */
function handshakeLost(scene: Scene, role: 0 | 1): Fact | null {
  const near = scene.near(role);
  const fates = scene.fatesOf(role);
  const wanted = role === 0 ? SYN : SYN | ACK;
  const all = [...scene.sent(role).rows]
    .map((row, place) => ({ row, fate: fates[place] }))
    .filter(({ row }) => (near.log.flags[row]! & (SYN | ACK)) === wanted);
  const lost = all.filter(({ fate }) => fate === 'lost').map(({ row }) => row);
  const arrived = all.find(({ fate }) => fate === 'arrived')?.row;
  const [first] = lost;
  if (
    first === undefined ||
    (arrived !== undefined && (arrived < first || near.log.time[arrived]! - near.log.time[first]! < STALL))
  )
    return null;
  const name = role === 0 ? 'SYN' : 'SYN-ACK';
  const stall =
    arrived === undefined
      ? near.log.time[lost.at(-1)!]! - near.log.time[first]!
      : near.log.time[arrived]! - near.log.time[first]!;
  const message =
    arrived === undefined
      ? `No ${name} of the ${ROLES[role]} reached the ${scene.far(role).tap}'s tap: ${lost.length} of ` +
        `${all.length} were lost on the way (from frame ${near.log.frame[first]}).`
      : `${lost.length} of ${all.length} ${name}s of the ${ROLES[role]} were lost on the way to the ` +
        `${scene.far(role).tap}'s tap (from frame ${near.log.frame[first]}): the connect waited ${duration(stall)} s.`;
  return fact(
    scene,
    role === 0 ? 'syn-lost' : 'syn-ack-lost',
    arrived === undefined ? 'error' : 'warning',
    scene.absence(role, lost),
    role,
    near,
    first,
    { [near.tap]: lost.map((row) => near.log.frame[row]!) },
    message,
    { lost: lost.length, of: all.length, stall },
  );
}

/** Every FIN of `role` was lost: the peer does not know that it closed. */
function finLost(scene: Scene, role: 0 | 1): Fact | null {
  const [near, far] = [scene.near(role), scene.far(role)];
  const { rows } = scene.sent(role);
  const fates = scene.fatesOf(role);
  const fins = [...rows]
    .map((row, place) => ({ row, fate: fates[place] }))
    .filter(({ row }) => (near.log.flags[row]! & FIN) !== 0);
  const [first] = fins;
  if (first === undefined || fins.some(({ fate }) => fate !== 'lost')) return null;
  const message =
    `The ${ROLES[role]} closed (FIN in frame ${near.log.frame[first.row]}), but no FIN reached the ${far.tap}'s ` +
    `tap: ${fins.length === 1 ? 'it was' : `all ${fins.length} were`} lost on the way, ` +
    `and the ${ROLES[1 - role]} does not know of it.`;
  return fact(
    scene,
    'fin-lost',
    'error',
    scene.absence(
      role,
      fins.map(({ row }) => row),
    ),
    role,
    near,
    first.row,
    { [near.tap]: fins.map(({ row }) => near.log.frame[row]!) },
    message,
    { lost: fins.length, since: scene.clientTime(near, first.row) },
  );
}

/** A FIN of `role` came to the tap near the peer, which never acknowledged it. */
function finIgnored(scene: Scene, role: 0 | 1): Fact | null {
  const far = scene.far(role);
  const { rows, matches } = scene.heard(role);
  const fins = [...rows].filter((row, place) => (far.log.flags[row]! & FIN) !== 0 && matches[place] !== ONLY_HERE);
  const [first] = fins;
  // One that came at the very end of the capture may still be answered.
  if (first === undefined || far.end - far.log.time[first]! < SILENCE || scene.isAcknowledged(role, far.log.end(first)))
    return null;
  const peer = (1 - role) as 0 | 1;
  const answers = [...scene.sent(peer).rows];
  if (answers.some((row) => (far.log.flags[row]! & RST) !== 0)) return null;
  // Who asks for what stood before it cannot acknowledge it yet.
  if (answers.some((row) => far.log.time[row]! >= far.log.time[first]! && asksBefore(far, row, first))) return null;
  // A peer that closed and is gone has no socket that would answer, and says so by RST, or sits in TIME-WAIT and
  // answers: silence is the host's.
  const message =
    `The FIN of the ${ROLES[role]} came to the ${far.tap}'s tap (frame ` +
    `${far.log.frame[first]}${fins.length > 1 ? `, ${fins.length} times` : ''}), and the ${ROLES[peer]} never ` +
    `acknowledged it: ` +
    `it was lost behind that tap, or the host is gone.`;
  return fact(
    scene,
    'fin-ignored',
    'warning',
    scene.coverage.holes[far.tap] === 0 ? 'certain' : 'likely',
    role,
    far,
    first,
    { [far.tap]: fins.map((row) => far.log.frame[row]!) },
    message,
    { count: fins.length, since: scene.clientTime(far, first) },
  );
}

/** Whether a row acknowledges less than what stands before a FIN of its peer: something of that is missing. */
function asksBefore({ log }: Side, row: number, fin: number): boolean {
  const end = (log.sequence[fin]! + log.length[fin]!) | 0;
  return (log.flags[row]! & ACK) !== 0 && distance(end, log.acknowledgment[row]!) > 0;
}

/** A FIN that its supposed sender never sent: a box closes for it. */
function finInjected(scene: Scene, role: 0 | 1): Fact | null {
  const [near, far] = [scene.near(role), scene.far(role)];
  const { rows, matches } = scene.heard(role);
  const fins = [...rows].filter(
    (row, place) =>
      (far.log.flags[row]! & FIN) !== 0 && matches[place] === ONLY_HERE && scene.sawDeparture(role, row) !== null,
  );
  const [first] = fins;
  if (first === undefined || !scene.isWhole(role)) return null;
  // One that the tap has only missed is acknowledged by the peer with a number that the sender then goes on from.
  if ([...scene.sent(role).rows].some((row) => (near.log.flags[row]! & FIN) !== 0)) return null;
  const went = scene
    .sent(role)
    .rows.find(
      (row) =>
        near.log.time[row]! > scene.timeAt(far, first, near) + scene.slack &&
        near.log.length[row]! > 0 &&
        (near.log.flags[row]! & RST) === 0,
    );
  // A capture that has missed other segments has rather missed this one, too.
  if (went === undefined && scene.coverage.holes[near.tap] > 0) return null;
  const message =
    `The FIN in the ${ROLES[role]}'s name (frame ${far.log.frame[first]}) was not sent by the ${ROLES[role]}: its ` +
    `own capture has none` +
    `${went === undefined ? '' : `, and it went on sending data (frame ${near.log.frame[went]} there)`}. Something ` +
    `between the taps closed the connection.`;
  return fact(
    scene,
    'fin-injected',
    'warning',
    went === undefined || scene.sawDeparture(role, first) !== 'proven' ? 'likely' : 'certain',
    role,
    far,
    first,
    { [far.tap]: fins.map((row) => far.log.frame[row]!) },
    message,
    { count: fins.length, since: scene.clientTime(far, first) },
  );
}

/** A RST that never arrived, where no other of its sender did. */
function resetLost(scene: Scene, role: 0 | 1): Fact | null {
  const [near, far] = [scene.near(role), scene.far(role)];
  const { rows } = scene.sent(role);
  const fates = scene.fatesOf(role);
  const resets = [...rows]
    .map((row, place) => ({ row, fate: fates[place] }))
    .filter(({ row }) => (near.log.flags[row]! & RST) !== 0);
  const [first] = resets;
  if (first === undefined || resets.some(({ fate }) => fate !== 'lost')) return null;
  const message =
    `The ${ROLES[role]} ended the connection by RST (frame ${near.log.frame[first.row]}), which ` +
    `never reached the ${far.tap}'s tap: the ${ROLES[1 - role]} does not know of it.`;
  return fact(
    scene,
    'reset-lost',
    'warning',
    scene.absence(
      role,
      resets.map(({ row }) => row),
    ),
    role,
    near,
    first.row,
    { [near.tap]: resets.map(({ row }) => near.log.frame[row]!) },
    message,
    { lost: resets.length, since: scene.clientTime(near, first.row) },
  );
}
