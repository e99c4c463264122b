import type { FrameNumber, Row } from '../base/numbers.js';
import { ACK, RST, SYN } from '../decode/segment.js';
import type { Segment } from '../decode/segment.js';
import { MILLISECOND } from '../base/time.js';
import type { Duration, Time } from '../base/time.js';
import { ANY_COUNT, UnpackError } from '../packing/packer.js';
import type { Packer, Unpacker } from '../packing/packer.js';

/**
 * Segments that are remembered, the latest ones: between a packet and its copy some hundred others may come. Few enough
 * for the processor's caches.
 */
const MEMORY = 1024;
/** Segments of its sender that a segment is held against: as many may come between it and its copy. */
const FARTHEST = 256;

// What is remembered of a segment.
const RECORD = 12;
/** Its tuple and side: `tuple * 2 + side`; NO_END where nothing is remembered. */
const SENDER = 0;
/** What its sender sent before. */
const BEFORE = 1;
/** Connection and role it was given to: `connection * 2 + role`. */
const ENDPOINT = 2;
/** In which it stands, or its last copy. */
const FRAME = 3;
const SEQUENCE = 4;
const ACKNOWLEDGMENT = 5;
const LENGTH = 6;
/** Flags in the lower half, window in the upper. */
const FLAGS_AND_WINDOW = 7;
const IP_ID = 8;
const TTL = 9;
const TIMESTAMP_VALUE = 10;
const TIMESTAMP_ECHO = 11;

const NO_END = -1;

/**
 * How far apart two taps see one packet that passed a bridge or a router: well above their queues, far below any RTO
 * (RFC 6298 §2.4).
 */
export const APART: Duration = 20 * MILLISECOND;

/**
 * Where nothing but time tells a copy from the same segment sent again: below the shortest timer of a sender
 * (TCP_TIMEOUT_MIN_US, 2 ms, in Linux's net/tcp.h).
 */
const AT_ONCE: Duration = MILLISECOND;

/**
 * Tells copies of a packet that was captured twice, on `any`, on a bridge, at a mirror port or inside and outside of a
 * VLAN.
 *
 * A host that sends a segment again gives it another IP ID, unless it gives none (RFC 6864 §4.1), and the same TTL: the
 * same ID or another TTL makes a copy. Where there is no ID the two must stand closer together than a host could send
 * twice. That is enough for a SYN (RFC 6298 §2.1: a second), and where other segments of the connection were copies;
 * else nothing may have come between the two, as the acknowledgments do that ask for a fast retransmission (RFC 5681
 * §3.2), and a RST counts, for each of two segments in flight draws one (RFC 9293 §3.10.7.1).
 *
 * Bare acknowledgments need not be looked at, unless they are keepalive probes: to see one twice changes nothing. Nor
 * need the payload of a connection whose SYN was seen once: what is captured twice is so from its beginning.
 *
 * A ring of what was sent of late, chained back from the latest segment of each sender. To remember costs a few words,
 * and only what brings nothing new has to be looked up.
 */
export class Duplicates {
  /** Told so far. */
  count = 0;
  /** The number that the next segment gets; it wraps. */
  private next = 0;
  private words = new Int32Array(MEMORY * RECORD).fill(NO_END);
  private times = new Float64Array(MEMORY);
  /** Which of those remembered the segment last looked up met. */
  private met = 0;

  pack(to: Packer): void {
    to.number(this.count);
    to.number(this.next);
    to.column(this.words, this.words.length);
    to.column(this.times, this.times.length);
  }

  static unpack(from: Unpacker): Duplicates {
    const duplicates = new Duplicates();
    duplicates.count = from.integer(0, ANY_COUNT);
    duplicates.next = from.integer(-(2 ** 31), 2 ** 31 - 1);
    duplicates.words = from.column(Int32Array, MEMORY * RECORD);
    duplicates.times = from.column(Float64Array, MEMORY);
    return duplicates;
  }

  /** What was captured twice, of tuples and connections that have other rows, as `tupleOf` and `connectionOf` tell. */
  moved(tupleOf: (tuple: number) => number, connectionOf: (connection: Row) => number): Duplicates {
    const duplicates = new Duplicates();
    duplicates.count = this.count;
    duplicates.next = this.next;
    duplicates.words.set(this.words);
    duplicates.times.set(this.times);
    for (let at = 0; at < MEMORY * RECORD; at += RECORD) {
      const sender = this.words[at + SENDER]!;
      const endpoint = this.words[at + ENDPOINT]!;
      if (sender === NO_END) continue;
      duplicates.words[at + SENDER] = tupleOf(sender >> 1) * 2 + (sender & 1);
      duplicates.words[at + ENDPOINT] = connectionOf(endpoint >> 1) * 2 + (endpoint & 1);
    }
    return duplicates;
  }

