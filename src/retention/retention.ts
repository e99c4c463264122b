import { Gathering, HostNames } from '../diagnoses/facts/gathering.js';
import { findIn } from '../findings/find-in.js';
import type { Found } from '../findings/found.js';
import type { FlowTable } from '../flow/flow-table.js';
import { streamsOf } from '../flow/compact.js';
import { LossTally } from '../flow/loss.js';
import { Attempts } from '../tcp/attempts.js';
import type { Connection } from '../tcp/connection.js';
import type { ConnectionFolder } from '../tcp/connection-folder.js';
import { Endings, Standings } from '../tcp/endings.js';
import { ANY_COUNT } from '../packing/packer.js';
import type { Packer, Unpacker } from '../packing/packer.js';
import { PATIENCE } from './healthy-discard.js';
import type { DiscardTally } from './healthy-discard.js';
import { addGuesses, guessHosts, packGuesses, unpackGuesses } from '../tcp/hosts.js';
import type { HostGuess } from '../tcp/hosts.js';
import { SECOND } from '../base/time.js';
import type { Duration, Time } from '../base/time.js';
import { EvictionPolicy } from './eviction-policy.js';
import { type Final, finalRows } from './final-connections.js';
import type { FolderOf } from './eviction-policy.js';
import { EvictedFindings } from './evicted-findings.js';
import { hostsIn, idleClosesAround } from './retained-context.js';

/**
 * How many go at once, as a part of all that are kept, for to choose them takes a look at all: where it does no harm,
 * and where it may.
 */
const SHARE = 1 / 4;
const LEAST_SHARE = 1 / 8;

/**
 * Closes that are remembered in any case: a RST that comes may ask for those of the second before
 * (tcp/reset/simultaneous-closes.ts).
 */
const RECENT: Duration = 3 * SECOND;

/** Tuples of which only headers were seen that are kept beside those of connections. */
const MOST_HEADERS = 1 << 16;

/**
 * Bytes of history that a connection has at most on average; most have 500, one that was made to burden up to 40,000.
 */
const HISTORY_EACH = 1250;

/**
 * Hosts of forgotten connections that are remembered, so that others of theirs are judged as before; and idle closes,
 * of which a kept one may ask.
 */
const MOST_HOSTS = 1 << 14;
const MOST_IDLE_CLOSES = 1 << 17;

/** What is counted of connections that are forgotten. */
type Tallied = Pick<Found, 'findings' | 'endings' | 'loss' | 'standings'>;

/** Gives the connection in a row. */
type Folding = (row: number) => Pick<Connection, 'ending'>;

/**
 * Keeps a number of connections at most: of a capture that goes on for hours, in a memory that does not grow with them.
 *
 * Whenever there are more, up to a quarter goes: those first of which nothing is lost (see `EvictionPolicy`). What they
 * were is counted.
 */
export class Retention implements DiscardTally {
  endings = new Endings();
  standings = new Standings();
  found = new EvictedFindings();
  attempts = new Attempts();
  /** Facts of the latest ones of those that `look` has forgotten. */
  gathering = new Gathering(true);
  private readonly names = new HostNames();
  loss = new LossTally();
  count = 0;
  /** Connections that were forgotten before their time: a later verdict may lack them. */
  early = 0;
  /** Connections among `early` that may still have lived. What they send afterwards counts as another connection. */
  lived = 0;
  /** Until when one of them may have had a socket. */
  until: Time = -Infinity;
  hosts = new Map<string, HostGuess>();
  private readonly most: number;
  private readonly timeWait: Duration;
  private hostsAllowed = MOST_HOSTS;

  /**
   * `most`: connections that are kept, from 1 on; `timeWait`: how long a closed one may still matter to what comes
   * after it.
   */
  constructor(most: number, timeWait: Duration) {
    this.most = most;
    this.timeWait = timeWait;
  }

  pack(to: Packer): void {
    [this.count, this.early, this.lived, this.until, this.hostsAllowed].forEach((value) => to.number(value));
    this.endings.pack(to);
    this.standings.pack(to);
    this.loss.pack(to);
    this.found.pack(to);
    packGuesses(to, this.hosts);
    this.attempts.pack(to);
    this.gathering.pack(to);
  }

