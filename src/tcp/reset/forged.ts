import { ACK, FIN, RST, SYN } from '../../decode/segment.js';
import { HAS_TIMESTAMPS, NO_IP_ID } from '../../flow/history/telling-segment.js';
import type { TellingSegment } from '../../flow/history/telling-segment.js';
import { distance } from '../../flow/sequence.js';
import { MILLISECOND, SECOND, formatDuration } from '../../base/time.js';
import type { Duration } from '../../base/time.js';
import { S } from '../machine.js';
import { goesOn } from './acceptance.js';
import { causeVerdict } from './context.js';
import type { ResetContext, CauseVerdict } from './context.js';
import { hops } from './hops.js';
import { NO_ROW } from '../segment-history.js';
import type { SegmentHistory } from '../segment-history.js';

// Signs that a RST was sent by somebody else in its sender's name: Weaver, Sommer and Paxson, Detecting Forged TCP
// Reset Packets, NDSS 2009.

/** Below this, the way to a host and back is not told from the time its kernel takes. */
const SHORTEST_REACH: Duration = 2 * MILLISECOND;

/** RSTs in the names of both ends, so close together that neither can have heard the other's. */
const MIRRORED: Duration = MILLISECOND;

/** How soon a RST comes again: so soon that no segment can have drawn it anew. */
const REPEATED: Duration = 20 * MILLISECOND;

/** Hardly a host is further away; a lower TTL is one that an application chose (IP_TTL). */
const MOST_HOPS = 25;

/** IP IDs of one counter lie this close together, those of two this far apart, in all but one of a thousand cases. */
const ID_NEAR = 64;
const ID_FAR = 1024;

/** What the sign of another hop limit says, and what is shown where it is none. */
export const OTHER_TTL = ' where its sender\'s other segments have ';

/** A sign, and how much it says: 2 that by itself it makes another sender likely, 1 that it does beside another. */
interface Sign {
  readonly says: string;
  readonly weight: 1 | 2;
  /**
   * Whether an answer may have it, too, that the host's own kernel gives to a segment of a connection which a program
   * leads by itself, over a raw socket (masscan, scapy, stacks in user space): the kernel knows no such socket, answers
   * sooner than the program, and with its own initial TTL.
   */
  readonly isOwnKernels?: boolean;
}

/**
 * Somebody else's RST in this sender's name, whatever its shape; null where too little speaks for it.
 *
 * @param trigger row that drew it; NO_ROW if none did
 * @param reactive whether it answers a segment: an answer has a host's default TTL, no timestamps and no IP ID by
 * nature (tcp_v4_send_reset)
 */
export function forged(context: ResetContext, trigger: number, reactive: boolean): CauseVerdict | null {
  const { history, at, talker, talkerState } = context;
  const again = repeatsForged(context);
  if (again !== NO_ROW)
    return causeVerdict('forged', 'likely', [
      `it comes with frame ${history.rows[again]!.frame}, which somebody else had sent, by the same road`,
    ]);
  const mirror = mirrorOf(context);
  if (mirror !== NO_ROW && context.forged.includes(mirror))
    return causeVerdict('forged', 'likely', [
      `it is the mirror image of frame ${history.rows[mirror]!.frame}, which somebody else had sent in the other ` +
        `end's ` +
        'name',
    ]);
  // Who opens answers what does not fit by a RST, and goes on opening (RFC 9293 §3.10.7.3).
  if (talkerState === S['SYN-SENT']) return null;
  if (context.endedBy !== NO_ROW) {
    // Behind a RST of the other end, in this one's name, from elsewhere.
    const behind = history.rows[context.endedBy]!.talker !== history.rows[at]!.talker;
    const sign = behind && !reactive && talker.spoke ? otherHops(context, trigger, reactive) : null;
    return sign?.weight === 2 ? causeVerdict('forged', 'likely', [sign.says], ['abort']) : null;
  }
  // Of a connection that is older than the capture the RST may be the first that is seen of its sender.
  if (!talker.spoke && history.ends.some(({ syn }) => syn !== NO_ROW)) return null;
  const next = talker.spoke ? talker.next : history.rows[at]!.sequence;
  const signs = signsOf(context, trigger, reactive);
  const evidence = signs.map(({ says }) => says);
  const onward = goesOn(history, at, trigger, next);
  if (onward !== null && (talker.spoke || onward.isProven)) {
    const { frame, time } = history.rows[onward.row]!;
    evidence.unshift(`the host in whose name it was sent went on (frame ${frame}, ` +
      `${formatDuration(time - history.rows[at]!.time)} s later)`);
    const sure = onward.isProven && signs.some(({ isOwnKernels }) => !(reactive && isOwnKernels));
    return causeVerdict('forged', sure ? 'certain' : 'likely', evidence, sure ? [] : ['no-socket']);
  }
  const weight = signs.reduce((sum, sign) => sum + sign.weight, 0);
  if (weight < 2) return null; // of one that had not spoken nothing is known to compare with
  return causeVerdict('forged', 'likely', evidence, reactive ? ['no-socket'] : ['abort']);
}

