import type { End } from '../base/numbers.js';
import { MILLISECOND } from '../base/time.js';
import type { Time } from '../base/time.js';
import type { Segment } from '../decode/segment.js';
import type { TellingSegment } from './history/telling-segment.js';
import { PAYLOAD_KINDS } from './payload-kind.js';
import type { PayloadKind } from './payload-kind.js';
import { begins } from './payload-text.js';

/** Answers of protocols in which both ends ask: RFC 3261 §7.2, RFC 2326 §7.1, RFC 7826 §8.1. */
const ANSWERS = ['SIP/2.0 ', 'RTSP/1.0 ', 'RTSP/2.0 '];

/** Whether what a client says is no more than an answer. */
export function isAnswer({ payloadOffset: from, payloadCaptured: captured }: Segment, bytes: Uint8Array): boolean {
  const first = bytes[from];
  return (first === 0x53 || first === 0x52) && ANSWERS.some((text) => begins(bytes, from, captured, text));
}

// Frames of HTTP/2 (RFC 9113 §4.1, §6; RFC 9218 §7.1).
const HEAD = 9;
const PRIORITY = 2;
const RST_STREAM = 3;
const SETTINGS = 4;
const PING = 6;
const WINDOW_UPDATE = 8;
const PRIORITY_UPDATE = 16;
const ACK = 1;

/** Frames of a segment that are looked at. */
const MOST_FRAMES = 32;

/**
 * Whether what `role` says by HTTP/2 asks for nothing, and answers nothing that was asked: flow control, priorities,
 * the receipt of a PING or of SETTINGS by the client, a stream that it gives up; of the server its own PING. Only where
 * such frames fill the segment from its first byte to its last.
 */
export function asksNothing(role: End, segment: Segment, bytes: Uint8Array): boolean {
  const { payloadOffset: from, payloadCaptured: captured, length } = segment;
  let place = 0;
  for (let frames = 0; frames < MOST_FRAMES && place + HEAD <= captured && place < length; frames++) {
    const at = from + place;
    if (!isOfNone(role, bytes[at + 3]!, bytes[at + 4]!)) return false;
    place += HEAD + ((bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!);
  }
  return place > 0 && place === length;
}

function isOfNone(role: End, type: number, flags: number): boolean {
  switch (type) {
    case WINDOW_UPDATE: case PRIORITY: return true;
    case RST_STREAM: case PRIORITY_UPDATE: return role === 0;
    case SETTINGS: return role === 0 && flags === ACK;
    case PING: return (flags === ACK) === (role === 0);
    default: return false;
  }
}

/** Bytes of one such frame or two, and what a record adds (RFC 8446 §5.2; RFC 5246 §6.2.3.3, RFC 5288, RFC 7905). */
const FRAMES = [HEAD, HEAD + 4, HEAD + 5, HEAD + 8, 2 * HEAD + 4, 2 * HEAD + 8];
const OF_RECORD = [5 + 16, 5 + 1 + 16, 5 + 8 + 16];
const RECORDS: ReadonlySet<number> = new Set(FRAMES.flatMap((frame) => OF_RECORD.map((more) => frame + more)));

/** Hello, answer, the client's Finished and perhaps a request, and what comes upon that. */
const SERVED_BY_TLS = 4;

/**
 * Whether a client's turn that began at `turnAt`, the last of `turns`, may be such a frame in a record of TLS: `last`,
 * what it said last, is all of it, and no longer. Nobody can read it, and most of what asks is longer (a request of
 * HTTP/1.1 has 27 bytes and more: RFC 9112 §3, §3.2).
 */
export function mayBeAside(
  kind: PayloadKind, turns: number, turnAt: Time, { time, length }: Pick<TellingSegment, 'time' | 'length'>,
): boolean {
  return kind === 'tls' && turns > SERVED_BY_TLS && RECORDS.has(length) && time - turnAt < MILLISECOND;
}

const UNKNOWN = PAYLOAD_KINDS.indexOf('unknown');
const TLS = PAYLOAD_KINDS.indexOf('tls');
const UPGRADED = PAYLOAD_KINDS.indexOf('http-upgrade');

/** A request of HTTP/1.1 in TLS is no shorter than this (27 bytes in a record: RFC 9112 §3.2, RFC 8446 §5.2). */
const SHORTEST_IN_TLS = 48;
/** Whoever says that he has heard says it in few words: no more than a good-bye takes. */
const LONGEST_REPLY = 64;

/**
 * Whether a piece of `length` bytes may only say that its client has heard what its server said of its own accord, by
 * what both said first (numbers of `PAYLOAD_KINDS`).
 */
export function mayReply(client: number, server: number, length: number): boolean {
  return client === TLS ? length < SHORTEST_IN_TLS
    : (client === UNKNOWN || server === UPGRADED) && length <= LONGEST_REPLY;
}
