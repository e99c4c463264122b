import type { FrameNumber } from '../base/numbers.js';
import { ACK, FIN, RST, SYN } from '../decode/segment.js';
import { DONT_FRAGMENT, FOREIGN, NO_IP_ID } from '../flow/history/telling-segment.js';
import type { TellingSegment } from '../flow/history/telling-segment.js';
import { distance, isAfter } from '../flow/sequence.js';
import type { Duration, Time } from '../base/time.js';
import type { Address, Reset, Role, StateEntry } from './connection.js';
import type { SimultaneousClose } from './reset/simultaneous-closes.js';
import { givesUpAt } from './give-up.js';
import { EventList, findEvents, opensNext } from './events.js';
import type { EndpointEvent } from './events.js';
import { EndpointTracker } from './endpoint-tracker.js';
import { E, S, step } from './machine.js';
import { timers as defaults } from './profiles.js';
import type { Profile, Timers } from './profiles.js';
import { resetDiagnostics } from './reset/diagnostics.js';
import { accepted, lastCrossing, position } from './reset/acceptance.js';
import { resetCause } from './reset/cause.js';
import { OTHER_TTL, hopsOf } from './reset/forged.js';
import { NO_ROW, SegmentHistory } from './segment-history.js';
import { STATES } from './transitions.js';

/** A rank behind all that a row itself brings about. */
const BEHIND_ALL = 9;
export const ROLES = ['client', 'server'] as const satisfies readonly Role[];

/** What became of one end. */
class EndpointState {
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
export interface StateTrace {
  readonly states: readonly [readonly StateEntry[], readonly StateEntry[]];
  readonly resets: readonly Reset[];
  /** Row of the RST that ended the connection; NO_ROW if none did. */
  readonly endedBy: number;
  /** Whether each end is known to be held by a descriptor in FIN-WAIT-2. */
  readonly held: readonly [boolean, boolean];
  /** For each end: when the timer it runs at the end of the capture will end it; Infinity if none runs. */
  readonly deadlines: readonly [Time, Time];
}

/** What happened to other connections of the same hosts at a time. */
export interface HostContext {
  /** What else the host at this end of the history closed. */
  simultaneousClose(end: number, time: Time): SimultaneousClose | null;
  listenerAborts(time: Time): number;
  /** Whether the service completed a handshake after `time`. */
  servedLater(time: Time): boolean;
  /** Whether the service answered a connection that began after `time`. */
  answeredLater(time: Time): boolean;
  /** Whether the service answered another connection than the one that began at `start`. */
  answeredOther(start: Time): boolean;
  /**
   * With whom else a host talks from the same socket, that answers all of this connection by RSTs (untranslated.ts);
   * null where nothing shows it.
   */
  talksTo(): Address | null;
}

/** Runs both ends of a history through the machine. `timers` are those of each end's system. */
export function fold(
  history: SegmentHistory, timers: readonly [Timers, Timers], hostContext: HostContext = nothing,
): StateTrace {
  return folder.run(history, timers, hostContext);
}

const nothing: HostContext = {
  simultaneousClose: () => null, listenerAborts: () => 0, servedLater: () => false, answeredLater: () => false,
  answeredOther: () => false, talksTo: () => null,
};

/** Of most connections. */
const NONE_FORGED: readonly number[] = [];

class Folder {
  private readonly endpoints = [new EndpointState(), new EndpointState()] as const;
  private readonly trackers = [new EndpointTracker(), new EndpointTracker()] as const;
  private readonly events = new EventList();
  /** Rows that the trackers have taken in: they are needed when a RST comes, and most connections have none. */
  private entered = 0;
  private resets: Reset[] = [];
  /** Rows of RSTs that their listener did not take as the end. */
  private readonly ignored: number[] = [];
  /** Rows of RSTs that somebody else had sent in their talker's name. */
  private forged: readonly number[] = NONE_FORGED;
  private endedBy = NO_ROW;
  private history = new SegmentHistory();
  private timers: readonly [Timers, Timers] = [defaults.linux, defaults.linux];
  private hostContext = nothing;

