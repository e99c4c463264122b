import type { ConnectionId, Row } from '../base/numbers.js';
import { ACK, FIN, RST, SYN } from '../decode/segment.js';
import {
  closed, farewellAtClose, hadTurnAtClose, hasTurn, saidGoodBye, serverCloses, serverTurn, serverTurnAtClose,
} from '../flow/conversation.js';
import type { FlowTable } from '../flow/flow-table.js';
import { closedCleanlyItself } from '../flow/clean-close.js';
import * as CONNECTION_FLAG from '../flow/connection-flags.js';
import { lostBytes } from '../flow/loss.js';
import { PAYLOAD_KINDS } from '../flow/payload-kind.js';
import { distance, isAfter } from '../flow/sequence.js';
import { FOREIGN } from '../flow/history/telling-segment.js';
import type { TellingSegment } from '../flow/history/telling-segment.js';
import { isOnlyHandshake } from '../flow/tls-handshake.js';
import { isUnreachable, networkError } from '../tcp/network-error.js';
import type { NetworkErrorKind } from '../tcp/network-error.js';
import { MILLISECOND, SECOND } from '../base/time.js';
import type { Duration, Time } from '../base/time.js';
import { apart } from './timer.js';

/** A number for each end: the client's, then the server's. */
export type Both = readonly [client: number, server: number];

/** Payload of the other side of which the end that closed first knew nothing when it did. */
export interface Late {
  /** When its first segment stood at the tap: before the close, too, where they crossed. */
  readonly at: Time;
  readonly bytes: number;
  /** Its sender had not acknowledged the close: it could not know. */
  readonly crossed: boolean;
  /** The end that had closed acknowledged it all the same: a half-closed connection. */
  readonly read: boolean;
  readonly drewReset: boolean;
}

/** What an ICMP error said of a segment: that it could not be delivered, or was too large. */
export interface Undelivered {
  /** Address of its sender: a router, a firewall, or the addressed host itself. */
  readonly by: string;
  readonly kind: NetworkErrorKind;
  /** `ICMP 3/13`. */
  readonly code: string;
  /** What would have fit, bytes; 0 where nothing is said of it. */
  readonly mtu: number;
  readonly at: Time;
  /** Whose segment it was, 0 the client's, 1 the server's. */
  readonly talker: 0 | 1;
}

/** A time over which one end sent again and again. */
export interface Stall {
  /** 0 the client, 1 the server. */
  readonly by: 0 | 1;
  /** From its first repetition to its last one: the silence was longer. */
  readonly from: Time;
  readonly lasted: Duration;
  readonly repeats: number;
}

/** The first RST of a connection. */
export interface FirstReset {
  /** 0 the client, 1 the server. */
  readonly by: 0 | 1;
  readonly at: Time;
  readonly ttl: number;
  /** Without ACK: it answers a segment that no socket wanted (RFC 9293 §3.5.2). */
  readonly bare: boolean;
}

/**
 * What detectors of diagnoses know of one connection. Plain data, so that it goes from thread to thread as it is.
 *
 * Times are those at the tap; NaN where there is none. All of first transmissions only: what is sent again is no new
 * payload.
 */
