import { MILLISECOND, SECOND, formatDuration } from '../../base/time.js';
import type { Duration } from '../../base/time.js';
import { ACK, FIN, SYN } from '../../decode/segment.js';
import { PROBE } from '../../flow/history/telling-segment.js';
import type { TellingSegment } from '../../flow/history/telling-segment.js';
import { distance } from '../../flow/sequence.js';
import { SHORTEST_TIMEOUT, timeoutBehind } from '../give-up.js';
import { S } from '../machine.js';
import { NO_ROW } from '../segment-history.js';
import type { SegmentHistory } from '../segment-history.js';
import { answerableFor } from './acceptance.js';
import { causeVerdict, heardLastBefore } from './context.js';
import type { CauseVerdict, ResetContext } from './context.js';

/** What a stack does at once, on a host that is not busy. */
export const AT_ONCE: Duration = 10 * MILLISECOND;

/** No host restarts in less, nor is another put in its place. */
export const RESTART: Duration = 5 * SECOND;

/**
 * A socket that had closed before the capture began is over by then: orphans live this long (tcp_fin_timeout,
 * TIME-WAIT). A connection that is first seen later, without its SYN, was not known to the host that answers.
 */
const OLDER_THAN_CAPTURE: Duration = 60 * SECOND;

/**
 * Which SYN is answered by a RST: Windows refuses one for which its queue has no room, too (listen() in its
 * documentation: WSAECONNREFUSED), and Linux one that meets a socket in FIN-WAIT-2 whose program has closed
 * (tcp_timewait_state_process, TCP_TW_RST).
 */
const NOT_TAKEN =
  'a SYN for which there was no listener, or none with room for it (Windows), that met an older connection of the ' +
  'same ports, or that a firewall rejects';

