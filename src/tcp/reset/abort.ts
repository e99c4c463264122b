import { IDLE } from '../../flow/idle-closes.js';
import { distance } from '../../flow/sequence.js';
import { MILLISECOND, SECOND, formatDuration } from '../../base/time.js';
import type { Duration } from '../../base/time.js';
import { S } from '../machine.js';
import {
  answeredAll, answeredAtOnce, arrivedJustBefore, emptiedQueue, hadBeenRead, queueStillFull, quietBefore, receivedBytes,
  unansweredBytes, urgentByteLast,
} from './receive-queue.js';
import { causeVerdict } from './context.js';
import type { ResetContext, CauseVerdict } from './context.js';
import { NO_ROW } from '../segment-history.js';

/** An accept loop that works takes a connection within milliseconds; one that is busy, within a second or two. */
const UNACCEPTED: Duration = 3 * SECOND;

/**
 * Linger or unread data: the same packet (`tcp_send_active_reset`), so only what lay in the receive queue tells them
 * apart.
 *
 * `__tcp_close` empties the queue before it sends the RST, and looks there first: whoever has unread data sends the RST
 * of unread data, linger or not.
 */
export function abortCause(context: ResetContext): CauseVerdict {
  const { talkerState, system, isSystemKnown } = context;
  const received = receivedBytes(context);
  const beside = context.servedLater() ? null : abortedByListener(context);
  // Two that fall in one moment may be chance: two timers that ran out together.
  const together = beside !== null && beside.others > 1 ? beside : null;
  // Of a connection that is older than the capture nobody knows what its server had sent.
  const fromTheStart = context.history.ends[1].synAck === NO_ROW ? 'possible' : 'likely';
  if (received === 0) {
    if (together)
      return causeVerdict(
        'listener-closed', fromTheStart, ['its sender had received no payload', together.says], ['linger'],
      );
    const nothing = [
      'its sender had received no payload, so nothing could be unread',
      'what is left is SO_LINGER {1, 0} or a kill by the administrator',
    ];
    // Windows aborts so, too, when a process ends or a socket is closed with an operation pending; its window is then
    // 0, which Linux's is not.
    if ((isSystemKnown && system !== 'linux') || context.history.rows[context.at]!.window === 0)
      return causeVerdict('abort', 'possible', nothing, ['linger']);
    return causeVerdict('linger', 'likely', nothing, ['abort']);
  }
  // What the receive queue did is seen by the rules of Linux; of other systems it is a guess.
  const shown = isSystemKnown && system === 'linux' ? 'likely' : 'possible';
  const evidence = [
    received === null
      ? 'the capture does not show all that its sender had received'
      : `its sender had received ${received} bytes`,
    ...queueEvidence(context),
  ];
  const emptied = emptiedQueue(context);
  // Behind the peer's FIN a reader gives no window update (__tcp_cleanup_rbuf asks for no RCV_SHUTDOWN): the sign is
  // weaker there.
  if (emptied)
    return causeVerdict(
      'unread-data', talkerState === S['CLOSE-WAIT'] ? 'possible' : shown, [...evidence, emptied], ['linger'],
    );
  const full = queueStillFull(context);
  if (full) {
    return neverSpoke(context) && !context.servedLater()
      ? causeVerdict(
          'listener-closed', shown,
          [
            ...evidence, full,
            'its sender never sent a byte: nobody had accepted the connection when the listener was closed',
          ],
          ['abort'],
        )
      : causeVerdict(
          'abort', 'possible',
          [
            ...evidence, full,
            'so it was not close(): a kill by the administrator (ss -K), or a system that keeps the queue',
          ],
          ['linger', 'unread-data'],
        );
  }
  const urgent = urgentByteLast(context);
  if (urgent) return causeVerdict('unread-data', shown, [...evidence, urgent], ['linger']);
  const behindFins = closedBehindBothFins(context);
  if (behindFins) return causeVerdict('unread-data', shown, [...evidence, behindFins], ['linger']);
  const read = hadBeenRead(context);
  // What its sender answered it has read; of what came since a part may lie there, which the window need not show.
  const isAnswered = unansweredBytes(context) === 0;
  if (read) return causeVerdict('linger', isAnswered ? 'likely' : 'possible', [...evidence, read], ['abort']);
  if (together)
    return causeVerdict('listener-closed', fromTheStart, [...evidence, together.says], ['unread-data', 'linger']);
  return lean(context, evidence);
}

/**
 * Where the packets do not tell: which of the two it rather was. Never more than `possible`.
 *
 * That data came just before proves nothing: haproxy reads after 14 µs, and closes its servers' side by shutdown() and
 * SO_LINGER {1, 0} (measured on recordings of server software: of 454 causes told for such reasons the kernel confirmed
 * 58).
 */
function lean(context: ResetContext, evidence: readonly string[]): CauseVerdict {
  // Whoever closes upon the peer's FIN had mostly read what came before its own last payload.
  const fresh =
    unansweredBytes(context) > 0 || context.talkerState !== S['CLOSE-WAIT'] ? arrivedJustBefore(context) : null;
  const ended = endedWithProcess(context);
  const unasked = hardlyOnPurpose(context);
  const why = fresh ?? ended ?? unasked;
  if (why) return causeVerdict('unread-data', 'possible', [...evidence, why], ['linger']);
  if (waitedUnaccepted(context) && !context.servedLater()) {
    return causeVerdict(
      'listener-closed', 'possible',
      [...evidence, 'a request that lay there so long was perhaps never accepted when the listener was closed'],
      ['unread-data', 'linger'],
    );
  }
  if (neverSpoke(context) && context.talkerState === S['CLOSE-WAIT']) {
    return causeVerdict(
      'linger', 'possible',
      [
        ...evidence,
        'a server that only listened, and closed upon the end of the stream: that is read behind all that came ' +
          'before it',
      ],
      ['unread-data', 'listener-closed'],
    );
  }
  const answered = answeredAll(context);
  if (answered) return causeVerdict('linger', 'possible', [...evidence, answered], ['unread-data']);
  return causeVerdict('abort', 'possible', evidence, ['unread-data', 'linger']);
}

