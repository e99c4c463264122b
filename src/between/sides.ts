import type { ConnectionId } from '../base/numbers.js';
import { type Duration, MILLISECOND, type Time } from '../base/time.js';
import { JITTER } from './clocks.js';
import type { Fingerprints } from './fingerprint.js';
import type { Pair } from './pair.js';

/** Connections of a host that agree, where each by itself may be deceived by when the taps stamp. */
const AGREEING = 3;
/** Further apart than any tap stamps late: one connection is enough. */
const PLAIN: Duration = 1 * MILLISECOND;

/**
 * On which side of the taps the client of one connection is, by what both have stamped.
 *
 * The server's timestamp less the client's is the clocks' offset plus the delay for what the client sends, and the
 * offset less the delay for what the server sends: more for the former, if the client's tap is the one near the client.
 * Where it is less for all of them, the taps stand the other way round for it. A clock that is set meanwhile looks so
 * only where nothing of the client comes after something of the server.
 */
export class Stamps {
  private readonly least: [Duration, Duration] = [Infinity, Infinity];
  private readonly most: [Duration, Duration] = [-Infinity, -Infinity];
  private first: Time = Infinity;
  private last: Time = -Infinity;
  private answered: Time = Infinity;

  /** A segment of `role` (0 the client, 1 the server) at both taps. */
  add(role: 0 | 1, clientTime: Time, serverTime: Time): void {
    const difference = serverTime - clientTime;
    this.least[role] = Math.min(this.least[role], difference);
    this.most[role] = Math.max(this.most[role], difference);
    if (role === 1) this.answered = Math.min(this.answered, clientTime);
    else {
      this.first = Math.min(this.first, clientTime);
      this.last = Math.max(this.last, clientTime);
    }
  }

  /** By how much the client is at the client's tap, or, below 0, at the server's; 0 where nothing tells. */
  get lead(): Duration {
    const straight = this.least[0] - this.most[1];
    if (straight > JITTER) return Number.isFinite(straight) ? straight : 0;
    const turned = this.least[1] - this.most[0];
    return turned > JITTER && this.first <= this.answered && this.answered < this.last ? -turned : 0;
  }
}

/** What the connections of a client's address say of where it is. */
interface Votes {
  straight: number;
  turned: number;
  /** The plainest of those that are turned. */
  widest: Duration;
}

/** On which side the clients of all connections at both taps are: hosts at both ends may be clients of each other. */
export class Sides {
  private readonly prints: Fingerprints;
  private readonly byHost = new Map<string, Votes>();
  private readonly all: Votes = { straight: 0, turned: 0, widest: 0 };

  /** `prints`: of the client's tap. */
  constructor(prints: Fingerprints) {
    this.prints = prints;
  }

  add(pair: Pair, { lead }: Stamps): void {
    const host = this.hostOf(pair);
    let own = this.byHost.get(host);
    if (own === undefined) this.byHost.set(host, (own = { straight: 0, turned: 0, widest: 0 }));
    for (const votes of [own, this.all]) {
      if (lead > 0) votes.straight++;
      if (lead < 0) votes.turned++;
      votes.widest = Math.max(votes.widest, 0 - lead);
    }
  }

  /** Whether the client of a pair is at the server's tap. */
  isTurned(pair: Pair): boolean {
    const own = this.byHost.get(this.hostOf(pair));
    if (own !== undefined && own.straight > 0) return false;
    return (own !== undefined && isPlain(own)) || (this.all.straight === 0 && isPlain(this.all));
  }

  private hostOf({ client: [first] }: Pair): string {
    return this.prints[first as ConnectionId]!.connection.client.address;
  }
}

function isPlain({ turned, widest }: Votes): boolean {
  return turned >= AGREEING || widest >= PLAIN;
}
