import { MILLISECOND, SECOND, formatDuration } from '../../base/time.js';
import type { Duration } from '../../base/time.js';
import { ACK, FIN, SYN } from '../../decode/segment.js';
import { HAS_TIMESTAMPS, PROBE } from '../../flow/history/telling-segment.js';
import { distance } from '../../flow/sequence.js';
import { hearsNoAnswers } from '../deaf.js';
import type { EndpointTracker } from '../endpoint-tracker.js';
import { S } from '../machine.js';
import { NO_ROW } from '../segment-history.js';
import { abortCause } from './abort.js';
import { causeVerdict, heardLastBefore } from './context.js';
import type { CauseVerdict, ResetContext } from './context.js';

/** A second and two: retransmission timeouts before the third transmission (RFC 6298 §2.1, §5.5). */
const TWO_TIMEOUTS: Duration = 3 * SECOND;
/** The largest window (RFC 7323 §2.2). */
const MOST_IN_FLIGHT = 2 ** 30;

/** Why an end sent a RST that answers nothing: a timer of its own passed, or its program aborted. */
export function whyAborted(context: ResetContext): CauseVerdict {
  const { history, at, talker, listener } = context;
  const row = history.rows[at]!;
  const wasAnswered = heardUnseen(context);
  if (talker.probes > 0 && listenerSilentSince(context) && listener.lastWindow > 0 && !wasAnswered) {
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
  if (hidden !== null && !wasAnswered) {
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

/** By how much a timer of the same length may fire later or sooner, and how differently long two segments travel. */
const SAME_TIMER = 0.01;
const JITTER: Duration = 20 * MILLISECOND;

/**
 * At least two probes, and the RST as long after the last as they lay apart (tcp_keepalive_timer). A probe of a closed
 * window looks the same, but its intervals double, and it is asked of a listener that had said 0.
 *
 * One timer that is set again whenever it fires keeps its length: the timer wheel of Linux makes 10 s of it 10.24, each
 * time (kernel/time/timer.c). A program that waits by a clock of its own for as many seconds, and then aborts,
 * has it to the millisecond from what came last: it falls beside by as much as the wheel has rounded up.
 */
function keepsRhythm(talker: EndpointTracker, untilReset: Duration): boolean {
  if (talker.probes < 2) return false;
  const interval = (talker.lastProbeAt - talker.firstProbeAt) / (talker.probes - 1);
  return Math.abs(untilReset - interval) <= interval * SAME_TIMER + JITTER;
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

/**
 * Whether RST `at` echoes a later timestamp than its sender's last segment did, though the capture shows nothing of
 * its peer between (RFC 7323 §4.3: TS.Recent is taken from what arrives in order): the probes were answered, and the
 * answers not captured.
 */
function heardUnseen({ history, at, talker }: ResetContext): boolean {
  const row = history.rows[at]!;
  if (talker.lastRow === NO_ROW || !(row.marks & HAS_TIMESTAMPS)) return false;
  const probe = history.rows[talker.lastRow]!;
  return (probe.marks & HAS_TIMESTAMPS) !== 0 && distance(row.timestampEcho, probe.timestampEcho) > 0;
}

function listenerSilentSince({ history, talker, listener }: ResetContext): boolean {
  return listener.lastRow === NO_ROW || history.rows[listener.lastRow]!.time <= talker.firstProbeAt;
}