export interface Facts {
  /**
   * `Connection.id` and Wireshark's stream; told apart from the rest, for they are known once everything has been read
   * (`Gathering.settle`).
   */
  id: ConnectionId;
  stream: number;
  /** Its place among all that are looked at together (`diagnose`); -1 before. */
  place: number;
  /** By which a connection is told from all others meanwhile. */
  readonly frame: number;
  readonly client: string;
  readonly clientPort: number;
  readonly server: string;
  readonly serverPort: number;
  /** No SYN and no SYN-ACK was seen. */
  readonly isGuessed: boolean;
  /** The capture lacks something that it sent and that was acknowledged. */
  readonly lacks: boolean;
  /** Opened and closed as RFC 9293 draws it (flow/clean-close.ts). */
  readonly isPlain: boolean;
  readonly start: Time;
  readonly end: Time;
  /**
   * SYNs of the client, when the last one before the answer was sent; SYN-ACKs; the first of them; the client's first
   * acknowledgment.
   */
  readonly attempts: number;
  readonly lastSyn: Time;
  readonly synAcks: number;
  readonly synAck: Time;
  readonly established: Time;
  /** From end to end and back, as the handshake shows it; 0 where it does not. */
  readonly roundTrip: Duration;
  /** Who sent the first FIN or RST, 0 the client or 1 the server; -1 nobody. */
  readonly closer: -1 | 0 | 1;
  readonly closeAt: Time;
  readonly closedByReset: boolean;
  /** The other side's FIN or RST; NaN where there is none. */
  readonly otherCloseAt: Time;
  /**
   * How long no payload was known to the closer when it closed, its own good-bye aside; NaN where that does not show.
   */
  readonly idle: Duration;
  /**
   * How long the client had said nothing when the server closed, which had spoken out of that silence itself
   * meanwhile, as by pings and heartbeats; 0 elsewhere.
   */
  readonly unheard: Duration;
  /** The closer's good-bye ended that silence. */
  readonly saidGoodBye: boolean;
  /** The closer closed while a request of the client waited for its answer. */
  readonly pending: boolean;
  /**
   * When that request began, and its last piece; of one that waits when the capture ends, too. NaN where none waits.
   */
  readonly requestAt: Time;
  readonly lastPieceAt: Time;
  readonly requestPieces: number;
  readonly late: Late | null;
  readonly reset: FirstReset | null;
  /**
   * The first ICMP error which says that something did not arrive whatever its size; else the first one that tells of a
   * size; else null.
   */
  readonly undelivered: Undelivered | null;
  /** How often the turn to speak changed. */
  readonly turns: number;
  /** The longest pause after which both sides spoke again. */
  readonly longestPause: Duration;
  /**
   * The longest silence on the wire after which both sides were heard again: what lies between them forgets no sooner.
   */
  readonly longestQuiet: Duration;
  /** The last pause of a second or more, who ended it by payload, and when; 0 and NaN where there was none. */
  readonly lastPause: Duration;
  readonly pauseEndedBy: 0 | 1;
  readonly pauseEnd: Time;
  readonly slowestAnswer: Duration;
  /** When that answer came; NaN where there was none. */
  readonly slowestAnswerAt: Time;
  /**
   * The longest time over which one end sent again, three times and more, and heard nothing; null where there was none.
   */
  readonly stall: Stall | null;
  /** When the side that spoke last began to, which it was (-1: nobody spoke), and when new payload was last seen. */
  readonly turnAt: Time;
  readonly turnOf: -1 | 0 | 1;
  readonly payloadAt: Time;
  readonly bytes: Both;
  /** Of the first payload of each end, and of its last one before the close; 0 where there is none. */
  readonly firstLength: Both;
  readonly lastLength: Both;
  readonly packets: Both;
  /** Sequence numbers: the first that was seen of each end, and behind its last. */
  readonly firstSequence: Both;
  readonly nextSequence: Both;
  /** Segments sent again, and those since the peer last spoke. */
  readonly repeats: Both;
  readonly unanswered: Both;
  /** Bytes that were passed over and never seen. */
  readonly missing: Both;
  /** When each end was last heard, RSTs aside. */
  readonly heard: Both;
  /** When each end sent the first payload that the peer has not acknowledged to the end; NaN where all is. */
  readonly stuckSince: Both;
  /**
   * Its length as it was sent last: what one's own kernel hands down in one piece is sent again in segments. 0 where
   * there is none.
   */
  readonly stuckLength: Both;
  readonly largestAcknowledged: Both;
  readonly largestSent: Both;
  /** How long the window that each end offers was 0 in all, up to the capture's end; whether it still is. */
  readonly closedWindow: Both;
  readonly hasClosedWindow: readonly [boolean, boolean];
  readonly lowestTtl: Both;
  readonly highestTtl: Both;
  /** Numbers of `PAYLOAD_KINDS`, and one of `PRODUCTS`. */
  readonly kinds: Both;
  readonly product: number;
}

/** From here on silence or waiting is told of. */
const LONG: Duration = SECOND;

/**
 * A request that waits for less when the connection is closed is a last word, whatever the protocol: nobody gives up so
 * soon.
 */
const PATIENT: Duration = 100 * MILLISECOND;

/**
 * Whether nothing of connection `row` is worth more than to be counted: it opened and closed cleanly, spoke without
 * pause, answered and was answered at once. Looks at a few words.
 */
