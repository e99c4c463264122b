import { SECOND } from '../base/time.js';
import type { Duration } from '../base/time.js';
import { inSeconds, place, seconds, several } from './diagnosis.js';
import type { Detected, DiagnosisDetector, Scene } from './diagnosis.js';
import type { Facts } from './facts/facts.js';
import type { Service } from './facts/gathering.js';
import { name } from './idle-limit.js';
import { causedElsewhere, isLost } from './patterns/idle-timer.js';
import * as SIGN from './facts/signs.js';
import { serverSoftware } from './software.js';
import { apart, timerOf } from './patterns/timer.js';

/** Connections that were ended at the same age before it is a limit, and lost requests from which on it is an error. */
const FEW = 5;
const MANY = 3;

/** Who has spoken this often has used its connection: two requests and their answers. */
const USED = 4;

/** An age counts where the connection was in use until then: idle for less than this part of it. */
const IDLE_PART = 0.25;

/** Beginnings, and ends, lie apart: else all were ended in one moment. */
const APART: Duration = SECOND;

/** Of those that grew so old this part may live on: of another listener, another path. */
const SURVIVORS = 0.1;

/**
 * A server, or a proxy in its place, that ends connections so many seconds after they began, whatever passes on them:
 * Envoy `max_connection_duration`, gRPC MAX_CONNECTION_AGE, nginx `keepalive_time`, AWS API Gateway (two hours).
 */
export const ageLimit: DiagnosisDetector = {
  id: 'age-limit', title: 'Limit of age',
  explains: {
    'rst-after-push': ['closed-peer', 'crossing'], 'half-closed': ['killed', 'slow'], 'linger-reset': [],
    'unexpected-reset': [], 'unanswered-request': [],
  },
  signs: SIGN.serverClosed,
  detect(scene, services) {
    return services.flatMap((service) => limit(scene, service) ?? []);
  },
};

function limit(scene: Scene, service: Service): Detected | null {
  const used = scene.free(service, SIGN.serverClosed).filter(isUsed);
  if (used.length < FEW) return null;
  const timer = timerOf(used.map((of) => ({ value: ageOf(of), of })), false);
  if (timer === null || timer.members.length < FEW) return null;
  const { value, spread, members } = timer;
  const apartEnough = Math.max(APART, 4 * spread);
  if (range(members, ({ start }) => start) < apartEnough || range(members, ({ closeAt }) => closeAt) < apartEnough)
    return null;
  if (isOfAnotherKind(members) || causedElsewhere(scene, members, 1)) return null;
  const older = scene.free(service).filter(
    (facts) =>
      facts.attempts > 0 && facts.end - facts.start > value + spread + apart(value) && !members.includes(facts),
  );
  if (older.length > SURVIVORS * members.length) return null;
  const lost = members.filter((facts) => facts.pending || isLost(facts)).length;
  const isReset = members.filter(({ closedByReset }) => closedByReset).length * 2 > members.length;
  const became =
    lost > 0
      ? `${several(lost, 'request')} crossed the close and ${lost === 1 ? 'was' : 'were'} lost`
      : isReset ? 'by RST: who uses them next gets ECONNRESET' : 'nothing was lost';
  return {
    severity: lost >= MANY ? 'error' : lost > 0 || isReset ? 'warning' : 'info',
    confidence: 'likely', service: { address: service.address, port: service.port },
    by: { role: 'server', address: service.address },
    message:
      `${place(service)}${name(serverSoftware(scene, service, members))} ends connections ${seconds(value)} after ` +
      `they began, whatever passes on them (${members.length} of ${members.length + older.length}); ${became}.`,
    advice: [
      'Look for a limit of the age of connections there, or in a proxy or mesh before it: Envoy ' +
        '`max_connection_duration`, gRPC `MAX_CONNECTION_AGE` (Go `keepalive.ServerParameters`), nginx ' +
        '`keepalive_time`. Raise it, and let it announce the end (`Connection: close`, GOAWAY) some time before ' +
        '(Envoy `drain_timeout`, gRPC `MAX_CONNECTION_AGE_GRACE`).',
      `Or let clients renew their connections sooner than every ${seconds(value)} (a pool's maximum lifetime), and ` +
        'be ready for a close at any moment: send again what may be sent twice.',
    ],
    numbers: {
      seconds: inSeconds(value), spread: inSeconds(spread), matching: members.length,
      of: members.length + older.length, lost,
    },
    refutes: `a connection of this service that lives longer than ${seconds(value + spread)}`,
    members,
  };
}

const ageOf = ({ start, closeAt }: Facts): Duration => closeAt - start;

/** In use until the server closed it, of its own accord. */
function isUsed(facts: Facts): boolean {
  const { attempts, isGuessed, turns, idle, closedByReset, reset } = facts;
  // A RST without ACK answers a segment, and no clock.
  if (attempts === 0 || isGuessed || turns < USED || (closedByReset && reset?.bare === true)) return false;
  return !(idle >= IDLE_PART * ageOf(facts));
}

/**
 * Ages are also equal where each connection does the same in the same time: an idle limit behind the same requests, a
 * limit of their number, or of one request.
 */
function isOfAnotherKind(members: readonly Facts[]): boolean {
  const idle = timerOf(members.map((of) => ({ value: of.idle, of })));
  if (idle !== null && idle.members.length * 2 > members.length) return true;
  if (members.filter(({ pending }) => pending).length * 2 > members.length) return true;
  return range(members, ({ turns }) => turns) <= 2;
}

function range(members: readonly Facts[], of: (facts: Facts) => number): number {
  const values = members.map(of);
  return Math.max(...values) - Math.min(...values);
}