  /** Goes on where another one was; `this` has seen nothing yet, and has its options. */
  unpack(from: Unpacker): void {
    this.count = from.integer(0, ANY_COUNT);
    this.early = from.integer(0, this.count);
    this.lived = from.integer(0, this.early);
    this.until = from.number();
    this.hostsAllowed = from.number();
    this.endings = Endings.unpack(from);
    this.standings = Standings.unpack(from);
    this.loss = LossTally.unpack(from);
    this.found = EvictedFindings.unpack(from);
    this.hosts = unpackGuesses(from);
    this.attempts = Attempts.unpack(from);
    this.gathering = Gathering.unpack(from);
  }

  /**
   * To be called between segments. `now` is the time of the last one, `end` that of the latest; `folders` is asked
   * where some must go.
   */
  look(table: FlowTable, now: Time, end: Time, folders: () => FolderOf): void {
    const { connections, history, tuples } = table;
    if (connections.kept > this.most || history.bytes > this.most * HISTORY_EACH)
      this.forget(table, now, end, folders());
    if (tuples.kept > connections.kept + this.most) table.forgetHeaders();
  }

  /** Connections that no later packet changes: see `finalRows`. */
  finalRows(table: FlowTable, end: Time, folderOf: FolderOf): Final {
    return finalRows(table, end, this.timeWait, folderOf);
  }

  /**
   * Forgets connections that are final and were told; only their counts stay. What many of them show together is asked
   * of those to whom they were told.
   */
  settle(
    table: FlowTable, rows: readonly number[], end: Time, folder: ConnectionFolder, found: Tallied, folding: Folding,
  ): void {
    if (rows.length === 0) return;
    this.tally(table, rows, end, folder, found, folding);
    this.count += rows.length;
    table.forget(rows);
    table.connections.unlink();
    table.streams.recycle(streamsOf(table));
    if (table.tuples.kept > table.connections.kept + MOST_HEADERS) table.forgetHeaders();
    table.idleCloses = idleClosesAround(table, end - RECENT);
    this.tidy(table);
  }

  private forget(table: FlowTable, now: Time, end: Time, folderOf: FolderOf): void {
    const { connections } = table;
    const kept = Math.min(connections.kept, this.most);
    const policy = new EvictionPolicy(table, now, end, this.timeWait, folderOf);
    const beyond = connections.kept - kept;
    policy.choose(beyond + Math.ceil(kept * SHARE), beyond + Math.floor(kept * LEAST_SHARE));
    const { rows } = policy;
    const inOrder = rows.toSorted((a, b) => connections.firstFrame(a) - connections.firstFrame(b));
    const folder = folderOf(inOrder);
    const found = findIn(folder, end);
    this.tally(table, inOrder, end, folder, found, (row) => folder.fold(row, end).connection);
    for (const row of found.unanswered) this.attempts.addEvicted(folder.attempt(row), folder.address(row, 1).address);
    for (const row of inOrder) this.gathering.add(this.names, table, row, end);
    this.early += policy.early;
    this.lived += policy.lived;
    this.count += rows.length;
    table.forget(rows);
    connections.unlink();
    table.streams.recycle(streamsOf(table));
    this.tidy(table);
  }

  /** Counts what is about to be forgotten. */
  private tally(
    table: FlowTable, rows: readonly number[], end: Time, folder: ConnectionFolder,
    { findings, endings, loss, standings }: Tallied, folding: Folding,
  ): void {
    const { connections } = table;
    this.loss.join(loss);
    this.endings.addAll(endings);
    this.standings.addAll(standings);
    for (let from = 0, to = 0; from < findings.length; from = to) {
      while (to < findings.length && findings[to]!.flow === findings[from]!.flow) to++;
      const row = folder.connectionIds.rowOf(findings[from]!.flow);
      this.found.add(findings.slice(from, to), folding(row).ending);
    }
    for (const row of rows)
      this.until = Math.max(this.until, Math.min(connections.end(row) + Math.max(this.timeWait, PATIENCE), end));
    addGuesses(this.hosts, guessHosts(table, { rows: () => rows }));
  }

  private tidy(table: FlowTable): void {
    if (table.idleCloses.count > MOST_IDLE_CLOSES) table.idleCloses = idleClosesAround(table);
    if (this.hosts.size <= this.hostsAllowed) return;
    const living = hostsIn(table);
    for (const address of this.hosts.keys()) if (!living.has(address)) this.hosts.delete(address);
    this.hostsAllowed = Math.max(MOST_HOSTS, this.hosts.size * 1.5);
  }
}
