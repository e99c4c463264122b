import type { FrameNumber } from '../base/numbers.js';
import type { Confidence, Role } from '../tcp/connection.js';
import type { Verdict } from '../tcp/connection-folder.js';
import type { Duration, Time } from '../base/time.js';
import type { Evidence, Severity } from './finding.js';

/** One connection as detectors see it, with the one before it on the same tuple. */
export interface Subject extends Verdict {
  readonly captureEnd: Time;
  /**
   * The connection before this one on the tuple that stood, attempts between left out; folded when asked for, null if
   * there was none.
   */
  previous(): Verdict['connection'] | null;
  /** Whether an end of `previous()` may have come to TIME-WAIT. To ask takes no fold of it, as that does. */
  previousMayHaveWaited(): boolean;
  /** How long nothing had been seen of the connection before what came at `time`, as far as its history tells. */
  idleBefore(time: Time): Duration;
  /** The attempts between it and this one, which never stood, in order. */
  attempts(): readonly Verdict['connection'][];
  /**
   * Whether this one is an attempt that never stood, and its client tried again on the same ports: the last of them
   * tells of all.
   */
  wasTriedAgain(): boolean;
  /** Whether `role` of `previous()` said something after `time`, RSTs aside. */
  previousSpoke(role: Role, time: Time): boolean;
  /** Whether a detector before this one has told of `frame` of this connection: one event is told once. */
  isTold(frame: FrameNumber): boolean;
  /**
   * How far the timestamp of the first SYN lies beyond the last one its sender used on the tuple before; null where
   * either is not known.
   */
  timestampAdvance(): number | null;
}

/** The cause as a finding has it: `''`, which stands for a kind without causes, is null. */
export type CauseName<Cause extends string> = string extends Cause ? string | null : Cause extends '' ? null : Cause;

/** What a detector says of whatever cause: everything that cannot be told from the connection alone. */
export interface AnyDetection {
  readonly cause: string | null;
  readonly confidence: Confidence;
  readonly alternatives?: readonly string[];
  /** Whose doing it was. */
  readonly role: Role;
  readonly start: Time;
  /** Null if it still lasted when the capture ended. */
  readonly end: Time | null;
  readonly frames: readonly FrameNumber[];
  readonly message: string;
  readonly evidence: Evidence;
  /** Where the advice of its cause does not fit. */
  readonly advice?: readonly string[];
  /** Where this one case weighs less or more than its cause usually does. */
  readonly severity?: Severity;
}

/** What the detector of these causes says. */
export interface Detection<Cause extends string = string> extends AnyDetection {
  readonly cause: CauseName<Cause>;
}

/** What most detectors say of most connections, and of most ends: one list for all. */
export const NOTHING: readonly never[] = [];

/** What `judge` says of the client's end, 0, and of the server's. */
export function ofBothEnds<Cause extends string>(
  subject: Subject, judge: (subject: Subject, end: 0 | 1) => Detection<Cause> | null,
): readonly Detection<Cause>[] {
  const client = judge(subject, 0);
  const server = judge(subject, 1);
  if (client === null) return server === null ? NOTHING : [server];
  return server === null ? [client] : [client, server];
}

/** A kind of finding, in words. `Cause` names its causes; `''` stands for a kind that has none. */
export interface Kind<Id extends string, Cause extends string> {
  /** A noun for the failing state; also the name of its file, its test and its page. */
  readonly id: Id;
  readonly title: string;
  readonly rfc: string;
  readonly severities: Readonly<Record<Cause, Severity>>;
  /** What to change. */
  readonly advice: Readonly<Record<Cause, readonly string[]>>;
}

/** A kind whatever its id and causes are. */
export interface AnyKind {
  readonly id: string;
  readonly title: string;
  readonly rfc: string;
  readonly severities: Readonly<Record<string, Severity>>;
  readonly advice: Readonly<Record<string, readonly string[]>>;
}

/**
 * Connections whose ending is seen without their history: they opened and closed cleanly, nobody ever answered them, or
 * nobody has yet and the capture ends.
 */
export type SeenAtOnce = 'closed' | 'unanswered' | 'open';

/** One kind of ending that somebody should know of. */
export interface Detector<Id extends string, Cause extends string> extends Kind<Id, Cause> {
  /**
   * Connections that it is asked about beside all whose ending is not seen at once. Default: none. Whoever wants some
   * has their histories folded, which takes 6 µs each (Node 20.20), and keeps them from being discarded while reading
   * (`findingsOnly`).
   */
  readonly wants?: readonly SeenAtOnce[];
  /** A pure function of one finished connection: what it shows, or nothing. */
  detect(subject: Subject): readonly Detection<Cause>[];
}

/** A detector whatever it tells. */
export interface AnyDetector extends AnyKind, Pick<Detector<string, never>, 'wants'> {
  detect(subject: Subject): readonly AnyDetection[];
}
