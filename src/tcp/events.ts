import { ACK, FIN, RST, SYN } from '../decode/segment.js';
import { DONT_FRAGMENT, DUPLICATE_SACK, FOREIGN, NO_IP_ID, REPEAT } from '../flow/history/telling-segment.js';
import type { TellingSegment } from '../flow/history/telling-segment.js';
import { isAfter } from '../flow/sequence.js';
import { MILLISECOND } from '../base/time.js';
import type { Duration } from '../base/time.js';
import { incompletion } from './handshake.js';
import { E } from './machine.js';
import { NO_ROW } from './segment-history.js';
import type { Arrival, SegmentHistory } from './segment-history.js';

/** One thing that happens to one end. Refilled, never kept. */
export class EndpointEvent {
  /** The row behind which it takes its turn. */
  after = 0;
  /**
   * Among those of one row: what the talker sends comes first, then what its listener gets in the order of RFC 9293
   * §3.10.7.4.
   */
  rank = 0;
  end = 0;
  event = 0;
  /** The row whose time and frame it has. */
  row = 0;
  proven = false;
}

/** Ranks within a row. */
const RANK = { sends: 0, getsRst: 1, getsSyn: 2, getsAck: 3, getsFin: 4 } as const;

/**
 * Events in their order; of equal ones the first to be added comes first. Few, and never more than a history has rows,
 * so kept in order by insertion.
 */
export class EventList {
  readonly list: EndpointEvent[] = [];
  count = 0;

  add(after: number, rank: number, end: number, event: number, row: number, proven: boolean): void {
    const { list } = this;
    if (this.count === list.length) list.push(new EndpointEvent());
    const entry = list[this.count]!;
    entry.after = after;
    entry.rank = rank;
    entry.end = end;
    entry.event = event;
    entry.row = row;
    entry.proven = proven;
    let at = this.count++;
    for (; at > 0 && isBefore(entry, list[at - 1]!); at--) list[at] = list[at - 1]!;
    list[at] = entry;
  }

  /** When `arrival` says, or after what the talker of its row does if it takes effect at a later row. */
  addArrival({ row, after, proven }: Arrival, rank: number, end: number, event: number): void {
    this.add(after, after > row ? RANK.getsFin : rank, end, event, row, proven);
  }
}

function isBefore(a: EndpointEvent, b: EndpointEvent): boolean {
  return a.after < b.after || (a.after === b.after && a.rank < b.rank);
}

/**
 * What happened to both ends, in order, except for RSTs and timers; `list` is filled anew.
 *
 * RSTs are judged while the machine runs, because whether one counts depends on the state of who hears it.
 */
export function findEvents(history: SegmentHistory, list: EventList): void {
  list.count = 0;
  const isIncomplete = incompletion(history) !== null;
  open(history, list, isIncomplete);
  close(history, 0, list, isIncomplete);
  close(history, 1, list, isIncomplete);
}

const ENDS = [0, 1] as const;

/** `isIncomplete`: the server never took the acknowledgment of its SYN-ACK. */
function open(history: SegmentHistory, list: EventList, isIncomplete: boolean): void {
  const [client, server] = history.ends;
  if (client.syn === NO_ROW && server.syn === NO_ROW) return openInTheMiddle(history, list);
  openEnd(history, 0, list, true);
  openEnd(history, 1, list, !isIncomplete);
  openClient(history, list);
  meetHalfway(history, list);
}

/**
 * Where both open actively, the second may hear the answer to its SYN before its peer's SYN (RFC 9293 §3.5, figure 7,
 * with one SYN lost).
 */
function meetHalfway(history: SegmentHistory, list: EventList): void {
  const [client, server] = history.ends;
  if (client.synAck === NO_ROW || server.syn === NO_ROW || server.syn === server.synAck) return;
  const arrival = history.arrival(0, client.synAck, client.synEnd, SYN);
  if (arrival) list.addArrival(arrival, RANK.getsSyn, 1, E['gets SYN-ACK']);
}

