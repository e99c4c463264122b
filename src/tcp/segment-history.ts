import type { End, FrameNumber, HistoryRow } from '../base/numbers.js';
import { ACK, FIN, RST, SYN } from '../decode/segment.js';
import { DUPLICATE_SACK, FOREIGN, PROBE, REPEAT } from '../flow/history/telling-segment.js';
import type { TellingSegment } from '../flow/history/telling-segment.js';
import { isAfter } from '../flow/sequence.js';
import { MILLISECOND, SECOND } from '../base/time.js';
import type { Gap } from '../flow/coverage.js';
import type { Duration, Time } from '../base/time.js';
import { inCausalOrder, putAbortsFirst } from './causal-order.js';

/** In place of a row of the history. */
export const NO_ROW: HistoryRow = -1;

/**
 * How long after a segment could have arrived its listener may still speak without knowing it: reordering in queues,
 * a system that was busy. Delayed acknowledgments are slower, but carry the new number when they come.
 */
const CROSSING: Duration = 5 * MILLISECOND;

/**
 * There and back from the tap to an end: from here on what the capture shows behind a segment may have been sent before
 * it arrived.
 */
const FAR: Duration = MILLISECOND;

/** A retransmission timer fires within a second at the latest when it is first armed (RFC 6298 §2.1, §2.4). */
export const SILENCE: Duration = SECOND;

/** How long an acknowledgment may be held back (RFC 1122 §4.2.3.2: less than half a second). */
const LONGEST_DELAY: Duration = 500 * MILLISECOND;

/** What a history tells of one of its two ends. Row numbers are NO_ROW where there is no such row. */
export class EndSummary {
  /** First row it sent in this incarnation. */
  first = NO_ROW;
  last = NO_ROW;
  /** Its first SYN or SYN-ACK, and its last SYN. */
  syn = NO_ROW;
  lastSyn = NO_ROW;
  synAck = NO_ROW;
  fin = NO_ROW;
  /** Behind its SYN, and behind its FIN: what the peer must acknowledge. */
  synEnd = 0;
  finEnd = 0;
  /** Widest window field of its segments, also of those that the history does not hold. */
  widestWindow = 0;
  /** Lowest and highest TTL of all its segments but RSTs; 0 where it sent none. */
  lowestTtl = 0;
  highestTtl = 0;
  /**
   * The longest time in which the window that it offered was 0, and when it began; and whether the last one that it
   * offered is.
   */
  closedWindow: Duration = 0;
  closedWindowFrom: Time = 0;
  hasClosedWindow = false;
  /** How often it asked for room while its peer's window was closed. */
  asked = 0;
  /** How often in a row it sent again what its peer had acknowledged already, as the tap saw it; and since when. */
  deaf = 0;
  deafSince: Time = 0;
  /** RSTs that it sent, also those that the history does not hold. */
  resets = 0;
  /** The largest payload of one segment that it sent, and that was acknowledged with all before it. */
  largestSent = 0;
  largestAcknowledged = 0;
  /** From the tap to this end and back, as the handshake showed it; 0 where it did not. */
  reach: Duration = 0;

  reset(): void {
    this.first = NO_ROW;
    this.last = NO_ROW;
    this.syn = NO_ROW;
    this.lastSyn = NO_ROW;
    this.synAck = NO_ROW;
    this.fin = NO_ROW;
    this.synEnd = 0;
    this.finEnd = 0;
    this.reach = 0;
  }
}

/**
 * The history of one connection, and what can be learned of it by looking back from its end.
 *
 * What an end sent is certain at the time the tap saw it. What it received is not: a segment that the tap saw may be
 * lost behind it. The end's own later acknowledgments prove a receipt, its retransmissions refute one (RFC 9293 §3.4).
 */
export class SegmentHistory {
  readonly rows: TellingSegment[] = [];
  count = 0;
  /** When the first connection of the capture began. */
  captureBegin: Time = 0;
  /** The last moment of what was captured of it at which silence means something. */
  captureEnd: Time = 0;
  /** Times between its rows in which nothing was captured, in their order. */
  gaps: readonly Pick<Gap, 'from' | 'to'>[] = [];
  /**
   * A silence, from a second on, that one end has ended and the other has not answered yet; 0 where there is none. And
   * the longest that was survived.
   */
  pendingQuiet: Duration = 0;
  longestQuiet: Duration = 0;
  /** The capture had its rows in another order than that in which they were sent. */
  isDisordered = false;
  readonly ends: readonly [EndSummary, EndSummary] = [new EndSummary(), new EndSummary()];