export function isOrdinary({ connections }: FlowTable, row: Row): boolean {
  if (!closedCleanlyItself(connections, row)) return false;
  if (
    connections.lastPause(row) > 0 || connections.bytes(row, 0) === 0 || connections.slowestAnswer(row) >= LONG ||
    connections.quietAtClose(row) >= LONG
  )
    return false;
  const bits = connections.conversation(row);
  return (bits & (hadTurnAtClose | serverTurnAtClose)) !== hadTurnAtClose || connections.turnAgeAtClose(row) < PATIENT;
}

/** One for all. */
const rows: TellingSegment[] = [];

/** What most connections show of both ends, one for all of them: a hundred thousand are kept. */
const NOTHING: Both = [0, 0];
const NEVER: Both = [NaN, NaN];
const NO_WINDOW: readonly [boolean, boolean] = [false, false];

/** What the history of one connection tells beside its columns. Segments are those of `rows`, and hold as long. */
class Landmarks {
  attempts = 0;
  lastSyn: Time = NaN;
  synAcks = 0;
  synAck: Time = NaN;
  established: Time = NaN;
  close: TellingSegment | null = null;
  otherCloseAt: Time = NaN;
  /** How much of the client the first payload of the server acknowledges; null before it. */
  hello: number | null = null;
  /** The last new payload of each end before the close, and the first of it behind. */
  readonly before: [TellingSegment | null, TellingSegment | null] = [null, null];
  readonly firstLength: [number, number] = [0, 0];
  behind: TellingSegment | null = null;
  reset: TellingSegment | null = null;
  readonly heard: [Time, Time] = [NaN, NaN];
  stuckSince: Both = NEVER;
  stuckLength: Both = NOTHING;
  private stuckAt: Both = NOTHING;
  /** Rows of the history. */
  count = 0;

  /** Payload that was not acknowledged to its end. */
  stick(role: 0 | 1, { sequence, length, time }: TellingSegment): void {
    if (Number.isNaN(this.stuckSince[role])) {
      this.stuckSince = withOf(this.stuckSince, role, time);
      this.stuckAt = withOf(this.stuckAt, role, sequence);
    }
    if (this.stuckAt[role] === sequence) this.stuckLength = withOf(this.stuckLength, role, length);
  }
}

function survey(table: FlowTable, row: Row): Landmarks {
  const { connections, history } = table;
  const count = history.load(connections.history(row), rows);
  const found = new Landmarks();
  found.count = count;
  for (let index = 0; index < count; index++) {
    const segment = rows[index]!;
    const { talker, flags, marks, time, length } = segment;
    if ((marks & FOREIGN) !== 0) continue;
    if ((flags & (SYN | ACK)) === SYN && talker === 0) {
      found.attempts++;
      if (Number.isNaN(found.synAck)) found.lastSyn = time;
    } else if ((flags & (SYN | ACK)) === (SYN | ACK) && talker === 1) {
      found.synAcks++;
      if (found.synAcks === 1) found.synAck = time;
    } else if (
      talker === 0 && (flags & (RST | SYN | ACK)) === ACK && Number.isNaN(found.established) &&
      (found.synAcks > 0 || found.attempts === 0)
    ) {
      found.established = time;
    }
    if ((flags & RST) === 0) found.heard[talker as 0 | 1] = time;
    else found.reset ??= segment;
    if (length > 0 && (flags & RST) === 0) {
      if (found.firstLength[talker as 0 | 1] === 0) found.firstLength[talker as 0 | 1] = length;
      if (talker === 1) found.hello ??= segment.acknowledgment;
      if (found.close === null) found.before[talker as 0 | 1] = segment;
      else if (found.behind === null && talker !== found.close.talker && isNew(found.before[talker as 0 | 1], segment))
        found.behind = segment;
      const end = (segment.sequence + length) | 0;
      if (isAfter(end, connections.acknowledged(row, 1 - talker))) found.stick(talker as 0 | 1, segment);
    }
    if ((flags & (FIN | RST)) !== 0) {
      if (found.close === null) found.close = segment;
      else if (talker !== found.close.talker && Number.isNaN(found.otherCloseAt)) found.otherCloseAt = time;
    }
  }
  return found;
}

function isNew(before: TellingSegment | null, { sequence, length }: TellingSegment): boolean {
  return before === null || isAfter((sequence + length) | 0, (before.sequence + before.length) | 0);
}

