import { MILLISECOND, SECOND } from '../../base/time.js';
import { PAYLOAD_KINDS } from '../../flow/payload-kind.js';
import type { Facts } from './facts.js';

// What one connection shows at first sight, a bit each. Every detector looks for something of this kind before it goes
// into detail, and most connections show little: so it is found out once, for all of them. A sign that has a bound says
// no more than that a detector's own rule may hold: the bound is as wide as the widest rule that asks for it.

/** Its SYN was captured. */
export const attempted = 1 << 0;
/** More than one SYN. */
export const severalSyns = 1 << 1;
/** A SYN, and no SYN-ACK. */
export const noSynAck = 1 << 2;
/** A SYN, and no acknowledgment of a SYN-ACK. */
export const notEstablished = 1 << 3;
/** An ICMP error tells of it. */
export const undelivered = 1 << 4;
/** An end sent twice again, or the server its SYN-ACK. */
export const sentAgain = 1 << 5;
/** Payload of an end was not acknowledged to its end. */
export const stuck = 1 << 6;
/** An end sent again and again, and heard nothing meanwhile. */
export const stalled = 1 << 7;
/** Nobody spoke for a second, and then somebody did. */
export const paused = 1 << 8;
/** The client said nothing. */
export const mute = 1 << 9;
/** An answer took long, by a person's measure (`LONG_ANSWER`), or was waited for so long in vain. */
export const slowAnswer = 1 << 10;
/** A request waited for its answer when the client closed or the capture ended. */
export const waits = 1 << 11;
/** The client closed while its request waited. */
export const gaveUp = 1 << 12;
/** The server closed while a request waited. */
export const cutOff = 1 << 13;
/** Who closed had not heard or said anything for a second. */
export const closedIdle = 1 << 14;
/** Payload of which the end that closed first knew nothing when it did. */
export const late = 1 << 15;
/** One side closed by FIN, and the other did not close. */
export const halfClosed = 1 << 16;
/** The server ended it by RST. */
export const serverReset = 1 << 17;
/** Somebody closed, and the server had said a few words at most (`FEW_WORDS`). */
export const fewWords = 1 << 18;
/** Its request came in pieces, or the server said or showed that it did not come to its end. */
export const pieces = 1 << 19;
/** Both spoke TLS, and the client closed within the turns of a handshake. */
export const tlsLeft = 1 << 20;
/** The server closed first. */
export const serverClosed = 1 << 21;
/** The client closed first what the server had taken. */
export const clientClosed = 1 << 22;
/** The server took it, and said something. */
export const served = 1 << 23;
/** Nothing of its own: every connection has it. */
export const any = 1 << 24;

/** Detectors begin with 100 ms; a difference of two times, which are doubles, may be off by half a microsecond. */
const LONG_ANSWER = 99 * MILLISECOND;

/** Bytes of an error, and of a greeting that is none. */
const FEW_WORDS = 256;

const TLS = PAYLOAD_KINDS.indexOf('tls');
const HTTP_TIMEOUT = PAYLOAD_KINDS.indexOf('http-timeout');

/** Of a client that closed it shows later how long the server took. */
function waitedLong({ pending, closer, closeAt, requestAt }: Omit<Facts, 'signs'>): boolean {
  return pending && (closer === 0 || closeAt - requestAt >= LONG_ANSWER);
}

/** All signs of one connection. */
export function signsOf(facts: Omit<Facts, 'signs'>): number {
  const { attempts, repeats, stuckSince, closer, bytes, kinds, turns } = facts;
  let signs = any;
  if (attempts > 0) {
    signs |= attempted;
    if (attempts > 1) signs |= severalSyns;
    if (Number.isNaN(facts.synAck)) signs |= noSynAck;
    if (Number.isNaN(facts.established)) signs |= notEstablished;
  }
  if (facts.undelivered !== null) signs |= undelivered;
  if (repeats[0] > 1 || repeats[1] > 1 || facts.synAcks > 1) signs |= sentAgain;
  if (facts.stall !== null) signs |= stalled;
  // What one end answered, acknowledged or closed does not show: only what the other sends again.
  if (facts.isOneDirection) return signs;
  if (!Number.isNaN(stuckSince[0]) || !Number.isNaN(stuckSince[1])) signs |= stuck;
  if (facts.lastPause >= SECOND) signs |= paused;
  if (bytes[0] === 0) signs |= mute;
  if (bytes[1] > 0 && !Number.isNaN(facts.synAck)) signs |= served;
  if (facts.slowestAnswer >= LONG_ANSWER || waitedLong(facts)) signs |= slowAnswer;
  if (closer !== 1 && !Number.isNaN(facts.requestAt)) signs |= waits;
  if (facts.late !== null) signs |= late;
  if (facts.requestPieces > 2 || facts.owes || kinds[1] === HTTP_TIMEOUT) signs |= pieces;
  if (closer === -1) return signs;
  if (closer === 1) signs |= serverClosed;
  else if (!Number.isNaN(facts.synAck)) signs |= clientClosed;
  if (facts.pending) signs |= closer === 0 ? gaveUp : cutOff;
  if (facts.idle >= SECOND) signs |= closedIdle;
  if (!facts.closedByReset && Number.isNaN(facts.otherCloseAt)) signs |= halfClosed;
  if (facts.closedByReset && closer === 1) signs |= serverReset;
  if (bytes[1] <= FEW_WORDS) signs |= fewWords;
  if (closer === 0 && turns > 1 && turns < 5 && kinds[0] === TLS && kinds[1] === TLS) signs |= tlsLeft;
  return signs;
}