  /** Until when the silence behind `time` says something. */
  silentUntil(time: Time): Time {
    for (const { from, to } of this.gaps) if (time < to) return Math.max(from, time);
    return this.captureEnd;
  }

  /** Finds the landmarks of both ends; `rows` and `count` have been filled. */
  scan(): void {
    this.isDisordered = inCausalOrder(this.rows, this.count);
    putAbortsFirst(this.rows, this.count);
    for (const end of this.ends) end.reset();
    for (let i = 0; i < this.count; i++) {
      const row = this.rows[i]!;
      if (row.marks & FOREIGN) continue;
      const end = this.ends[row.talker]!;
      if (row.flags & RST) continue;
      if (end.first === NO_ROW) end.first = i;
      end.last = i;
      if (row.flags & SYN) {
        if (end.syn === NO_ROW) end.syn = i;
        if (!(row.flags & ACK)) end.lastSyn = i;
        if (row.flags & ACK && end.synAck === NO_ROW) end.synAck = i;
        end.synEnd = (row.sequence + 1) | 0;
      }
      // Linux throws the FIN of a SYN away (tcp_rcv_state_process, LISTEN); who took it says so by its acknowledgment.
      if (
        row.flags & FIN && row.flags & SYN &&
        this.firstAcknowledging(1 - row.talker, (row.sequence + row.length + 2) | 0) === NO_ROW
      )
        continue;
      if (row.flags & FIN && end.fin === NO_ROW) {
        end.fin = i;
        end.finEnd = (row.sequence + row.length + 1 + (row.flags & SYN ? 1 : 0)) | 0;
      }
    }
    this.measureReach();
  }

  /** SYN to SYN-ACK is the way from the tap to the server and back, SYN-ACK to ACK that to the client. */
  private measureReach(): void {
    const [client, server] = this.ends;
    if (server.synAck === NO_ROW) return;
    const syn = this.lastFlagged(server.synAck, 0, SYN, SYN);
    if (syn !== NO_ROW) server.reach = Math.min(this.rows[server.synAck]!.time - this.rows[syn]!.time, SECOND);
    const ack = this.firstAcknowledging(0, server.synEnd);
    if (ack === NO_ROW) return;
    const synAck = this.lastFlagged(ack, 1, SYN, SYN);
    if (synAck !== NO_ROW) client.reach = Math.min(this.rows[ack]!.time - this.rows[synAck]!.time, SECOND);
  }

  /**
   * The row of this incarnation that `talker` sent with an acknowledgment at or beyond `end`, the first from row
   * `from`; RSTs only where they carry one.
   */
  firstAcknowledging(talker: End, end: number, from = 0): number {
    for (let i = from; i < this.count; i++) {
      const row = this.rows[i]!;
      if (row.talker !== talker || row.marks & FOREIGN || !(row.flags & ACK)) continue;
      if (row.flags & RST && row.sequence === 0) continue;
      if (!isAfter(end, row.acknowledgment)) return i;
    }
    return NO_ROW;
  }

  /** The row of `frame`; NO_ROW for null and for a frame that the history does not hold. */
  rowOfFrame(frame: FrameNumber | null): HistoryRow {
    for (let i = 0; i < this.count; i++) if (this.rows[i]!.frame === frame) return i;
    return NO_ROW;
  }

  /** The last row before `before` that `talker` sent and that `wanted` takes. */
  lastBefore(before: number, talker: End, wanted: (row: TellingSegment) => boolean): number {
    for (let i = before - 1; i >= 0; i--) {
      const row = this.rows[i]!;
      if (row.talker === talker && !(row.marks & FOREIGN) && wanted(row)) return i;
    }
    return NO_ROW;
  }

  /** The first row behind `after` that `talker` sent and that `wanted` takes. */
  firstAfter(after: number, talker: End, wanted: (row: TellingSegment) => boolean): number {
    for (let i = after + 1; i < this.count; i++) {
      const row = this.rows[i]!;
      if (row.talker === talker && !(row.marks & FOREIGN) && wanted(row)) return i;
    }
    return NO_ROW;
  }

  /**
   * The last row before `before` that `talker` sent and whose flags, of those in `mask`, are `flags`. Most searches are
   * for flags; by `lastBefore`, which calls a function for each row, they take 0.1 µs of a connection more (Node
   * 20.20).
   */
  lastFlagged(before: number, talker: End, mask: number, flags: number): number {
    for (let i = before - 1; i >= 0; i--) {
      const row = this.rows[i]!;
      if (row.talker === talker && !(row.marks & FOREIGN) && (row.flags & mask) === flags) return i;
    }
    return NO_ROW;
  }

