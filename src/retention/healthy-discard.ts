import { forgettable } from '../flow/forgettable.js';
import type { FlowTable } from '../flow/flow-table.js';
import { Endings } from '../tcp/endings.js';
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

/** How long an attempt is kept that nobody answers: SYNs come again after 1, 2, 4… 64 s (RFC 6298 §5.5, tcp_syn_retries 6). */
export const PATIENCE: Duration = 120 * SECOND;

/** And where there are too many: until it should have come again; and in a flood, which repeats nothing, not at all. */
export const HASTE: readonly Duration[] = [3 * SECOND, 0];

/** Connections that were forgotten. */
export interface DiscardTally {
  readonly count: number;
  /** Attempts among them that were forgotten before their time. */
  readonly early: number;
  readonly endings: Endings;
  /** What they said of their hosts' systems. */
  readonly hosts: ReadonlyMap<string, HostGuess>;
}

export function packForgotten(to: Packer, { count, early, endings, hosts }: DiscardTally): void {
  to.number(count);
  to.number(early);
  endings.pack(to);
  packGuesses(to, hosts);
}

export function unpackForgotten(from: Unpacker): DiscardTally {
  return {
    count: from.integer(0, ANY_COUNT),
    early: from.integer(0, ANY_COUNT),
    endings: Endings.unpack(from),
    hosts: unpackGuesses(from),
  };
}

/**
 * Forgets connections of which nothing will be told when only findings are wanted, so that memory follows those that live.
 *
 * It looks over all connections whenever a quarter more have come, which costs each of them some four looks.
 */
export class HealthyDiscard implements DiscardTally {
  readonly endings = new Endings();
  count = 0;
  early = 0;
  hosts = new Map<string, HostGuess>();
  private next: number;
  private readonly few: number;
  private readonly many: number;
  private readonly timeWait: Duration;

  /** `timeWait`: how long a closed connection may still matter to what comes after it. `few`: connections to come before it looks; `many`: beyond which it is hasty. */
  constructor(timeWait: Duration, few = FEW, many = MANY) {
    this.timeWait = timeWait;
    this.few = few;
    this.many = many;
    this.next = few;
  }

  /** Of one among several threads, which have the memory of one together. */
  static among(threads: number, timeWait: Duration): HealthyDiscard {
    return new HealthyDiscard(timeWait, Math.ceil(FEW / threads), Math.ceil(MANY / threads));
  }

  pack(to: Packer): void {
    packForgotten(to, this);
    to.number(this.next);
  }

  /** Goes on where another one was; `this` has seen nothing yet, and has its options. */
  unpack(from: Unpacker): void {
    const { count, early, endings, hosts } = unpackForgotten(from);
    this.count = count;
    this.early = early;
    this.endings.addAll(endings);
    this.hosts = new Map(hosts);
    this.next = from.integer(0, ANY_COUNT);
  }

  /** To be called between segments; `now` is the time of the last one. */
  look(table: FlowTable, now: Time): void {
    const { connections } = table;
    if (connections.kept < this.next) return;
    this.forget(table, now, PATIENCE);
    for (const patience of HASTE) if (connections.kept >= this.many) this.early += this.forget(table, now, patience);
    const more = connections.kept + Math.max(Math.floor(connections.kept / 4), this.few);
    this.next = connections.kept < this.many ? Math.min(more, this.many) : more;
  }

  /** To be called when all has been read: whom nobody has answered by now nobody will. No other need be forgotten for memory's sake then. */
  end(table: FlowTable, now: Time): void {
    this.forget(table, now, 0, Infinity);
  }

  /** Answers how many attempts it forgot. */
  private forget(table: FlowTable, now: Time, patience: Duration, timeWait = this.timeWait): number {
    const { closed, unanswered } = forgettable(table, now, timeWait, patience);
    const { connections } = table;
    const first = (rows: readonly number[]): number => rows.reduce((least, row) => Math.min(least, connections.firstFrame(row)), Infinity);
    if (closed.length > 0) {
      const rows = closed.toSorted((a, b) => connections.firstFrame(a) - connections.firstFrame(b));
      this.hosts = joinGuesses(this.hosts, guessHosts(table, { rows: () => rows }));
      this.endings.add('closed', closed.length, first(closed));
    }
    if (unanswered.length > 0) this.endings.add('unanswered', unanswered.length, first(unanswered));
    this.count += closed.length + unanswered.length;
    table.forget([...closed, ...unanswered]);
    return unanswered.length;
  }
}
