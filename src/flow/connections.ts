import type { End, FrameNumber, Row } from '../base/numbers.js';
import { MILLISECOND } from '../base/time.js';
import type { Duration, Time } from '../base/time.js';
import {
  ACKNOWLEDGED, BODY_END, BODY_LENGTH, BYTES, CLOSED_WINDOW, CLOSED_WINDOW_FROM, CLOSED_WINDOW_SINCE, CLOSING_AT,
  CONNECTION_FLAGS, CONNECTION_SIZE, DEAF_AND_ASKED, DEAF_SINCE, END, ENDPOINTS, ENDPOINT_FLAGS, ENDPOINT_SIZE,
  FIRST_FRAME, FIRST_REPEAT, FIRST_SEQUENCE, HISTORY, HOPS_AND_KIND, INCUMBENT, INTERFACE, LARGEST_PAYLOADS, LAST_FRAME,
  LAST_HOLE, LAST_PAUSE, LAST_STREAM, LATEST_ACK, LATEST_DATA, LATEST_REPEAT, LONGEST_PAUSE, LONGEST_QUIET,
  LONGEST_STALL, MISSING, NEXT_SEQUENCE, OPTION_LAYOUT, PACKETS, PAUSE_END, PAYLOAD_AT, PENDING_QUIET, PREVIOUS,
  QUIET_AT_CLOSE, REPEATS, REQUEST_PIECES, RESETS, SLOWEST_ANSWER, SLOWEST_ANSWER_AT, STALL_FROM, STALL_REPEATS, START,
  STREAM, TUPLE, TURNS_PRODUCT_BITS, TURN_AGE_AT_CLOSE, TURN_AT, UNANSWERED, WIDEST_WINDOW,
} from './connection-record.js';
import * as CONNECTION_FLAG from './connection-flags.js';
import type { Unpacker } from '../packing/packer.js';
import { ConnectionPages, NO_CONNECTION } from './connection-pages.js';
import { isOwed, isWhole, unfinishedBody } from './http-message.js';
import type { UnfinishedBody } from './http-message.js';
import { NO_RECORD } from './history/living-histories.js';

/** Of a connection whose packets had no time, so that they cover none. */
const NO_INTERFACE = -1;

/**
 * One row for each connection, laid out as connection-record.ts says.
 *
 * A connection is one incarnation of a tuple; its endpoints have roles, 0 the client and 1 the server. Rows are in
 * order of the first frame until one was forgotten and its row is used again.
 */
export class Connections extends ConnectionPages {
  static unpack(from: Unpacker): Connections {
    const connections = new Connections();
    connections.unpackPages(from);
    return connections;
  }

  add(tuple: number, clientSide: number, frame: FrameNumber, time: Time, stream: number, previous: number): number {
    const row = this.anyRow();
    const words = this.page(row);
    const at = this.at(row);
    words[at + TUPLE] = tuple;
    words[at + CONNECTION_FLAGS] = clientSide === 0 ? 0 : CONNECTION_FLAG.upperClient;
    words[at + FIRST_FRAME] = frame;
    this.doublesOf(row)[(at + START) >> 1] = time;
    words[at + STREAM] = stream;
    words[at + LAST_STREAM] = stream;
    words[at + PREVIOUS] = previous;
    words[at + INCUMBENT] = NO_CONNECTION;
    words[at + HISTORY] = NO_RECORD;
    freeze(words, at + ENDPOINTS);
    freeze(words, at + ENDPOINTS + ENDPOINT_SIZE);
    return row;
  }

  /**
   * Where `created` opens on the tuple of `connection`: until it stands, the sockets of the last one that did may
   * answer in its place.
   */
  succeed(connection: Row, created: number): void {
    const lived = (this.flags(connection) & CONNECTION_FLAG.established) !== 0;
    this.page(created)[this.at(created) + INCUMBENT] = lived ? connection : this.incumbent(connection);
    if (!lived) this.page(connection)[this.at(connection) + INCUMBENT] = NO_CONNECTION;
  }

  /**
   * Lets connections that came after a forgotten one on its tuple stand for themselves; before a forgotten row is used
   * again.
   */
  unlink(): void {
    for (let row = 0; row < this.count; row++) {
      if (!this.isKept(row)) continue;
      const previous = this.previous(row);
      if (previous !== NO_CONNECTION && !this.isKept(previous)) this.page(row)[this.at(row) + PREVIOUS] = NO_CONNECTION;
      const incumbent = this.incumbent(row);
      if (incumbent !== NO_CONNECTION && !this.isKept(incumbent))
        this.page(row)[this.at(row) + INCUMBENT] = NO_CONNECTION;
    }
  }