  /** The first row behind `after` that `talker` sent and whose flags, of those in `mask`, are `flags`. */
  firstFlagged(after: number, talker: End, mask: number, flags: number): number {
    for (let i = after + 1; i < this.count; i++) {
      const row = this.rows[i]!;
      if (row.talker === talker && !(row.marks & FOREIGN) && (row.flags & mask) === flags) return i;
    }
    return NO_ROW;
  }

  /** The first row behind `after` that `talker` sent. */
  firstSaid(after: number, talker: End): number {
    return this.firstFlagged(after, talker, 0, 0);
  }

  /** Whether `talker` said row `at` too late to have crossed row `heard`: it knew by then what it was going to know. */
  saidAfterHearing(at: number, heard: number): boolean {
    const said = this.rows[at]!;
    return said.time - this.rows[heard]!.time > this.ends[said.talker]!.reach * 1.5 + CROSSING;
  }

  /**
   * Where the listener received `talker`'s control bit (SYN or FIN) that ends at `end`.
   *
   * Of several transmissions the one before the listener's first acknowledgment is taken; a D-SACK in it says that an
   * earlier one had arrived (RFC 2883). Order against the listener's own segments: it had not heard it while it still
   * sent older acknowledgments. Without any acknowledgment the first transmission counts, unproven, unless the listener
   * goes on speaking without it, or its acknowledgment is overdue.
   */
  arrival(talker: End, first: number, end: number, bit: number): Arrival | null {
    const listener = 1 - talker;
    const proof = this.firstAcknowledging(listener, end);
    if (proof === NO_ROW) {
      const speaks = this.firstAfter(
        first, listener, (row) => (row.flags & (RST | ACK)) === ACK && isAfter(end, row.acknowledgment),
      );
      let after = first;
      for (let i = speaks; i !== NO_ROW; i = this.firstFlagged(i, listener, RST | ACK, ACK)) {
        if (this.saidAfterHearing(i, first)) return null;
        after = i;
      }
      const answer = this.firstSaid(first, listener);
      if (answer !== NO_ROW && this.rows[answer]!.flags & RST) return null; // no socket was there to hear it
      if (bit === FIN && this.wasRefused(first)) return null;
      if (bit === FIN && this.isOverdue(talker, first, end)) return null;
      return { row: first, after, proven: false };
    }
    const known = this.lastBefore(
      proof, listener, (row) => (row.flags & ACK) !== 0 && isAfter(end, row.acknowledgment),
    );
    const knownNumber = known === NO_ROW ? null : this.rows[known]!.acknowledgment;
    let row = first;
    if (!(this.rows[proof]!.marks & DUPLICATE_SACK)) {
      for (let i = first + 1; i < proof; i++) {
        const candidate = this.rows[i]!;
        if (candidate.talker !== talker || candidate.marks & FOREIGN || candidate.flags & RST) continue;
        const carries =
          (candidate.flags & bit) !== 0 ||
          (candidate.length > 0 && knownNumber !== null &&
            isAfter((candidate.sequence + candidate.length) | 0, knownNumber) &&
            !isAfter((candidate.sequence + candidate.length) | 0, end));
        if (
          carries && (bit === FIN || this.stillAsks(listener, i)) &&
          this.rows[proof]!.time - candidate.time >= this.ends[listener]!.reach / 2
        )
          row = i;
      }
    }
    return { row, after: Math.max(row, known), proven: true };
  }

  /**
   * Whether the listener of FIN `at` answered it, or the data before it, with a RST: then no socket was left to hear it
   * (RFC 9293 §3.10.7.1).
   */
  private wasRefused(at: number): boolean {
    const { talker, acknowledgment } = this.rows[at]!;
    return (
      this.firstAfter(at, 1 - talker, (row) => (row.flags & (RST | ACK)) === RST && row.sequence === acknowledgment) !==
      NO_ROW
    );
  }

  /**
   * Whether `end` may still have waited for a SYN-ACK at row `at`: it would have sent its SYN again after a second (RFC
   * 6298 §2.1), give or take an eighth (the timer wheel of Linux is no finer, kernel/time/timer.c).
   */
  private stillAsks(end: number, at: number): boolean {
    const syn = this.lastBefore(at, end, ({ flags }) => (flags & SYN) !== 0);
    return syn === NO_ROW || this.rows[at]!.time - this.rows[syn]!.time <= (SILENCE * 9) / 8 + this.ends[end]!.reach;
  }