/**
 * Reads everything of connection `row`; `now` is when the capture ends, `client` and `server` are its addresses. Some 2
 * µs (Node 20.20).
 */
export function readFacts(table: FlowTable, row: Row, now: Time, client: string, server: string): Facts {
  const { connections, tuples } = table;
  const tuple = connections.tuple(row);
  const side = connections.clientSide(row);
  const found = survey(table, row);
  const bits = connections.conversation(row);
  const { close, synAck, lastSyn, established } = found;
  const closer = close === null ? -1 : (close.talker as 0 | 1);
  const roundTrip = clamp(synAck - lastSyn) + clamp(established - synAck);
  const knew = close === null || knewLast(table, row, found, close);
  const pause = connections.lastPause(row);
  const pauseEnd = pause > 0 ? connections.pauseEnd(row) : NaN;
  const asks = !isOnlyTls(table, row, bits, found);
  const pending = asks && close !== null && isPending(bits, found, close, knew);
  const waits = asks && close === null && (bits & (hasTurn | serverTurn)) === hasTurn && !isAnswer(...found.before);
  const turnAt = connections.turnAt(row);
  const idle = close === null ? NaN : idleAtClose(table, row, found, close, knew);
  const firstLength = both(...found.firstLength);
  const lowestTtl: Both = [connections.lowestTtl(row, 0), connections.lowestTtl(row, 1)];
  const [closedClient, closedServer] = [connections.hasClosedWindow(row, 0), connections.hasClosedWindow(row, 1)];
  return {
    id: -1, stream: connections.stream(row), place: -1, frame: connections.firstFrame(row), client,
    clientPort: tuples.port(tuple, side), server, serverPort: tuples.port(tuple, side ^ 1),
    isGuessed: (connections.flags(row) & CONNECTION_FLAG.guessed) !== 0,
    lacks: lostBytes(connections, row, 0) + lostBytes(connections, row, 1) > 0,
    isPlain: closedCleanlyItself(connections, row), start: connections.start(row), end: connections.end(row),
    attempts: found.attempts, lastSyn, synAcks: found.synAcks, synAck, established, roundTrip, closer,
    closeAt: close === null ? NaN : close.time, closedByReset: close !== null && (close.flags & RST) !== 0,
    otherCloseAt: found.otherCloseAt, idle,
    unheard: close === null ? 0 : unheardAtClose(table, row, found, close, idle),
    saidGoodBye: (bits & saidGoodBye) !== 0, pending,
    requestAt: pending ? requestAt(bits, found, close.time - connections.turnAgeAtClose(row)) : waits ? turnAt : NaN,
    lastPieceAt: pending || waits ? (found.before[0]?.time ?? NaN) : NaN, requestPieces: connections.requestPieces(row),
    late: close === null ? null : lateOf(found, close, knew),
    reset:
      found.reset === null
        ? null
        : {
            by: found.reset.talker as 0 | 1, at: found.reset.time, ttl: found.reset.ttl,
            bare: (found.reset.flags & ACK) === 0,
          },
    undelivered: table.errors.has(connections.firstFrame(row)) ? undelivered(table, row) : null,
    turns: connections.turns(row), longestPause: connections.longestPause(row),
    longestQuiet: connections.longestQuiet(row), lastPause: pause, pauseEndedBy: connections.pauseEndedBy(row),
    pauseEnd, slowestAnswer: connections.slowestAnswer(row),
    slowestAnswerAt: connections.slowestAnswer(row) > 0 ? connections.slowestAnswerAt(row) : NaN,
    stall:
      connections.longestStall(row) === 0
        ? null
        : {
            by: connections.stallBy(row), from: connections.stallFrom(row), lasted: connections.longestStall(row),
            repeats: connections.stallRepeats(row),
          },
    turnAt, turnOf: (bits & hasTurn) === 0 ? -1 : (bits & serverTurn) === 0 ? 0 : 1,
    firstLength,
    lastLength: both(found.before[0]?.length ?? 0, found.before[1]?.length ?? 0, firstLength),
    payloadAt: connections.payloadAt(row),
    bytes: both(connections.bytes(row, 0), connections.bytes(row, 1), firstLength),
    packets: [connections.packets(row, 0), connections.packets(row, 1)],
    firstSequence: [connections.firstSequence(row, 0), connections.firstSequence(row, 1)],
    nextSequence: [connections.nextSequence(row, 0), connections.nextSequence(row, 1)],
    repeats: both(connections.repeats(row, 0), connections.repeats(row, 1)),
    unanswered: both(connections.unanswered(row, 0), connections.unanswered(row, 1)),
    missing: both(connections.missing(row, 0), connections.missing(row, 1)),
    heard: found.heard, stuckSince: found.stuckSince, stuckLength: found.stuckLength,
    largestAcknowledged: both(
      connections.largestAcknowledged(row, 0), connections.largestAcknowledged(row, 1), firstLength,
    ),
    largestSent: both(connections.largestSent(row, 0), connections.largestSent(row, 1), firstLength),
    closedWindow: both(connections.closedWindow(row, 0, now), connections.closedWindow(row, 1, now)),
    hasClosedWindow: closedClient || closedServer ? [closedClient, closedServer] : NO_WINDOW,
    lowestTtl, highestTtl: both(connections.highestTtl(row, 0), connections.highestTtl(row, 1), lowestTtl),
    kinds: kindsOf(connections.payloadKind(row, 0), connections.payloadKind(row, 1)),
    product: connections.product(row),
  };
}

