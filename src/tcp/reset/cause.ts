import { ACK, FIN, RST, SYN } from '../../decode/segment.js';
import { HAS_TIMESTAMPS, PROBE } from '../../flow/history/telling-segment.js';
import type { TellingSegment } from '../../flow/history/telling-segment.js';
import { distance } from '../../flow/sequence.js';
import { MILLISECOND, SECOND, formatDuration } from '../../base/time.js';
import type { Duration } from '../../base/time.js';
import { hearsNoAnswers } from '../deaf.js';
import { SHORTEST_TIMEOUT, timeoutBehind } from '../give-up.js';
import { abortCause } from './abort.js';
import type { EndpointTracker } from '../endpoint-tracker.js';
import { S } from '../machine.js';
import { answerableFor, triggerOf } from './acceptance.js';
import { forged } from './forged.js';
import { causeVerdict } from './context.js';
import type { ResetContext, ResetVerdict, CauseVerdict } from './context.js';
import { NO_ROW } from '../segment-history.js';
import type { SegmentHistory } from '../segment-history.js';

/** No host restarts in less, nor is another put in its place. */
const RESTART: Duration = 5 * SECOND;

/** A second and two: retransmission timeouts before the third transmission (RFC 6298 §2.1, §5.5). */
const TWO_TIMEOUTS: Duration = 3 * SECOND;

/**
 * A socket that had closed before the capture began is over by then: orphans live this long (tcp_fin_timeout,
 * TIME-WAIT). A connection that is first seen later, without its SYN, was not known to the host that answers.
 */
const OLDER_THAN_CAPTURE: Duration = 60 * SECOND;

/** The largest window (RFC 7323 §2.2). */
const MOST_IN_FLIGHT = 2 ** 30;

/** What a stack does at once, on a host that is not busy. */
const AT_ONCE: Duration = 10 * MILLISECOND;

/** Why the RST of this scene was sent. */
export function resetCause(context: ResetContext): ResetVerdict {
  const withAck = answersWithAck(context);
  const reactive = withAck !== NO_ROW || isReactive(context);
  const trigger = withAck !== NO_ROW ? withAck : reactive ? triggerOf(context.history, context.at) : NO_ROW;
  const verdict =
    forged(context, trigger, reactive) ?? (reactive ? whyAnswered(context, trigger) : whyAborted(context));
  return { shape: reactive ? 'reactive' : 'active', trigger, ...verdict };
}

/**
 * Two shapes (RFC 9293 §3.5.2; tcp_v4_send_reset against tcp_send_active_reset): an answer takes its sequence number
 * from the acknowledgment it answers and has no ACK flag, or, to a segment without ACK, has sequence number 0 (some
 * stacks: any); an abort stands at SND.NXT. Of the window of an answer RFC 9293 §3.10.7.1 says nothing.
 */
function isReactive({ history, at, talker }: ResetContext): boolean {
  const row = history.rows[at]!;
  if (!(row.flags & ACK)) return true;
  if (!talker.spoke) return wasAskedToOpen(history, row.talker) || answersWithoutAck(history, at);
  return row.sequence === 0 && row.window === 0 && talker.next !== 0;
}

/** Whether its peer had sent SYNs to `end`. */
function wasAskedToOpen(history: SegmentHistory, end: number): boolean {
  const { syn, synAck } = history.ends[1 - end]!;
  return syn !== NO_ROW && syn !== synAck;
}

/** Whether RST `at` answers a segment without ACK: a probe of a scanner (RFC 9293 §3.10.7.1). */
function answersWithoutAck(history: SegmentHistory, at: number): boolean {
  const trigger = triggerOf(history, at);
  return history.rows[at]!.sequence === 0 && trigger !== NO_ROW && !(history.rows[trigger]!.flags & ACK);
}

/**
 * The row that a RST with an ACK flag answers, as lwIP (tcp_rst), FreeRTOS+TCP and many firewalls send it: at the
 * acknowledgment of that segment, acknowledging its number, the next one, or its end. NO_ROW if it is none.
 *
 * A close() at the moment of the segment's arrival looks the same. So it counts only where its sender had been silent
 * for longer than a restart takes, had not acknowledged the segment, and is no system that answers without an ACK flag.
 */
