import { PAYLOAD_KINDS } from '../flow/payload-kind.js';
import { MILLISECOND } from '../base/time.js';
import type { Duration } from '../base/time.js';
import { inSeconds, place, range, seconds } from './diagnosis.js';
import type { Detected, Scene } from './diagnosis.js';
import type { Service } from './gathering.js';
import { name } from './idle-limit.js';
import * as SIGN from './signs.js';
import { serverSoftware, settingOf } from './software.js';
import { timerOf } from './timer.js';

/** Such requests before it is told of a service. */
const FEW = 3;

/** A server that works on a request, or waits for its rest, takes longer than this. */
export const LATER: Duration = 100 * MILLISECOND;

/**
 * A server that answers requests which do not come to their end by 408 (RFC 9110 §15.5.9). Who reads it may close
 * before the server does.
 */
export function incomplete(scene: Scene, service: Service): Detected | null {
  const members = scene.free(service, SIGN.pieces).filter(
    (facts) =>
      PAYLOAD_KINDS[facts.kinds[1]] === 'http-timeout' && facts.bytes[0] > 0 && facts.closer !== -1 &&
      facts.slowestAnswer >= LATER,
  );
  if (members.length < FEW) return null;
  const timer = timerOf(members.map((of) => ({ value: of.slowestAnswer, of })));
  const waits = members.map(({ slowestAnswer }) => slowestAnswer);
  const [least, most] = [Math.min(...waits), Math.max(...waits)];
  const software = serverSoftware(scene, service);
  const after = timer === null ? range(least, most) : seconds(timer.value);
  const count = timer?.members.length ?? members.length;
  return {
    severity: 'warning', confidence: 'likely', service: { address: service.address, port: service.port },
    by: { role: 'server', address: service.address },
    message:
      `${place(service)}${name(software)} ends requests that do not arrive in full by 408, ${after} after they began ` +
      `(${count} of ${members.length}).`,
    advice: [
      'See why the clients do not send the rest: a slow or broken road (large segments alone: path MTU), a client ' +
        'that waits or hangs in the middle of a body, somebody who holds connections on purpose (slowloris).',
      `Or give them longer (${settingOf('request', software)}).`,
    ],
    numbers: {
      seconds: inSeconds(timer?.value ?? least), spread: inSeconds(timer?.spread ?? most - least), matching: count,
      of: members.length, lost: members.length, atOnce: 0,
    },
    refutes: 'the rest of one of these requests, which was not captured', members,
  };
}
