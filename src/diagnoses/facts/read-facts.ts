import type { Row } from '../../base/numbers.js';
import { MILLISECOND, SECOND } from '../../base/time.js';
import type { Duration, Time } from '../../base/time.js';
import { ACK, RST } from '../../decode/segment.js';
import { closedCleanlyItself } from '../../flow/clean-close.js';
import * as CONNECTION_FLAG from '../../flow/connection-flags.js';
import {
  farewellLast, hadTurnAtClose, hasTurn, saidGoodBye, serverTurn, serverTurnAtClose,
} from '../../flow/conversation.js';
import type { FlowTable } from '../../flow/flow-table.js';
import { isOneDirection } from '../../flow/history/one-direction.js';
import { lostBytes } from '../../flow/loss.js';
import { PAYLOAD_KINDS } from '../../flow/payload-kind.js';
import { stallOf } from '../../tcp/exchange.js';
import { isUnreachable, networkError } from '../../tcp/network-error.js';
import {
  endsWithAside, isAnswer, isOnlyTls, isPending, isStream, knewLast, lateOf, requestAt,
} from './asked-at-close.js';
import type { Both, Facts, Undelivered } from './facts.js';
import { beforeGoAway, idleAtClose, unheardAtClose } from './idle-at-close.js';
import { both, rows, survey } from './landmarks.js';
import { signsOf } from './signs.js';

/** From here on silence or waiting is told of. */
const LONG: Duration = SECOND;

/**
 * A request that waits for less when the connection is closed is a last word, whatever the protocol: nobody gives up so
 * soon.
 */
const PATIENT: Duration = 100 * MILLISECOND;

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

/** Whoever asks PostgreSQL to cancel a query waits for no answer. */
const CANCEL = PAYLOAD_KINDS.indexOf('postgresql-cancel');

const NO_WINDOW: readonly [boolean, boolean] = [false, false];

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
  const asks =
    connections.payloadKind(row, 0) !== CANCEL && !isOnlyTls(table, row, bits, found) &&
    !endsWithAside(table, row, found);
  const pending = asks && close !== null && isPending(bits, found, close, knew) && !isStream(table, row, close);
  const waits = asks && close === null && (bits & (hasTurn | serverTurn)) === hasTurn && !isAnswer(...found.before);
  const turnAt = connections.turnAt(row);
  const gone = close === null ? 0 : beforeGoAway(table, row, found, close);
  const idle = close === null ? NaN : gone > 0 ? gone : idleAtClose(table, row, found, close, knew);
  const firstLength = both(found.firstLength[0], found.firstLength[1]);
  const lowestTtl = ttlsOf(connections.lowestTtl(row, 0), connections.lowestTtl(row, 1));
  const [closedClient, closedServer] = [connections.hasClosedWindow(row, 0), connections.hasClosedWindow(row, 1)];
  // A connection that is over has no window any more.
  const offered = close === null ? now : connections.end(row);
  const lacks = lostBytes(connections, row, 0) + lostBytes(connections, row, 1) > 0;
  const facts: Facts = {
    id: -1, signs: 0, stream: connections.stream(row), place: -1, frame: connections.firstFrame(row), client,
    clientPort: tuples.port(tuple, side), server, serverPort: tuples.port(tuple, side ^ 1),
    isGuessed: (connections.flags(row) & CONNECTION_FLAG.guessed) !== 0,
    lacks,
    isOneDirection: isOneDirection(rows, found.count),
    isDoubled: (connections.flags(row) & CONNECTION_FLAG.doubled) !== 0,
    isPlain: closedCleanlyItself(connections, row), start: connections.start(row), end: connections.end(row),
    attempts: found.attempts, synAsks: found.synAsks, lastSyn, synAcks: found.synAcks, synAck, established,
    isAskedInSilence: found.isAskedInSilence, firstSpeaker: found.firstSpeaker,
    roundTrip, closer,
    closeAt: close === null ? NaN : close.time, closedByReset: close !== null && (close.flags & RST) !== 0,
    otherCloseAt: found.otherCloseAt, idle,
    unheard: close === null || gone > 0 ? 0 : unheardAtClose(table, row, found, close, idle),
    saidGoodBye: (bits & saidGoodBye) !== 0, pending, owes: closer === 1 && !lacks && connections.owesRequest(row),
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
    stall: stallOf(connections, row),
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
    closedWindow: both(connections.closedWindow(row, 0, offered), connections.closedWindow(row, 1, offered)),
    hasClosedWindow: closedClient || closedServer ? [closedClient, closedServer] : NO_WINDOW,
    lowestTtl, highestTtl: both(connections.highestTtl(row, 0), connections.highestTtl(row, 1), lowestTtl),
    kinds: kindsOf(connections.payloadKind(row, 0), connections.payloadKind(row, 1)),
    product: connections.product(row),
  };
  facts.signs = signsOf(facts);
  return facts;
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