  run(history: SegmentHistory, timers: readonly [Timers, Timers], hostContext: HostContext): StateTrace {
    this.hostContext = hostContext;
    this.begin(history, timers);
    const { endpoints, events } = this;
    let next = 0;
    for (let at = 0; at < history.count; at++) {
      const row = history.rows[at]!;
      this.expire(row.time);
      if (row.flags & RST) this.reset(at);
      for (; next < events.count && events.list[next]!.after <= at; next++) this.apply(events.list[next]!);
      this.overhear(at);
      this.restartTimeWait(at);
    }
    this.expire(history.captureEnd);
    return {
      states: [endpoints[0].entries, endpoints[1].entries],
      resets: this.resets,
      endedBy: this.endedBy,
      held: [endpoints[0].held, endpoints[1].held],
      deadlines: [endpoints[0].deadline, endpoints[1].deadline],
    };
  }

  private begin(history: SegmentHistory, timers: readonly [Timers, Timers]): void {
    this.history = history;
    this.timers = timers;
    this.resets = [];
    this.forged = NONE_FORGED;
    this.endedBy = NO_ROW;
    this.entered = 0;
    this.ignored.length = 0;
    this.endpoints[0].reset(isHeld(history, 0, timers[0].system), givesUpAt(history, 0) ?? Infinity);
    this.endpoints[1].reset(isHeld(history, 1, timers[1].system), givesUpAt(history, 1) ?? Infinity);
    findEvents(history, this.events);
  }

  /** Brings the trackers up to the rows before `at`. */
  private advanceTrackers(at: number): void {
    if (this.entered === 0) {
      this.trackers[0].reset();
      this.trackers[1].reset();
    }
    for (; this.entered < at; this.entered++) {
      const row = this.history.rows[this.entered]!;
      if (row.marks & FOREIGN) continue;
      this.trackers[row.talker]!.sent(row, this.entered);
      this.trackers[1 - row.talker]!.received();
    }
  }

  private apply({ after, end, event, row, proven }: EndpointEvent): void {
    const { frame } = this.history.rows[row]!;
    // What takes effect behind the end's own last word happened no earlier than that.
    const time = Math.max(this.history.rows[row]!.time, this.history.rows[after]!.time);
    if (event === E['sends FIN'] && proven) this.endpoints[end]!.finAt ??= time;
    this.enter(end, event, time, frame, proven);
  }

  private enter(end: number, event: number, time: Time, frame: FrameNumber | null, proven: boolean): void {
    const endpoint = this.endpoints[end]!;
    const state = step(endpoint.state, event);
    if (state === endpoint.state) return;
    endpoint.state = state;
    endpoint.entries.push({ state: STATES[state]!, time, frame, proven });
    endpoint.deadline = Infinity;
    if (state === S['FIN-WAIT-2']) {
      endpoint.finWait2At = time;
      if (!endpoint.held && !this.acknowledgesFin(end))
        endpoint.deadline = this.lateBy(end, time + this.timers[end]!.finWait2, this.timers[end]!.finWait2);
    } else if (state === S['TIME-WAIT']) {
      endpoint.deadline = time + this.timers[end]!.timeWait;
    }
  }

  /**
   * When a timer of `length` that should fire at `time` did: no earlier than `end` last spoke as a socket does, which
   * may be up to an eighth late (the timer wheel of Linux is no finer, kernel/time/timer.c). Whoever speaks later than
   * that has no timer.
   */
  private lateBy(end: number, time: Time, length: Duration): Time {
    const { last } = this.history.ends[end]!;
    const spoke = last === NO_ROW ? time : Math.max(time, this.history.rows[last]!.time);
    return spoke - time <= length / 8 ? spoke : Infinity;
  }

  /** Whoever acknowledges the peer's FIN was there to do it, however long that took. */
  private acknowledgesFin(end: number): boolean {
    const peer = this.history.ends[1 - end]!;
    return peer.fin !== NO_ROW && this.history.firstAcknowledging(end, peer.finEnd) !== NO_ROW;
  }

  /** Timers that ran out before `now`. */
  private expire(now: Time): void {
    this.expireEnd(0, now);
    this.expireEnd(1, now);
  }

  private expireEnd(end: 0 | 1, now: Time): void {
    const { deadline, givesUp } = this.endpoints[end];
    const over = Math.min(deadline, givesUp);
    if (over < now) this.enter(end, E['time passes'], over, null, false);
  }

