import { ACK, FIN, RST, SYN } from '../decode/segment.js';
import { DONT_FRAGMENT, FOREIGN, NO_IP_ID } from '../flow/history/telling-segment.js';
import { distance, isAfter } from '../flow/sequence.js';
import type { Duration, Time } from '../base/time.js';
import type { Reset, Role, StateEntry } from './connection.js';
import type { Departure } from './reset/simultaneous-closes.js';
import { givesUpAt } from './give-up.js';
import { Happenings, findHappenings, opensNext } from './events.js';
import type { Happening } from './events.js';
import { Ledger } from './endpoint-tracker.js';
import { E, S, step } from './machine.js';
import { timers as defaults } from './profiles.js';
import type { Profile, Timers } from './profiles.js';
import { wordsOfReset } from './reset/diagnostics.js';
import { accepted, lastCrossing, livesOn, position } from './reset/acceptance.js';
import { resetCause } from './reset/cause.js';
import { NOWHERE, Story } from './segment-history.js';
import { STATES } from './transitions.js';

/** A rank behind all that a row itself brings about. */
const BEHIND_ALL = 9;
export const ROLES = ['client', 'server'] as const satisfies readonly Role[];

/** What became of one end. */
class Track {
  state: number = S.CLOSED;
  entries: StateEntry[] = [];
  /** When its timer ends it; Infinity while none runs. */
  deadline: Time = Infinity;
  /** When its retransmissions have run out; Infinity if they do not. */
  givesUp: Time = Infinity;
  finAt: Time | null = null;
  finWait2At: Time | null = null;
  /** In FIN-WAIT-2 a descriptor still holds it: it was shut down, not closed, and no timer runs. */
  held = false;
  /** A RST of its own has shown that it had closed; its FIN was not seen. */
  closedUnseen = false;

  /** Begins anew, with `entries` of its own: the last ones have been handed out. */
  reset(held: boolean, givesUp: Time): void {
    this.state = S.CLOSED;
    this.entries = [];
    this.deadline = Infinity;
    this.givesUp = givesUp;
    this.finAt = null;
    this.finWait2At = null;
    this.held = held;
    this.closedUnseen = false;
  }
}

/** How both ends went through their states, and every RST on the way. */
export interface Course {
  readonly states: readonly [readonly StateEntry[], readonly StateEntry[]];
  readonly resets: readonly Reset[];
  /** Row of the RST that ended the connection; NOWHERE if none did. */
  readonly endedBy: number;
  /** Whether each end is known to be held by a descriptor in FIN-WAIT-2. */
  readonly held: readonly [boolean, boolean];
  /** For each end: when the timer it runs at the end of the capture will end it; Infinity if none runs. */
  readonly deadlines: readonly [Time, Time];
}

/** What happened to other connections of the same hosts at a time. */
export interface Surroundings {
  /** What else the host at this end of the story closed. */
  departure(end: number, time: Time): Departure | null;
  unanswered(time: Time): number;
}

/** Runs both ends of a story through the machine. `timers` are those of each end's system. */
export function fold(story: Story, timers: readonly [Timers, Timers], beside: Surroundings = nothing): Course {
  return folder.run(story, timers, beside);
}

const nothing: Surroundings = { departure: () => null, unanswered: () => 0 };

class Folder {
  private readonly tracks = [new Track(), new Track()] as const;
  private readonly ledgers = [new Ledger(), new Ledger()] as const;
  private readonly happenings = new Happenings();
  /** Rows that the ledgers have taken in: they are needed when a RST comes, and most connections have none. */
  private entered = 0;
  private resets: Reset[] = [];
  /** Rows of RSTs that their listener did not take as the end. */
  private readonly ignored = new Set<number>();
  private endedBy = NOWHERE;
  private story = new Story();
  private timers: readonly [Timers, Timers] = [defaults.linux, defaults.linux];
  private beside = nothing;

