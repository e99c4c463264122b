import { wantingOf } from '../findings/find-in.js';
import { detectors } from '../findings/index.js';
import type { AnyDetector } from '../findings/detector.js';
import { attemptOf } from '../flow/attempt.js';
import { forgettable } from '../flow/forgettable.js';
import type { FlowTable } from '../flow/flow-table.js';
import { LossTally } from '../flow/loss.js';
import { Attempts, serviceKey } from '../tcp/attempts.js';
import { Endings, Standings } from '../tcp/endings.js';
import { guessHosts, joinGuesses, packGuesses, unpackGuesses } from '../tcp/hosts.js';
import type { HostGuess } from '../tcp/hosts.js';
import { ANY_COUNT } from '../packing/packer.js';
import type { Packer, Unpacker } from '../packing/packer.js';
import { SECOND } from '../base/time.js';
import type { Duration, Time } from '../base/time.js';

/** Connections to come before it pays to look. */
const FEW = 1 << 15;

/** Connections beyond which attempts are forgotten before their time: some 300 MB. */
const MANY = 1e6;

/**
 * How long an attempt is kept that nobody answers: SYNs come again after 1, 2, 4… 64 s (RFC 6298 §5.5, tcp_syn_retries
 * 6).
 */
export const PATIENCE: Duration = 120 * SECOND;

/**
 * How long it is kept where there are too many: until it should have come again; in a flood, which repeats nothing, not
 * at all.
 */
export const HASTE: readonly Duration[] = [3 * SECOND, 0];

/** Connections that were forgotten. */
export interface DiscardTally {
  readonly count: number;
  /** Attempts among them that were forgotten before their time. */
  readonly early: number;
  readonly endings: Endings;
  /** What was to be thought of them. */
  readonly standings: Standings;
  /** What they said of their hosts' systems. */
  readonly hosts: ReadonlyMap<string, HostGuess>;
  /** Attempts to connect among the discarded that nobody answered. */
  readonly attempts: Attempts;
  /** What the capture lost of them. */
  readonly loss: LossTally;
}

/**
 * Attempts that are not forgotten, so that something can be shown of what nobody answers: the first of each service,
 * and of all.
 */
const SHOWN_EACH = 8;
const SHOWN = 1024;

export function packForgotten(
  to: Packer, { count, early, endings, standings, hosts, attempts, loss }: DiscardTally,
): void {
  to.number(count);
  to.number(early);
  endings.pack(to);
  standings.pack(to);
  packGuesses(to, hosts);
  attempts.pack(to);
  loss.pack(to);
}

export function unpackForgotten(from: Unpacker): DiscardTally {
  return {
    count: from.integer(0, ANY_COUNT),
    early: from.integer(0, ANY_COUNT),
    endings: Endings.unpack(from),
    standings: Standings.unpack(from),
    hosts: unpackGuesses(from),
    attempts: Attempts.unpack(from),
    loss: LossTally.unpack(from),
  };
}

/**
 * Forgets connections of which nothing will be told when only findings are wanted, so that memory follows those that
 * live. Those that a detector wants stay; unanswered attempts among them until there are too many.
 *
 * It looks over all connections whenever a quarter more have come, which costs each of them some four looks.
 */
export class HealthyDiscard implements DiscardTally {
  readonly endings = new Endings();
  readonly standings = new Standings();
  readonly loss = new LossTally();
  count = 0;
  early = 0;
  hosts = new Map<string, HostGuess>();
  attempts = new Attempts();
  /** First frames of attempts that are to be shown, by host and port. */
  private readonly shown = new Map<number, Set<number>>();
  private shownCount = 0;
  private readonly shownEach: number;
  /** Called with what is about to be forgotten: rows of `table`, in no order. */
  leaving: ((table: FlowTable, rows: readonly number[]) => void) | null = null;
  private next: number;
  private readonly few: number;
  private readonly many: number;
  private readonly timeWait: Duration;
  private readonly keepsClosed: boolean;
  private readonly keepsUnanswered: boolean;

  /**
   * `timeWait`: how long a closed connection may still matter to what comes after it. `few`: connections to come before
   * it looks; `many`: beyond which it is hasty; `shownEach`: attempts that are kept of each service.
   */
  constructor(
    timeWait: Duration, few = FEW, many = MANY, shownEach = SHOWN_EACH, all: readonly AnyDetector[] = detectors,
  ) {
    this.shownEach = shownEach;
    this.keepsClosed = wantingOf(all, 'closed').length > 0;
    this.keepsUnanswered = wantingOf(all, 'unanswered').length > 0;
    this.timeWait = timeWait;
    this.few = few;
    this.many = many;
    this.next = few;
  }