function answersWithAck({ history, at, talker, system, isSystemKnown }: ResetContext): number {
  const row = history.rows[at]!;
  if (!(row.flags & ACK) || !talker.spoke || talker.lastRow === NO_ROW) return NO_ROW;
  if (isSystemKnown && system !== 'rfc9293') return NO_ROW;
  if (talker.usesTimestamps && row.marks & HAS_TIMESTAMPS) return NO_ROW;
  const heardAt = history.lastBefore(at, 1 - row.talker, ({ flags }) => (flags & RST) === 0);
  if (heardAt === NO_ROW || heardAt < talker.lastRow) return NO_ROW;
  const heard = history.rows[heardAt]!;
  if (heard.length === 0 && (heard.flags & FIN) === 0 && !(heard.marks & PROBE)) return NO_ROW;
  if (
    row.time - heard.time > history.ends[row.talker]!.reach * 1.5 + AT_ONCE ||
    heard.time - history.rows[talker.lastRow]!.time < RESTART
  )
    return NO_ROW;
  const end = (heard.sequence + heard.length + (heard.flags & FIN ? 1 : 0)) | 0;
  if (row.sequence !== heard.acknowledgment) return NO_ROW;
  return [heard.sequence, (heard.sequence + 1) | 0, end].includes(row.acknowledgment) ? heardAt : NO_ROW;
}

function whyAnswered(context: ResetContext, trigger: number): CauseVerdict {
  const { history, at, talker, talkerState, endedBy, finAt } = context;
  const row = history.rows[at]!;
  const drew = trigger === NO_ROW ? null : history.rows[trigger]!;
  const frame = drew ? `answers frame ${drew.frame}` : 'what it answers was not captured';
  if (talkerState === S['SYN-SENT']) return whyAnsweredOpening(context, drew, frame);
  if (!talker.spoke && finAt === null && endedBy === NO_ROW) {
    if (wasAskedToOpen(history, row.talker)) return refusal(context, drew, frame);
    if (drew !== null && !(drew.flags & ACK))
      return causeVerdict('no-socket', 'certain', [
        frame, 'which belongs to no connection: there is none at this port, nor a listener (RFC 9293 §3.10.7.1)',
      ]);
  }
  // Behind both FINs it can only answer something that was not captured.
  const isOver = finAt !== null && history.ends[1 - row.talker]!.fin !== NO_ROW;
  if (drew === null && endedBy === NO_ROW && !isOver) {
    const idle = heardLastBefore(context);
    if (idle > answerableFor(history, row.talker)) return unasked(context, idle);
  }
  const over = endedBy !== NO_ROW && !answersBefore(history, trigger, endedBy);
  // Each segment that was still under way to a closed end is thrown away by a RST of its own; what answers a bare ACK
  // adds nothing.
  const carries = drew !== null && (drew.length > 0 || (drew.flags & FIN) !== 0);
  const throwsAway =
    carries && (finAt !== null || context.closedUnseen) && endedBy !== NO_ROW && !(history.rows[endedBy]!.flags & ACK);
  if (over && !throwsAway) {
    return causeVerdict('echo', 'likely', [
      frame, `frame ${history.rows[endedBy]!.frame} had ended the connection already`,
    ]);
  }
  if (context.talker.lastReset !== NO_ROW && !throwsAway) {
    return causeVerdict('echo', 'likely', [
      frame,
      `its sender had sent a RST before, in frame ${history.rows[context.talker.lastReset]!.frame}, which was not ` +
        `heard`,
    ]);
  }
  if (finAt !== null) {
    const waited = context.finWait2At === null ? null : history.rows[at]!.time - context.finWait2At;
    if (waited !== null && waited > context.finTimeout) {
      return causeVerdict(
        'fin-wait-2-expired', 'likely',
        [
          frame,
          `its sender had closed and waited ${formatDuration(waited)} s in FIN-WAIT-2, longer than its system waits`,
        ],
        ['closed-peer'],
      );
    }
    // What answers data or a FIN can only come from a closed end; a bare ACK would have been swallowed by one in
    // TIME-WAIT. After a long silence it may also come from a box that forgot the half-closed connection, or a host
    // that was restarted.
    const isRecent =
      drew !== null && talker.lastRow !== NO_ROW && drew.time - history.rows[talker.lastRow]!.time < RESTART;
    const sure = carries && isRecent && (endedBy === NO_ROW || (over && drew.length > 0));
    return causeVerdict(
      'closed-peer', sure ? 'certain' : 'likely',
      [
        frame,
        'its sender had sent its FIN and closed: nobody is left to read (RFC 9293 §3.10.7.4, RFC 1122 §4.2.2.13)',
      ],
      carries && !isRecent ? ['no-socket'] : [],
    );
  }
  if (throwsAway)
    return causeVerdict(
      'closed-peer', 'likely', [frame, 'its sender had closed, as its RST before showed: this was still under way'],
      ['no-socket'],
    );
  return whyAnsweredWithoutFin(context, drew, frame);
}