  run(story: Story, timers: readonly [Timers, Timers], beside: Surroundings): Course {
    this.beside = beside;
    this.begin(story, timers);
    const { tracks, happenings } = this;
    let next = 0;
    for (let at = 0; at < story.count; at++) {
      const row = story.rows[at]!;
      this.expire(row.time);
      if (row.flags & RST) this.reset(at);
      for (; next < happenings.count && happenings.list[next]!.after <= at; next++) this.happen(happenings.list[next]!);
      this.overhear(at);
      this.restartTimeWait(at);
    }
    this.expire(story.captureEnd);
    return {
      states: [tracks[0].entries, tracks[1].entries],
      resets: this.resets,
      endedBy: this.endedBy,
      held: [tracks[0].held, tracks[1].held],
      deadlines: [tracks[0].deadline, tracks[1].deadline],
    };
  }

  private begin(story: Story, timers: readonly [Timers, Timers]): void {
    this.story = story;
    this.timers = timers;
    this.resets = [];
    this.endedBy = NOWHERE;
    this.entered = 0;
    // To clear a set makes a new one, empty or not: 55 ns (Node 20.20).
    if (this.ignored.size > 0) this.ignored.clear();
    this.tracks[0].reset(isHeld(story, 0, timers[0].system), givesUpAt(story, 0) ?? Infinity);
    this.tracks[1].reset(isHeld(story, 1, timers[1].system), givesUpAt(story, 1) ?? Infinity);
    findHappenings(story, this.happenings);
  }

  /** Brings the ledgers up to the rows before `at`. */
  private keepBooks(at: number): void {
    if (this.entered === 0) {
      this.ledgers[0].reset();
      this.ledgers[1].reset();
    }
    for (; this.entered < at; this.entered++) {
      const row = this.story.rows[this.entered]!;
      if (row.marks & FOREIGN) continue;
      this.ledgers[row.talker]!.says(row, this.entered);
      this.ledgers[1 - row.talker]!.hears();
    }
  }

  private happen({ after, end, event, row, proven }: Happening): void {
    const { frame } = this.story.rows[row]!;
    // What takes effect behind the end's own last word happened no earlier than that.
    const time = Math.max(this.story.rows[row]!.time, this.story.rows[after]!.time);
    if (event === E['sends FIN'] && proven) this.tracks[end]!.finAt ??= time;
    this.enter(end, event, time, frame, proven);
  }

  private enter(end: number, event: number, time: Time, frame: number | null, proven: boolean): void {
    const track = this.tracks[end]!;
    const state = step(track.state, event);
    if (state === track.state) return;
    track.state = state;
    track.entries.push({ state: STATES[state]!, time, frame, proven });
    track.deadline = Infinity;
    if (state === S['FIN-WAIT-2']) {
      track.finWait2At = time;
      if (!track.held && !this.acknowledgesFin(end)) track.deadline = this.lateBy(end, time + this.timers[end]!.finWait2, this.timers[end]!.finWait2);
    } else if (state === S['TIME-WAIT']) {
      track.deadline = time + this.timers[end]!.timeWait;
    }
  }

  /**
   * When a timer of `length` that should fire at `time` did: no earlier than `end` last spoke as a socket does, which may be up to an
   * eighth late (the timer wheel of Linux is no finer, kernel/time/timer.c). Whoever speaks later than that has no timer.
   */
  private lateBy(end: number, time: Time, length: Duration): Time {
    const { last } = this.story.ends[end]!;
    const spoke = last === NOWHERE ? time : Math.max(time, this.story.rows[last]!.time);
    return spoke - time <= length / 8 ? spoke : Infinity;
  }

  /** Whoever acknowledges the peer's FIN was there to do it, however long that took. */
  private acknowledgesFin(end: number): boolean {
    const peer = this.story.ends[1 - end]!;
    return peer.fin !== NOWHERE && this.story.firstAcknowledging(end, peer.finEnd) !== NOWHERE;
  }