/** All signs that RST `at` shows; none of one whose talker had not spoken, of whom nothing is known to compare with. */
export function signsOf(context: ResetContext, trigger: number, reactive: boolean): Sign[] {
  if (!context.talker.spoke) return [];
  return [
    otherHops(context, trigger, reactive), copied(context, trigger), tooFast(context, trigger), mirrored(context),
    repeated(context), beyondItself(context),
    ...(reactive ? [] : [withoutTimestamps(context), withoutIpId(context)]),
  ].filter((sign) => sign !== null);
}

/**
 * The forged RST of the same talker that this one comes with: in the same moment, and with its TTL and flags. NO_ROW if
 * there is none.
 */
function repeatsForged({ history, at, forged: earlier }: ResetContext): number {
  const row = history.rows[at]!;
  return earlier.findLast((other) => {
    const { talker, time, ttl, flags } = history.rows[other]!;
    return talker === row.talker && Math.abs(ttl - row.ttl) <= 1 && flags === row.flags && row.time - time <= REPEATED;
  }) ?? NO_ROW;
}

/** What is always shown: the hop limit of the RST beside those of its sender's other segments. */
export function hopsOf({ history, at }: Pick<ResetContext, 'history' | 'at'>): string | null {
  const row = history.rows[at]!;
  const { lowestTtl, highestTtl } = history.ends[row.talker]!;
  if (highestTtl === 0) return null;
  return `TTL ${row.ttl}; its sender's other segments have ` +
    (lowestTtl === highestTtl ? lowestTtl : `${lowestTtl} to ${highestTtl}`);
}

/**
 * A hop limit unlike all its sender's others.
 *
 * Even by one, where both ends' are steady: no path is one hop shorter for a RST alone. An answer has the default of
 * its host, where the socket may have had another (IP_TTL, tcp_v4_send_reset), and who sent nothing but a SYN may have
 * sent that by other means (raw sockets of scanners): so much more is asked of those.
 */
function otherHops({ history, at, talker }: ResetContext, trigger: number, reactive: boolean): Sign | null {
  const row = history.rows[at]!;
  const own = history.ends[row.talker]!;
  const peer = history.ends[1 - row.talker]!;
  if (own.highestTtl === 0 || (row.ttl >= own.lowestTtl && row.ttl <= own.highestTtl)) return null;
  const onlySyn = talker.lastRow !== NO_ROW && (history.rows[talker.lastRow]!.flags & (SYN | ACK)) === SYN;
  if (onlySyn) return null;
  const says =
    `TTL ` +
    `${row.ttl}${OTHER_TTL}` +
      (own.lowestTtl === own.highestTtl ? own.lowestTtl : `${own.lowestTtl} to ${own.highestTtl}`);
  const apart = Math.min(Math.abs(row.ttl - own.lowestTtl), Math.abs(row.ttl - own.highestTtl));
  const isSteady = own.lowestTtl === own.highestTtl && peer.lowestTtl === peer.highestTtl;
  if (!isSteady && apart < 2) return null;
  // The same host with another initial value is as many hops away: what is left below 32, 64, 128 or 255 is the same.
  const sameDistance = hops(row.ttl) === hops(own.highestTtl);
  if (reactive && sameDistance) return null;
  // What answers after a silence may be whoever took the place of the host meanwhile, or the host itself behind a NAT
  // that forgot.
  const afterSilence = trigger !== NO_ROW && silenceBefore(history, trigger) >= SECOND;
  const strong = isSteady && !sameDistance && !(reactive && (afterSilence || hops(own.highestTtl) > MOST_HOPS));
  return {
    says: sameDistance ? says : `${says}: it comes from ${hops(row.ttl)} hops away, they from ${hops(own.highestTtl)}`,
    weight: strong ? 2 : 1,
    isOwnKernels: true,
  };
}

/** How long nothing had been seen before row `at`. */
function silenceBefore(history: SegmentHistory, at: number): Duration {
  return at === 0 ? 0 : history.rows[at]!.time - history.rows[at - 1]!.time;
}