/** Who opens itself and answers the answer by a RST. */
function whyAnsweredOpening(
  { history, at, talker }: ResetContext, drew: TellingSegment | null, frame: string,
): CauseVerdict {
  // A SYN that carries payload or a FIN may be acknowledged without it.
  const asAsked =
    drew !== null && (drew.flags & ACK) !== 0 && distance(drew.acknowledgment, talker.begin) >= 0 &&
    distance(drew.acknowledgment, talker.next) <= 0;
  if (asAsked)
    return causeVerdict('no-socket', 'likely', [
      frame, 'it was answered as it asked, and had gone by then: its connect() was given up or its process ended',
    ]);
  return causeVerdict(
    'challenge', drew !== null && drew.acknowledgment === history.rows[at]!.sequence ? 'certain' : 'likely',
    [frame, 'its sender had sent a SYN and got an acknowledgment of other numbers (RFC 9293 §3.10.7.3)'],
  );
}

/** A SYN was answered by a RST: at once by its host or a firewall; late by whoever gave up in the host's name. */
function refusal({ history, at, listener }: ResetContext, drew: TellingSegment | null, frame: string): CauseVerdict {
  const row = history.rows[at]!;
  if (drew !== null && (drew.flags & (SYN | ACK)) === SYN)
    return causeVerdict('refused', 'certain', [
      frame, 'a SYN for which there was no listener, or that a firewall rejects',
    ]);
  const syn = history.lastFlagged(at, 1 - row.talker, SYN | ACK, SYN);
  const late = syn === NO_ROW ? 0 : row.time - history.rows[syn]!.time;
  const wrong =
    row.flags & ACK && row.acknowledgment !== listener.next
      ? [
          'its acknowledgment is not that of the SYN: who opens must ignore it (RFC 9293 §3.10.7.3), which some ' +
            'stacks ' +
            'do not',
        ]
      : [];
  if (syn === NO_ROW || late <= answerableFor(history, row.talker))
    return causeVerdict('refused', 'likely', [frame, ...wrong]);
  return causeVerdict('refused', 'likely', [
    `it came ${formatDuration(late)} s after the last SYN (frame ${history.rows[syn]!.frame}), later than any host ` +
      `answers: something on the way gave up in its name`,
    ...wrong,
  ]);
}

/** How long its sender had heard nothing of its peer. */
function heardLastBefore({ history, at }: ResetContext): Duration {
  const row = history.rows[at]!;
  const heard = history.lastBefore(at, 1 - row.talker, () => true);
  return heard === NO_ROW ? 0 : row.time - history.rows[heard]!.time;
}

/**
 * A RST without an ACK flag that answers nothing. No stack sends one of itself, but for Windows upon an abort after its
 * FIN.
 */
function unasked({ finAt, finWait2At, finTimeout, history, at }: ResetContext, idle: Duration): CauseVerdict {
  const nothing = `it answers nothing: its sender had heard nothing for ${formatDuration(idle)} s`;
  if (finAt !== null) {
    const waited = finWait2At === null ? 0 : history.rows[at]!.time - finWait2At;
    if (waited >= finTimeout * 0.9)
      return causeVerdict(
        'fin-wait-2-expired', 'likely',
        [nothing, `its sender had closed and waited ${formatDuration(waited)} s in FIN-WAIT-2`], ['abort'],
      );
    return causeVerdict(
      'abort', 'possible', [nothing, 'its sender had closed before'], ['fin-wait-2-expired', 'forged'],
    );
  }
  return {
    ...causeVerdict(
      'unknown', 'possible', [nothing, 'a load balancer, firewall or NAT whose idle timer has passed sends such a RST'],
      ['forged', 'abort'],
    ),
    shape: 'active',
  };
}