  /** Timers that ran out before `now`. */
  private expire(now: Time): void {
    this.expireEnd(0, now);
    this.expireEnd(1, now);
  }

  private expireEnd(end: 0 | 1, now: Time): void {
    const { deadline, givesUp } = this.tracks[end];
    const over = Math.min(deadline, givesUp);
    if (over < now) this.enter(end, E['time passes'], over, null, false);
  }

  /** A segment that TIME-WAIT answers or swallows starts its time anew (RFC 9293 §3.10.7.4 eighth; tcp_timewait_state_process). */
  private restartTimeWait(at: number): void {
    const row = this.story.rows[at]!;
    const end = 1 - row.talker;
    const track = this.tracks[end]!;
    if (track.state !== S['TIME-WAIT'] || row.flags & (RST | SYN) || !(row.flags & ACK) || row.marks & FOREIGN) return;
    track.deadline = row.time + this.timers[end]!.timeWait;
  }

  /** The next connection on the tuple shows that an end has let go of this one. */
  private overhear(at: number): void {
    const { talker, time, frame } = this.story.rows[at]!;
    if (!opensNext(this.story, at) || this.story.ends[talker]!.last > at) return; // who goes on speaking as before was not the sender
    const inTimeWait = this.tracks[talker]!.state === S['TIME-WAIT'];
    this.enter(talker, inTimeWait ? E['is reopened'] : E['time passes'], time, frame, true);
  }

  private reset(at: number): void {
    this.keepBooks(at);
    const { story, tracks, ledgers } = this;
    const row = story.rows[at]!;
    const talker = row.talker as 0 | 1;
    const listener = (1 - talker) as 0 | 1;
    const where = position(story, at, ledgers[talker], ledgers[listener], tracks[listener].state);
    const taken = this.isIgnoredAsBefore(at) ? { accepted: false, proven: false } : accepted(story, at, where);
    if (taken.accepted === false) this.ignored.add(at);
    const foreign = (row.marks & FOREIGN) !== 0;
    let unheard = false;
    if (!foreign) {
      const verdict = resetCause({
        story, at, talker: ledgers[talker], listener: ledgers[listener],
        talkerState: tracks[talker].state, listenerState: tracks[listener].state,
        talkerIsServer: talker === 1, system: this.timers[talker].system, held: tracks[talker].held, finAt: tracks[talker].finAt, closedUnseen: tracks[talker].closedUnseen, finWait2At: tracks[talker].finWait2At, finTimeout: this.timers[talker].finWait2,
        isIgnored: taken.accepted === false && taken.proven, endedBy: this.endedBy,
        departure: () => this.beside.departure(talker, row.time), unansweredBeside: () => this.beside.unanswered(row.time),
      });
      const { cause, confidence, alternatives, shape, evidence, trigger } = verdict;
      // The listener could not be reached before; whether the RST reached it nobody can see.
      unheard = (cause === 'keepalive-timeout' || (shape === 'active' && ledgers[talker].retransmissions > 1)) && !taken.proven;
      this.resets.push({
        by: ROLES[talker], frame: row.frame, time: row.time, shape, cause, confidence, alternatives, accepted: unheard ? null : taken.accepted,
        trigger: trigger === NOWHERE ? null : story.rows[trigger]!.frame,
        lostBytes: { client: this.unacknowledged(0), server: this.unacknowledged(1) },
        evidence: [...evidence, ...wordsOfReset(row)],
      });
      if (cause === 'challenge') return;
      if (cause === 'closed-peer' && tracks[talker].finAt === null) {
        tracks[talker].closedUnseen = true;
        // It had closed by now at the latest; the FIN that stays behind never comes.
        if (verdict.keepsFin) this.enter(talker, E['sends FIN'], row.time, row.frame, false);
      }
      // A firewall rejects in the name of a socket that knows nothing of it (nf_send_reset), and that goes on.
      if (cause !== 'forged' && !(shape === 'reactive' && livesOn(story, at))) this.enter(talker, E['sends RST'], row.time, row.frame, true);
    }
    if (taken.accepted === false || tracks[listener].state === S.CLOSED) return;
    if (unheard) {
      this.endedBy = at;
      return;
    }
    this.hear(at, taken.proven);
    if (!foreign && this.endedBy === NOWHERE) this.endedBy = at;
  }

