import { consecutive } from '../base/groups.js';
import { MILLISECOND, SECOND } from '../base/time.js';
import type { Duration, Time } from '../base/time.js';
import { GAP, REACTION, leftMeanwhile } from './patterns/awoke.js';
import {
  collect, everyone, inSeconds, isOfMessages, isUploading, place, range, seconds, several, silenceBeforeRequest,
} from './diagnosis.js';
import type { Detected, DiagnosisDetector, Scene } from './diagnosis.js';
import type { Facts } from './facts/facts.js';
import type { Service } from './facts/gathering.js';
import { name } from './idle-limit.js';
import * as SIGN from './facts/signs.js';
import { serverSoftware } from './software.js';
import { apart } from './patterns/timer.js';

/** Requests that were answered together before it is told. */
const FEW = 3;
/**
 * They had been sent over this time at least, and over so many times what their answers took: else they waited for one
 * thing by design.
 */
const SPREAD: Duration = SECOND;
const TIMES = 20;
/** Or where they are this many, over less, if each waited for so long: at random they would not end together. */
const MANY = 5;
const SHORT_SPREAD: Duration = 200 * MILLISECOND;
/** Repetitions of one connection that tell of the road. */
const REPEATS = 2;
/** A service that has not answered for so long when the capture ends. */
const STILL: Duration = 5 * SECOND;

const QUEUED = 'needed several SYNs, for nobody took any from its accept queue';

interface Wait {
  readonly from: Time;
  readonly to: Time;
  readonly of: Facts;
}

/** A server that stood still: its kernel took what came, the process answered nobody, and then all at once. */
export const frozenProcess: DiagnosisDetector = {
  id: 'frozen-process', title: 'Process that stood still',
  explains: {
    'unanswered-request': [], 'rst-after-push': ['closed-peer', 'crossing'], 'half-closed': [], 'linger-reset': [],
    'slow-connect': [], 'incomplete-handshake': [], unanswered: ['filtered', 'silent'],
  },
  signs: SIGN.slowAnswer | SIGN.waits,
  detect(scene, services) {
    return services.flatMap((service) => {
      const known = everyone(service);
      const groups = thaws(scene.showing(service, SIGN.slowAnswer));
      const thawed = new Set(groups.flatMap((group) => group.map(({ of }) => of)));
      const freezes = collect(groups, (group) => freezeOf(scene, known, thawed, group));
      return freezes.length > 0 ? frozen(scene, service, freezes) : (still(scene, service, known) ?? []);
    });
  },
};

/** Groups of requests that were answered, or closed, together. */
function thaws(waiting: readonly Facts[]): Wait[][] {
  const waits: Wait[] = [];
  for (const of of waiting) for (const wait of waitsOf(of)) if (wait.to - wait.from >= REACTION) waits.push(wait);
  waits.sort((a, b) => a.to - b.to);
  return consecutive(waits, ({ to }, group) => to - group.at(-1)!.to <= GAP).filter((group) => {
    const begins = group.map(({ from }) => from);
    const spread = Math.max(...begins) - Math.min(...begins);
    const count = new Set(group.map(({ of }) => of)).size;
    const isWide =
      spread >= SPREAD ||
      (count >= MANY && spread >= SHORT_SPREAD && group.every(({ from, to }) => to - from >= SECOND));
    return count >= FEW && isWide && spread >= TIMES * (group.at(-1)!.to - group[0].to);
  });
}

/** Requests of one connection with when their answers, or the server's close, came; as far as the facts tell. */
function waitsOf(of: Facts): Wait[] {
  const {
    pending, closer, requestAt, late, otherCloseAt, pauseEndedBy, pauseEnd, lastPause, slowestAnswer, slowestAnswerAt,
  } = of;
  // It waited for nothing yet.
  if (isUploading(of)) return [];
  // A FIN right behind the client's answers it, and ends no waiting.
  const ended = otherCloseAt - of.closeAt > REACTION ? otherCloseAt : NaN;
  // Words that nobody need answer wait for nothing, and what comes to all in one round are pings. An end waits for the
  // other one.
  if (isOfMessages(of)) return pending && closer === 0 && ended > requestAt ? [{ from: requestAt, to: ended, of }] : [];
  if (pending && closer === 0 && of.closeAt - requestAt >= REACTION) {
    const to = late !== null ? late.at : ended;
    if (to > requestAt) return [{ from: requestAt, to, of }];
  }
  if (pending && closer === 1) return [{ from: requestAt, to: of.closeAt, of }];
  // Its answer may have come, and the capture lacks it.
  if (of.lacks) return [];
  const slowest = slowestAnswer > 0 ? [{ from: slowestAnswerAt - slowestAnswer, to: slowestAnswerAt, of }] : [];
  // The server ended the last long pause, by an answer: the slowest is no shorter than that, and may be another one.
  const isAnother =
    lastPause > 0 && pauseEndedBy === 1 && slowestAnswer >= lastPause - MILLISECOND &&
    Math.abs(pauseEnd - slowestAnswerAt) > MILLISECOND;
  return isAnother ? [{ from: pauseEnd - lastPause, to: pauseEnd, of }, ...slowest] : slowest;
}