function openEnd(history: SegmentHistory, end: 0 | 1, list: EventList, isCompleted: boolean): void {
  const { syn, synAck, synEnd } = history.ends[end];
  if (syn !== NO_ROW && syn !== synAck) opensActively(history, end, list);
  if (synAck === NO_ROW) return;
  list.add(synAck, RANK.sends, end, E['sends SYN-ACK'], synAck, true);
  if (isCompleted) getsItsAck(history, end, synEnd, SYN, E['gets ACK of SYN'], list, synAck);
}

/**
 * Each SYN, not only the first: after a RST it opens anew. A capture may show a SYN behind the SYN-ACK that answers it;
 * it was sent before.
 */
function opensActively(history: SegmentHistory, end: number, list: EventList): void {
  const { syn, lastSyn } = history.ends[end]!;
  const { synAck } = history.ends[1 - end]!;
  const answered = synAck !== NO_ROW && synAck < syn;
  list.add(answered ? synAck : syn, RANK.sends - 1, end, E['sends SYN'], syn, true);
  if (lastSyn === syn) return;
  for (let i = nextSyn(history, syn, end); i !== NO_ROW; i = nextSyn(history, i, end))
    list.add(i, RANK.sends, end, E['sends SYN'], i, true);
}

function nextSyn(history: SegmentHistory, after: number, end: number): number {
  return history.firstFlagged(after, end, SYN | ACK | RST, SYN);
}

/** The client hears the SYN-ACK; where the capture lost that, its own first acknowledgment shows that it did. */
function openClient(history: SegmentHistory, list: EventList): void {
  const [client, server] = history.ends;
  const known = client.syn !== NO_ROW;
  if (server.synAck !== NO_ROW) {
    const arrival = history.arrival(1, server.synAck, server.synEnd, SYN);
    if (arrival) list.addArrival(arrival, RANK.getsSyn, 0, known ? E['gets SYN-ACK'] : E['is found open']);
    return;
  }
  const speaks = history.firstFlagged(Math.max(client.syn, NO_ROW), 0, SYN | RST | ACK, ACK);
  if (speaks === NO_ROW) return;
  list.add(speaks, RANK.sends - 1, 0, E['gets SYN-ACK'], speaks, true);
  if (server.first !== NO_ROW) list.add(server.first, RANK.sends - 1, 1, E['is found open'], server.first, true);
}

/**
 * No SYN in the capture: whoever speaks has an open socket, and so, as far as anyone can tell, has who is spoken to.
 */
function openInTheMiddle(history: SegmentHistory, list: EventList): void {
  const closed = closedBefore(history);
  for (const end of ENDS) {
    const own = history.ends[end].first;
    const other = history.ends[1 - end]!.first;
    if (own === NO_ROW && other === NO_ROW) continue;
    const row = own === NO_ROW ? other : other === NO_ROW ? own : Math.min(own, other);
    const event =
      closed === NO_ROW ? E['is found open'] : closed === end ? E['is found closing'] : E['is found half-closed'];
    list.add(row, RANK.sends - 1, end, event, row, closed === NO_ROW && own !== NO_ROW);
  }
}

/**
 * A FIN in FIN-WAIT-2 is acknowledged at once, in ESTABLISHED after the delay of an acknowledgment (tcp_fin:
 * tcp_send_ack, inet_csk_schedule_ack).
 */
const AT_ONCE: Duration = MILLISECOND;

/**
 * The end that had said its FIN before the capture began; NO_ROW if nothing shows it.
 *
 * It acknowledged the other's FIN out of TIME-WAIT: with IP ID 0, which a full Linux socket does not send
 * (tcp_v4_timewait_ack), or at once. Measured over 12 recordings of Linux 6.18: within a millisecond in 390 of 390 such
 * acknowledgments, and in 14 of 265 of a first FIN.
 */
