import type { Row } from '../base/numbers.js';
import { ACK, CWR, ECE, FIN, RST, SYN } from '../decode/segment.js';
import {
  closed, farewellAtClose, farewellLast, hadTurnAtClose, hasTurn, saidGoodBye, serverCloses, serverTurn,
  serverTurnAtClose,
} from '../flow/conversation.js';
import type { Connections } from '../flow/connections.js';
import { LONGEST_BINARY } from '../flow/farewell.js';
import type { FlowTable } from '../flow/flow-table.js';
import { NO_ERROR, goAwayIn } from '../flow/go-away.js';
import { closedCleanlyItself } from '../flow/clean-close.js';
import * as CONNECTION_FLAG from '../flow/connection-flags.js';
import { lostBytes } from '../flow/loss.js';
import { PAYLOAD_KINDS } from '../flow/payload-kind.js';
import { distance, isAfter } from '../flow/sequence.js';
import { isOneDirection } from '../flow/history/one-direction.js';
import { FOREIGN, PROBE } from '../flow/history/telling-segment.js';
import type { TellingSegment } from '../flow/history/telling-segment.js';
import { isOneWayStream } from '../flow/one-way-stream.js';
import { isOnlyHandshake } from '../flow/tls-handshake.js';
import { isUnreachable, networkError } from '../tcp/network-error.js';
import { MILLISECOND, SECOND } from '../base/time.js';
import type { Duration, Time } from '../base/time.js';
import type { Both, Facts, Late, Undelivered } from './facts.js';
import { signsOf } from './signs.js';
import { ASKS_FOR_ECN, CARRIES_DATA, OF_LAST } from './syn-asks.js';
import { apart } from './timer.js';

/** From here on silence or waiting is told of. */
const LONG: Duration = SECOND;

/**
 * A request that waits for less when the connection is closed is a last word, whatever the protocol: nobody gives up so
 * soon.
 */
const PATIENT: Duration = 100 * MILLISECOND;

/** A good-bye comes this shortly before the close. */
const GOOD_BYE: Duration = 50 * MILLISECOND;

const REFUSAL = PAYLOAD_KINDS.indexOf('refusal');

/**
 * Whether nothing of connection `row` is worth more than to be counted: it opened and closed cleanly, spoke without
 * pause, answered and was answered at once, and by no refusal. Looks at a few words.
 */
export function isOrdinary({ connections }: FlowTable, row: Row): boolean {
  if (!closedCleanlyItself(connections, row)) return false;
  // PostgreSQL hears its client out before it turns it away, and closes as after any other session (53300).
  if (connections.payloadKind(row, 1) === REFUSAL) return false;
  if (
    connections.lastPause(row) > 0 || connections.bytes(row, 0) === 0 || connections.slowestAnswer(row) >= LONG ||
    connections.quietAtClose(row) >= LONG
  )
    return false;
  const bits = connections.conversation(row);
  return (bits & (hadTurnAtClose | serverTurnAtClose)) !== hadTurnAtClose || connections.turnAgeAtClose(row) < PATIENT;
}

const ECN = ECE | CWR;
const FIRST = ASKS_FOR_ECN | CARRIES_DATA;

/** One for all. */
const rows: TellingSegment[] = [];

/** Whoever asks PostgreSQL to cancel a query waits for no answer. */
const CANCEL = PAYLOAD_KINDS.indexOf('postgresql-cancel');

/** What most connections show of both ends, one for all of them: a hundred thousand are kept. */
const NOTHING: Both = [0, 0];
const NEVER: Both = [NaN, NaN];
const NO_WINDOW: readonly [boolean, boolean] = [false, false];

/**
 * What the history of one connection tells beside its columns: of the one that was read last. Segments are those of
 * `rows`.
 */
class Landmarks {
  attempts = 0;
  synAsks = 0;
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
  behind: TellingSegment | null = null;
  /** A GOAWAY of the server, the last one before the close. */
  goAway: TellingSegment | null = null;
  readonly firstLength: [number, number] = [0, 0];
  reset: TellingSegment | null = null;
  readonly heard: [Time, Time] = [NaN, NaN];
  stuckSince: Both = NEVER;
  stuckLength: Both = NOTHING;
  private stuckAt: Both = NOTHING;
  /** Rows of the history. */
  count = 0;

  begin(count: number): void {
    this.attempts = this.synAsks = this.synAcks = 0;
    this.lastSyn = this.synAck = this.established = this.otherCloseAt = NaN;
    this.close = this.behind = this.reset = this.goAway = null;
    this.hello = null;
    this.before[0] = this.before[1] = null;
    this.firstLength[0] = this.firstLength[1] = 0;
    this.heard[0] = this.heard[1] = NaN;
    this.stuckSince = NEVER;
    this.stuckLength = this.stuckAt = NOTHING;
    this.count = count;
  }