/** A time in which it stood still. */
interface Freeze {
  readonly from: Time;
  readonly to: Time;
  /** Whose requests waited for its end, and those among them that had given up before. */
  readonly members: readonly Facts[];
  readonly gaveUp: readonly Facts[];
  /** Those that came meanwhile and were not served either, and those that their clients closed. */
  readonly beside: readonly Facts[];
  /** Connects that it did not take. */
  readonly connects: number;
}

/** What `group` shows, where it shows that; `thawed`: whose requests were answered together at some time. */
function freezeOf(
  scene: Scene, known: readonly Facts[], thawed: ReadonlySet<Facts>, group: readonly Wait[],
): Freeze | null {
  const from = Math.min(...group.map((wait) => wait.from));
  const to = group[0]!.to;
  const members = [...new Set(group.map(({ of }) => of))].filter((facts) => !scene.isExplained(facts));
  if (members.length < FEW) return null;
  // What is sent again was not acknowledged: then it is the road that stood still.
  if (members.filter(({ repeats }) => repeats[0] + repeats[1] >= REPEATS).length * 2 > members.length) return null;
  if (known.some((facts) => spokeWithin(facts, from + GAP, to - MILLISECOND))) return null;
  // A service whose answers take so long by themselves does not stand still; one that stands still again and again
  // answers slowly then alone.
  const isMember = new Set(members);
  const others = known.filter((facts) => facts.slowestAnswer > (to - from) / 2 && !thawed.has(facts));
  if (others.length > members.length) return null;
  // One that closes without an answer after such a wait, at other moments as well, does so by a timer, which it looks
  // at once in a while (lighttpd once a second: server_main_loop).
  const isTimed = (facts: Facts): boolean =>
    isDropped(facts) && !isMember.has(facts) && facts.closeAt - facts.requestAt > (to - from) / 2;
  if (members.every(isDropped) && known.some(isTimed)) return null;
  const unserved = known.filter(
    (facts) =>
      !isMember.has(facts) && facts.start > from && facts.start < to &&
      !(facts.bytes[1] > 0 && facts.established < to),
  );
  const left = leftMeanwhile(known, from, to, group.at(-1)!.to).filter((facts) => !isMember.has(facts));
  return {
    from, to, members, beside: [...unserved, ...left],
    gaveUp: members.filter(({ pending, closer, closeAt }) => pending && closer === 0 && closeAt < to),
    // A kernel drops SYNs while the queue from which nobody accepts is full (tcp_conn_request, sk_acceptq_is_full).
    connects: unserved.filter(({ established, start, lastSyn }) => lastSyn > start && !(established < to)).length,
  };
}

/** All freezes of one service: what stops it again and again is one thing. */
function frozen(scene: Scene, service: Service, freezes: readonly Freeze[]): Detected {
  const lasted = freezes.map(({ from, to }) => to - from);
  const [shortest, longest] = [Math.min(...lasted), Math.max(...lasted)];
  const period = longest - shortest < apart(longest) ? seconds(longest) : range(shortest, longest);
  const last = Math.max(...freezes.map(({ to }) => to));
  const requests = freezes.reduce((sum, { members }) => sum + members.length, 0);
  const gaveUp = freezes.flatMap((freeze) => freeze.gaveUp);
  const connects = freezes.reduce((sum, freeze) => sum + freeze.connects, 0);
  // Clients count from their first SYN or from the request.
  const patience = gaveUp
    .map(({ closeAt, requestAt, start, turns }) => closeAt - (turns <= 2 ? start : requestAt))
    .sort((a, b) => a - b);
  const waited = patience[patience.length >> 1];
  const isOne = freezes.length === 1;
  const lastWait = new Map(freezes.flatMap((freeze) => freeze.members.map((facts) => [facts, freeze.to] as const)));
  const members = [...lastWait.keys()];
  return {
    severity: 'error', confidence: 'likely', service: { address: service.address, port: service.port },
    by: { role: 'server', address: service.address },
    message:
      `${place(service)}${name(serverSoftware(scene, service))} stood still (frozen) ` +
      `${isOne ? '' : `${freezes.length} times, `}for ${period}: ` +
      `${several(requests, 'request')} waited, then all were answered at ` +
      `once${waited === undefined ? '' : `; ${gaveUp.length} had given up after ${seconds(waited)}`}` +
      `${connects < FEW ? '' : `; ${connects} connects ${QUEUED}`}.`,
    advice: advice(service),
    numbers: {
      requests, seconds: inSeconds(longest), ...(isOne ? {} : { times: freezes.length }), gaveUp: gaveUp.length,
      ...(waited === undefined ? {} : { patience: inSeconds(waited) }), ...(connects < FEW ? {} : { connects }),
    },
    refutes: 'payload that the service sent on any connection meanwhile', members,
    beside: [...new Set(freezes.flatMap(({ beside }) => beside))].filter((facts) => !lastWait.has(facts)),
    outlived: members.filter((facts) => {
      const { closeAt, payloadAt, pending } = facts;
      const woke = lastWait.get(facts)!;
      return !pending && !(closeAt - woke < SECOND) && Math.max(closeAt || 0, payloadAt) - woke >= SECOND;
    }),
    first: Math.min(...freezes.map(({ from }) => from)), last,
  };
}