function closedBefore(history: SegmentHistory): number {
  for (const end of ENDS) {
    const peer = history.ends[1 - end]!;
    if (peer.fin === NO_ROW || history.ends[end].fin !== NO_ROW) continue;
    const at = history.firstAcknowledging(end, peer.finEnd);
    if (at === NO_ROW || at < peer.fin || livesHere(history, end)) continue;
    const { flags, length, ipId, marks, time } = history.rows[at]!;
    if ((flags & (SYN | FIN | RST)) !== 0 || length > 0) continue;
    const unnumbered = ipId === 0 && (marks & (NO_IP_ID | DONT_FRAGMENT)) === DONT_FRAGMENT && counts(history, end, at);
    if (unnumbered || time - history.rows[peer.fin]!.time < AT_ONCE) return end;
  }
  return NO_ROW;
}

/**
 * Whether `end` did something in this capture that no end does behind its FIN: it sent payload for the first time (RFC
 * 9293 §3.10.2), or aborted by a RST at its own number, which TIME-WAIT never sends.
 */
function livesHere(history: SegmentHistory, end: number): boolean {
  return (
    history.lastBefore(
      history.count, end,
      ({ flags, length, marks }) => (length > 0 && !(marks & REPEAT)) || (flags & (RST | ACK)) === (RST | ACK),
    ) !== NO_ROW
  );
}

/** Whether no other segment that `end` sent before row `at` had IP ID 0: some systems never count. */
function counts(history: SegmentHistory, end: number, at: number): boolean {
  return history.lastBefore(at, end, (row) => row.ipId === 0) === NO_ROW;
}

function close(history: SegmentHistory, end: 0 | 1, list: EventList, isIncomplete: boolean): void {
  const { fin, finEnd } = history.ends[end];
  sendsFin(history, end, list);
  if (fin === NO_ROW) return isIncomplete ? undefined : sendsLostFin(history, end, list);
  if (isIncomplete) return; // what the server does not take it does not answer
  getsItsAck(history, end, finEnd, FIN, E['gets ACK of FIN'], list);
  const arrival = history.arrival(end, fin, finEnd, FIN);
  if (arrival) list.addArrival(arrival, RANK.getsFin, 1 - end, E['gets FIN']);
}

/**
 * A FIN that was lost before the tap shows in what its sender says next: that stands behind it (SND.NXT, RFC 9293
 * §3.3.1).
 *
 * Where that acknowledges the peer's only FIN it is no answer of an application, whose own FIN would have done so: the
 * two had crossed. Where that FIN was sent again the lost one may have answered the first.
 */
function sendsFin(history: SegmentHistory, end: number, list: EventList): void {
  const { fin } = history.ends[end]!;
  const shown = fin === NO_ROW ? unseenFin(history, end) : firstBehind(history, end, history.ends[end]!.finEnd);
  const at = shown === NO_ROW || (fin !== NO_ROW && fin < shown) ? fin : shown;
  if (at === NO_ROW) return;
  const crossing = at === fin ? NO_ROW : crossedBy(history, end, at);
  const row = crossing === NO_ROW ? at : crossing;
  list.add(row, RANK.sends, end, E['sends FIN'], row, fin !== NO_ROW);
}

/**
 * The first word of `end` behind a FIN that never got as far as the tap: an acknowledgment of its peer's FIN that
 * stands one behind all that was seen of it, where nothing ever came to fill the gap, nor was it acknowledged.
 */
function unseenFin(history: SegmentHistory, end: number): number {
  const peer = history.ends[1 - end]!;
  const { last } = history.ends[end]!;
  if (peer.fin === NO_ROW || last === NO_ROW) return NO_ROW;
  const { sequence, length } = history.rows[last]!;
  if (length > 0) return NO_ROW;
  const first = firstBehind(history, end, sequence);
  const acknowledgesFin = history.firstAcknowledging(end, peer.finEnd);
  if (acknowledgesFin === NO_ROW || acknowledgesFin > first || history.firstAcknowledging(1 - end, sequence) !== NO_ROW)
    return NO_ROW;
  if (history.firstAfter(first, end, (row) => (row.flags & RST) === 0 && row.sequence !== sequence) !== NO_ROW)
    return NO_ROW;
  const seen = history.lastBefore(first, end, (row) => (row.flags & RST) === 0 && endOf(row) === ((sequence - 1) | 0));
  return seen === NO_ROW ? NO_ROW : first;
}

