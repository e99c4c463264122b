import type { Row } from '../../base/numbers.js';
import type { Time } from '../../base/time.js';
import { ACK, RST } from '../../decode/segment.js';
import * as CONNECTION_FLAG from '../../flow/connection-flags.js';
import {
  closed, farewellAtClose, hadTurnAtClose, serverCloses, serverTurn, serverTurnAtClose,
} from '../../flow/conversation.js';
import { LONGEST_BINARY } from '../../flow/farewell.js';
import type { FlowTable } from '../../flow/flow-table.js';
import { FOREIGN, NO_QUESTION } from '../../flow/history/telling-segment.js';
import type { TellingSegment } from '../../flow/history/telling-segment.js';
import { mayBeAside } from '../../flow/no-question.js';
import { isOneWayStream } from '../../flow/one-way-stream.js';
import { PAYLOAD_KINDS } from '../../flow/payload-kind.js';
import { distance, isAfter } from '../../flow/sequence.js';
import { isOnlyHandshake } from '../../flow/tls-handshake.js';
import type { Late } from './facts.js';
import { rows } from './landmarks.js';
import type { Landmarks } from './landmarks.js';

/**
 * Whether who closed knew of the last payload that the other side had sent before, as the tap saw it. A bare RST tells
 * nothing of it.
 */
export function knewLast({ connections }: FlowTable, row: Row, { before }: Landmarks, close: TellingSegment): boolean {
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
export function isPending(
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
  // What it said last asks for nothing, whatever it had asked before.
  if (request.note === NO_QUESTION && !isAsked) return false;
  if ((close.flags & ACK) === 0) return isAsked && !isAnswer(request, answer);
  return !isAfter(close.acknowledgment, request.acknowledgment);
}

/** Whether the server ended a stream of one way by its FIN: nothing was asked. */
export function isStream({ connections }: FlowTable, row: Row, close: TellingSegment): boolean {
  return (
    close.talker === 1 && (close.flags & RST) === 0 &&
    isOneWayStream({
      kind: PAYLOAD_KINDS[connections.payloadKind(row, 0)]!, answered: connections.bytes(row, 1),
      age: connections.turnAgeAtClose(row), quiet: connections.quietAtClose(row),
    })
  );
}

/** Whether the client has done no more than to end a TLS handshake. */
export function isOnlyTls(
  { connections }: FlowTable, row: Row, bits: number, { before: [last], hello }: Landmarks,
): boolean {
  if (last === null || hello === null || PAYLOAD_KINDS[connections.payloadKind(row, 0)] !== 'tls') return false;
  if ((connections.flags(row) & CONNECTION_FLAG.guessed) !== 0) return false;
  const asked = distance((last.sequence + last.length) | 0, hello);
  const answeredLate = (bits & (hadTurnAtClose | serverTurnAtClose | serverTurn)) === (hadTurnAtClose | serverTurn);
  return isOnlyHandshake(connections.turns(row) - (answeredLate ? 1 : 0), asked, (bits & farewellAtClose) !== 0);
}

/** Whether the client's last turn is a single piece of TLS that may be flow control, or the like. */
export function endsWithAside({ connections }: FlowTable, row: Row, { before: [last] }: Landmarks): boolean {
  const kind = PAYLOAD_KINDS[connections.payloadKind(row, 0)]!;
  return last !== null && mayBeAside(kind, connections.turns(row), connections.turnAt(row), last);
}

/**
 * When the request that waited at the close began; where its answer has been captured, though it did not reach the
 * client, its last piece.
 */
export function requestAt(bits: number, { before: [request] }: Landmarks, turnAt: Time): Time {
  return (bits & serverTurnAtClose) === 0 ? turnAt : request!.time;
}

/** A request that the server's last payload acknowledges was sent before it, whatever the order at the tap. */
export function isAnswer(request: TellingSegment | null, answer: TellingSegment | null): boolean {
  return (
    request !== null && answer !== null && !isAfter((request.sequence + request.length) | 0, answer.acknowledgment)
  );
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

/** What came behind the close; null where nothing did. */
export function lateOf(
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
