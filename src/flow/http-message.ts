import type { End } from '../base/numbers.js';
import { ACK, FIN, RST } from '../decode/segment.js';
import type { Segment } from '../decode/segment.js';
import {
  BODY_END, BODY_LENGTH, CONNECTION_FLAGS, ENDPOINTS, ENDPOINT_SIZE, NEXT_SEQUENCE,
} from './connection-record.js';
import * as CONNECTION_FLAG from './connection-flags.js';
import { begins, beginsInAnyCase } from './payload-text.js';
import { distance } from './sequence.js';

// How long the body is that the last HTTP/1.x message of a connection announces (RFC 9112 §6), and whether its sender
// closed before it had sent all of it (§8); and whether a server closed on a request that had not come to its end. What
// is not seen to the end announces nothing: a head in two segments, or one that the snap length cuts.

/**
 * What `BODY_LENGTH` is else than twice the announced length, and one more where the server announces it: nothing is
 * announced; the server sends chunks; nothing that the server announces need come, ever: the client asks by HEAD or
 * CONNECT, or both went on to another protocol (RFC 9112 §6.3 1 and 2, RFC 9110 §7.8); its sender has closed, and had
 * sent all of it; the head of a request has begun, and no empty line has ended it; the server has closed on a request
 * that had not come to its end.
 */
const NOTHING = 0;
const CHUNKED = 1;
const UNKNOWABLE = -1;
const WHOLE = -2;
const HEAD_OPEN = -3;
const OWED = -4;

/** Of chunks `BODY_END` says no more than whether what was sent last may be their end. */
const OPEN = 0;
const MAY_HAVE_ENDED = 1;

/** Bytes of a head that are looked at. */
const LOOKED_AT = 8192;

/** Of a body longer than a gigabyte nothing is known: sequence numbers count to four, and a word holds it twice. */
const LONGEST = 0x3fff_ffff;

/** `HTTP/1.1 200`. */
const STATUS_AT = 9;
const SHORTEST = 12;

/** Requests whose body counts; they all begin with P. */
const WITH_BODY = ['POST ', 'PUT ', 'PATCH '];

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** What a message announces, where it neither is a number of bytes nor chunks. */
const NO_LENGTH = -1;
const IN_CHUNKS = -2;

/**
 * New payload of `role`, whose first payload was HTTP/1.x; `isTurn`: the other side spoke last. Before `NEXT_SEQUENCE`
 * knows of it.
 */
export function noteMessage(
  words: Int32Array, at: number, role: End, segment: Segment, bytes: Uint8Array, isTurn: boolean,
): void {
  const body = words[at + BODY_LENGTH]!;
  if (body === UNKNOWABLE || (words[at + CONNECTION_FLAGS]! & CONNECTION_FLAG.closing) !== 0) return;
  if (role === 1) noteAnswer(words, at, body, segment, bytes, isTurn);
  else noteRequest(words, at, body, segment, bytes);
}

function noteAnswer(
  words: Int32Array, at: number, body: number, segment: Segment, bytes: Uint8Array, isTurn: boolean,
): void {
  const { payloadOffset: from, payloadCaptured: captured } = segment;
  const isChunked = body === CHUNKED;
  const isInside = isChunked
    ? words[at + BODY_END] === OPEN
    : (body & 1) === 1 && distance(words[at + BODY_END]!, segment.sequence) > 0;
  if ((isInside && !isTurn) || !begins(bytes, from, captured, 'HTTP/1.')) {
    if (isChunked) words[at + BODY_END] = mayEndChunks(segment, bytes) ? MAY_HAVE_ENDED : OPEN;
    return;
  }
  // Answered before all of the request has come: what the client owes is what counts.
  if (isRequestOpen(words, at, body)) return;
  if (captured < SHORTEST) return announce(words, at, 1, segment, bytes, 0, NO_LENGTH);
  const status = statusOf(bytes, from + STATUS_AT);
  if (status === 101) words[at + BODY_LENGTH] = UNKNOWABLE;
  // The answer is still to come.
  else if (status < 200) return;
  else if (status === 204 || status === 304) announce(words, at, 1, segment, bytes, 0, NO_LENGTH);
  else readHead(words, at, 1, segment, bytes);
}

function noteRequest(words: Int32Array, at: number, body: number, segment: Segment, bytes: Uint8Array): void {
  const next = words[at + BODY_END]!;
  if (body > CHUNKED && (body & 1) === 0 && distance(next, segment.sequence) > 0) return;
  const { payloadOffset: from, payloadCaptured: captured } = segment;
  if (body === HEAD_OPEN) {
    if (mayEndHead(segment, bytes)) words[at + BODY_LENGTH] = NOTHING;
    return;
  }
  if (begins(bytes, from, captured, 'HEAD ') || begins(bytes, from, captured, 'CONNECT ')) {
    words[at + BODY_LENGTH] = UNKNOWABLE;
    return;
  }
  const hasBody = bytes[from] === 0x50 && WITH_BODY.some((method) => begins(bytes, from, captured, method));
  if (!hasBody && endsWithEmptyLine(segment, bytes)) return;
  // Asked ahead, while the answer before is under way.
  const sent = words[at + ENDPOINTS + ENDPOINT_SIZE + NEXT_SEQUENCE]!;
  if (body === CHUNKED ? next === OPEN : (body & 1) === 1 && distance(next, sent) > 0) return;
  if (hasBody) readHead(words, at, 0, segment, bytes);
  else if (isOpenHead(segment, bytes)) words[at + BODY_LENGTH] = HEAD_OPEN;
}

