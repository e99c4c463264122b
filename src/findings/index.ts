import { closeWaitBuildup } from './close-wait-buildup.js';
import type { Detector } from './detector.js';
import { forgedReset } from './forged-reset.js';
import { halfClosed } from './half-closed.js';
import { halfOpen } from './half-open.js';
import { ignoredReset } from './ignored-reset.js';
import { illegalFlags } from './illegal-flags.js';
import { incompleteHandshake, unacknowledgedHandshakes } from './incomplete-handshake.js';
import { lingerReset } from './linger-reset.js';
import { oneWay } from './one-way.js';
import { pathMtu } from './path-mtu.js';
import { portExhaustion } from './port-exhaustion.js';
import { refused } from './refused.js';
import { natRebinding } from './nat-rebinding.js';
import { resetStorm } from './reset-storm.js';
import { rstAfterPush } from './rst-after-push.js';
import type { ServiceDetector } from './service-detector.js';
import { slowConnect } from './slow-connect.js';
import { stalledReader } from './stalled-reader.js';
import { timeWaitReuse } from './time-wait-reuse.js';
import { tlsHandshakeFailure } from './tls-handshake-failure.js';
import { unacknowledgedFin } from './unacknowledged-fin.js';
import { unansweredRequest } from './unanswered-request.js';
import { unanswered } from './unanswered.js';
import { unexpectedReset } from './unexpected-reset.js';

/** Report order. A new detector: write its file, then add one line here. */
export const detectors: readonly Detector[] = [
  halfClosed,
  tlsHandshakeFailure,
  unansweredRequest,
  rstAfterPush,
  lingerReset,
  timeWaitReuse,
  refused,
  slowConnect,
  incompleteHandshake,
  halfOpen,
  unacknowledgedFin,
  forgedReset,
  oneWay,
  pathMtu,
  stalledReader,
  ignoredReset,
  resetStorm,
  illegalFlags,
  // Behind all that may tell of the same RST.
  unexpectedReset,
];

/** What only many connections together show. */
export const serviceDetectors: readonly ServiceDetector[] = [unanswered, unacknowledgedHandshakes, closeWaitBuildup, portExhaustion, natRebinding];

/** What may be told of a connection that its server never took: all else follows from that. */
export const beforeConnection: readonly Detector[] = [incompleteHandshake, forgedReset, illegalFlags];

/** Everything that can be found. */
export const kinds: readonly (Detector | ServiceDetector)[] = [...detectors, ...serviceDetectors.filter(({ id }) => !detectors.some((other) => other.id === id))];