/** Whether the server closed and had not answered the last request. */
function isDropped({ pending, closer }: Facts): boolean {
  return pending && closer === 1;
}

function advice(service: Service): string[] {
  return [
    `Find what stopped the process of ${place(service)} then: SIGSTOP or a debugger, a long garbage collection, ` +
      `a loop without pause (one thread), a lock or a database that all wait for, swapping, a stalled disk.`,
    'Its own metrics (event loop delay, GC pauses), `dmesg`, and `pidstat` or `perf` at such a moment show which.',
  ];
}

/** Whether the server sent payload on this connection in between. */
function spokeWithin(
  { turnOf, turnAt, payloadAt, pauseEnd, pauseEndedBy, late, closer, bytes, start, end }: Facts, from: Time, to: Time,
): boolean {
  const isWithin = (time: Time): boolean => time > from && time < to;
  if (bytes[1] === 0) return false;
  if (turnOf === 1 && (isWithin(turnAt) || isWithin(payloadAt))) return true;
  if (pauseEndedBy === 1 && isWithin(pauseEnd)) return true;
  if (closer === 0 && late !== null && isWithin(late.at)) return true;
  return start > from && end < to;
}

/** When its server had spoken at the latest, before the request that waits: shorter silences than a second are not kept. */
function answeredBefore(facts: Facts): Time {
  const { turns, requestAt } = facts;
  return turns < 2 ? -Infinity : requestAt - Math.max(SECOND, silenceBeforeRequest(facts));
}

/** It has not woken when the capture ends. */
function still(scene: Scene, service: Service, known: readonly Facts[]): Detected | null {
  const waiting = scene.free(service, SIGN.waits).filter(
    (facts) =>
      facts.closer !== 1 && !(facts.late?.read === true) &&
      facts.requestAt < scene.end - SECOND &&
      (facts.closer === -1 || (facts.pending && Number.isNaN(facts.otherCloseAt) && facts.late === null)),
  );
  if (waiting.length < FEW) return null;
  const from = Math.min(...waiting.map(({ requestAt }) => requestAt));
  const begins = waiting.map(({ requestAt }) => requestAt);
  if (
    scene.end - from < STILL || Math.max(...begins) - from < SPREAD ||
    known.some((facts) => spokeWithin(facts, from, Infinity)) || waiting.some((facts) => answeredBefore(facts) > from)
  )
    return null;
  // It must have answered before, and its kernel after; and nothing may be repeated, which tells of the road.
  const answered = known.some(
    (facts) => facts.bytes[1] > 0 && facts.payloadAt <= from && facts.slowestAnswer < (scene.end - from) / TIMES,
  );
  const acknowledged = waiting.every(({ repeats, stuckSince }) => repeats[0] < 3 && Number.isNaN(stuckSince[0]));
  if (!answered || !acknowledged) return null;
  return {
    severity: 'error', confidence: 'possible', service: { address: service.address, port: service.port },
    by: { role: 'server', address: service.address },
    message:
      `${place(service)}${name(serverSoftware(scene, service))} stands still (frozen): it answered nobody for the ` +
      `last ${seconds(scene.end - from)}, ${several(waiting.length, 'request')} wait, though its kernel takes what ` +
      `comes.`,
    advice: advice(service),
    numbers: {
      requests: waiting.length, seconds: inSeconds(scene.end - from),
      gaveUp: waiting.filter(({ closer }) => closer === 0).length,
    },
    refutes: 'payload that the service sent on any connection meanwhile', members: waiting, first: from,
    last: scene.end,
  };
}