/** Whether the client has announced more of a request than it has sent. */
function isRequestOpen(words: Int32Array, at: number, body: number): boolean {
  return (
    body > CHUNKED && (body & 1) === 0 &&
    distance(words[at + BODY_END]!, words[at + ENDPOINTS + NEXT_SEQUENCE]!) > 0
  );
}

/** Whether a segment is the beginning of the head of a request, whose request line has ended, and which has not. */
function isOpenHead(segment: Segment, bytes: Uint8Array): boolean {
  const { payloadOffset: from, payloadCaptured: captured, length } = segment;
  // Methods are written in capitals (RFC 9110 §9.1): other payload of a client is no head.
  if (captured < length || !isCapital(bytes[from]!) || !isCapital(bytes[from + 1]!)) return false;
  const line = nextLine(bytes, from, from + captured);
  return (
    line <= from + captured && line - from > VERSION.length + 2 &&
    begins(bytes, line - 2 - VERSION.length, VERSION.length, VERSION) && !mayEndHead(segment, bytes)
  );
}

/** What a request line ends with, but for the last digit. */
const VERSION = ' HTTP/1.1';

const isCapital = (letter: number): boolean => letter >= 0x41 && letter <= 0x5a;

/** Whether an empty line may lie in a segment, or be ended by it. */
function mayEndHead(segment: Segment, bytes: Uint8Array): boolean {
  const { payloadOffset: from, payloadCaptured: captured, length } = segment;
  if (captured < length || length > LOOKED_AT) return true;
  const end = from + captured;
  for (let place = from; place < end; place = nextLine(bytes, place, end)) {
    const first = bytes[place]!;
    if (first === LINE_FEED || (first === CARRIAGE_RETURN && bytes[place + 1] === LINE_FEED && place + 1 < end))
      return true;
  }
  return false;
}

/** Looks for what the head announces: a head ends with an empty line. */
function readHead(words: Int32Array, at: number, role: End, segment: Segment, bytes: Uint8Array): void {
  const from = segment.payloadOffset;
  const end = from + Math.min(segment.payloadCaptured, LOOKED_AT);
  let length = NO_LENGTH;
  let place = nextLine(bytes, from, end);
  while (place < end) {
    const next = nextLine(bytes, place, end);
    const first = bytes[place]!;
    if (first === LINE_FEED || (first === CARRIAGE_RETURN && bytes[place + 1] === LINE_FEED)) {
      if (next <= end) announce(words, at, role, segment, bytes, next - from, length);
      return;
    }
    // Chunks go before a length (RFC 9112 §6.3 3); of two lengths that differ neither holds (§6.3 5).
    if ((first | 0x20) === 0x74 && beginsInAnyCase(bytes, place, next - place, 'transfer-encoding:'))
      length = endsWith(bytes, place, next, 'chunked') ? IN_CHUNKS : LONGEST + 1;
    else if (
      length !== IN_CHUNKS && (first | 0x20) === 0x63 && beginsInAnyCase(bytes, place, next - place, 'content-length:')
    ) {
      const told = numberIn(bytes, place + 'content-length:'.length, next);
      length = length === NO_LENGTH || length === told ? told : LONGEST + 1;
    }
    place = next;
  }
  if (role === 0 && isOpenHead(segment, bytes)) words[at + BODY_LENGTH] = HEAD_OPEN;
  else announce(words, at, role, segment, bytes, 0, NO_LENGTH);
}

/** Behind the next line feed; beyond `end` where there is none. */
function nextLine(bytes: Uint8Array, from: number, end: number): number {
  let place = from;
  while (place < end && bytes[place] !== LINE_FEED) place++;
  return place + 1;
}

/** `length`: of the body, `NO_LENGTH` or `IN_CHUNKS`; `head`: of what stands before it in the segment. */
function announce(
  words: Int32Array, at: number, role: End, segment: Segment, bytes: Uint8Array, head: number, length: number,
): void {
  if (length === IN_CHUNKS && role === 1) {
    words[at + BODY_LENGTH] = CHUNKED;
    words[at + BODY_END] = segment.length > head && mayEndChunks(segment, bytes) ? MAY_HAVE_ENDED : OPEN;
  } else if (length > 0 && length <= LONGEST) {
    words[at + BODY_LENGTH] = (length * 2 + role) | 0;
    words[at + BODY_END] = (segment.sequence + head + length) | 0;
  } else words[at + BODY_LENGTH] = NOTHING;
}