  /**
   * Adds a connection of another table, whose tuple, streams, history and earlier connections are still numbered as
   * there. Answers its row.
   */
  copy(from: Connections, row: Row): Row {
    const copied = this.newRow();
    const at = from.at(row);
    this.page(copied).set(from.page(row).subarray(at, at + CONNECTION_SIZE), this.at(copied));
    return copied;
  }

  tuple(row: Row): number {
    return this.page(row)[this.at(row) + TUPLE]!;
  }

  /** Side of the tuple that the client is. */
  clientSide(row: Row): 0 | 1 {
    return (this.flags(row) & CONNECTION_FLAG.upperClient) === 0 ? 0 : 1;
  }

  /** Bits of connection-flags.ts. */
  flags(row: Row): number {
    return this.page(row)[this.at(row) + CONNECTION_FLAGS]!;
  }

  /** When a hole in what one side sent was last noticed; NaN if none was. */
  lastHole(row: Row): Time {
    const passed = this.page(row)[this.at(row) + LAST_HOLE]! >>> 0;
    return passed === 0 ? NaN : this.start(row) + (passed - 1) * MILLISECOND;
  }

  /** Numbers of the interfaces of all last frames. */
  interfaces(): Set<number> {
    const numbers = new Set<number>();
    for (let row = 0; row < this.count; row++) if (this.isKept(row)) numbers.add(this.interface(row));
    return numbers;
  }

  /** Interfaces have other numbers now; one that is not in `moved` has none. */
  renumberInterfaces(moved: ReadonlyMap<number, number>): void {
    for (let row = 0; row < this.count; row++) {
      if (this.isKept(row)) this.page(row)[this.at(row) + INTERFACE] = moved.get(this.interface(row)) ?? NO_INTERFACE;
    }
  }

  /** Of its last frame: an index into the capture's interfaces. */
  interface(row: Row): number {
    return this.page(row)[this.at(row) + INTERFACE]!;
  }

  firstFrame(row: Row): number {
    return this.page(row)[this.at(row) + FIRST_FRAME]! >>> 0;
  }

  lastFrame(row: Row): number {
    return this.page(row)[this.at(row) + LAST_FRAME]! >>> 0;
  }

  start(row: Row): Time {
    return this.doublesOf(row)[(this.at(row) + START) >> 1]!;
  }

  end(row: Row): Time {
    return this.doublesOf(row)[(this.at(row) + END) >> 1]!;
  }

  /** When the first FIN was seen; meaningless before. */
  closingAt(row: Row): Time {
    return this.doublesOf(row)[(this.at(row) + CLOSING_AT) >> 1]!;
  }

  /** Wireshark's stream of the first frame. */
  stream(row: Row): number {
    return this.page(row)[this.at(row) + STREAM]!;
  }

  /** Wireshark's stream of the last frame. */
  lastStream(row: Row): number {
    return this.page(row)[this.at(row) + LAST_STREAM]!;
  }

  /** The connection before this one on the tuple; NO_CONNECTION if none. */
  previous(row: Row): number {
    return this.page(row)[this.at(row) + PREVIOUS]!;
  }

  /**
   * While this one is an unanswered attempt: the earlier connection whose sockets may answer in its place;
   * NO_CONNECTION if none.
   */
  incumbent(row: Row): number {
    return this.page(row)[this.at(row) + INCUMBENT]!;
  }

  /**
   * The last row of its history, or what stands for it where that is packed, for `History`; NO_RECORD if there is none.
   */
  history(row: Row): number {
    return this.page(row)[this.at(row) + HISTORY]!;
  }

  /** Bits of endpoint-flags.ts. */
  endpointFlags(row: Row, role: End): number {
    return this.page(row)[this.endpoint(row, role) + ENDPOINT_FLAGS]!;
  }

  packets(row: Row, role: End): number {
    return this.page(row)[this.endpoint(row, role) + PACKETS]! >>> 0;
  }

  /** Payload bytes, each once. */
  bytes(row: Row, role: End): number {
    return this.doublesOf(row)[(this.endpoint(row, role) + BYTES) >> 1]!;
  }

  /** Initial sequence number, or the first one seen. */
  firstSequence(row: Row, role: End): number {
    return this.page(row)[this.endpoint(row, role) + FIRST_SEQUENCE]!;
  }

  /** Beyond the highest sequence number sent (SND.NXT as the wire shows it). */
  nextSequence(row: Row, role: End): number {
    return this.page(row)[this.endpoint(row, role) + NEXT_SEQUENCE]!;
  }

  /** Highest acknowledgment sent (what it provably received). */
  acknowledged(row: Row, role: End): number {
    return this.page(row)[this.endpoint(row, role) + ACKNOWLEDGED]!;
  }