  /**
   * Whether the very same RST was ignored twice before: once it may have been lost behind the tap, but a firewall that rejects segments
   * in a host's name keeps the answers to its own from it, too. And nothing has changed since that would make the listener take this one.
   */
  private isIgnoredAsBefore(at: number): boolean {
    const { rows } = this.story;
    const { talker, flags, sequence } = rows[at]!;
    let before = 0;
    for (const earlier of this.ignored) {
      const row = rows[earlier]!;
      if (row.talker === talker && row.flags === flags && row.sequence === sequence) before++;
    }
    return before >= 2;
  }

  /** The listener of RST `at` gets it: behind its own words that crossed it, if there are any. */
  private hear(at: number, proven: boolean): void {
    const row = this.story.rows[at]!;
    const behind = lastCrossing(this.story, at);
    if (behind === at) this.enter(1 - row.talker, E['gets RST'], row.time, row.frame, proven);
    else this.happenings.add(behind, BEHIND_ALL, 1 - row.talker, E['gets RST'], at, proven);
  }

  /** Payload of one end that its peer has not acknowledged. */
  private unacknowledged(end: number): number {
    const own = this.ledgers[end]!;
    const peer = this.ledgers[1 - end]!;
    if (!own.spoke || !peer.knowsAcknowledged) return 0;
    const fin = this.tracks[end]!.finAt === null ? 0 : 1;
    // Some acknowledge what was never sent (RFC 9293 §3.10.7.4, fifth): no more is lost than there was.
    const heard = own.knowsBegin && isAfter(own.begin, peer.acknowledged) ? own.begin : peer.acknowledged;
    return Math.max(0, distance(own.next, heard) - fin);
  }
}

/** One for all connections: folding is synchronous, and nothing of it but the course outlives it. */
const folder = new Folder();

/**
 * Whether `end`, having sent its FIN, still had a descriptor: it took in data after its FIN, or its acknowledgment of the
 * peer's FIN came from a full socket. Linux answers from TIME-WAIT and from the FIN-WAIT-2 of a closed socket with IP ID 0
 * (tcp_v4_timewait_ack), from a full socket with the next of its count; but only where packets may not be fragmented
 * (ip_select_ident_segs), and Windows counts for all of the host. And where the peer's FIN is itself the first to acknowledge
 * `end`'s a full socket answers it, closed or not: it never came to FIN-WAIT-2.
 */
function isHeld(story: Story, end: 0 | 1, system: Profile): boolean {
  const { fin } = story.ends[end];
  if (fin === NOWHERE) return false;
  const peer = story.ends[(1 - end) as 0 | 1];
  const known = story.rows[fin]!.acknowledgment;
  for (let i = nextAnswer(story, fin, end); i !== NOWHERE; i = nextAnswer(story, i, end)) {
    const row = story.rows[i]!;
    const fins = peer.fin !== NOWHERE && distance(row.acknowledgment, peer.finEnd) >= 0 ? 1 : 0;
    if (distance(row.acknowledgment, known) - fins > 0) return true;
    if (fins === 1) return story.firstAcknowledging(1 - end, story.ends[end].finEnd) < peer.fin && system === 'linux' && i > peer.fin && (row.marks & (NO_IP_ID | DONT_FRAGMENT)) === DONT_FRAGMENT && row.ipId !== 0;
  }
  return false;
}

function nextAnswer(story: Story, after: number, end: number): number {
  return story.firstFlagged(after, end, RST | ACK | FIN, ACK);
}