/** A number of each end: in an array that is there already, where one says the same. */
function both(client: number, server: number, known: Both = NOTHING): Both {
  if (client === 0 && server === 0) return NOTHING;
  return client === known[0] && server === known[1] ? known : [client, server];
}

function withOf(all: Both, role: 0 | 1, value: number): Both {
  return role === 0 ? [value, all[1]] : [all[0], value];
}

const knownKinds: Both[] = [];

/** Kinds of payload: few protocols are spoken. */
function kindsOf(client: number, server: number): Both {
  return (knownKinds[client * PAYLOAD_KINDS.length + server] ??= [client, server]);
}

function undelivered({ errors, connections }: FlowTable, row: Row): Undelivered | null {
  const all = errors.of(connections.firstFrame(row)).map(networkError);
  const first = all.find(isUnreachable) ?? all.find(({ kind }) => kind === 'too-large');
  if (first === undefined) return null;
  const { sender, kind, code, mtu, time, talker } = first;
  return { by: sender, kind, code, mtu, at: time, talker: talker === 'client' ? 0 : 1 };
}

function clamp(duration: Duration): Duration {
  return duration > 0 && duration < SECOND ? duration : 0;
}

/**
 * Whether who closed knew of the last payload that the other side had sent before, as the tap saw it. A bare RST tells
 * nothing of it.
 */
function knewLast({ connections }: FlowTable, row: Row, { before }: Landmarks, close: TellingSegment): boolean {
  const other = before[1 - close.talker];
  if (other === null || other === undefined || (close.flags & ACK) === 0) return true;
  const own = before[close.talker as 0 | 1];
  // What it had acknowledged with its own last word is older news; who never spoke had the handshake's.
  const old = own !== null ? own.acknowledgment : (connections.firstSequence(row, other.talker) + 1) | 0;
  return isAfter(close.acknowledgment, old) || !isAfter((other.sequence + other.length) | 0, old);
}

/**
 * Whether the client waited for an answer at the close, as the end that closed knew it. By sequence numbers, not by
 * what was captured: where the client acknowledged more at its close than when it asked, or the server stood further
 * than the client knew, an answer was lost before the tap alone; and an answer that crossed the client's close, or
 * never reached it, was none to it.
 */
function isPending(
  bits: number, { before: [request, answer] }: Landmarks, close: TellingSegment, knew: boolean,
): boolean {
  if (request === null || (bits & closed) === 0 || ((bits & serverCloses) !== 0) !== (close.talker === 1)) return false;
  const isAsked = (bits & (hadTurnAtClose | serverTurnAtClose)) === hadTurnAtClose;
  if (close.talker === 1)
    return isAsked && knew && !isAnswer(request, answer) && !isAfter(close.sequence, request.acknowledgment);
  if ((close.flags & ACK) === 0) return isAsked && !isAnswer(request, answer);
  return !isAfter(close.acknowledgment, request.acknowledgment);
}

/** Whether the client has done no more than to end a TLS handshake. */
function isOnlyTls(
  { connections }: FlowTable, row: Row, bits: number, { before: [last], hello }: Landmarks,
): boolean {
  if (last === null || hello === null || PAYLOAD_KINDS[connections.payloadKind(row, 0)] !== 'tls') return false;
  if ((connections.flags(row) & CONNECTION_FLAG.guessed) !== 0) return false;
  const asked = distance((last.sequence + last.length) | 0, hello);
  return isOnlyHandshake(connections.turns(row), asked, (bits & farewellAtClose) !== 0);
}