  /** Widest window field it ever sent, but for that of its SYN. */
  widestWindow(row: Row, role: End): number {
    return this.page(row)[this.endpoint(row, role) + WIDEST_WINDOW]!;
  }

  /** Option layout of its SYN, as `Segment` has it. */
  optionLayout(row: Row, role: End): number {
    return this.page(row)[this.endpoint(row, role) + OPTION_LAYOUT]!;
  }

  /** Bits of conversation.ts. */
  conversation(row: Row): number {
    return this.word(row, TURNS_PRODUCT_BITS) & 0xc0ff;
  }

  /** What of a body that it had announced the end that closed first did not send; null where nobody has closed. */
  unfinishedBody(row: Row): UnfinishedBody | null {
    return unfinishedBody(this.word(row, BODY_LENGTH), this.word(row, BODY_END));
  }

  /** Whether the end that closed first is seen to have sent all of a body that it had announced. */
  isWholeBody(row: Row): boolean {
    return isWhole(this.word(row, BODY_LENGTH));
  }

  /** Whether the server closed first, on a request of which the client had not sent all. */
  owesRequest(row: Row): boolean {
    return isOwed(this.word(row, BODY_LENGTH));
  }

  /** How often the side that sends payload changed: a request and its answer are two. At most 65,535. */
  turns(row: Row): number {
    return this.word(row, TURNS_PRODUCT_BITS) >>> 16;
  }

  /** What the server calls itself: a number of `PRODUCTS`. */
  product(row: Row): number {
    return (this.word(row, TURNS_PRODUCT_BITS) >>> 8) & 0x3f;
  }

  /**
   * When the side that spoke last began to; meaningless where nobody sent payload. To the millisecond, as all that
   * follow.
   */
  turnAt(row: Row): Time {
    return this.start(row) + this.milliseconds(row, TURN_AT);
  }

  /** When new payload was last seen; meaningless where nobody sent any. */
  payloadAt(row: Row): Time {
    return this.start(row) + this.milliseconds(row, PAYLOAD_AT);
  }

  /** How long no new payload had been seen when the first FIN or RST came, a good-bye of its sender aside. */
  quietAtClose(row: Row): Duration {
    return this.milliseconds(row, QUIET_AT_CLOSE);
  }

  /** How long before the first FIN or RST the side that spoke last had begun to. */
  turnAgeAtClose(row: Row): Duration {
    return this.milliseconds(row, TURN_AGE_AT_CLOSE);
  }

  /** The longest silence, from a second on, after which both sides spoke again. */
  longestQuiet(row: Row): Duration {
    return this.milliseconds(row, LONGEST_QUIET);
  }

  /** The longest time without new payload, from a second on, after which both sides spoke again. */
  longestPause(row: Row): Duration {
    return this.milliseconds(row, LONGEST_PAUSE);
  }

  /** The last time without new payload, from a second on; 0 where there was none. */
  lastPause(row: Row): Duration {
    return (this.word(row, LAST_PAUSE) >>> 1) * MILLISECOND;
  }

  /** Who ended it, 0 the client or 1 the server, and when; meaningless where there was none. */
  pauseEndedBy(row: Row): 0 | 1 {
    return (this.word(row, LAST_PAUSE) & 1) as 0 | 1;
  }

  pauseEnd(row: Row): Time {
    return this.start(row) + this.milliseconds(row, PAUSE_END);
  }

  /** Pieces, half a second apart or more, in which the client's last request came. */
  requestPieces(row: Row): number {
    return this.word(row, REQUEST_PIECES) >>> 0;
  }

  /** The longest time from the beginning of a request to that of its answer. */
  slowestAnswer(row: Row): Duration {
    return this.milliseconds(row, SLOWEST_ANSWER);
  }

  /** When the slowest answer came. */
  slowestAnswerAt(row: number): Time {
    return this.start(row) + this.milliseconds(row, SLOWEST_ANSWER_AT);
  }

  /**
   * The longest time over which one side sent again and again and heard nothing, 0 if there was none; since when, who,
   * and how often.
   */
  longestStall(row: number): Duration {
    return (this.word(row, LONGEST_STALL) >>> 1) * MILLISECOND;
  }

  stallFrom(row: number): Time {
    return this.start(row) + this.milliseconds(row, STALL_FROM);
  }

  stallBy(row: number): 0 | 1 {
    return (this.word(row, LONGEST_STALL) & 1) as 0 | 1;
  }

  stallRepeats(row: number): number {
    return this.word(row, STALL_REPEATS);
  }

  /** Lowest and highest TTL of its segments but RSTs; 0 where it sent none. */
  lowestTtl(row: Row, role: End): number {
    return (this.endpointWord(row, role, HOPS_AND_KIND) >>> 8) & 0xff;
  }

