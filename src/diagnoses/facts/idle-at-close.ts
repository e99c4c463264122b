import type { Row } from '../../base/numbers.js';
import { MILLISECOND, SECOND } from '../../base/time.js';
import type { Duration } from '../../base/time.js';
import type { Connections } from '../../flow/connections.js';
import { farewellAtClose, hadTurnAtClose, saidGoodBye, serverTurnAtClose } from '../../flow/conversation.js';
import { LONGEST_BINARY } from '../../flow/farewell.js';
import type { FlowTable } from '../../flow/flow-table.js';
import { NO_ERROR, goAwayIn } from '../../flow/go-away.js';
import type { TellingSegment } from '../../flow/history/telling-segment.js';
import { PAYLOAD_KINDS } from '../../flow/payload-kind.js';
import type { Landmarks } from './landmarks.js';
import { apart } from '../patterns/timer.js';

/** From here on silence is told of. */
const LONG: Duration = SECOND;

/** A good-bye comes this shortly before the close. */
const GOOD_BYE: Duration = 50 * MILLISECOND;

/** The closer's clock ran from the last payload that it had sent or received, where no GOAWAY says when it ran out. */
export function idleAtClose(
  { connections }: FlowTable, row: Row, { before, established, goAway }: Landmarks, close: TellingSegment,
  knew: boolean,
): Duration {
  // Some time behind another GOAWAY it is the last of the open streams that closes, or the end of a drain: no clock.
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
export function beforeGoAway(
  { connections }: FlowTable, row: Row, { before: [said, last] }: Landmarks, close: TellingSegment,
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

/** The client spoke last, and that was no good-bye, where of these only its turn is set. */
const UNANSWERED = hadTurnAtClose | serverTurnAtClose | farewellAtClose;

/**
 * From its first word behind the client's last one to its own last one the server spoke alone; or it said one word, in
 * the middle of the silence, as who asks after half of its limit (PostgreSQL's walsender, WalSndKeepaliveIfNecessary).
 * Where the client closes, since the server's last word, if it had said something since.
 */
export function unheardAtClose(
  { connections }: FlowTable, row: Row, { before: [said, heard], established }: Landmarks, close: TellingSegment,
  idle: Duration,
): Duration {
  if (close.talker === 0) {
    const isUnanswered = (connections.conversation(row) & UNANSWERED) === hadTurnAtClose;
    return isUnanswered && heard !== null ? Math.max(0, close.time - heard.time) : 0;
  }
  if (!spokeLast(connections, row)) return 0;
  const since = said?.time ?? established;
  const age = connections.turnAgeAtClose(row);
  const quiet = close.time - age - since;
  if (isTls(connections, row) && !hasBeat(connections, row, idle, close)) return 0;
  const isHalf = idle >= LONG && Math.abs(quiet - idle) <= apart(idle);
  return age - idle >= LONG || (age - idle < apart(0) && isHalf) ? Math.max(0, close.time - since) : 0;
}
