import { ACK, RST } from '../decode/segment.js';
import { FOREIGN, PROBE, REPEAT } from '../flow/history/telling-segment.js';
import { distance, isAfter } from '../flow/sequence.js';
import { ROLES } from '../tcp/fold.js';
import { NO_ROW } from '../tcp/segment-history.js';
import type { SegmentHistory } from '../tcp/segment-history.js';
import { SECOND, formatToMilliseconds } from '../base/time.js';
import { ofBothEnds } from './detector.js';
import type { Detection, Detector, Subject } from './detector.js';
import { THREE_TIMEOUTS } from './sent-in-vain.js';

/**
 * Every host, and every road, takes a datagram of 576 bytes (RFC 9293 §3.7.1): what is no larger than this is not lost
 * for its size.
 */
export const ALWAYS_PASSES = 536;

/** Retransmissions of a segment without an acknowledgment before that is more than loss. */
const AGAIN = 3;

/** Payload of the largest segment on an Ethernet. */
const LARGEST = 1460;

/**
 * A sender repeats what is not acknowledged within a second at first, and then after twice that (RFC 6298 §2.1, §5.5):
 * what is still missing by now was lost twice at least.
 */
const THREE_SECONDS = 3 * SECOND;

/** Only large segments are lost: something on the road drops what is too large for it, and nobody hears of it. */
export const pathMtu: Detector<'path-mtu', ''> = {
  id: 'path-mtu',
  title: 'Large segments lost',
  rfc: 'RFC 2923 §2.1, RFC 1191, RFC 4821',
  severities: { '': 'error' },
  advice: {
    '': [
      'Let the message through that says so: ICMP type 3 code 4 (IPv4), ICMPv6 type 2 (IPv6). A firewall that ' +
        'drops all of ICMP makes such a road.',
      'Clamp the MSS at the router with the smaller MTU (tunnel, PPPoE, VPN): nft add rule … tcp flags syn tcp ' +
        'option maxseg size set rt mtu.',
      'Let the sender probe by itself: net.ipv4.tcp_mtu_probing=1 (RFC 4821); or lower the MTU of its interface ' +
        'or route.',
    ],
  },
  detect(subject) {
    return ofBothEnds(subject, judge);
  },
};

function judge(subject: Subject, end: 0 | 1): Detection<''> | null {
  const { history } = subject;
  const last = largeSegmentLost(history, end);
  if (last === NO_ROW) return swallowed(subject, end);
  const row = history.rows[last]!;
  const from = history.rows[firstOf(history, end, row.sequence)]!;
  const passes = history.ends[end].largestAcknowledged;
  const sender = ROLES[end];
  const receiver = ROLES[1 - end];
  return {
    cause: null, confidence: 'likely', alternatives: ['one-way'], role: sender, start: from.time, end: null,
    frames: [from.frame, row.frame],
    message:
      `The ${sender} sent a segment of ${row.length} bytes again ${row.repeats} times, over ` +
      `${formatToMilliseconds(row.time - from.time)} s, and the ${receiver}, which still spoke, never acknowledged ` +
      `it; ` +
      `${passes > 0 ? `segments of ${passes} bytes got through` : 'the small ones of the handshake got through'}: ` +
      `only large segments are lost.`,
    evidence: { size: row.length, retransmissions: row.repeats, passes },
  };
}

/**
 * What `end` sent is missed at the tap, too, and its peer asks for it in vain: the peer's acknowledgments stay before a
 * hole that no retransmission fills, while something smaller from behind it arrives.
 */
function swallowed({ history, exchange }: Subject, end: 0 | 1): Detection<''> | null {
  const missing = exchange.missing[end];
  if (missing <= ALWAYS_PASSES) return null;
  const peer = 1 - end;
  const heardAt = history.lastBefore(
    history.count, peer, ({ flags, marks }) => (flags & (RST | ACK)) === ACK && !(marks & FOREIGN),
  );
  const lastAt = history.lastBefore(
    history.count, end, ({ flags, marks }) => (flags & RST) === 0 && !(marks & FOREIGN),
  );
  if (heardAt === NO_ROW || lastAt === NO_ROW) return null;
  const hole = history.rows[heardAt]!;
  const last = history.rows[lastAt]!;
  const behind = history.firstAfter(
    NO_ROW, end, ({ length, sequence }) => length > 0 && isAfter(sequence, hole.acknowledgment),
  );
  if (behind === NO_ROW || firstOf(history, end, hole.acknowledgment) !== NO_ROW) return null;
  const row = history.rows[behind]!;
  // As large as the segments of an Ethernet at most (RFC 894), in how many pieces it may have been sent.
  const size = Math.ceil(missing / Math.ceil(missing / LARGEST));
  if (row.length >= size || history.ends[end].largestAcknowledged >= size) return null;
  if (distance(row.sequence, hole.acknowledgment) < missing || last.time - row.time < THREE_SECONDS) return null;
  const [sender, receiver] = [ROLES[end], ROLES[peer]];
  return {
    cause: null, confidence: 'likely', alternatives: ['one-way'], role: sender, start: row.time, end: null,
    frames: [row.frame, hole.frame],
    message:
      `${missing} bytes of the ${sender} that stand before frame ${row.frame} never arrived, neither here nor at the ` +
      `${receiver}, which acknowledged nothing beyond them for ${formatToMilliseconds(hole.time - row.time)} s, ` +
        `while ` +
      `a segment of ${row.length} bytes from behind them did, and both ends still spoke: only large segments are lost.`,
    evidence: { size, missing, passes: row.length },
  };
}

/**
 * The last row in which `end` sent its largest segment again, that was never acknowledged though the peer spoke on,
 * while smaller ones were; NO_ROW if there is none.
 */
export function largeSegmentLost(history: SegmentHistory, end: 0 | 1): number {
  const { largestSent, largestAcknowledged, synEnd, syn, synAck } = history.ends[end];
  if (largestSent <= ALWAYS_PASSES || largestAcknowledged >= largestSent) return NO_ROW;
  const last = history.lastBefore(
    history.count, end,
    ({ length, marks }) => length > ALWAYS_PASSES && (marks & (REPEAT | PROBE)) === REPEAT,
  );
  if (last === NO_ROW) return NO_ROW;
  const { sequence, length, repeats, time } = history.rows[last]!;
  const peer = 1 - end;
  // Where the peer spoke meanwhile it is counted anew; it was sent as often over the time that so many timeouts take.
  if (repeats < AGAIN && time - history.rows[firstOf(history, end, sequence)]!.time < THREE_TIMEOUTS) return NO_ROW;
  if (length <= largestAcknowledged || history.firstAcknowledging(peer, (sequence + 1) | 0) !== NO_ROW) return NO_ROW;
  // Something of this end did arrive; and its peer is alive.
  const wasHeard =
    largestAcknowledged > 0 ||
    ((syn !== NO_ROW || synAck !== NO_ROW) && history.firstAcknowledging(peer, synEnd) !== NO_ROW);
  const again = firstOf(history, end, sequence);
  return wasHeard && history.firstFlagged(again, peer, RST, 0) !== NO_ROW &&
    history.rows[history.lastFlagged(history.count, peer, RST, 0)]!.time > history.rows[again]!.time
    ? last
    : NO_ROW;
}

/** The first row in which `end` sent what begins at `sequence`. */
function firstOf(history: SegmentHistory, end: number, sequence: number): number {
  return history.firstAfter(NO_ROW, end, (row) => row.sequence === sequence && row.length > 0);
}