  highestTtl(row: Row, role: End): number {
    return (this.endpointWord(row, role, HOPS_AND_KIND) >>> 16) & 0xff;
  }

  /** What its first payload is: a number of `PAYLOAD_KINDS`. */
  payloadKind(row: Row, role: End): number {
    return this.endpointWord(row, role, HOPS_AND_KIND) >>> 24;
  }

  /** The longest time in which the window that it offers was 0, up to `now` where it still is. */
  closedWindow(row: Row, role: End, now: Time): Duration {
    const since = this.endpointWord(row, role, CLOSED_WINDOW_SINCE) >>> 0;
    const before = (this.endpointWord(row, role, CLOSED_WINDOW) >>> 0) * MILLISECOND;
    return since === 0 ? before : Math.max(before, now - this.start(row) - (since - 1) * MILLISECOND);
  }

  /** When that time began; meaningless where there was none. */
  closedWindowFrom(row: Row, role: End, now: Time): Time {
    const since = this.endpointWord(row, role, CLOSED_WINDOW_SINCE) >>> 0;
    const before = this.endpointWord(row, role, CLOSED_WINDOW) >>> 0;
    const lasts = since !== 0 && now - this.start(row) - (since - 1) * MILLISECOND > before * MILLISECOND;
    return this.start(row) + (lasts ? since - 1 : this.endpointWord(row, role, CLOSED_WINDOW_FROM) >>> 0) * MILLISECOND;
  }

  /** Whether the window that it offered last is 0. */
  hasClosedWindow(row: Row, role: End): boolean {
    return this.endpointWord(row, role, CLOSED_WINDOW_SINCE) !== 0;
  }

  /** Its largest payload of one segment that was acknowledged with all before it, and that it sent; 65,535 at most. */
  largestAcknowledged(row: Row, role: End): number {
    return this.endpointWord(row, role, LARGEST_PAYLOADS) >>> 16;
  }

  largestSent(row: Row, role: End): number {
    return this.endpointWord(row, role, LARGEST_PAYLOADS) & 0xffff;
  }

  /** Segments that it sent again, or probes, since the peer last spoke; 65,535 at most. */
  unanswered(row: Row, role: End): number {
    return this.endpointWord(row, role, UNANSWERED);
  }

  /** Segments that it sent again, probes included. */
  repeats(row: Row, role: End): number {
    return this.endpointWord(row, role, REPEATS) >>> 0;
  }

  /**
   * How often in a row it sent again what its peer had acknowledged already, as the tap saw it; and since when:
   * meaningless where it did not.
   */
  deaf(row: Row, role: End): number {
    return this.endpointWord(row, role, DEAF_AND_ASKED) & 0xffff;
  }

  deafSince(row: Row, role: End): Time {
    return this.start(row) + ((this.endpointWord(row, role, DEAF_SINCE) >>> 0) - 1) * MILLISECOND;
  }

  /** How often it asked for room, by a probe or by data, while its peer's window was closed. */
  asked(row: Row, role: End): number {
    return this.endpointWord(row, role, DEAF_AND_ASKED) >>> 16;
  }

  /** RSTs that it sent. */
  resets(row: Row, role: End): number {
    return this.endpointWord(row, role, RESETS) >>> 0;
  }

  /** A silence, from a second on, that one end has ended and the other has not answered yet; 0 where there is none. */
  pendingQuiet(row: Row): Duration {
    return (this.word(row, PENDING_QUIET) >>> 1) * MILLISECOND;
  }

  /** Bytes of holes: sequence numbers that were passed over and not seen since. */
  missing(row: Row, role: End): number {
    return this.endpointWord(row, role, MISSING) >>> 0;
  }

  private word(row: Row, word: number): number {
    return this.page(row)[this.at(row) + word]!;
  }

  private milliseconds(row: Row, word: number): Duration {
    return (this.word(row, word) >>> 0) * MILLISECOND;
  }

  private endpointWord(row: Row, role: End, word: number): number {
    return this.page(row)[this.endpoint(row, role) + word]!;
  }

  private endpoint(row: Row, role: End): number {
    return this.at(row) + ENDPOINTS + role * ENDPOINT_SIZE;
  }

}

/** Leaves the running rows of the endpoint at `own` as they are: the next of each kind is a new row. */
export function freeze(words: Int32Array, own: number): void {
  words[own + LATEST_DATA] = NO_RECORD;
  words[own + LATEST_ACK] = NO_RECORD;
  words[own + FIRST_REPEAT] = NO_RECORD;
  words[own + LATEST_REPEAT] = NO_RECORD;
}
