import type { Segment } from '../decode/segment.js';
import { CONNECTION_FLAGS } from './connection-record.js';
import * as CONNECTION_FLAG from './connection-flags.js';

/** GOAWAY of HTTP/2 (RFC 9113 §6.8): who sends it takes no more on this connection. */
export interface GoAway {
  /** Of streams above this one its sender has done nothing. */
  readonly lastStream: number;
  /** Why: a number of RFC 9113 §7, `NO_ERROR` where it only drains the connection. */
  readonly code: number;
  /** What it says beside, in printable ASCII; mostly nothing. */
  readonly words: string;
}

/** RFC 9113 §7. */
const ERRORS = [
  'NO_ERROR', 'PROTOCOL_ERROR', 'INTERNAL_ERROR', 'FLOW_CONTROL_ERROR', 'SETTINGS_TIMEOUT', 'STREAM_CLOSED',
  'FRAME_SIZE_ERROR', 'REFUSED_STREAM', 'CANCEL', 'COMPRESSION_ERROR', 'CONNECT_ERROR', 'ENHANCE_YOUR_CALM',
  'INADEQUATE_SECURITY', 'HTTP_1_1_REQUIRED',
];

export const NO_ERROR = 0;
/** What an error that nobody knows is equal to (RFC 9113 §7). */
const INTERNAL_ERROR = 2;

/** Of a frame, RFC 9113 §4.1. */
const HEAD = 9;
const GOAWAY = 7;
/** Of a GOAWAY: the head, the last stream, the error. */
const SHORTEST = HEAD + 8;

/** Frames of a segment that are looked at: each byte of a body may look like another one's head. */
const MOST_FRAMES = 32;

/** Letters of what it says that are told: `too_many_pings`, `max_age`, a sentence at most. */
const LONGEST_WORDS = 80;

const NAME = 'GOAWAY';

/** `ENHANCE_YOUR_CALM`. */
export const errorName = ({ code }: GoAway): string => ERRORS[code]!;

/**
 * The GOAWAY in a segment of an end that speaks HTTP/2; null where there is none. Only where frames fill the segment
 * from its first byte to its last: what begins in the middle of one shows its heads nowhere.
 */
export function goAway(segment: Segment, bytes: Uint8Array): GoAway | null {
  const { payloadOffset: from, payloadCaptured: captured, length } = segment;
  let found = -1;
  let place = 0;
  for (let frames = 0; frames < MOST_FRAMES && place + HEAD <= captured && place < length; frames++) {
    const at = from + place;
    const size = (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
    const isOfAll = (wordAt(bytes, at + 5) & 0x7fff_ffff) === 0;
    if (bytes[at + 3] === GOAWAY && isOfAll && size + HEAD >= SHORTEST && place + SHORTEST <= captured) found = place;
    place += HEAD + size;
  }
  if (found < 0 || place !== length) return null;
  const at = from + found;
  const end = Math.min(at + HEAD + ((bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!), from + captured);
  const code = wordAt(bytes, at + HEAD + 4) >>> 0;
  return {
    lastStream: wordAt(bytes, at + HEAD) & 0x7fff_ffff, code: code < ERRORS.length ? code : INTERNAL_ERROR,
    words: printable(bytes, at + SHORTEST, end),
  };
}

/**
 * New payload of a server that speaks HTTP/2: what its row is to say of a GOAWAY, nothing where it holds none. A
 * connection that ends by an error did not close cleanly.
 */
export function noteGoAway(words: Int32Array, at: number, segment: Segment, bytes: Uint8Array): string {
  const told = goAway(segment, bytes);
  if (told === null) return '';
  if (told.code !== NO_ERROR) words[at + CONNECTION_FLAGS]! |= CONNECTION_FLAG.irregular;
  return `${NAME} ${told.lastStream} ${told.code} ${told.words}`;
}

/** The GOAWAY that a note tells of; null where it tells of something else. */
export function goAwayIn(note: string): GoAway | null {
  // Nearly every payload has a note: all of them split took half a hundredth of a report of 400,000 connections.
  if (!note.startsWith(`${NAME} `)) return null;
  const [, lastStream, code, ...words] = note.split(' ');
  return { lastStream: Number(lastStream), code: Number(code), words: words.join(' ') };
}

function wordAt(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

function printable(bytes: Uint8Array, from: number, end: number): string {
  let text = '';
  for (let at = from; at < Math.min(end, from + LONGEST_WORDS); at++) {
    const byte = bytes[at]!;
    if (byte < 0x20 || byte > 0x7e) return '';
    text += String.fromCharCode(byte);
  }
  return text;
}