/** IP ID or window are those of the segment that drew it: who rejects a packet takes it for a template. */
function copied({ history, at, talker, listener }: ResetContext, trigger: number): Sign | null {
  const row = history.rows[at]!;
  // An abort answers nothing; a box that sends one takes the last segment that it saw.
  const heard = trigger === NO_ROW ? history.lastBefore(at, 1 - row.talker, ({ flags }) => !(flags & RST)) : trigger;
  const drew = heard === NO_ROW ? null : history.rows[heard]!;
  const hasId = !(row.marks & NO_IP_ID) && row.ipId !== 0;
  const window = drew !== null && row.window !== 0 && row.window === drew.window && row.window !== talker.lastWindow;
  // Two counters may be near each other; only one that stands elsewhere is not its sender's.
  const isNear = talker.ipId > 0 && apart(row.ipId, talker.ipId) <= ID_FAR;
  if (hasId && !isNear && drew !== null && row.ipId === drew.ipId) {
    const what = window ? `its IP ID (${row.ipId}) and window (${row.window}) are` : `its IP ID (${row.ipId}) is`;
    return {
      says: `${what} copied from ` +
        `${trigger === NO_ROW ? 'the last segment that it was sent' : 'the segment that drew it'} (frame ` +
        `${drew.frame})`,
      weight: talker.ipId > 0 || window ? 2 : 1,
    };
  }
  if (
    hasId && listener.ipId > 0 && talker.ipId > 0 && apart(row.ipId, listener.ipId) < ID_NEAR &&
    apart(row.ipId, talker.ipId) > ID_FAR && counts(history, row.talker, at) && counts(history, 1 - row.talker, at)
  ) {
    return {
      says:
        `its IP ID (${row.ipId}) is one of the other end's (last ${listener.ipId}), not of its sender's (last ` +
        `${talker.ipId})`,
      weight: 2,
    };
  }
  // Of an abort it is one that a host offers, as the other may.
  return window && trigger !== NO_ROW
    ? { says: `its window (${row.window}) is copied from the segment that drew it (frame ${drew.frame})`, weight: 1 }
    : null;
}

/**
 * Steps from one segment's IP ID to that of the next by which a counter shows: each forward, all of them together not
 * half of the way round. Two of random ones do so by chance once in 8 times, five once in 3,840.
 */
const MOST_STEPS = 5;
const HALF_ROUND = 1 << 15;

/**
 * Whether an end's IP IDs grow from segment to segment, as far as the history shows: macOS, iOS and OpenBSD choose each
 * at random (RFC 6864 §4.1 lets them), and such a one may be any.
 */
function counts(history: SegmentHistory, end: number, at: number): boolean {
  let [later, steps, way] = [-1, 0, 0];
  for (let i = at - 1; i >= 0 && steps < MOST_STEPS; i--) {
    const { talker, flags, marks, ipId } = history.rows[i]!;
    if (talker !== end || (flags & RST) !== 0 || marks & NO_IP_ID || ipId === 0) continue;
    if (later >= 0) {
      steps++;
      way += (later - ipId) & 0xffff;
    }
    later = ipId;
  }
  return steps > 0 && way < HALF_ROUND;
}

/** Distance of two IP IDs, which count to 65,535 and begin again. */
function apart(one: number, other: number): number {
  const distance = Math.abs(one - other);
  return Math.min(distance, 0x10000 - distance);
}

/**
 * It answers a segment in less time than that takes to its sender and back: a quarter of the quickest answer that came
 * from there.
 */
function tooFast(context: ResetContext, trigger: number): Sign | null {
  const { history, at } = context;
  const row = history.rows[at]!;
  const heard = trigger === NO_ROW ? firstAcknowledged(history.rows, at) : trigger;
  const reach = quickestAnswer(history, at);
  if (heard === NO_ROW || reach < SHORTEST_REACH) return null;
  const took = row.time - history.rows[heard]!.time;
  if (took > reach / 4) return null;
  return {
    says:
      `it came ${formatDuration(took)} s after frame ${history.rows[heard]!.frame}, which it answers, and the ` +
      `shortest round trip to its sender takes ${formatDuration(reach)} s`,
    weight: 1,
    isOwnKernels: true,
  };
}

/**
 * The shortest time in which the sender of RST `at` answered before it, the handshake included; 0 where it never did.
 */
function quickestAnswer(history: SegmentHistory, at: number): Duration {
  const { talker } = history.rows[at]!;
  const { reach } = history.ends[talker]!;
  // Where the handshake was not seen the quickest answer may be an application's.
  if (reach === 0) return 0;
  let quickest = reach;
  for (let i = 1; i < at; i++) {
    const answer = history.rows[i]!;
    if (answer.talker !== talker || !(answer.flags & ACK) || answer.flags & RST) continue;
    for (let j = i - 1; j >= 0; j--) {
      const asked = history.rows[j]!;
      if (
        asked.talker === talker || asked.length === 0 ||
        ((asked.sequence + asked.length) | 0) !== answer.acknowledgment
      )
        continue;
      quickest = Math.min(quickest, answer.time - asked.time);
      break;
    }
  }
  return quickest;
}