  /** @throws UnpackError where it remembers a segment of a connection that is not there, of `connections` */
  check(connections: number): void {
    for (let at = 0; at < MEMORY * RECORD; at += RECORD) {
      const endpoint = this.words[at + ENDPOINT]!;
      if (this.words[at + SENDER] !== NO_END && (endpoint < 0 || endpoint >> 1 >= connections))
        throw new UnpackError('a copy of a connection that is not there');
    }
  }

  /** Forgets segments of connections that are gone: their rows and those of their tuples may be given to others now. */
  forget(isGone: (connection: Row) => boolean): void {
    const { words } = this;
    for (let at = 0; at < MEMORY * RECORD; at += RECORD)
      if (words[at + SENDER] !== NO_END && isGone(words[at + ENDPOINT]! >> 1)) words[at + SENDER] = NO_END;
  }

  /**
   * Whether a segment is remembered that `segment` may be a copy of.
   *
   * @param sender its tuple and side
   * @param latest what `remember` answered for this sender's last one
   */
  meets(sender: number, latest: number, segment: Segment, time: Time): boolean {
    const { words, times } = this;
    for (let number = latest, steps = 0; steps < FARTHEST; steps++) {
      const place = number & (MEMORY - 1);
      const at = place * RECORD;
      // Nothing, or another segment in the place of one that had to go.
      if (words[at + SENDER] !== sender || time - times[place]! > APART) return false;
      if (isSame(words, at, segment) && times[place]! - time <= APART) {
        this.met = place;
        return true;
      }
      const before = words[at + BEFORE]!;
      if (((number - before) | 0) <= 0 || ((this.next - before) | 0) > MEMORY) return false;
      number = before;
    }
    return false;
  }

  /** Connection and role of the segment last met. */
  get endpoint(): number {
    return this.words[this.met * RECORD + ENDPOINT]!;
  }

  /** Frame of the segment last met, or of its last copy. */
  get frame(): number {
    return this.words[this.met * RECORD + FRAME]! >>> 0;
  }

  /**
   * Whether `segment` is a copy of the one that it met.
   *
   * @param lastFrame of the connection
   * @param doubled whether other segments of the connection were copies
   */
  isCopy({ ipId, ttl, flags }: Segment, time: Time, lastFrame: number, doubled: boolean): boolean {
    if (ipId > 0 || this.words[this.met * RECORD + TTL] !== ttl) return true;
    // A SYN-ACK comes again by a timer of a second, or upon a SYN that does (RFC 6298 §2.1).
    if ((flags & (SYN | ACK)) === (SYN | ACK)) return true;
    if (Math.abs(time - this.times[this.met]!) > AT_ONCE) return false;
    if (doubled || (flags & SYN) !== 0) return true;
    return this.frame === lastFrame && (flags & RST) === 0;
  }

  /** The segment last met was captured again in `frame`. */
  meetAgain(frame: FrameNumber): void {
    this.words[this.met * RECORD + FRAME] = frame;
  }

  /**
   * Remembers a segment that was given to `endpoint`; answers its number. `latest` is that of its sender's last one.
   */
  remember(sender: number, latest: number, endpoint: number, segment: Segment, frame: FrameNumber, time: Time): number {
    const number = this.next;
    const place = number & (MEMORY - 1);
    const { words } = this;
    const at = place * RECORD;
    this.next = (number + 1) | 0;
    this.times[place] = time;
    words[at + SENDER] = sender;
    words[at + BEFORE] = latest;
    words[at + ENDPOINT] = endpoint;
    words[at + FRAME] = frame;
    words[at + SEQUENCE] = segment.sequence;
    words[at + ACKNOWLEDGMENT] = segment.acknowledgment;
    words[at + LENGTH] = segment.length;
    words[at + FLAGS_AND_WINDOW] = segment.flags | (segment.window << 16);
    words[at + IP_ID] = segment.ipId;
    words[at + TTL] = segment.ttl;
    words[at + TIMESTAMP_VALUE] = segment.timestampValue;
    words[at + TIMESTAMP_ECHO] = segment.timestampEcho;
    return number;
  }
}

/** Whether what is remembered at `at` is what copies have in common with `segment`. */
function isSame(words: Int32Array, at: number, segment: Segment): boolean {
  return (
    words[at + SEQUENCE] === segment.sequence &&
    words[at + ACKNOWLEDGMENT] === segment.acknowledgment &&
    words[at + LENGTH] === segment.length &&
    words[at + FLAGS_AND_WINDOW] === (segment.flags | (segment.window << 16)) &&
    words[at + IP_ID] === segment.ipId &&
    words[at + TIMESTAMP_VALUE] === segment.timestampValue &&
    words[at + TIMESTAMP_ECHO] === segment.timestampEcho
  );
}
