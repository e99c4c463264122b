import type { Duration, Time } from '../../base/time.js';
import type { Address, Confidence, ResetCause } from '../connection.js';
import type { SimultaneousClose } from './simultaneous-closes.js';
import type { EndpointTracker } from '../endpoint-tracker.js';
import type { Profile } from '../profiles.js';
import { NO_ROW } from '../segment-history.js';
import type { SegmentHistory } from '../segment-history.js';

/** What is known at the moment of a RST. */
export interface ResetContext {
  readonly history: SegmentHistory;
  /** Its row. */
  readonly at: number;
  readonly talker: EndpointTracker;
  readonly listener: EndpointTracker;
  /** States just before it. */
  readonly talkerState: number;
  readonly listenerState: number;
  readonly talkerIsServer: boolean;
  /** The talker's system, or what is taken for it; known where the host's own segments or an option say so. */
  readonly system: Profile;
  readonly isSystemKnown: boolean;
  /** In FIN-WAIT-2 a descriptor still held the talker. */
  readonly held: boolean;
  /** When the talker sent its FIN; null if it never did. */
  readonly finAt: Time | null;
  /** An earlier RST of the talker has shown that it had closed, though none of its FINs was seen. */
  readonly closedUnseen: boolean;
  /** When the talker entered FIN-WAIT-2, and how long a closed socket stays there; null if it never did. */
  readonly finWait2At: Time | null;
  readonly finTimeout: Duration;
  /** What its listener said afterwards shows that it did not take this RST as the end. */
  readonly isIgnored: boolean;
  /** Rows of RSTs of the talker's that somebody else had sent. */
  readonly forged: readonly number[];
  /** An earlier RST that ended the connection; NO_ROW if none. */
  readonly endedBy: number;
  /** What else the talker's host closed in the same moment; null where that was nothing, or no more than chance. */
  readonly simultaneousClose: () => SimultaneousClose | null;
  /**
   * Other connections of the same service that were aborted in the same moment, and to which the server, too, had never
   * sent a byte.
   */
  readonly listenerAbortsBeside: () => number;
  /** Whether the listener of the service completed a handshake later than this: then it was not closed. */
  readonly servedLater: () => boolean;
  /** With whom the talker's host talks from the same socket, where it sends nothing but RSTs on this one; else null. */
  readonly talksTo: () => Address | null;
}

export interface ResetVerdict {
  readonly shape: 'active' | 'reactive';
  readonly cause: ResetCause;
  readonly confidence: Confidence;
  readonly alternatives: readonly ResetCause[];
  /** Row that drew it; NO_ROW for an active one. */
  readonly trigger: number;
  readonly evidence: readonly string[];
  /** Its sender had closed, and its FIN waits in the queue behind data that it could not send. */
  readonly keepsFin?: boolean;
}

/** A verdict but for what the shape of the RST tells by itself, unless that is known better. */
export type CauseVerdict = Omit<ResetVerdict, 'shape' | 'trigger'> & Partial<Pick<ResetVerdict, 'shape'>>;

export function causeVerdict(
  cause: ResetCause, confidence: Confidence, evidence: readonly string[], alternatives: readonly ResetCause[] = [],
): CauseVerdict {
  return { cause, confidence, evidence, alternatives };
}

/** How long the sender of the RST had heard nothing of its peer. */
export function heardLastBefore({ history, at }: ResetContext): Duration {
  const row = history.rows[at]!;
  const heard = history.lastBefore(at, 1 - row.talker, () => true);
  return heard === NO_ROW ? 0 : row.time - history.rows[heard]!.time;
}
