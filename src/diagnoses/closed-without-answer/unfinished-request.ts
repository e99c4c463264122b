import { PAYLOAD_KINDS } from '../../flow/payload-kind.js';
import { MILLISECOND } from '../../base/time.js';
import type { Duration } from '../../base/time.js';
import { inSeconds, place, range, seconds } from '../diagnosis.js';
import type { Detected, Scene } from '../diagnosis.js';
import type { Facts } from '../facts/facts.js';
import type { Service } from '../facts/gathering.js';
import { name } from '../idle-limit.js';
import * as SIGN from '../facts/signs.js';
import { serverSoftware, settingOf } from '../software.js';
import type { Recognized } from '../software.js';
import { timerOf } from '../patterns/timer.js';

/** Such requests before it is told of a service. */
const FEW = 3;

/** A server that works on a request, or waits for its rest, takes longer than this. */
export const LATER: Duration = 100 * MILLISECOND;

/**
 * A server that ends requests which do not come to their end: by 408 (RFC 9110 §15.5.9), where who reads it may close
 * before the server does; or without a word (Tornado `body_timeout`, Starman `--read-timeout`, H2O
 * `http1-request-timeout`).
 */
export function incomplete(scene: Scene, service: Service): Detected | null {
  const found = scene.free(service, SIGN.pieces);
  const answered = found.filter(isTimedOut);
  const members = [...answered, ...found.filter((facts) => !isTimedOut(facts) && isLeftUnfinished(facts))];
  if (members.length < FEW) return null;
  const begun = timerOf(members.map((of) => ({ value: heldFor(of), of })));
  const last = timerOf(members.map((of) => ({ value: isTimedOut(of) ? 0 : of.closeAt - of.lastPieceAt, of })));
  const isOfLast = last !== null && (begun === null || last.members.length > begun.members.length);
  const timer = isOfLast ? last : begun;
  const waits = members.map(heldFor);
  const [least, most] = [Math.min(...waits), Math.max(...waits)];
  const software = serverSoftware(scene, service);
  const wait = timer === null ? range(least, most) : seconds(timer.value);
  const after = `${wait} after ${isOfLast ? 'their last piece' : 'they began'}`;
  const count = timer?.members.length ?? members.length;
  const isSilent = answered.length * 2 < members.length;
  return {
    severity: 'warning', confidence: 'likely', service: { address: service.address, port: service.port },
    by: { role: 'server', address: service.address },
    message:
      `${place(service)}${name(software)} ${isSilent ? 'closes on' : 'ends'} requests that do not arrive in full` +
      `${isSilent ? ', without a word,' : ' by 408,'} ${after} (${count} of ${members.length}).`,
    advice: unfinishedAdvice(software),
    numbers: {
      seconds: inSeconds(timer?.value ?? least), spread: inSeconds(timer?.spread ?? most - least), matching: count,
      of: members.length, lost: members.length, atOnce: 0,
    },
    refutes: 'the rest of one of these requests, which was not captured', members,
  };
}

export function unfinishedAdvice(software: Recognized | null): string[] {
  return [
    'See why the clients do not send the rest: a slow or broken road (large segments alone: path MTU), a client ' +
      'that waits or hangs in the middle of a body, somebody who holds connections on purpose (slowloris).',
    `Or give them longer (${settingOf('request', software)}).`,
  ];
}

function isTimedOut({ kinds, bytes, closer, slowestAnswer }: Facts): boolean {
  return (
    PAYLOAD_KINDS[kinds[1]] === 'http-timeout' && bytes[0] > 0 && closer !== -1 && slowestAnswer >= LATER
  );
}

/**
 * Whether the server closed in place of an answer, and its client had stopped in the middle of the request, or sent it
 * piece by piece. Where it had no room for more, or still got more, the server did not wait for the rest.
 */
export function isLeftUnfinished(facts: Facts): boolean {
  const { owes, pending, closeAt, requestAt, lastPieceAt, requestPieces, hasClosedWindow } = facts;
  return (
    owes && pending && closeAt - requestAt >= LATER && !hasClosedWindow[1] &&
    (closeAt - lastPieceAt >= LATER || requestPieces > 1)
  );
}

function heldFor(facts: Facts): Duration {
  return isTimedOut(facts) ? facts.slowestAnswer : facts.closeAt - facts.requestAt;
}