/** What of it came after its sender's own last payload, and when. */
function queueEvidence(context: ResetContext): string[] {
  const { talker } = context;
  const idle = quietBefore(context);
  return [
    ...(talker.lastData === NO_ROW
      ? ['its sender never sent payload']
      : [`${unansweredBytes(context)} of them after its own last payload`]),
    ...(idle === null ? [] : [`the last came ${formatDuration(idle)} s before the RST`]),
  ];
}

/**
 * After both FINs Linux sends no RST for linger (tcp_need_reset: not in CLOSING and LAST-ACK), but does for unread data
 * (__tcp_close looks there first); and what came after an orderly shutdown(), whose purpose is to wait for the answer,
 * was found unread.
 */
function closedBehindBothFins(context: ResetContext): string | null {
  const { talkerState, talkerIsServer, finAt } = context;
  if (finAt !== null && talkerIsServer && unansweredBytes(context) > 0)
    return 'its sender had shut down in order before, with a request that it had not answered: close() found it unread';
  if (talkerState === S['LAST-ACK'] || talkerState === S.CLOSING)
    return (
      'both FINs were sent: with linger Linux sends nothing from there (tcp_need_reset), with unread data it does ' +
      '(__tcp_close)'
    );
  if (talkerState === S['FIN-WAIT-2'] && receivedSinceFin(context))
    return 'its sender had shut down in order before, and taken in data since: close() found it unread';
  return null;
}

/**
 * An abort in the moment of sending, when linger 0 would throw away what was just sent; or after a shutdown() in order,
 * which haproxy makes, too.
 */
function hardlyOnPurpose(context: ResetContext): string | null {
  const { history, at, talker, finAt } = context;
  if (finAt !== null && (receivedBytes(context) ?? 0) > 0) return 'its sender had shut down in order before';
  if (talker.lastData === NO_ROW || talker.lastData !== talker.lastRow || answeredAtOnce(context)) return null;
  if (history.rows[at]!.time - history.rows[talker.lastData]!.time > MILLISECOND) return null;
  return 'its sender closed in the same millisecond in which it sent: with linger it would have thrown that away';
}

/** Whether the RST acknowledges payload that its sender's FIN had not. */
function receivedSinceFin({ history, at }: ResetContext): boolean {
  const row = history.rows[at]!;
  const { fin } = history.ends[row.talker]!;
  const peer = history.ends[1 - row.talker]!;
  if (fin === NO_ROW) return false;
  const known = history.rows[fin]!.acknowledgment;
  const fins =
    peer.fin !== NO_ROW && distance(row.acknowledgment, peer.finEnd) >= 0 && distance(known, peer.finEnd) < 0 ? 1 : 0;
  return distance(row.acknowledgment, known) - fins > 0;
}

/**
 * A server that never sent a byte while a request waited for seconds: perhaps the kernel alone had dealt with the
 * connection (inet_csk_listen_stop resets what nobody accepted).
 */
function waitedUnaccepted(context: ResetContext): boolean {
  return neverSpoke(context) && (quietBefore(context) ?? 0) > UNACCEPTED;
}

/** A server that never sent a byte, as far as the capture shows; its number tells of payload that a filter took out. */
function neverSpoke({ history, at, talker, talkerIsServer }: ResetContext): boolean {
  const { synAck, synEnd, fin } = history.ends[1];
  const sent = distance(history.rows[at]!.sequence, synEnd) - (fin === NO_ROW ? 0 : 1);
  return talkerIsServer && talker.lastData === NO_ROW && (synAck === NO_ROW || sent === 0);
}

/**
 * One listener, several connections, none ever answered, all aborted at once: they had waited in its accept queue
 * (inet_csk_listen_stop).
 */
function abortedByListener(context: ResetContext): { readonly others: number; readonly says: string } | null {
  const { listenerAbortsBeside } = context;
  if (!neverSpoke(context)) return null;
  const others = listenerAbortsBeside();
  return others > 0
    ? {
        others,
        says:
          `its server never sent a byte, nor to ${others} other connections of this service that it aborted in ` +
            `the same ` +
          `moment`,
      }
    : null;
}

/**
 * A process that ends closes all its sockets at once: `tcp_close` makes FINs of them, and a RST of each that has unread
 * data (exit_files; SIGKILL does the same). A server that never sent a byte may still have waited in the accept queue:
 * that is no unread data.
 */
function endedWithProcess(context: ResetContext): string | null {
  const { history, at, simultaneousClose } = context;
  if (neverSpoke(context)) return null;
  if (at > 0 && history.rows[at]!.time - history.rows[at - 1]!.time < IDLE) return null;
  const beside = simultaneousClose();
  if (beside === null) return null;
  return (
    `its host closed other idle connections in the same moment, ${beside.fins} by FIN and ${beside.resets} by RST, ` +
    `as the end of a process does`
  );
}