  /**
   * Whether `talker` still repeated its FIN of row `first`, or data before it, when whoever had heard it must have
   * acknowledged it: it was lost, or nobody was there. Only a road that loses every answer and no question looks the
   * same.
   */
  private isOverdue(talker: End, first: number, end: number): boolean {
    const due = this.rows[first]!.time + LONGEST_DELAY + this.ends[1 - talker]!.reach * 1.5;
    return (
      this.firstAfter(
        first, talker,
        ({ marks, sequence, time }) => (marks & (REPEAT | PROBE)) === REPEAT && time > due && isAfter(end, sequence),
      ) !== NO_ROW
    );
  }

  /**
   * Whether the talker of row `at` sent its payload or FIN again without having heard of it: what it acknowledged was
   * lost with it.
   */
  private wasLost(at: number): boolean {
    const { talker, sequence, length, flags } = this.rows[at]!;
    if (length === 0 && !(flags & FIN)) return false;
    const again = this.firstAfter(
      at, talker,
      (row) => row.sequence === sequence && (row.length > 0 || (row.flags & FIN) !== 0) && (row.flags & RST) === 0,
    );
    if (again === NO_ROW) return false;
    const heard = this.firstAcknowledging(1 - talker, (sequence + length + (flags & FIN)) | 0, at);
    return heard === NO_ROW || heard > again;
  }

  /**
   * Where `owner` received the acknowledgment of its control bit that ends at `end`: the peer's first one, unless the
   * owner sent the bit again after it, which shows that it was lost.
   */
  acknowledged(owner: number, end: number, bit: number, from = 0): Arrival | null {
    const peer = 1 - owner;
    for (
      let at = this.firstAcknowledging(peer, end, from);
      at !== NO_ROW;
      at = this.firstAcknowledging(peer, end, at + 1)
    ) {
      if (this.rows[at]!.flags & RST) return null;
      if (this.wasLost(at)) continue;
      const again = this.firstFlagged(at, owner, bit | RST, bit);
      let refuted = false;
      for (let i = again; i !== NO_ROW && !refuted; i = this.firstFlagged(i, owner, bit, bit))
        refuted = this.saidAfterHearing(i, at);
      if (!refuted)
        return {
          row: at, after: this.lastUnaware(owner, at),
          proven: this.silentUntil(this.rows[at]!.time) - this.rows[at]!.time > SILENCE || this.ends[owner]!.last > at,
        };
    }
    return bit === FIN && this.isFiltered() && this.wentUncontradicted(owner)
      ? { row: this.ends[owner]!.fin, after: this.ends[owner]!.fin, proven: false }
      : null;
  }

  /**
   * The last row behind `at` that `end` must have sent before `at` reached it; `at` itself if there is none. A RST that
   * answers an older segment (RFC 9293 §3.10.7.1: at once, with that segment's acknowledgment); and at an end far from
   * the tap whatever came sooner than half the way there and back.
   */
  private lastUnaware(end: number, at: number): number {
    const { reach } = this.ends[end]!;
    const { time, acknowledgment } = this.rows[at]!;
    let last = at;
    for (let i = this.firstSaid(at, end); i !== NO_ROW && !this.saidAfterHearing(i, at); i = this.firstSaid(i, end)) {
      const { flags, sequence } = this.rows[i]!;
      const answers = (flags & (RST | ACK)) === RST;
      if (answers && !isAfter(acknowledgment, sequence)) return last;
      if (answers || (reach >= FAR && this.rows[i]!.time - time < reach / 2)) last = i;
    }
    return last;
  }

  /** Whether the capture keeps no bare acknowledgments: somebody asked for SYN, FIN and RST only. */
  isFiltered(): boolean {
    for (let i = 0; i < this.count; i++) if ((this.rows[i]!.flags & (SYN | FIN | RST)) === 0) return false;
    return true;
  }

  /** A FIN that was sent once, and not again while its timer would have fired, was acknowledged (RFC 6298 §5.4). */
  private wentUncontradicted(owner: number): boolean {
    const { fin } = this.ends[owner]!;
    return (
      this.silentUntil(this.rows[fin]!.time) - this.rows[fin]!.time > SILENCE &&
      this.firstFlagged(fin, owner, FIN, FIN) === NO_ROW
    );
  }
}

/** When something reached its listener. */
export interface Arrival {
  /** The row that brought it: its time and frame. */
  readonly row: number;
  /** The row behind which it takes effect: the listener's own last word without it, if that is later. */
  readonly after: number;
  readonly proven: boolean;
}