  /**
   * A segment that TIME-WAIT answers or swallows starts its time anew (RFC 9293 §3.10.7.4 eighth;
   * tcp_timewait_state_process).
   */
  private restartTimeWait(at: number): void {
    const row = this.history.rows[at]!;
    const end = 1 - row.talker;
    const endpoint = this.endpoints[end]!;
    if (endpoint.state !== S['TIME-WAIT'] || row.flags & (RST | SYN) || !(row.flags & ACK) || row.marks & FOREIGN)
      return;
    endpoint.deadline = row.time + this.timers[end]!.timeWait;
  }

  /** The next connection on the tuple shows that an end has let go of this one. */
  private overhear(at: number): void {
    const { talker, time, frame } = this.history.rows[at]!;
    // Who goes on speaking as before was not the sender
    if (!opensNext(this.history, at) || this.history.ends[talker]!.last > at) return;
    const inTimeWait = this.endpoints[talker]!.state === S['TIME-WAIT'];
    this.enter(talker, inTimeWait ? E['is reopened'] : E['time passes'], time, frame, true);
  }

  private reset(at: number): void {
    this.advanceTrackers(at);
    const { history, endpoints, trackers } = this;
    const row = history.rows[at]!;
    const talker = row.talker as 0 | 1;
    const listener = (1 - talker) as 0 | 1;
    const where = position(history, at, trackers[talker], trackers[listener], endpoints[listener].state);
    const taken = this.isIgnoredAsBefore(at) ? { accepted: false, proven: false } : accepted(history, at, where);
    if (taken.accepted === false) this.ignored.push(at);
    const foreign = (row.marks & FOREIGN) !== 0;
    let unheard = false;
    if (!foreign) {
      const verdict = resetCause({
        history, at, talker: trackers[talker], listener: trackers[listener], talkerState: endpoints[talker].state,
        listenerState: endpoints[listener].state, talkerIsServer: talker === 1, system: this.timers[talker].system,
        isSystemKnown: this.timers[talker].isKnown, held: endpoints[talker].held, finAt: endpoints[talker].finAt,
        closedUnseen: endpoints[talker].closedUnseen, finWait2At: endpoints[talker].finWait2At,
        finTimeout: this.timers[talker].finWait2, isIgnored: taken.accepted === false && taken.proven,
        endedBy: this.endedBy, simultaneousClose: () => this.hostContext.simultaneousClose(talker, row.time),
        listenerAbortsBeside: () => this.hostContext.listenerAborts(row.time),
        servedLater: () => this.hostContext.servedLater(row.time), talksTo: () => this.hostContext.talksTo(),
        forged: this.forged,
      });
      const { cause, confidence, alternatives, shape, evidence, trigger } = verdict;
      const hops =
        cause === 'forged' && evidence.some((sent) => sent.includes(OTHER_TTL)) ? null : hopsOf({ history, at });
      // The listener could not be reached before; whether the RST reached it nobody can see.
      unheard =
        (cause === 'keepalive-timeout' || (shape === 'active' && trackers[talker].retransmissions > 1)) &&
        !taken.proven;
      this.resets.push({
        by: ROLES[talker], frame: row.frame, time: row.time, shape, cause, confidence, alternatives,
        accepted: unheard ? null : taken.accepted, trigger: trigger === NO_ROW ? null : history.rows[trigger]!.frame,
        lostBytes: { client: this.unacknowledged(0, row), server: this.unacknowledged(1, row) },
        evidence: [...evidence, ...(hops === null ? [] : [hops]), ...resetDiagnostics(row)],
      });
      if (cause === 'challenge') return;
      if (cause === 'closed-peer' && endpoints[talker].finAt === null) {
        endpoints[talker].closedUnseen = true;
        // It had closed by now at the latest; the FIN that stays behind never comes.
        if (verdict.keepsFin) this.enter(talker, E['sends FIN'], row.time, row.frame, false);
      }
      // Who sends a RST in the name of a socket leaves that as it was (nf_send_reset).
      if (cause === 'forged') this.forged = [...this.forged, at];
      else this.enter(talker, E['sends RST'], row.time, row.frame, true);
    }
    if (taken.accepted === false || endpoints[listener].state === S.CLOSED) return;
    if (unheard) {
      this.endedBy = at;
      return;
    }
    this.receive(at, taken.proven);
    if (!foreign && this.endedBy === NO_ROW) this.endedBy = at;
  }