/** The row whose payload RST `at` is the first to acknowledge; NO_ROW if there is none. */
function firstAcknowledged(rows: readonly TellingSegment[], at: number): number {
  const { talker, flags, acknowledgment } = rows[at]!;
  if (!(flags & ACK)) return NO_ROW;
  for (let i = at - 1; i >= 0; i--) {
    const row = rows[i]!;
    if (row.talker === talker && row.flags & ACK && row.acknowledgment === acknowledgment) return NO_ROW;
    if (row.talker !== talker && row.length > 0 && ((row.sequence + row.length) | 0) === acknowledgment) return i;
  }
  return NO_ROW;
}

/**
 * The other end's name stands under a RST with the same two numbers in the same moment: neither end answers a RST (RFC
 * 9293 §3.5.2).
 */
function mirrored(context: ResetContext): Sign | null {
  const { history, at } = context;
  const mirror = mirrorOf(context);
  if (mirror === NO_ROW) return null;
  const [row, other] = [history.rows[at]!, history.rows[mirror]!];
  const { lowestTtl, highestTtl } = history.ends[other.talker]!;
  const isElsewhere = lowestTtl > 0 && lowestTtl === highestTtl && hops(other.ttl) !== hops(lowestTtl);
  return {
    says:
      `frame ${other.frame} is its mirror image in the name of the other end, ` +
      `${formatDuration(Math.abs(other.time - row.time))} s apart` +
      (isElsewhere ? `, with TTL ${other.ttl} where its sender's other segments have ${lowestTtl}` : ''),
    // Two programs may abort in the same moment, too.
    weight: isElsewhere ? 2 : 1,
  };
}

/** The row of that RST; NO_ROW if there is none. */
function mirrorOf({ history, at }: ResetContext): number {
  const row = history.rows[at]!;
  for (const i of [at - 1, at + 1]) {
    if (i < 0 || i >= history.count) continue;
    const other = history.rows[i]!;
    if (other.talker === row.talker || !(other.flags & RST) || Math.abs(other.time - row.time) > MIRRORED) continue;
    if (
      row.flags & ACK && other.flags & ACK && other.sequence === row.acknowledgment &&
      other.acknowledgment === row.sequence
    )
      return i;
  }
  return NO_ROW;
}

/**
 * A RST with an ACK flag that comes twice in one moment: a socket that is aborted sends one (tcp_send_active_reset),
 * and copies of a packet are told before.
 */
function repeated({ history, at }: ResetContext): Sign | null {
  const row = history.rows[at]!;
  if (!(row.flags & ACK)) return null;
  let times = 1;
  for (let i = at + 1; i < history.count && history.rows[i]!.time - row.time <= REPEATED; i++) {
    const next = history.rows[i]!;
    if (next.talker === row.talker && next.flags === row.flags && next.sequence === row.sequence) times++;
    // What the other end says between may have drawn the next one.
    else if (next.talker !== row.talker && !(next.flags & RST)) break;
  }
  return times < 2 ? null : { says: `it was sent ${times} times in the same moment`, weight: 1 };
}

/**
 * It, or a second one in the same moment, stands beyond all that its sender sent and its peer acknowledged: who does
 * not know the numbers guesses several.
 */
function beyondItself({ history, at, talker, listener }: ResetContext): Sign | null {
  const first = history.rows[at]!;
  for (let i = at; i < history.count && history.rows[i]!.time - first.time <= REPEATED; i++) {
    const row = history.rows[i]!;
    if (row.talker !== first.talker || !(row.flags & RST) || row.flags & FIN || (row.sequence === 0 && row.flags & ACK))
      continue;
    const ahead = distance(row.sequence, talker.next);
    if (ahead <= 1 || (listener.knowsAcknowledged && distance(row.sequence, listener.acknowledged) <= 1)) continue;
    return {
      says:
        `${i === at ? 'it' : `frame ${row.frame}, beside it,`} stands ${ahead} bytes beyond all that its sender had ` +
        `sent`,
      weight: i === at ? 1 : 2,
    };
  }
  return null;
}

/**
 * RFC 7323 §3.2 asks for timestamps in RSTs, too, where they were agreed on; macOS and Windows leave them out, Linux
 * and FreeBSD do not.
 */
function withoutTimestamps({ history, at, talker, system, isSystemKnown }: ResetContext): Sign | null {
  const row = history.rows[at]!;
  if (
    !talker.usesTimestamps || row.marks & HAS_TIMESTAMPS ||
    (isSystemKnown && (system === 'macos' || system === 'windows'))
  )
    return null;
  return { says: 'it has no timestamps on a connection that uses them', weight: 1 };
}

function withoutIpId({ history, at, talker }: ResetContext): Sign | null {
  const row = history.rows[at]!;
  if (row.marks & NO_IP_ID || row.ipId !== 0 || talker.ipId <= 0) return null;
  return { says: `its IP ID is 0 where its sender counts (last ${talker.ipId})`, weight: 1 };
}