/** Why an end answered by a RST. */
export function whyAnswered(context: ResetContext, trigger: number): CauseVerdict {
  const { history, at, talker, talkerState, endedBy, finAt } = context;
  const row = history.rows[at]!;
  const drew = trigger === NO_ROW ? null : history.rows[trigger]!;
  const frame = drew ? `answers frame ${drew.frame}` : 'what it answers was not captured';
  if (talkerState === S['SYN-SENT']) return whyAnsweredOpening(context, drew, frame);
  if (!talker.spoke && finAt === null && endedBy === NO_ROW) {
    if (wasAskedToOpen(history, row.talker)) return refusal(context, drew, frame);
    if (drew !== null && !(drew.flags & ACK))
      return causeVerdict('no-socket', 'certain', [
        // A listener drops it by RFC 9293 §3.10.7.2; that of Windows or Cisco IOS does not (nmap, -sN, -sF and -sX).
        frame, 'which belongs to no connection: of that a host says so, whether somebody listens there or not',
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
    const mayAbort = drew !== null && abortsWithoutAck(context, drew);
    const isSame = drew !== null && fits(context, drew);
    const sure = carries && isRecent && isSame && !mayAbort && (endedBy === NO_ROW || (over && drew.length > 0));
    return causeVerdict(
      'closed-peer', sure ? 'certain' : 'likely',
      [
        frame,
        'its sender had sent its FIN and closed: nobody is left to read (RFC 9293 §3.10.7.4, RFC 1122 §4.2.2.13)',
      ],
      [...(carries && !(isRecent && isSame) ? ['no-socket' as const] : []), ...(mayAbort ? ['abort' as const] : [])],
    );
  }
  if (throwsAway)
    return causeVerdict(
      'closed-peer', 'likely', [frame, 'its sender had closed, as its RST before showed: this was still under way'],
      ['no-socket'],
    );
  return whyAnsweredWithoutFin(context, drew, frame);
}

/**
 * Whether a RST without ACK behind its sender's FIN, which `drew` seems to have drawn, may be an abort of a program
 * that had only shut down: Windows sends such a one then. It is where its sender had acknowledged `drew` before, and
 * where the system may be Windows, unless it came at once.
 */
function abortsWithoutAck(
  { history, at, talker, system, isSystemKnown }: ResetContext, drew: TellingSegment,
): boolean {
  const end = (drew.sequence + drew.length + (drew.flags & FIN ? 1 : 0)) | 0;
  if (drew.sequence !== end && talker.knowsAcknowledged && distance(talker.acknowledged, end) >= 0) return true;
  if (isSystemKnown && system !== 'rfc9293') return system === 'windows';
  const row = history.rows[at]!;
  return row.time - drew.time > history.ends[row.talker]!.reach * 1.5 + AT_ONCE;
}

/** More than is under way at once on nearly all roads, and a small part of all numbers. */
const UNDER_WAY = 2 ** 24;

/**
 * Whether what drew the RST is of the connection whose FIN was seen, by its numbers. Else it is of the next one on the
 * same ports, whose beginning was not captured.
 */
function fits({ talker }: ResetContext, drew: TellingSegment): boolean {
  const behind = distance(talker.next, drew.acknowledgment);
  if ((drew.flags & ACK) !== 0 && (behind < 0 || behind > UNDER_WAY)) return false;
  return !talker.knowsAcknowledged || Math.abs(distance(drew.sequence, talker.acknowledged)) <= UNDER_WAY;
}

/** Who opens itself and answers the answer by a RST. */
function whyAnsweredOpening(
  { history, at, talker }: ResetContext, drew: TellingSegment | null, frame: string,
): CauseVerdict {
  const row = history.rows[at]!;
  // A RST has the number that the answer acknowledged (RFC 9293 §3.5.2), where that was not captured.
  const answered = drew === null ? row.sequence : (drew.flags & ACK) === 0 ? null : drew.acknowledgment;
  // A SYN that carries payload or a FIN may be acknowledged without it.
  const asAsked =
    answered !== null && distance(answered, talker.begin) >= 0 && distance(answered, talker.next) <= 0;
  if (asAsked)
    return causeVerdict('no-socket', 'likely', [
      frame, 'it was answered as it asked, and had gone by then: its connect() was given up or its process ended',
    ]);
  const says = [frame, 'its sender had sent a SYN and got an acknowledgment of other numbers (RFC 9293 §3.10.7.3)'];
  // What stands ahead of all that was seen of the opener may acknowledge what the capture missed; but who goes on
  // asking had not got any further.
  const ahead = answered === null ? 0 : distance(answered, talker.next);
  const asksOn = history.firstAfter(at, row.talker, (later) => isSameSyn(later, talker.begin)) !== NO_ROW;
  if (ahead > 0 && !asksOn)
    return causeVerdict(
      'challenge', 'likely',
      [...says, `or the capture missed ${ahead} bytes of its sender, which that acknowledges`], ['no-socket'],
    );
  return causeVerdict('challenge', drew !== null && drew.acknowledgment === row.sequence ? 'certain' : 'likely', says);
}

function isSameSyn({ flags, sequence }: TellingSegment, begin: number): boolean {
  return (flags & (SYN | ACK)) === SYN && ((sequence + 1) | 0) === begin;
}

/** A SYN was answered by a RST: at once by its host or a firewall; late by whoever gave up in the host's name. */
function refusal({ history, at, listener }: ResetContext, drew: TellingSegment | null, frame: string): CauseVerdict {
  const row = history.rows[at]!;
  if (drew !== null && (drew.flags & (SYN | ACK)) === SYN) {
    const says = [frame, NOT_TAKEN];
    // SEQ=0 (RFC 9293 §3.5.2): a number of its own has who had answered by a SYN-ACK before, and then aborts.
    if (row.sequence === 0) return causeVerdict('refused', 'certain', says);
    return causeVerdict(
      'refused', 'likely',
      [...says, 'its number is not 0: or it was taken, and the capture missed all between that and an abort'],
      ['abort'],
    );
  }
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
  const lived = livedUntilNow(context, drew, RESTART);
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
  if (livedUntilNow(context, drew, Infinity) !== null) {
    return causeVerdict(
      'no-socket', 'possible',
      [
        frame,
        'its sender never said FIN, and was sending again: the socket vanished (restart, crash), or it had closed, and ' +
          'its FIN waits behind that data',
      ],
      ['closed-peer'],
    );
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
 * The timer is the shortest, or that of its next repetition where it was sending again, up to `most`. A host does not
 * restart in `RESTART`. A socket that takes no data is closed: an orphan in FIN-WAIT-1 answers so
 * (tcp_rcv_state_process, step 7), whose FIN is sent only behind all data (tcp_close_state, tcp_send_fin) as the peer's
 * window and its own congestion window allow; or its FIN, or its RST, was lost before the tap.
 */
function livedUntilNow(
  { history, at, talker }: ResetContext, drew: TellingSegment | null, most: Duration,
): Duration | null {
  if (drew === null || drew.length === 0 || talker.lastRow === NO_ROW) return null;
  const last = history.rows[talker.lastRow]!;
  // Who has only said SYN-ACK may be a listener that takes no more (tcp_abort_on_overflow)
  if (last.flags & SYN) return null;
  const since = Math.max(0, drew.time - last.time);
  const timer = last.repeats > 0 ? timeoutBehind(history, history.rows[at]!.talker, talker.lastRow) : null;
  return since < Math.max(SHORTEST_TIMEOUT, Math.min(timer ?? 0, most)) ? since : null;
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

/** Whether its peer had sent SYNs to `end`. */
export function wasAskedToOpen(history: SegmentHistory, end: number): boolean {
  const { syn, synAck } = history.ends[1 - end]!;
  return syn !== NO_ROW && syn !== synAck;
}