  /** A SYN of the client before the answer. */
  ask({ time, flags, length }: TellingSegment): void {
    const asks = ((flags & ECN) === ECN ? ASKS_FOR_ECN : 0) | (length > 0 ? CARRIES_DATA : 0);
    const first = this.attempts === 1 ? asks : this.synAsks & FIRST;
    this.synAsks = first | (asks << OF_LAST);
    this.lastSyn = time;
  }

  /** Payload that was not acknowledged to its end. */
  stick(role: 0 | 1, { sequence, length, time }: TellingSegment): void {
    if (Number.isNaN(this.stuckSince[role])) {
      this.stuckSince = withOf(this.stuckSince, role, time);
      this.stuckAt = withOf(this.stuckAt, role, sequence);
    }
    if (this.stuckAt[role] === sequence) this.stuckLength = withOf(this.stuckLength, role, length);
  }
}

const landmarks = new Landmarks();

function survey(table: FlowTable, row: Row): Landmarks {
  const { connections, history } = table;
  const count = history.load(connections.history(row), rows);
  const found = landmarks;
  found.begin(count);
  for (let index = 0; index < count; index++) {
    const segment = rows[index]!;
    const { talker, flags, marks, time, length } = segment;
    if ((marks & FOREIGN) !== 0) continue;
    if ((flags & (SYN | ACK)) === SYN && talker === 0) {
      found.attempts++;
      if (Number.isNaN(found.synAck)) found.ask(segment);
    } else if ((flags & (SYN | ACK)) === (SYN | ACK) && talker === 1) {
      found.synAcks++;
      if (found.synAcks === 1) found.synAck = time;
    } else if (talker === 0 && (flags & (RST | SYN | ACK)) === ACK && Number.isNaN(found.established)) {
      found.established = time;
      // A client acknowledges nothing before it has heard a SYN-ACK (RFC 9293 §3.10.7.3): the capture lacks it.
      if (found.synAcks === 0 && found.attempts > 0) found.synAck = time;
    }
    if ((flags & RST) === 0) found.heard[talker as 0 | 1] = time;
    else found.reset ??= segment;
    // The byte of a keepalive is no word: Windows sends one that its peer has (RFC 9293 §3.8.4).
    if (length > 0 && (flags & RST) === 0 && (marks & PROBE) === 0) {
      if (found.firstLength[talker as 0 | 1] === 0) found.firstLength[talker as 0 | 1] = length;
      if (talker === 1) found.hello ??= segment.acknowledgment;
      if (found.close === null) {
        found.before[talker as 0 | 1] = segment;
        if (talker === 1 && segment.note !== '' && goAwayIn(segment.note) !== null) found.goAway = segment;
      } else if (
        found.behind === null && talker !== found.close.talker && isNew(found.before[talker as 0 | 1], segment)
      )
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
  const asks = connections.payloadKind(row, 0) !== CANCEL && !isOnlyTls(table, row, bits, found);
  const pending = asks && close !== null && isPending(bits, found, close, knew) && !isStream(table, row, close);
  const waits = asks && close === null && (bits & (hasTurn | serverTurn)) === hasTurn && !isAnswer(...found.before);
  const turnAt = connections.turnAt(row);
  const idle = close === null ? NaN : idleAtClose(table, row, found, close, knew);
  const firstLength = both(found.firstLength[0], found.firstLength[1]);
  const lowestTtl = ttlsOf(connections.lowestTtl(row, 0), connections.lowestTtl(row, 1));
  const [closedClient, closedServer] = [connections.hasClosedWindow(row, 0), connections.hasClosedWindow(row, 1)];
  const facts: Facts = {
    id: -1, signs: 0, stream: connections.stream(row), place: -1, frame: connections.firstFrame(row), client,
    clientPort: tuples.port(tuple, side), server, serverPort: tuples.port(tuple, side ^ 1),
    isGuessed: (connections.flags(row) & CONNECTION_FLAG.guessed) !== 0,
    lacks: lostBytes(connections, row, 0) + lostBytes(connections, row, 1) > 0,
    isOneDirection: isOneDirection(rows, found.count),
    isDoubled: (connections.flags(row) & CONNECTION_FLAG.doubled) !== 0,
    isPlain: closedCleanlyItself(connections, row), start: connections.start(row), end: connections.end(row),
    attempts: found.attempts, synAsks: found.synAsks, lastSyn, synAcks: found.synAcks, synAck, established,
    roundTrip, closer,
    closeAt: close === null ? NaN : close.time, closedByReset: close !== null && (close.flags & RST) !== 0,
    otherCloseAt: found.otherCloseAt, idle,
    unheard: close === null ? 0 : unheardAtClose(table, row, found, close, idle),
    saidGoodBye: (bits & saidGoodBye) !== 0, pending,
    requestAt: pending ? requestAt(bits, found, close.time - connections.turnAgeAtClose(row)) : waits ? turnAt : NaN,
    lastPieceAt: pending || waits ? (found.before[0]?.time ?? NaN) : NaN, requestPieces: connections.requestPieces(row),
    late: close === null ? null : lateOf(found, close, knew, (bits & (farewellLast | serverTurn)) === farewellLast),
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
    heard: [found.heard[0], found.heard[1]], stuckSince: found.stuckSince, stuckLength: found.stuckLength,
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
  facts.signs = signsOf(facts);
  return facts;
}

/** A number of each end: in an array that is there already, where one says the same. */
function both(client: number, server: number, known: Both = NOTHING): Both {
  if (client === 0 && server === 0) return NOTHING;
  return client === known[0] && server === known[1] ? known : [client, server];
}

function withOf(all: Both, role: 0 | 1, value: number): Both {
  return role === 0 ? [value, all[1]] : [all[0], value];
}

const knownTtls = new Map<number, Both>();

/** TTLs: of all connections of two hosts they are the same. */
function ttlsOf(client: number, server: number): Both {
  const key = (client << 8) | server;
  let ttls = knownTtls.get(key);
  if (ttls === undefined) knownTtls.set(key, (ttls = [client, server]));
  return ttls;
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
  bits: number, { before: [request, answer], goAway }: Landmarks, close: TellingSegment, knew: boolean,
): boolean {
  if (request === null || (bits & closed) === 0 || ((bits & serverCloses) !== 0) !== (close.talker === 1)) return false;
  // What comes behind a GOAWAY of the server is not looked at, and says so to the client (RFC 9113 §6.8).
  const isAsked = (bits & (hadTurnAtClose | serverTurnAtClose)) === hadTurnAtClose && goAway === null;
  if (close.talker === 1) {
    // Nobody waits for an answer to a good-bye.
    if ((bits & farewellAtClose) !== 0) return false;
    return isAsked && knew && !isAnswer(request, answer) && !isAfter(close.sequence, request.acknowledgment);
  }
  if ((close.flags & ACK) === 0) return isAsked && !isAnswer(request, answer);
  return !isAfter(close.acknowledgment, request.acknowledgment);
}

/** Whether the server ended a stream of one way by its FIN: nothing was asked. */
function isStream({ connections }: FlowTable, row: Row, close: TellingSegment): boolean {
  return (
    close.talker === 1 && (close.flags & RST) === 0 &&
    isOneWayStream({
      kind: PAYLOAD_KINDS[connections.payloadKind(row, 0)]!, answered: connections.bytes(row, 1),
      age: connections.turnAgeAtClose(row), quiet: connections.quietAtClose(row),
    })
  );
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
  { connections }: FlowTable, row: Row, { before, established, goAway }: Landmarks, close: TellingSegment,
  knew: boolean,
): Duration {
  const gone = beforeGoAway(connections, row, before, close);
  if (gone > 0) return gone;
  // Some time behind another GOAWAY it is the last of the open streams that closes, or the end of a drain, and no clock.
  if (close.talker === 1 && goAway !== null && close.time - goAway.time > GOOD_BYE) return NaN;
  if ((connections.conversation(row) & saidGoodBye) !== 0) return connections.quietAtClose(row);
  const own = before[close.talker as 0 | 1];
  const other = before[1 - close.talker] ?? null;
  if (own === null && other === null)
    return close.time - (Number.isNaN(established) ? connections.start(row) : established);
  if (knew) return close.time - Math.max(own?.time ?? -Infinity, other?.time ?? -Infinity);
  // The last payload crossed the close: what counts is the one before it, which the last pause tells.
  const pause = connections.lastPause(row);
  const crossing = other!.time - connections.pauseEnd(row);
  // A word of its own ended the silence, as short as a good-bye (close_notify of TLS), and right before the close: what
  // crosses the one has crossed the other.
  if (
    connections.pauseEndedBy(row) === close.talker && own !== null && own.length <= LONGEST_BINARY &&
    own.time - connections.pauseEnd(row) < MILLISECOND && close.time - own.time <= GOOD_BYE
  )
    return pause;
  if (pause === 0 || connections.pauseEndedBy(row) === close.talker || Math.abs(crossing) > 50 * MILLISECOND)
    return own === null ? NaN : close.time - own.time;
  return pause + close.time - connections.pauseEnd(row);
}

/** Go's server closes so long behind its GOAWAY (net/http, http2goAwayTimeout). */
const AFTER_GOAWAY: Duration = SECOND;

/** A frame of HTTP/2 without anything in it: by that of SETTINGS their receipt is told (RFC 9113 §6.5.3). */
const EMPTY_FRAME = 9;

/**
 * How long it had been idle when the server said that it takes no more, and closed at once or a little later: its clock
 * had run out then. A GOAWAY answers nothing, and nothing answers it (RFC 9113 §6.8). 0 where it said none. In TLS
 * nobody can read it, and it shows by the time in which Go closes behind it.
 */
function beforeGoAway(
  connections: Connections, row: Row, [said, last]: Landmarks['before'], close: TellingSegment,
): Duration {
  if (close.talker === 0 || last === null || !spokeLast(connections, row)) return 0;
  const age = connections.turnAgeAtClose(row);
  if (isTls(connections, row)) {
    const quiet = quietOf(connections, row, last, close);
    return Math.abs(quiet - AFTER_GOAWAY) < apart(0) && age - quiet >= LONG ? age - quiet : 0;
  }
  const told = goAwayIn(last.note);
  if (told === null || told.code !== NO_ERROR) return 0;
  const closesIn = close.time - last.time;
  // Where it answered a word of the client: a request waited for an answer then, and was no silence.
  if (age <= closesIn + MILLISECOND) return said === null || said.length > EMPTY_FRAME ? 0 : last.time - said.time;
  return closesIn >= LONG ? age - closesIn : 0;
}

/** How long the server had said nothing but good-bye when it closed. */
function quietOf(connections: Connections, row: Row, last: TellingSegment, close: TellingSegment): Duration {
  return (connections.conversation(row) & saidGoodBye) === 0 ? close.time - last.time : connections.quietAtClose(row);
}

function spokeLast(connections: Connections, row: Row): boolean {
  const both = hadTurnAtClose | serverTurnAtClose;
  return (connections.conversation(row) & both) === both;
}

function isTls(connections: Connections, row: Row): boolean {
  return PAYLOAD_KINDS[connections.payloadKind(row, 0)] === 'tls';
}

/**
 * Whether what the server said since the client's last word were pings: of TLS these show by their beat alone, after
 * one of which at most it gives up. What is said at other times is an answer in pieces.
 */
function hasBeat(connections: Connections, row: Row, quiet: Duration, close: TellingSegment): boolean {
  if (connections.pauseEndedBy(row) === 0) return false;
  // The last pause may be the one that a good-bye ended.
  const beat = close.time - connections.pauseEnd(row) <= apart(0) ? quiet : connections.lastPause(row);
  const alone = connections.turnAgeAtClose(row) - quiet;
  const beats = Math.max(1, Math.round(alone / beat));
  return quiet <= beat + apart(beat) && Math.abs(alone - beats * beat) <= Math.min(beats * apart(beat), beat / 8);
}

/**
 * From its first word behind the client's last one to its own last one the server spoke alone; or it said one word, in
 * the middle of the silence, as who asks after half of its limit (PostgreSQL's walsender, WalSndKeepaliveIfNecessary).
 */
function unheardAtClose(
  { connections }: FlowTable, row: Row, { before, established }: Landmarks, close: TellingSegment, idle: Duration,
): Duration {
  const [said] = before;
  if (close.talker === 0 || !spokeLast(connections, row) || beforeGoAway(connections, row, before, close) > 0) return 0;
  const since = said?.time ?? established;
  const age = connections.turnAgeAtClose(row);
  const quiet = close.time - age - since;
  if (isTls(connections, row) && !hasBeat(connections, row, idle, close)) return 0;
  const isHalf = idle >= LONG && Math.abs(quiet - idle) <= apart(idle);
  return age - idle >= LONG || (age - idle < apart(0) && isHalf) ? Math.max(0, close.time - since) : 0;
}

/** The first time that the peer sent what `close` does not acknowledge; null where that does not show. */
function firstUnheard({ talker, flags, acknowledgment, frame }: TellingSegment, count: number): TellingSegment | null {
  if ((flags & ACK) === 0) return null;
  for (let index = 0; index < count && rows[index]!.frame < frame; index++) {
    const row = rows[index]!;
    if (
      row.talker !== talker && row.length > 0 && (row.marks & FOREIGN) === 0 && (row.flags & RST) === 0 &&
      isAfter((row.sequence + row.length) | 0, acknowledgment)
    )
      return row;
  }
  return null;
}

function lateOf(
  { before, behind, goAway, count }: Landmarks, close: TellingSegment, knew: boolean, isFarewell: boolean,
): Late | null {
  const closer = close.talker;
  const first = knew ? behind : (firstUnheard(close, count) ?? before[1 - closer] ?? null);
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
  const bytes = Math.max(0, distance(end, first.sequence));
  const isForNobody = closer === 1 && ((isFarewell && bytes <= LONGEST_BINARY) || goAway !== null);
  return { at: first.time, bytes: isForNobody ? 0 : bytes, crossed, read, drewReset };
}