  /** One for each of several threads, which have the memory of one together. */
  static among(threads: number, timeWait: Duration): HealthyDiscard {
    return new HealthyDiscard(timeWait, Math.ceil(FEW / threads), Math.ceil(MANY / threads));
  }

  pack(to: Packer): void {
    packForgotten(to, this);
    to.number(this.next);
    to.number(this.shown.size);
    for (const [service, frames] of this.shown) [service, frames.size, ...frames].forEach((value) => to.number(value));
  }

  /** Goes on where another one was; `this` has seen nothing yet, and has its options. */
  unpack(from: Unpacker): void {
    const { count, early, endings, standings, hosts, attempts, loss } = unpackForgotten(from);
    this.count = count;
    this.early = early;
    this.endings.addAll(endings);
    this.standings.addAll(standings);
    this.hosts = new Map(hosts);
    this.attempts = attempts;
    this.loss.join(loss);
    this.next = from.integer(0, ANY_COUNT);
    for (let services = from.integer(0, SHOWN); services > 0; services--) {
      const service = from.number();
      const frames = Array.from({ length: from.integer(0, SHOWN) }, () => from.number());
      this.shown.set(service, new Set(frames));
      this.shownCount += frames.length;
    }
  }

  /**
   * To be called between segments; `now` is the time of the last one, and none was earlier than `begin`: what began a
   * short time ago holds nothing that may be forgotten in due time, and is not looked over.
   */
  look(table: FlowTable, now: Time, begin: Time = -Infinity): void {
    const { connections } = table;
    if (connections.kept < this.next) return;
    if (now - begin >= Math.min(this.timeWait, PATIENCE))
      this.forget(table, now, this.keepsUnanswered ? Infinity : PATIENCE);
    for (const patience of HASTE) if (connections.kept >= this.many) this.early += this.forget(table, now, patience);
    const more = connections.kept + Math.max(Math.floor(connections.kept / 4), this.few);
    this.next = connections.kept < this.many ? Math.min(more, this.many) : more;
  }

  /** Answers how many attempts it forgot. */
  private forget(table: FlowTable, now: Time, patience: Duration): number {
    const { closed, unanswered: all } = forgettable(table, now, this.keepsClosed ? Infinity : this.timeWait, patience);
    const { connections } = table;
    const unanswered = this.withoutShown(table, all);
    const first = (rows: readonly number[]): number =>
      rows.reduce((least, row) => Math.min(least, connections.firstFrame(row)), Infinity);
    if (closed.length > 0) {
      const rows = closed.toSorted((a, b) => connections.firstFrame(a) - connections.firstFrame(b));
      this.hosts = joinGuesses(this.hosts, guessHosts(table, { rows: () => rows }));
      this.endings.add('closed', closed.length, first(closed));
      this.standings.add('clean', closed.length, first(closed));
    }
    if (unanswered.length > 0) {
      this.endings.add('unanswered', unanswered.length, first(unanswered));
      this.standings.add('unanswered', unanswered.length, first(unanswered));
    }
    for (const row of closed) this.loss.add(connections, row);
    for (const row of unanswered) this.loss.add(connections, row);
    this.count += closed.length + unanswered.length;
    this.leaving?.(table, closed);
    this.leaving?.(table, unanswered);
    table.forget([...closed, ...unanswered]);
    return unanswered.length;
  }

  /** The `rows` that need not be shown; their attempts to connect are counted. */
  private withoutShown(table: FlowTable, rows: readonly number[]): number[] {
    return rows.filter((row) => {
      const attempt = attemptOf(table, row);
      const service = serviceKey(attempt.server, attempt.port);
      let shown = this.shown.get(service);
      const frame = table.connections.firstFrame(row);
      if (shown?.has(frame)) return false;
      if ((shown?.size ?? 0) < this.shownEach && this.shownCount < SHOWN) {
        if (shown === undefined) this.shown.set(service, shown = new Set());
        shown.add(frame);
        this.shownCount++;
        return false;
      }
      this.attempts.add(attempt);
      return true;
    });
  }
}
