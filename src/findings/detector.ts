import type { Confidence, Role } from '../tcp/connection.js';
import type { Verdict } from '../tcp/connection-folder.js';
import type { Duration, Time } from '../base/time.js';
import type { Evidence, Severity } from './finding.js';

/** One connection as detectors see it, with the one before it on the same tuple. */
export interface Subject extends Verdict {
  readonly captureEnd: Time;
  /** The connection before this one on the tuple that stood, attempts between left out; folded when asked for, null if there was none. */
  previous(): Verdict['connection'] | null;
  /** How long nothing had been seen of the connection before what came at `time`, as far as its history tells. */
  idleBefore(time: Time): Duration;
  /** The attempts between it and this one, which never stood, in order. */
  attempts(): readonly Verdict['connection'][];
  /** Whether this one is an attempt that never stood, and its client tried again on the same ports: the last of them tells of all. */
  wasTriedAgain(): boolean;
  /** Whether `role` of `previous()` said something after `time`, RSTs aside. */
  previousSpoke(role: Role, time: Time): boolean;
  /** Whether a detector before this one has told of `frame` of this connection: one event is told once. */
  isTold(frame: number): boolean;
  /** How far the timestamp of the first SYN lies beyond the last one its sender used on the tuple before; null where either is not known. */
  timestampAdvance(): number | null;
}

/** What a detector says: everything that cannot be told from the connection alone. */
export interface Detection {
  readonly cause: string | null;
  readonly confidence: Confidence;
  readonly alternatives?: readonly string[];
  /** Whose doing it was. */
  readonly role: Role;
  readonly start: Time;
  /** Null if it still lasted when the capture ended. */
  readonly end: Time | null;
  readonly frames: readonly number[];
  readonly message: string;
  readonly evidence: Evidence;
  /** Where the advice of its cause does not fit. */
  readonly advice?: readonly string[];
  /** Where this one case weighs less or more than its cause usually does. */
  readonly severity?: Severity;
}

/** What most detectors say of most connections, and of most ends: one list for all. */
export const NOTHING: readonly Detection[] = [];

/** What `folder` says of the client's end, 0, and of the server's. */
export function ofBothEnds(subject: Subject, judge: (subject: Subject, end: 0 | 1) => Detection | null): readonly Detection[] {
  const client = judge(subject, 0);
  const server = judge(subject, 1);
  if (client === null) return server === null ? NOTHING : [server];
  return server === null ? [client] : [client, server];
}

/** One kind of ending that somebody should know of. */
export interface Detector {
  /** A noun for the failing state; also the name of its file, its test and its page. */
  readonly id: string;
  readonly title: string;
  readonly rfc: string;
  /** Severity of each cause; `''` stands for a detector without causes. */
  readonly severities: Readonly<Record<string, Severity>>;
  /** What to change, by cause. */
  readonly advice: Readonly<Record<string, readonly string[]>>;
  /** A pure function of one finished connection: what it shows, or nothing. */
  detect(subject: Subject): readonly Detection[];
}
