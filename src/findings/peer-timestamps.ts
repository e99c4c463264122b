import type { FrameNumber } from '../base/numbers.js';
import { ACK, SYN } from '../decode/segment.js';
import { FOREIGN, HAS_TIMESTAMPS } from '../flow/history/telling-segment.js';
import type { TellingSegment } from '../flow/history/telling-segment.js';
import { distance } from '../flow/sequence.js';
import type { Location } from '../tcp/connection-set.js';
import { SECOND } from '../base/time.js';
import type { Time } from '../base/time.js';

/**
 * Timestamps that one client address used with one host: of each SYN and, where it was answered, the last one of the
 * connection.
 */
interface Used {
  readonly value: number;
  readonly time: Time;
  readonly last: number;
  readonly until: Time;
  readonly frame: FrameNumber;
}

/**
 * How far a clock of timestamps goes on in a second, at most (RFC 7323 section 5.4: a tick lasts 1 ms to 1 s), and what
 * delays and a clock's own error add. Stacks that start the timestamps of each connection at random (FreeBSD 13,
 * Windows) make such a step by chance once in 40,000 times, even after 100 s.
 */
const TICKS = 1100;

/** What shows that a host checks timestamps for each peer address, not for each connection. */
export interface PeerTimestamps {
  /**
   * Of each attempt, which all lie below what the same address had used with the host before: its own, and the latest
   * before it with its frame.
   */
  readonly below: readonly { readonly value: number; readonly before: number; readonly frame: FrameNumber }[];
  /** How many the host answered, whose timestamps were at or above it. */
  readonly above: number;
}

/**
 * Linux until 4.12, with net.ipv4.tcp_tw_recycle, remembered the last timestamp of each peer *address* and dropped SYNs
 * with older ones for a minute (tcp_peer_is_proven, tcp_v4_conn_request: PAWSPassive). Behind one NAT address live
 * hosts whose clocks differ: those behind are not answered. So: of one address, every SYN without an answer stands
 * below the last timestamp that the host had seen, and all that it answered follow one clock.
 *
 * @param attempts those without an answer, of one client to one service
 * @param answered other connections of this client address with the host
 */
export function peerTimestamps(attempts: readonly Location[], answered: readonly Location[]): PeerTimestamps | null {
  const heard: Used[] = [];
  // Mostly the second one shows already that they follow no one clock: each is looked at only then.
  for (const location of answered.toSorted((a, b) => a.folder.firstFrame(a.row) - b.folder.firstFrame(b.row))) {
    const own = used(location);
    if (own === null) continue;
    const before = latestBefore(heard, own.time);
    if (before !== null && !isOneClock(before, own)) return null;
    heard.push(own);
  }
  const unheard = attempts.flatMap((location) => used(location) ?? []);
  if (heard.length < 2 || unheard.length !== attempts.length) return null; // one before them, one behind
  const since = unheard.reduce((first, { time }) => Math.min(first, time), Infinity);
  let above = 0;
  for (const own of heard) if (own.time > since) above++;
  if (above === 0) return null;
  const below: { value: number; before: number; frame: FrameNumber }[] = [];
  for (const own of unheard) {
    const before = latestBefore(heard, own.time);
    if (before === null || distance(own.value, before.last) >= 0) return null;
    below.push({ value: own.value >>> 0, before: before.last >>> 0, frame: before.frame });
  }
  return { below, above };
}

/** Whether a host that went on counting from `before` would have come to where `own` begins. */
function isOneClock(before: Used, own: Used): boolean {
  const ticks = distance(own.value, before.last);
  return ticks >= 0 && ticks <= TICKS * (1 + (own.time - before.until) / SECOND);
}

/** The highest of what had been used up to `time`. */
function latestBefore(heard: readonly Used[], time: Time): Used | null {
  let latest: Used | null = null;
  for (const own of heard)
    if (own.until < time && (latest === null || distance(own.last, latest.last) > 0)) latest = own;
  return latest;
}

/** Segments of the connection that is being looked at. */
const rows: TellingSegment[] = [];

function used({ folder, row }: Location): Used | null {
  const count = folder.segments(row, rows);
  const syn = firstSyn(count);
  if (syn === null) return null;
  let last = syn;
  for (let at = 0; at < count; at++) {
    const { talker, marks } = rows[at]!;
    if (talker === 0 && (marks & (HAS_TIMESTAMPS | FOREIGN)) === HAS_TIMESTAMPS) last = at;
  }
  const { timestampValue, time } = rows[syn]!;
  const end = rows[last]!;
  return { value: timestampValue, time, last: end.timestampValue, until: end.time, frame: end.frame };
}

function firstSyn(count: number): number | null {
  for (let at = 0; at < count; at++) {
    const { talker, flags, marks } = rows[at]!;
    if (talker === 0 && (flags & (SYN | ACK)) === SYN)
      return (marks & (HAS_TIMESTAMPS | FOREIGN)) === HAS_TIMESTAMPS ? at : null;
  }
  return null;
}