/** Why an end answered that had sent neither FIN nor RST, as far as the capture shows. */
function whyAnsweredWithoutFin(context: ResetContext, drew: TellingSegment | null, frame: string): CauseVerdict {
  const { history, at, talker } = context;
  const elsewhere = context.talksTo();
  if (elsewhere !== null) {
    return causeVerdict(
      'no-socket', 'likely',
      [
        frame,
        `its sender talks to ${elsewhere.address}:${elsewhere.port} from this port, and never had a connection with ` +
          `this address: a NAT did not translate what it answers`,
      ],
      ['closed-peer'],
    );
  }
  if (probedClosedWindow(context)) {
    return {
      ...causeVerdict(
        'closed-peer', 'likely',
        [
          frame,
          'its sender was alive, probing a closed window, and takes no data: it had closed, and its FIN waits behind ' +
            'what it could not send',
        ],
        ['no-socket'],
      ),
      keepsFin: true,
    };
  }
  const lived = livedUntilNow(context, drew);
  if (lived !== null) {
    return {
      ...causeVerdict(
        'closed-peer', 'likely',
        [
          frame,
          `its sender had spoken ${formatDuration(lived)} s before, and takes no data: it had closed, and its FIN or ` +
            `RST was lost or waits behind data`,
        ],
        ['no-socket'],
      ),
      keepsFin: leavesNothingUnread(context),
    };
  }
  if (history.ends[history.rows[at]!.talker]!.syn !== NO_ROW) {
    return causeVerdict('no-socket', 'likely', [
      frame,
      'its sender never said FIN or RST: the socket vanished (restart, crash, a lost RST), or something rejects ' +
        'the packet',
    ]);
  }
  if (context.isIgnored) {
    return causeVerdict(
      'no-socket', 'likely',
      [frame, 'its listener went on as before: what rejects the segment in the name of a host keeps the RST from it'],
      ['closed-peer'],
    );
  }
  if (drew !== null && drew.length === 0 && !(drew.flags & FIN)) {
    // TIME-WAIT and FIN-WAIT-2 swallow a bare acknowledgment (tcp_timewait_state_process), an orphan does, too
    // (tcp_rcv_state_process).
    return causeVerdict(
      'no-socket', 'likely', [frame, 'a bare acknowledgment, which only a host without the connection answers'],
      ['closed-peer'],
    );
  }
  // Measured over 58 recordings of Linux 6.18: 74 of 77 such sockets had been closed, 66 of them by FIN.
  if (drew !== null && talker.lastRow === NO_ROW && history.rows[0]!.time - history.captureBegin < OLDER_THAN_CAPTURE) {
    return causeVerdict(
      'closed-peer', 'likely',
      [
        frame,
        'the capture began later than the connection and shows no word of its sender but this: it had closed before',
      ],
      ['no-socket'],
    );
  }
  return causeVerdict(
    'no-socket', 'likely', [frame, 'the capture began later than the connection: its sender may have closed before'],
    ['closed-peer'],
  );
}

/**
 * Whether the peer sent row `trigger` before the RST `ending` of its own, that ended the connection: on its way nothing
 * overtakes, so that the answer is not to that RST. Where the road reorders it is as good as any other guess.
 */
function answersBefore(history: SegmentHistory, trigger: number, ending: number): boolean {
  return trigger !== NO_ROW && trigger < ending && history.rows[trigger]!.talker === history.rows[ending]!.talker;
}

/**
 * How long before data drew the RST its sender had last spoken, if no timer of a living socket can have passed since;
 * else null.
 *
 * The timer is the shortest, or that of its next repetition where it was sending again. A host does not restart in that
 * time. A socket that takes no data is closed: an orphan in FIN-WAIT-1 answers so (tcp_rcv_state_process, step 7),
 * whose FIN is sent only behind all data (tcp_close_state, tcp_send_fin) as the peer's window and its own congestion
 * window allow; or its FIN, or its RST, was lost before the tap.
 */
function livedUntilNow({ history, at, talker }: ResetContext, drew: TellingSegment | null): Duration | null {
  if (drew === null || drew.length === 0 || talker.lastRow === NO_ROW) return null;
  const last = history.rows[talker.lastRow]!;
  // Who has only said SYN-ACK may be a listener that takes no more (tcp_abort_on_overflow)
  if (last.flags & SYN) return null;
  const since = Math.max(0, drew.time - last.time);
  const timer = last.repeats > 0 ? timeoutBehind(history, history.rows[at]!.talker, talker.lastRow) : null;
  return since < Math.max(SHORTEST_TIMEOUT, Math.min(timer ?? 0, RESTART)) ? since : null;
}

