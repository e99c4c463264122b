import type { ConnectionId } from '../base/numbers.js';
import type { Attempts } from '../tcp/attempts.js';
import type { Address, Connection } from '../tcp/connection.js';
import type { ConnectionSet } from '../tcp/connection-set.js';
import type { Time } from '../base/time.js';
import type { Crowd } from './crowds.js';
import type { AnyDetection, AnyKind, CauseName, Kind } from './detector.js';
import type { AnyFinding } from './finding.js';

/** Everything that was found of single connections, and the connections themselves when they are needed. */
export interface Overall {
  readonly findings: readonly AnyFinding[];
  readonly captureEnd: Time;
  /**
   * Connections of each client address to each service, if there are at least `atLeast` of them. There may be millions:
   * each is judged when it is asked for, anew each time.
   */
  readonly crowds: (atLeast: number) => Iterable<Iterable<Connection>>;
  readonly connection: (id: ConnectionId) => Connection;
  /**
   * Connections that went on with the same numbers from another port: the end that moved, 0 the client or 1 the server,
   * in each of the two.
   */
  readonly rebindings: () => readonly {
    readonly before: Connection;
    readonly after: Connection;
    readonly mover: 0 | 1;
    readonly moverAfter: 0 | 1;
  }[];
  /** How often this was found by the server's doing at a service, of connections that are no longer kept. */
  readonly forgotten: (id: string, cause: string, service: Address) => number;
  /** Whether there were connections that are no longer kept, so that what is kept does not show what was not there. */
  readonly isPart: boolean;
  /** Attempts to connect that nobody answered, those included that are no longer kept. */
  readonly attempts: () => Attempts;
  /** Attempts to connect with those so young that an answer may come yet. */
  readonly attemptsWithYoung: () => Attempts;
  /** Attempts to connect whose SYN-ACK was never acknowledged. */
  readonly unacknowledged: () => Attempts;
  /** Who knows the connections: to look them over without judging each. */
  readonly connections: ConnectionSet;
}

/** What is wrong with a service, not with one of its connections; told of the last connection that shows it. */
export interface AnyServiceDetection extends AnyDetection {
  /** `Connection.id` that stands for all. */
  readonly flow: ConnectionId;
  /** Ids of further ones that it tells of. */
  readonly others?: readonly ConnectionId[];
  /** Attempts to connect that it tells of, whether they are kept or not. */
  readonly crowd?: Crowd;
}

/** What the detector of these causes says. */
export interface ServiceDetection<Cause extends string = string> extends AnyServiceDetection {
  readonly cause: CauseName<Cause>;
}

/** A fault that only many connections together show. */
export interface ServiceDetector<Id extends string, Cause extends string> extends Kind<Id, Cause> {
  detect(overall: Overall): readonly ServiceDetection<Cause>[];
}

/** A service detector, whatever it tells. */
export interface AnyServiceDetector extends AnyKind {
  detect(overall: Overall): readonly AnyServiceDetection[];
}
