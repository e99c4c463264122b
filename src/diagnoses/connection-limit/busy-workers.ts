import { MILLISECOND, SECOND } from '../../base/time.js';
import type { Duration, Time } from '../../base/time.js';
import { inSeconds, isOfMessages, isWhole, place, seconds, several } from '../diagnosis.js';
import type { Detected, Scene } from '../diagnosis.js';
import type { Facts } from '../facts/facts.js';
import type { Service } from '../facts/gathering.js';
import { name } from '../idle-limit.js';
import { countBefore } from '../patterns/open-at.js';
import * as SIGN from '../facts/signs.js';
import { serverSoftware, settingOf } from '../software.js';

/** Who waits for his turn waits for long; so many do before it is told, and such a part of all. */
const WAITS: Duration = SECOND;
const FEW = 10;
const PART = 0.1;
/** A worker is free when it has answered: who holds one by what is still open waits for a close instead. */
const FREED: Duration = 50 * MILLISECOND;
/** What is served without waiting takes this part of the longest wait at most; and so long at most nobody is answered. */
const QUICK = 0.25;
/** Of those that waited this part keeps the order. */
const MOST = 0.8;
/** The quickest waited for nobody, and show how long one takes; not the very first, which may be of another kind. */
const QUICKEST = 1;

/** One request of a connection, from when it was said until it was answered, be it to nobody, or given up. */
interface Asked {
  readonly of: Facts;
  readonly from: Time;
  readonly until: Time;
  readonly isAnswered: boolean;
  readonly isGivenUp: boolean;
}

/**
 * Workers that are all busy (PHP-FPM `pm.max_children`, a pool of threads): requests wait in a queue, in the order in
 * which they came, while others are answered all the time as fast as it goes. Who comes when nobody waits is answered
 * soon: so it is neither what is asked, nor a server that stands still.
 */
export function busyWorkers(scene: Scene, service: Service): Detected | null {
  if (scene.free(service, SIGN.slowAnswer | SIGN.gaveUp).filter(mayWait).length < FEW || !isWhole(service)) return null;
  const asked = scene.free(service).flatMap((of) => askedOn(of) ?? []).sort((a, b) => a.from - b.from);
  const answered = asked.filter(({ isAnswered }) => isAnswered);
  const waited = asked.filter((one) => !one.isGivenUp && isLate(one));
  const gaveUp = asked.filter((one) => one.isGivenUp && isLate(one));
  const longest = Math.max(0, ...[...waited, ...gaveUp].map(({ from, until }) => until - from));
  const late = waited.length + gaveUp.length;
  if (late < FEW || late < PART * asked.length || answered.length < FEW) return null;
  const freed = answered.filter(
    ({ of: { closer, closeAt }, until, isGivenUp }) => isGivenUp || (closer !== -1 && closeAt - until < FREED),
  );
  if (freed.length < MOST * answered.length) return null;
  const begins = Float64Array.from(asked, ({ from }) => from);
  const ends = Float64Array.from(asked, ({ until }) => until).sort();
  const before = ({ from }: Asked): number => countBefore(begins, from) - countBefore(ends, from);
  const took = answered.map(({ from, until }) => until - from).sort((a, b) => a - b);
  const takes = took[QUICKEST]!;
  if (takes > QUICK * longest) return null;
  const answers = answered.map(({ until }) => until).sort((a, b) => a - b);
  const [first, last] = [Math.min(...waited.concat(gaveUp).map(({ from }) => from)), answers.at(-1)!];
  const busy = answers.filter((at) => at >= first);
  // It answered all the while, and in order.
  if (busy.length < FEW || busy.some((at, place) => at - (busy[place - 1] ?? first) > QUICK * longest)) return null;
  const inTurn = answered.filter((one, at) => isLate(one) && isInTurn(answered, at, before(one))).length;
  if (inTurn < MOST * answered.filter(isLate).length) return null;
  const rate = ((busy.length - 1) * SECOND) / (last - busy[0]!);
  const workers = Math.max(1, Math.round((rate * takes) / SECOND));
  const most = Math.max(...asked.map(before)) + 1;
  // With fewer before it than it has workers nobody waits.
  if (most <= workers) return null;
  const software = serverSoftware(scene, service);
  const members = [...waited, ...gaveUp].map(({ of }) => of);
  return {
    severity: gaveUp.length > 0 ? 'error' : 'warning', confidence: 'likely',
    service: { address: service.address, port: service.port }, by: { role: 'server', address: service.address },
    message:
      `${place(service)}${name(software)} is busy: it answers ${rate.toFixed(rate < 10 ? 1 : 0)} requests a second in ` +
      `the order in which they come, some ${workers} at a time of ${seconds(takes)} each: ${late} of ${asked.length} ` +
      `waited up to ${seconds(longest)} for their turn behind up to ${most - 1} ` +
      `others${gaveUp.length > 0 ? `; ${gaveUp.length} gave up` : ''}.`,
    advice: [
      `Give it more workers (${settingOf('connections', software)}; PHP-FPM \`pm.max_children\`, gunicorn ` +
        '`--workers`) if its processors have time left meanwhile; else make a request cheaper, or share them among ' +
        'several hosts.',
      'A short queue with an error that comes at once (503, `listen.backlog`, `queue_timeout`) serves clients better ' +
        'than a wait that is longer than their patience.',
    ],
    numbers: {
      limit: workers, rate: Math.round(rate * 10) / 10, seconds: inSeconds(takes), matching: late, of: asked.length,
      longest: inSeconds(longest), queue: most - 1, gaveUp: gaveUp.length,
    },
    refutes: `a request that came later and was answered before ${several(workers, 'other')} that waited`, members,
  };
}

function isLate({ from, until }: Asked): boolean {
  return until - from >= WAITS;
}

/** Whether its one request waited long. */
function mayWait(facts: Facts): boolean {
  const one = askedOn(facts);
  return one !== null && isLate(one);
}

/** Of a connection with one request; null of others. */
function askedOn(of: Facts): Asked | null {
  const { bytes, turns, slowestAnswer, slowestAnswerAt, pending, closer, closeAt, requestAt, late } = of;
  if (Number.isNaN(of.established) || bytes[0] === 0 || of.lacks || isOfMessages(of)) return null;
  if (turns === 2 && slowestAnswer > 0 && bytes[1] > 0 && !(pending && closer === 0))
    return {
      of, from: slowestAnswerAt - slowestAnswer, until: slowestAnswerAt, isAnswered: true, isGivenUp: false,
    };
  if (!pending || closer !== 0 || turns > 2) return null;
  return { of, from: requestAt, until: late?.at ?? closeAt, isAnswered: late !== null, isGivenUp: true };
}

/** Whether the one at this place was answered before nearly all that came behind it: a few workers may overtake. */
function isInTurn(inOrder: readonly Asked[], at: number, before: number): boolean {
  const { until } = inOrder[at]!;
  const mayOvertake = Math.max(1, before * QUICK);
  let overtook = 0;
  for (let next = at + 1; next < inOrder.length && inOrder[next]!.from < until; next++)
    if (inOrder[next]!.until < until && ++overtook > mayOvertake) return false;
  return true;
}
