import { lowerBound } from '../../base/lower-bound.js';
import type { IdleClose, IdleCloses } from '../../flow/idle-closes.js';
import type { Duration, Time } from '../../base/time.js';

/**
 * Connections that servers aborted without ever having sent a byte, when they first did: looked up by service and time.
 */
export class ListenerAborts {
  private readonly idleCloses: IdleCloses;
  /** Entries of `idleCloses`, one for each connection, in order of connections. */
  private readonly byConnection: Uint32Array;
  /** Entries of `byConnection` in order of host, port and time. */
  private readonly byService: Uint32Array;

  constructor(idleCloses: IdleCloses) {
    this.idleCloses = idleCloses;
    const all = Uint32Array.from({ length: idleCloses.count }, (_, entry) => entry)
      .filter((entry) => idleCloses.isUnanswered(entry))
      .sort(
        (a, b) =>
          idleCloses.connectionOf(a) - idleCloses.connectionOf(b) || idleCloses.timeOf(a) - idleCloses.timeOf(b),
      );
    this.byConnection = all.filter(
      (entry, place) => place === 0 || idleCloses.connectionOf(entry) !== idleCloses.connectionOf(all[place - 1]!),
    );
    this.byService = this.byConnection.toSorted((a, b) =>
      this.compare(a, idleCloses.hostOf(b), idleCloses.portOf(b), idleCloses.timeOf(b)),
    );
  }

  /** How many of the service at `host` and `port` were aborted within `distance` of `time`, but for `connection`. */
  around(
    { host, port, connection }: Pick<IdleClose, 'host' | 'port' | 'connection'>, time: Time, distance: Duration,
  ): number {
    const { byService } = this;
    const from = lowerBound(
      byService.length, (place) => this.compare(byService[place]!, host, port, time - distance) < 0,
    );
    const to = lowerBound(
      byService.length, (place) => this.compare(byService[place]!, host, port, time + distance) <= 0,
    );
    const own = this.placeOf(connection);
    const isAmong =
      own !== null && this.compare(own, host, port, time - distance) >= 0 &&
      this.compare(own, host, port, time + distance) <= 0;
    return to - from - (isAmong ? 1 : 0);
  }

  /** The entry of a connection; null where it has none. */
  private placeOf(connection: number): number | null {
    const { byConnection, idleCloses } = this;
    const place = lowerBound(byConnection.length, (at) => idleCloses.connectionOf(byConnection[at]!) < connection);
    const entry = byConnection[place];
    return entry !== undefined && idleCloses.connectionOf(entry) === connection ? entry : null;
  }

  /** Negative where an entry comes before that host, port and time; positive where it comes behind them. */
  private compare(entry: number, host: number, port: number, time: Time): number {
    const { idleCloses } = this;
    return idleCloses.hostOf(entry) - host || idleCloses.portOf(entry) - port || idleCloses.timeOf(entry) - time;
  }
}