/**
 * Whether close() had nothing unread to throw away, so that it sent a FIN: the talker had received no payload, or is in
 * the middle of sending.
 */
function leavesNothingUnread({ history, at, talker, listener }: ResetContext): boolean {
  const peer = history.ends[1 - history.rows[at]!.talker]!;
  const received = peer.syn === NO_ROW || !talker.knowsAcknowledged ? null : distance(talker.acknowledged, peer.synEnd);
  return (
    received === 0 ||
    (talker.lastData !== NO_ROW && listener.knowsAcknowledged && distance(talker.next, listener.acknowledged) > 0)
  );
}

/**
 * Its sender's last word was a probe of a window that its peer held closed: a socket that answers data with a RST is an
 * orphan (tcp_rcv_state_process, step 7), in FIN-WAIT-1 since its close() with the FIN still in the queue.
 */
function probedClosedWindow({ history, talker, listener }: ResetContext): boolean {
  if (talker.lastRow === NO_ROW || listener.lastRow === NO_ROW) return false;
  return listener.lastWindow === 0 && (history.rows[talker.lastRow]!.marks & PROBE) !== 0;
}

function whyAborted(context: ResetContext): CauseVerdict {
  const { history, at, talker, listener } = context;
  const row = history.rows[at]!;
  if (talker.probes > 0 && listenerSilentSince(context) && listener.lastWindow > 0) {
    const interval = row.time - talker.lastProbeAt;
    return causeVerdict(
      'keepalive-timeout', keepsRhythm(talker, interval) ? 'certain' : 'likely',
      [
        `${talker.probes} probes of its sender were not answered`,
        `the RST came ${formatDuration(interval)} s after the last`,
      ],
      keepsRhythm(talker, interval) ? [] : ['abort'],
    );
  }
  const unheard = hearsNoAnswers(history, row.talker as 0 | 1);
  if (unheard !== NO_ROW && unheard === talker.lastRow && (history.rows[unheard]!.marks & PROBE) !== 0) {
    const { deaf } = history.ends[row.talker]!;
    return causeVerdict(
      'keepalive-timeout', 'likely',
      [
        `its last ${deaf} probes were answered at this tap, and came again as fast as if it had heard no answer`,
        `the RST came ${formatDuration(row.time - history.rows[unheard]!.time)} s after the last`,
      ],
      ['abort'],
    );
  }
  const hidden = probeInHindsight(context);
  if (hidden !== null) {
    return causeVerdict(
      'keepalive-timeout', 'likely',
      [
        `its sender's last segment, one below the number of the RST, was a probe that was not answered`,
        `the RST came ${formatDuration(hidden)} s after it`,
      ],
      ['abort'],
    );
  }
  if (talker.retransmissions > 1 && givesUpAloud(context)) {
    return causeVerdict(
      'retransmission-timeout', 'likely', [`${talker.retransmissions} retransmissions of its sender were not answered`],
      ['linger', 'unread-data'],
    );
  }
  const lost = lostBeforeTap(context);
  if (lost !== null) {
    const silent = heardLastBefore(context);
    const says = [
      `its number stands ${lost} bytes beyond all that was seen of its sender: what it had sent was lost before ` +
        `the tap`,
      `nothing had been heard for ${formatDuration(silent)} s`,
    ];
    return causeVerdict(
      'retransmission-timeout', givesUpAloud(context) && context.isSystemKnown ? 'likely' : 'possible', says, ['abort'],
    );
  }
  if (refusesAloud(context)) {
    return causeVerdict(
      'closed-peer', 'likely',
      [
        'its sender had sent its FIN, and this came at once upon new data, with a window of 0: Windows answers data ' +
          'after close() so',
      ],
      ['abort'],
    );
  }
  // An answer that the kernel gave while the application was closing may stand before the RST of close() itself: that
  // one is no echo.
  if (
    talker.lastReset !== NO_ROW && history.rows[talker.lastReset]!.flags & ACK && context.endedBy !== NO_ROW &&
    history.rows[context.endedBy]!.talker === row.talker
  ) {
    return causeVerdict('echo', 'likely', [`repeats frame ${history.rows[talker.lastReset]!.frame}`]);
  }
  if (expiredAloud(context)) {
    return causeVerdict(
      'fin-wait-2-expired', 'likely',
      [`its sender had waited ${formatDuration(row.time - context.finWait2At!)} s for the peer's FIN`], ['abort'],
    );
  }
  return abortCause(context);
}