/**
 * `role` sends the first FIN or RST: whether it owes something of a body that it has announced, or the client something
 * of a request, of which the server will read no more. A connection of the first kind did not close cleanly; `BODY_END`
 * then is how many bytes are missing, 0 where the number was not announced. `NEXT_SEQUENCE` knows of a FIN.
 */
export function noteUnfinished(words: Int32Array, at: number, role: End, { flags, sequence }: Segment): void {
  const body = words[at + BODY_LENGTH]!;
  if (role === 1 && (body === HEAD_OPEN || isRequestOpen(words, at, body))) {
    words[at + BODY_LENGTH] = OWED;
    return;
  }
  if (body <= NOTHING) return;
  if ((body & 1) !== role || (body === CHUNKED && words[at + BODY_END] !== OPEN)) {
    words[at + BODY_LENGTH] = (body & 1) === role ? WHOLE : NOTHING;
    return;
  }
  if (body !== CHUNKED) {
    let sent = words[at + ENDPOINTS + role * ENDPOINT_SIZE + NEXT_SEQUENCE]!;
    if ((flags & FIN) !== 0) sent = (sent - 1) | 0;
    // A RST of who aborts stands behind all that it has sent, captured or not; one that answers stands anywhere.
    else if ((flags & (RST | ACK)) === (RST | ACK) && distance(sequence, sent) > 0) sent = sequence;
    const missing = distance(words[at + BODY_END]!, sent);
    if (missing <= 0) {
      words[at + BODY_LENGTH] = WHOLE;
      return;
    }
    words[at + BODY_END] = missing;
  }
  words[at + CONNECTION_FLAGS]! |= CONNECTION_FLAG.irregular;
}

/** A body that its sender announced and did not send to the end before it closed. */
export interface UnfinishedBody {
  /** Bytes announced, and bytes missing; null where it came in chunks, of which the last one is missing. */
  readonly length: number | null;
  readonly missing: number | null;
}

/** What the one of connection `row` that closed first owes; null where that is nothing, or not known. */
export function unfinishedBody(body: number, end: number): UnfinishedBody | null {
  if (body <= NOTHING) return null;
  return body === CHUNKED ? { length: null, missing: null } : { length: body >> 1, missing: end };
}

/** Whether the server closed first, on a request of which the client had not sent all. */
export function isOwed(body: number): boolean {
  return body === OWED;
}

/** Whether the end that closed first is seen to have sent all of a body that it had announced. */
export function isWhole(body: number): boolean {
  return body === WHOLE;
}

function statusOf(bytes: Uint8Array, at: number): number {
  return (bytes[at]! - 0x30) * 100 + (bytes[at + 1]! - 0x30) * 10 + (bytes[at + 2]! - 0x30);
}

/** The number that a field's value is; `LONGEST + 1` where it is none, or a larger one. */
function numberIn(bytes: Uint8Array, from: number, end: number): number {
  let place = from;
  while (place < end && (bytes[place] === 0x20 || bytes[place] === 0x09)) place++;
  let value = 0;
  let digits = 0;
  for (; place < end && bytes[place]! >= 0x30 && bytes[place]! <= 0x39; place++) {
    value = Math.min(value * 10 + bytes[place]! - 0x30, LONGEST + 1);
    digits++;
  }
  while (place < end && (bytes[place] === 0x20 || bytes[place] === 0x09)) place++;
  const isEnd = place < end && (bytes[place] === CARRIAGE_RETURN || bytes[place] === LINE_FEED);
  return digits > 0 && isEnd ? value : LONGEST + 1;
}

/** Whether a field's value ends with a word, which is written in small letters here. */
function endsWith(bytes: Uint8Array, from: number, end: number, word: string): boolean {
  let last = end;
  while (last > from && bytes[last - 1]! <= 0x20) last--;
  return last - from > word.length && beginsInAnyCase(bytes, last - word.length, word.length, word);
}

/**
 * Whether the last chunk may lie in a segment (RFC 9112 §7.1): it ends with an empty line, as a chunk may, too, whose
 * data end with a line; what ends elsewhere does not, unless it is the rest of such a line.
 */
function mayEndChunks(segment: Segment, bytes: Uint8Array): boolean {
  return segment.payloadCaptured < segment.length || segment.length < 4 || endsWithEmptyLine(segment, bytes);
}

/** Whether all of a segment is there, and its last line is an empty one. */
function endsWithEmptyLine({ payloadOffset, payloadCaptured, length }: Segment, bytes: Uint8Array): boolean {
  if (payloadCaptured < length || length < 4) return false;
  const end = payloadOffset + length;
  return (
    bytes[end - 1] === LINE_FEED && bytes[end - 2] === CARRIAGE_RETURN && bytes[end - 3] === LINE_FEED &&
    bytes[end - 4] === CARRIAGE_RETURN
  );
}