/**
 * A FIN that the capture lost, and that its peer acknowledged: there, at the latest, it was sent, received and known to
 * be.
 */
function sendsLostFin(history: SegmentHistory, end: 0 | 1, list: EventList): void {
  const at = lostFin(history, end);
  if (at === NO_ROW) return;
  list.add(at, RANK.sends - 2, end, E['sends FIN'], at, false);
  list.add(at, RANK.sends - 1, 1 - end, E['gets FIN'], at, false);
  list.add(at, RANK.getsAck, end, E['gets ACK of FIN'], at, false);
}

/**
 * The first word of the peer that acknowledges exactly one number more than `end` was ever seen to use: its FIN, where
 * nothing that it said later stands beyond. A lost payload of one byte looks the same until its sender goes on.
 */
function lostFin(history: SegmentHistory, end: 0 | 1): number {
  if (history.ends[end].first === NO_ROW) return NO_ROW;
  let known = history.rows[history.ends[end].first]!.sequence;
  for (let i = 0; i < history.count; i++) {
    const row = history.rows[i]!;
    if (
      row.talker === end && !(row.marks & FOREIGN) && !(row.flags & RST) && (row.length > 0 || row.flags & SYN) &&
      isAfter(endOf(row), known)
    )
      known = endOf(row);
  }
  const behind = (known + 1) | 0;
  if (history.firstAfter(NO_ROW, end, (row) => (row.flags & RST) === 0 && isAfter(endOf(row), behind)) !== NO_ROW)
    return NO_ROW;
  let first = NO_ROW;
  for (
    let i = history.firstAcknowledging(1 - end, behind);
    i !== NO_ROW;
    i = history.firstAcknowledging(1 - end, behind, i + 1)
  ) {
    const { flags, acknowledgment } = history.rows[i]!;
    if (flags & (RST | SYN)) continue;
    if (acknowledgment !== behind) return NO_ROW;
    if (first === NO_ROW) first = i;
  }
  return first;
}

function endOf({ flags, sequence, length }: TellingSegment): number {
  return (sequence + length + (flags & SYN ? 1 : 0)) | 0;
}

/** The first word of `end` that stands at or behind `number`. */
function firstBehind(history: SegmentHistory, end: number, number: number): number {
  return history.firstAfter(
    NO_ROW, end, ({ flags, sequence }) => (flags & (RST | SYN)) === 0 && !isAfter(number, sequence),
  );
}

/** The peer's FIN, if it was sent once before row `at` of `end`, which is the first to acknowledge it; else NO_ROW. */
function crossedBy(history: SegmentHistory, end: number, at: number): number {
  const { fin, finEnd } = history.ends[1 - end]!;
  if (fin === NO_ROW || history.rows[at]!.marks & DUPLICATE_SACK || history.firstAcknowledging(end, finEnd) !== at)
    return NO_ROW;
  return history.lastBefore(at, 1 - end, ({ flags }) => (flags & FIN) !== 0) === fin ? fin : NO_ROW;
}

function getsItsAck(
  history: SegmentHistory, end: number, bitEnd: number, bit: number, event: number, list: EventList, from = 0,
): void {
  const arrival = history.acknowledged(end, bitEnd, bit, from);
  if (arrival) list.addArrival(arrival, RANK.getsAck, end, event);
}

/**
 * Whether row `at` belongs to the next connection on the tuple: its own SYN or SYN-ACK shows that its talker has let go
 * of this one.
 */
export function opensNext(history: SegmentHistory, at: number): boolean {
  const { flags, marks } = history.rows[at]!;
  return (marks & FOREIGN) !== 0 && (flags & SYN) !== 0;
}