/**
 * Whether the talker's system sends a RST when its retransmissions run out: BSD and macOS do (tcp_drop in
 * tcp_timer_rexmt), and Windows, with a window of 0. Linux does not (tcp_write_err): its RST is an application's that
 * had waited long enough.
 */
function givesUpAloud({ history, at, talker, system, isSystemKnown }: ResetContext): boolean {
  if (!isSystemKnown) return talker.retransmissions > 2 || history.rows[at]!.window === 0;
  return system !== 'linux' || history.rows[at]!.window === 0;
}

/**
 * Bytes by which an abort stands beyond all that was seen of its sender, after a silence longer than two retransmission
 * timeouts (a second and two, RFC 6298 §2.1, §5.5); null where it does not: what it had sent never came as far as the
 * tap, nor did any answer.
 */
function lostBeforeTap(context: ResetContext): number | null {
  const { history, at, talker, finAt } = context;
  const row = history.rows[at]!;
  const ahead = distance(row.sequence, talker.next);
  if (finAt !== null || talker.lastRow === NO_ROW || ahead <= 0 || ahead > MOST_IN_FLIGHT) return null;
  return row.time - history.rows[talker.lastRow]!.time >= TWO_TIMEOUTS && heardLastBefore(context) >= TWO_TIMEOUTS
    ? ahead
    : null;
}

/**
 * Windows' answer to data after the close: ACK flag, SND.NXT, a window of 0, in place of the bare RST of other systems
 * (seen in captures; its closed port answers so, too: nmap-os-db, T5 to T7).
 */
function refusesAloud({ history, at, finAt, listener }: ResetContext): boolean {
  const row = history.rows[at]!;
  if (finAt === null || row.window !== 0 || listener.lastData === NO_ROW) return false;
  const data = history.rows[listener.lastData]!;
  return data.time > finAt && row.time - data.time <= history.ends[row.talker]!.reach * 1.5 + 5 * MILLISECOND;
}

/**
 * FIN-WAIT-2 ran out and the system says so: macOS by `tcp_drop` (without timestamps, as all its RSTs), Windows with a
 * window of 0. Linux and FreeBSD let it go in silence (inet_twsk_kill, tcp_close): their RST is an application's, as is
 * one with timestamps.
 */
function expiredAloud({
  history, at, talker, talkerState, finWait2At, finTimeout, held, system,
}: ResetContext): boolean {
  const row = history.rows[at]!;
  if (held || talkerState !== S['FIN-WAIT-2'] && talkerState !== S.CLOSED || finWait2At === null) return false;
  if (talker.usesTimestamps && row.marks & HAS_TIMESTAMPS) return false;
  if ((system === 'linux' || system === 'freebsd') && row.window !== 0) return false;
  return row.time - finWait2At >= finTimeout * 0.9;
}

/**
 * At least two probes, and the RST as long after the last as they lay apart (tcp_keepalive_timer). A probe of a closed
 * window looks the same, but its intervals double, and it is asked of a listener that had said 0.
 */
function keepsRhythm(talker: EndpointTracker, untilReset: Duration): boolean {
  if (talker.probes < 2) return false;
  const interval = (talker.lastProbeAt - talker.firstProbeAt) / (talker.probes - 1);
  return Math.abs(untilReset - interval) <= interval * 0.2 + 20 * MILLISECOND;
}

/**
 * How long before the RST its sender had probed, where the capture began too late to know the probe by its number.
 *
 * A probe stands one below SND.NXT (tcp_xmit_probe_skb), the RST at it. Null where there was none, where it was
 * answered, or where it came sooner than any keepalive interval (whole seconds, TCP_KEEPINTVL).
 */
function probeInHindsight({ history, at, talker, listener }: ResetContext): Duration | null {
  const row = history.rows[at]!;
  if (talker.lastRow === NO_ROW || talker.lastData !== NO_ROW) return null;
  const { flags, length, sequence, time } = history.rows[talker.lastRow]!;
  if (length > 0 || flags & (SYN | FIN) || distance(row.sequence, sequence) !== 1 || talker.next !== sequence)
    return null;
  if (listener.lastRow > talker.lastRow) return null;
  return row.time - time >= SECOND ? row.time - time : null;
}

function listenerSilentSince({ history, talker, listener }: ResetContext): boolean {
  return listener.lastRow === NO_ROW || history.rows[listener.lastRow]!.time <= talker.firstProbeAt;
}
