import { ACK, RST } from '../decode/segment.js';
import { distance } from '../flow/sequence.js';
import type { Duration, Time } from '../base/time.js';
import type { Scene } from './scene.js';
import type { HostLeg, Leg } from './taps.js';

/** What `role` sent, from the tap near it to the other. */
export function legOf(scene: Scene, role: 0 | 1): Leg {
  const { rows, matches } = scene.sent(role);
  const [near, far] = [scene.near(role), scene.far(role)];
  const fates = scene.fatesOf(role);
  const delays: Duration[] = [];
  matches.forEach((match, place) => {
    if (match >= 0) delays.push(far.log.time[match]! - scene.timeAt(near, rows[place]!, far));
  });
  delays.sort((one, other) => one - other);
  const lost = fates.filter((fate) => fate === 'lost').length;
  const delay =
    delays.length === 0 ? null : { shortest: delays[0]!, median: delays[delays.length >> 1]!, longest: delays.at(-1)! };
  return { sent: lost + fates.filter((fate) => fate === 'arrived').length, lost, delay };
}

/**
 * What lies behind the tap near `role`: how soon it acknowledges, and what had to be sent to it again though it had
 * passed the tap.
 */
export function hostLegOf(scene: Scene, role: 0 | 1): HostLeg {
  const peer = (1 - role) as 0 | 1;
  const { log } = scene.near(role);
  const coming = scene.heard(peer).rows;
  const going = scene.sent(role).rows;
  let roundTrip: Duration | null = null;
  let repeated = 0;
  /**
   * The highest number that came for the host, and since when it waits for its acknowledgment; null while nothing does.
   */
  let highest: number | null = null;
  let waiting: { readonly end: number; readonly since: Time } | null = null;
  let acknowledged: number | null = null;
  let next = 0;
  for (const row of coming) {
    for (; next < going.length && going[next]! < row; next++)
      ({ acknowledged, waiting, roundTrip } = answer(log, going[next]!, acknowledged, waiting, roundTrip));
    const end = log.end(row);
    if (end === log.sequence[row] || (log.flags[row]! & RST) !== 0) continue;
    if (highest === null || distance(end, highest) > 0) {
      highest = end;
      waiting ??= { end, since: log.time[row]! };
    } else if (acknowledged !== null && distance(end, acknowledged) > 0) {
      repeated++;
      // What is acknowledged now may be either of the two.
      waiting = null;
    }
  }
  for (; next < going.length; next++)
    ({ acknowledged, waiting, roundTrip } = answer(log, going[next]!, acknowledged, waiting, roundTrip));
  return { roundTrip, repeated };
}

interface Answered {
  readonly acknowledged: number | null;
  readonly waiting: { readonly end: number; readonly since: Time } | null;
  readonly roundTrip: Duration | null;
}

/** What a segment of the host adds. */
function answer(
  log: Scene['sides']['client']['log'],
  row: number,
  acknowledged: number | null,
  waiting: Answered['waiting'],
  roundTrip: Duration | null,
): Answered {
  const number = log.acknowledgment[row]!;
  if (
    (log.flags[row]! & ACK) === 0 ||
    (log.flags[row]! & RST) !== 0 ||
    (acknowledged !== null && distance(number, acknowledged) <= 0)
  )
    return { acknowledged, waiting, roundTrip };
  if (waiting === null || distance(number, waiting.end) < 0) return { acknowledged: number, waiting, roundTrip };
  const taken = log.time[row]! - waiting.since;
  return { acknowledged: number, waiting: null, roundTrip: roundTrip === null ? taken : Math.min(roundTrip, taken) };
}