/**
 * When the request that waited at the close began; where its answer has been captured, though it did not reach the
 * client, its last piece.
 */
function requestAt(bits: number, { before: [request] }: Landmarks, turnAt: Time): Time {
  return (bits & serverTurnAtClose) === 0 ? turnAt : request!.time;
}

/** A request that the server's last payload acknowledges was sent before it, whatever the order at the tap. */
function isAnswer(request: TellingSegment | null, answer: TellingSegment | null): boolean {
  return (
    request !== null && answer !== null && !isAfter((request.sequence + request.length) | 0, answer.acknowledgment)
  );
}

/** The closer's clock ran from the last payload that it had sent or received. */
function idleAtClose(
  { connections }: FlowTable, row: Row, { before, established }: Landmarks, close: TellingSegment, knew: boolean,
): Duration {
  if ((connections.conversation(row) & saidGoodBye) !== 0) return connections.quietAtClose(row);
  const own = before[close.talker as 0 | 1];
  const other = before[1 - close.talker] ?? null;
  if (own === null && other === null)
    return close.time - (Number.isNaN(established) ? connections.start(row) : established);
  if (knew) return close.time - Math.max(own?.time ?? -Infinity, other?.time ?? -Infinity);
  // The last payload crossed the close: what counts is the one before it, which the last pause tells.
  const pause = connections.lastPause(row);
  const crossing = other!.time - connections.pauseEnd(row);
  if (pause === 0 || connections.pauseEndedBy(row) === close.talker || Math.abs(crossing) > 50 * MILLISECOND)
    return own === null ? NaN : close.time - own.time;
  return pause + close.time - connections.pauseEnd(row);
}

/**
 * From its first word behind the client's last one to its own last one the server spoke alone; or it said one word, in
 * the middle of the silence, as who asks after half of its limit (PostgreSQL's walsender, WalSndKeepaliveIfNecessary).
 */
function unheardAtClose(
  { connections }: FlowTable, row: Row, { before: [said], established }: Landmarks, close: TellingSegment,
  idle: Duration,
): Duration {
  const bits = connections.conversation(row);
  if (close.talker === 0 || (bits & (hadTurnAtClose | serverTurnAtClose)) !== (hadTurnAtClose | serverTurnAtClose))
    return 0;
  const since = said?.time ?? established;
  const age = connections.turnAgeAtClose(row);
  const quiet = close.time - age - since;
  const isHalf = idle >= LONG && Math.abs(quiet - idle) <= apart(idle);
  return age - idle >= LONG || (age - idle < apart(0) && isHalf) ? Math.max(0, close.time - since) : 0;
}

function lateOf({ before, behind, count }: Landmarks, close: TellingSegment, knew: boolean): Late | null {
  const closer = close.talker;
  const first = knew ? behind : (before[1 - closer] ?? null);
  if (first === null) return null;
  const closeEnd = (close.sequence + close.length + 1) | 0;
  let end = (first.sequence + first.length) | 0;
  let [drewReset, read] = [false, false];
  for (let index = 0; index < count; index++) {
    const row = rows[index]!;
    if (row.frame < first.frame || (row.marks & FOREIGN) !== 0) continue;
    const reaches = (row.sequence + row.length) | 0;
    if (row.talker !== closer && row.length > 0 && isAfter(reaches, end)) end = reaches;
    if (row.talker === closer && (row.flags & RST) !== 0 && row.frame > first.frame) drewReset = true;
  }
  for (let index = 0; index < count; index++) {
    const row = rows[index]!;
    if (row.frame < first.frame || (row.marks & FOREIGN) !== 0 || row.talker !== closer) continue;
    if ((row.flags & (RST | ACK)) === ACK && !isAfter(end, row.acknowledgment)) read = true;
  }
  // A RST leaves nothing to be acknowledged: whoever had heard it would have sent nothing more.
  const crossed = (close.flags & RST) !== 0 || isAfter(closeEnd, first.acknowledgment);
  return { at: first.time, bytes: Math.max(0, distance(end, first.sequence)), crossed, read, drewReset };
}
