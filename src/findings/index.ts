import { closeWaitBuildup } from './close-wait-buildup.js';
import type { AnyDetector, CauseName, Kind } from './detector.js';
import type { FindingOf, GroupOf } from './finding.js';
import { forgedReset } from './forged-reset.js';
import { halfClosed } from './half-closed.js';
import { halfOpen } from './half-open.js';
import { ignoredReset } from './ignored-reset.js';
import { illegalFlags } from './illegal-flags.js';
import { incompleteHandshake, unacknowledgedHandshakes } from './incomplete-handshake.js';
import { incompleteMessage } from './incomplete-message.js';
import { lingerReset } from './linger-reset.js';
import { oneWay } from './one-way.js';
import { outage } from './outage.js';
import { pathMtu } from './path-mtu.js';
import { portExhaustion } from './port-exhaustion.js';
import { refused } from './refused.js';
import { natRebinding } from './nat-rebinding.js';
import { resetStorm } from './reset-storm.js';
import { rstAfterPush } from './rst-after-push.js';
import type { AnyServiceDetector } from './service-detector.js';
import { slowConnect } from './slow-connect.js';
import { stalledReader } from './stalled-reader.js';
import { timeWaitReuse } from './time-wait-reuse.js';
import { tlsHandshakeFailure } from './tls-handshake-failure.js';
import { unacknowledgedFin } from './unacknowledged-fin.js';
import { unansweredRequest } from './unanswered-request.js';
import { unanswered } from './unanswered.js';
import { unexpectedReset } from './unexpected-reset.js';

/** Report order. A new detector: write its file, then add one line here. */
export const detectors = [
  halfClosed,
  tlsHandshakeFailure,
  unansweredRequest,
  incompleteMessage,
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
  outage,
  ignoredReset,
  resetStorm,
  illegalFlags,
  // Behind all that may tell of the same RST.
  unexpectedReset,
] as const satisfies readonly AnyDetector[];

/** What only many connections together show. */
export const serviceDetectors = [
  unanswered, unacknowledgedHandshakes, closeWaitBuildup, portExhaustion, natRebinding,
] as const satisfies readonly AnyServiceDetector[];

/** What may be told of a connection that its server never took: all else follows from that. */
export const beforeConnection: readonly AnyDetector[] = [incompleteHandshake, forgedReset, illegalFlags];

type Known = (typeof detectors)[number] | (typeof serviceDetectors)[number];
type FindingOfKind<K> = K extends Kind<infer Id, infer Cause> ? FindingOf<Id, CauseName<Cause>> : never;
type GroupOfKind<K> = K extends Kind<infer Id, infer Cause> ? GroupOf<Id, CauseName<Cause>> : never;

/** Everything that can be found. */
export const kinds: readonly Known[] = [
  ...detectors, ...serviceDetectors.filter(({ id }) => !detectors.some((other) => other.id === id)),
];

/** `half-closed`, `linger-reset`… */
export type FindingId = Known['id'];
/** The causes of one kind; null where it has none. */
export type CauseOf<Id extends FindingId> = Extract<Finding, { readonly id: Id }>['cause'];
/** Something about one connection that its owner should know: `id` says which causes and which evidence it may have. */
export type Finding = FindingOfKind<Known>;
/** Equal findings of one service. */
export type Group = GroupOfKind<Known>;
