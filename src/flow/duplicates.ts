import { RST, SYN } from '../decode/segment.js';
import type { Segment } from '../decode/segment.js';
import { MICROSECOND, MILLISECOND } from '../time.js';
import type { Duration, Time } from '../time.js';

/**
 * Places in which segments are remembered, and how many in each, the latest ones: between a packet and its copy some hundred others may
 * come, of which then hardly ever as many have the same place. Few enough for the processor's caches.
 */
const PLACES = 512;
const PLACE_SHIFT = 32 - Math.log2(PLACES);
const WAYS = 4;

// What is remembered of a segment: eight words, so that those of a place are two cache lines.
const RECORD = 8;
/** Two mixtures of everything that copies have in common. */
const MIXTURE = 0;
const OTHER_MIXTURE = 1;
/** Microseconds, the lower 32 bits of them. */
const TIME = 2;
/** Connection and role it was given to: `connection * 2 + role`; NOTHING where nothing is remembered. */
const ENDPOINT = 3;
const FRAME = 4;
const TTL = 5;

const NOTHING = -1;

/** How far apart two taps see one packet that passed a bridge or a router: well above their queues, far below any RTO (RFC 6298 §2.4). */
export const APART: Duration = 20 * MILLISECOND;

/** Where nothing but time tells a copy from the same segment sent again: below the shortest timer of a sender (TCP_TIMEOUT_MIN_US, 2 ms, in Linux's net/tcp.h). */
const AT_ONCE: Duration = MILLISECOND;

/**
 * Tells copies of a packet that was captured twice, on `any`, on a bridge, at a mirror port or inside and outside of a VLAN.
 *
 * A host that sends a segment again gives it another IP ID, unless it gives none (RFC 6864 §4.1), and the same TTL: the same ID or another
 * TTL makes a copy. Where there is no ID the two must stand closer together than a host could send twice. That is enough for a SYN
 * (RFC 6298 §2.1: a second), and where other segments of the connection were copies; else nothing may have come between the two, as
 * the acknowledgments do that ask for a fast retransmission (RFC 5681 §3.2), and a RST counts, for each of two segments in flight
 * draws one (RFC 9293 §3.10.7.1).
 *
 * Bare acknowledgments need not be looked at, unless they are keepalive probes: to see one twice changes nothing. Nor need the payload of
 * a connection whose SYN was seen once: what is captured twice is so from its beginning.
 */
export class Duplicates {
  /** Told so far. */
  count = 0;
  private readonly words = new Int32Array(PLACES * WAYS * RECORD).fill(NOTHING);
  /** Where the segment last looked up is remembered. */
  private at = 0;

  /** Forgets what it remembers: rows of connections may be given to others now. */
  forget(): void {
    this.words.fill(NOTHING);
  }

  /** Whether a segment is remembered that `segment` may be a copy of; if not, it is remembered itself. `sender`: its tuple and side. */
  meets(sender: number, segment: Segment, time: Time): boolean {
    const { words } = this;
    // Done for every packet, so of products that do not wait for each other.
    const mixture = Math.imul(segment.sequence, 0x85ebca77) ^ Math.imul(segment.acknowledgment, 0x9e3779b1) ^ Math.imul(sender, 0xc2b2ae3d) ^ segment.length ^ (segment.flags << 16);
    const other = Math.imul(segment.ipId ^ (segment.window << 16), 0xc2b2ae3d) ^ Math.imul(segment.timestampValue, 0x85ebca77) ^ Math.imul(segment.timestampEcho, 0x9e3779b1);
    const first = (Math.imul(mixture ^ (mixture >>> 15), 0x85ebca77) >>> PLACE_SHIFT) * (WAYS * RECORD);
    const now = (time / MICROSECOND) | 0;
    let at = first;
    for (let way = first; way < first + WAYS * RECORD; way += RECORD) {
      if (words[way + MIXTURE] === mixture && words[way + OTHER_MIXTURE] === other && isNear(now, words[way + TIME]!) && words[way + ENDPOINT] !== NOTHING) {
        this.at = way;
        return true;
      }
      // The oldest makes room; what nothing is remembered in is older still.
      if (words[way + FRAME]! < words[at + FRAME]!) at = way;
    }
    this.at = at;
    words[at + MIXTURE] = mixture;
    words[at + OTHER_MIXTURE] = other;
    words[at + TIME] = now;
    words[at + TTL] = segment.ttl;
    return false;
  }

  /** Connection and role of the segment last met. */
  get endpoint(): number {
    return this.words[this.at + ENDPOINT]!;
  }

  /** Frame of the segment last met, or of its last copy. */
  get frame(): number {
    return this.words[this.at + FRAME]! >>> 0;
  }

  /**
   * Whether `segment` is a copy of the one that it met.
   *
   * @param lastFrame of the connection
   * @param doubled whether other segments of the connection were copies
   */
  isCopy({ ipId, ttl, flags }: Segment, time: Time, lastFrame: number, doubled: boolean): boolean {
    if (ipId > 0 || this.words[this.at + TTL] !== ttl) return true;
    if (Math.abs(((time / MICROSECOND) | 0) - this.words[this.at + TIME]!) > AT_ONCE / MICROSECOND) return false;
    if (doubled || (flags & SYN) !== 0) return true;
    return this.frame === lastFrame && (flags & RST) === 0;
  }

  /** To whom the segment last looked up was given, and in which frame it stands. */
  give(endpoint: number, frame: number): void {
    this.words[this.at + ENDPOINT] = endpoint;
    this.words[this.at + FRAME] = frame;
  }
}

/** Both in microseconds that may have wrapped, after 71 minutes. */
function isNear(one: number, other: number): boolean {
  return Math.abs((one - other) | 0) <= APART / MICROSECOND;
}