  /**
   * Whether the very same RST was ignored twice before: once it may have been lost behind the tap, but a firewall that
   * rejects segments in a host's name keeps the answers to its own from it, too. And nothing has changed since that
   * would make the listener take this one.
   */
  private isIgnoredAsBefore(at: number): boolean {
    const { rows } = this.history;
    const { talker, flags, sequence } = rows[at]!;
    let before = 0;
    for (const earlier of this.ignored) {
      const row = rows[earlier]!;
      if (row.talker === talker && row.flags === flags && row.sequence === sequence) before++;
    }
    return before >= 2;
  }

  /** The listener of RST `at` gets it: behind its own words that crossed it, if there are any. */
  private receive(at: number, proven: boolean): void {
    const row = this.history.rows[at]!;
    const behind = lastCrossing(this.history, at);
    if (behind === at) this.enter(1 - row.talker, E['gets RST'], row.time, row.frame, proven);
    else this.events.add(behind, BEHIND_ALL, 1 - row.talker, E['gets RST'], at, proven);
  }

  /** Payload of one end that its peer has not acknowledged: neither before RST `reset`, nor by it. */
  private unacknowledged(end: number, reset: TellingSegment): number {
    const own = this.trackers[end]!;
    const peer = this.trackers[1 - end]!;
    if (!own.spoke || !peer.knowsAcknowledged) return 0;
    const fin = this.endpoints[end]!.finAt === null ? 0 : 1;
    const isBySelf =
      reset.talker === end || !(reset.flags & ACK) || !isAfter(reset.acknowledgment, peer.acknowledged) ||
      isAfter(reset.acknowledgment, own.next);
    const acknowledged = isBySelf ? peer.acknowledged : reset.acknowledgment;
    // Some acknowledge what was never sent (RFC 9293 §3.10.7.4, fifth): no more is lost than there was.
    const heard = own.knowsBegin && isAfter(own.begin, acknowledged) ? own.begin : acknowledged;
    return Math.max(0, distance(own.next, heard) - fin);
  }
}

/** One for all connections: folding is synchronous, and nothing of it but the state trace outlives it. */
const folder = new Folder();

/**
 * Whether `end`, having sent its FIN, still had a descriptor: it took in data after its FIN, or its acknowledgment of
 * the peer's FIN came from a full socket. Linux answers from TIME-WAIT and from the FIN-WAIT-2 of a closed socket with
 * IP ID 0 (tcp_v4_timewait_ack), from a full socket with the next of its count; but only where packets may not be
 * fragmented (ip_select_ident_segs), and Windows counts for all of the host. And where the peer's FIN is itself the
 * first to acknowledge `end`'s a full socket answers it, closed or not: it never came to FIN-WAIT-2.
 */
function isHeld(history: SegmentHistory, end: 0 | 1, system: Profile): boolean {
  const { fin } = history.ends[end];
  if (fin === NO_ROW) return false;
  const peer = history.ends[(1 - end) as 0 | 1];
  const known = history.rows[fin]!.acknowledgment;
  for (let i = nextAnswer(history, fin, end); i !== NO_ROW; i = nextAnswer(history, i, end)) {
    const row = history.rows[i]!;
    const fins = peer.fin !== NO_ROW && distance(row.acknowledgment, peer.finEnd) >= 0 ? 1 : 0;
    if (distance(row.acknowledgment, known) - fins > 0) return true;
    if (fins === 1)
      return (
        history.firstAcknowledging(1 - end, history.ends[end].finEnd) < peer.fin && system === 'linux' &&
        i > peer.fin && (row.marks & (NO_IP_ID | DONT_FRAGMENT)) === DONT_FRAGMENT && row.ipId !== 0
      );
  }
  return false;
}

function nextAnswer(history: SegmentHistory, after: number, end: number): number {
  return history.firstFlagged(after, end, RST | ACK | FIN, ACK);
}
