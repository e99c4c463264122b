import { ACK, RST, SYN } from '../decode/segment.js';
import { FOREIGN, PROBE } from '../flow/history/telling-segment.js';
import type { TellingSegment } from '../flow/history/telling-segment.js';
import { isAfter } from '../flow/sequence.js';
import type { Reset } from '../tcp/connection.js';
import { NO_ROW } from '../tcp/segment-history.js';
import { SECOND, formatToMilliseconds } from '../base/time.js';
import type { Duration } from '../base/time.js';
import { closeWait } from './close-wait.js';
import type { CloseWait } from './close-wait.js';
import { ROLES } from '../tcp/fold.js';
import { ofBothEnds } from './detector.js';
import type { Detection, Detector, Subject } from './detector.js';

/** An answer to a FIN that takes longer than this is slow: people and their timeouts begin to give up. */
const SLOW: Duration = 5 * SECOND;

type Cause = 'leak' | 'slow' | 'never-accepted' | 'killed' | 'intentional';

/** One side said FIN; the other stayed in CLOSE-WAIT. */
export const halfClosed: Detector<'half-closed', Cause> = {
  id: 'half-closed',
  title: 'Half-closed connection',
  rfc: 'RFC 9293 §3.6',
  severities: { leak: 'error', slow: 'warning', 'never-accepted': 'error', killed: 'warning', intentional: 'info' },
  advice: {
    leak: [
      'Close the socket when read() returns 0 or the library reports the end of the stream: in a finally block, ' +
        'a defer, a destructor or a context manager.',
      'Look for what else holds the descriptor: a forked child or an executed program without O_CLOEXEC (close() ' +
        'then only lowers its count), a connection pool that keeps dead connections, a thread that is stuck before ' +
        'its close().',
    ],
    slow: [
      'Find out what the process does between the end of the stream and its close(): a slow handler, ' +
        'lingering_close, the idle timer of a pool.',
      'Tell the handler that the peer is gone (an abort signal, a cancelled context), so that it stops early.',
    ],
    'never-accepted': [
      'See why nobody calls accept(): a blocked accept loop, a single worker that is busy, a process that was stopped.',
      'A smaller backlog, or net.ipv4.tcp_abort_on_overflow=1 while you look for it, shows the overload to ' +
        'clients at once instead of hiding it.',
    ],
    killed: [
      'If the half-closed side still had something to send, the other end must keep reading: shutdown(SHUT_WR) ' +
        'instead of close(), and a longer half-close timer on proxies and firewalls between them.',
      'If it had nothing to send, close() it when the end of the stream is read.',
    ],
    intentional: ['Nothing to change: one side said that it has sent all, and went on reading.'],
  },
  detect(subject) {
    return ofBothEnds(subject, judge);
  },
};

/**
 * A FIN that the keeper never acknowledged may have been lost on its way: then the keeper has nothing to close. Unless
 * the capture was filtered to SYN, FIN and RST: a FIN that was not sent again was acknowledged (RFC 6298 §5.4), and the
 * keeper's own FIN would show.
 */
function hiddenByFilter({ history, connection }: Subject): boolean {
  const [client, server] = history.ends;
  return connection.roles === 'handshake' && client.syn !== NO_ROW && server.synAck !== NO_ROW && history.isFiltered();
}

function judge(subject: Subject, end: 0 | 1): Detection<Cause> | null {
  const stay = closeWait(subject, end);
  if (stay === null || (!stay.entered.proven && !hiddenByFilter(subject))) return null;
  if (stay.left === null) {
    if (waitsToSend(subject, end)) return null;
    const open = stillOpen(subject, stay);
    return open !== null && mayHaveClosedBefore(subject, end) ? asLate(open) : open;
  }
  if (stay.left.state === 'CLOSED') return ended(subject, stay);
  if (stay.wasRead) {
    // What its kernel took in before a RST it need not have read.
    const wasReset = subject.connection.resets.some(({ by }) => by === stay.closer);
    return detection(
      stay, 'intentional', wasReset ? 'likely' : 'certain',
      `The ${stay.closer} closed its side and went on reading; the ${stay.keeper} sent ${stay.sentBytes} bytes ` +
        `more and closed ${age(stay)} s later.`,
      wasReset ? ['killed'] : [],
    );
  }
  if (stay.to - stay.from < SLOW) return null;
  if (isIdlePool(subject, stay)) {
    return {
      ...detection(
        stay, 'slow', howSlow(subject, end, stay),
        `The ${stay.closer} closed an idle connection; the ${stay.keeper} noticed only when it looked at it again, ` +
          `and closed ${age(stay)} s later. Nothing was lost.`,
      ),
      severity: 'info',
    };
  }
  return detection(
    stay, 'slow', howSlow(subject, end, stay),
    `The ${stay.closer} closed; the ${stay.keeper} took ${age(stay)} s to close its side.`,
  );
}

/**
 * How sure it is that the keeper closed as late as its FIN was seen: certain where it spoke meanwhile as who has not
 * closed. Else it may have closed at once, and the road was cut until one of its FINs came through; or its FIN waited
 * for a window that its peer held closed (tcp_snd_wnd_test counts it).
 */
function howSlow({ history }: Subject, end: 0 | 1, stay: CloseWait): Detection['confidence'] {
  const { fin, finEnd } = history.ends[end];
  if (fin === NO_ROW) return 'likely';
  const isClosed = ({ time, window, flags }: TellingSegment): boolean =>
    time >= stay.from && window === 0 && !(flags & RST);
  if (history.lastBefore(fin, 1 - end, isClosed) !== NO_ROW) return 'possible';
  const last = history.lastBefore(fin, end, ({ flags, marks }) => !(flags & RST) && !(marks & FOREIGN));
  if (last === NO_ROW) return 'likely';
  const { time, sequence, length } = history.rows[last]!;
  return time - stay.from >= SLOW && isAfter(finEnd, (sequence + length) | 0) ? 'certain' : 'likely';
}

/**
 * Whether the keeper of a connection that is older than the capture may have closed before it began: nothing that was
 * seen of it stands behind what the closer's FIN acknowledges, where its own FIN would.
 */
function mayHaveClosedBefore({ history, connection, exchange }: Subject, end: 0 | 1): boolean {
  return (
    history.ends.every(({ syn, synAck }) => syn === NO_ROW && synAck === NO_ROW) &&
    connection.bytes[ROLES[end]] === 0 && exchange.missing[end] === 0
  );
}

/** What may be the tail of a connection that both had closed. */
function asLate(open: Detection<Cause>): Detection<Cause> {
  return {
    ...open, confidence: 'possible', severity: 'info',
    message:
      `${open.message} Or it had closed before: the capture began later than the connection, and shows nothing ` +
      `else of it.`,
  };
}

/**
 * Whether the keeper has more to send than its peer acknowledges: its FIN, if it has closed, waits behind that (RFC
 * 9293 §3.10.4), seen or not.
 */
function waitsToSend({ history }: Subject, end: 0 | 1): boolean {
  const last = history.lastBefore(
    history.count, end, ({ flags, marks }) => (flags & (RST | SYN)) === 0 && !(marks & (FOREIGN | PROBE)),
  );
  if (last === NO_ROW) return false;
  const heard = history.lastBefore(
    history.count, 1 - end, ({ flags, marks }) => (flags & (RST | ACK)) === ACK && !(marks & FOREIGN),
  );
  if (heard === NO_ROW) return false;
  const { sequence, length } = history.rows[last]!;
  return isAfter((sequence + length) | 0, history.rows[heard]!.acknowledgment);
}

/**
 * In CLOSE-WAIT when the capture ends. It counts as a leak when it has lasted longer than a closed peer waits in
 * FIN-WAIT-2: from then on nobody is left who could take what the keeper may still have to say.
 */
function stillOpen(subject: Subject, stay: CloseWait): Detection<Cause> | null {
  const lasting = stay.to - stay.from;
  if (stay.wasRead && stay.to - stay.lastSent < patience(subject, stay)) {
    return detection(
      stay, 'intentional', 'likely',
      `The ${stay.closer} closed its side and goes on reading; the ${stay.keeper} has sent ${stay.sentBytes} bytes ` +
        `since.`,
      ['leak'],
    );
  }
  const since = `since frame ${stay.entered.frame}, ${age(stay)} s until the capture ends`;
  if (lasting >= patience(subject, stay)) {
    if (neverSpoke(subject, stay)) return neverAccepted(subject, stay, since);
    if (!stay.entered.proven) {
      return detection(
        stay, 'leak', 'possible',
        `The ${stay.closer} closed and did not repeat its FIN, but the ${stay.keeper} has sent none: CLOSE-WAIT ` +
          `${since}. This capture keeps no acknowledgments.`,
        ['slow', 'never-accepted'],
      );
    }
    return detection(
      stay, 'leak', 'likely',
      `The ${stay.closer} closed and the ${stay.keeper} acknowledged it, but does not close its own side: ` +
        `CLOSE-WAIT ${since}.`,
      ['slow'],
    );
  }
  if (lasting < SLOW) return null;
  if (isIdlePool(subject, stay)) {
    return {
      ...detection(
        stay, 'slow', 'possible',
        `The ${stay.closer} closed an idle connection; the ${stay.keeper} has not looked at it again: CLOSE-WAIT ` +
          `${since}. Nothing was lost.`, ['leak'],
      ),
      severity: 'info',
    };
  }
  return detection(
    stay, 'slow', 'possible',
    `The ${stay.closer} closed; the ${stay.keeper} has not closed its side yet: CLOSE-WAIT ${since}.`, ['leak'],
  );
}

/**
 * A client that had been served, and keeps the connection in a pool that is looked at only when it is used again, or
 * cleaned up now and then: a client that does not wait in a read cannot notice the close (Apache HttpClient's tutorial,
 * "Connection eviction policy"; OkHttp's ConnectionPool evicts after five minutes).
 */
function isIdlePool({ exchange }: Subject, stay: CloseWait): boolean {
  return stay.keeper === 'client' && exchange.closer === 1 && exchange.lastSpeaker !== 0 && stay.sentBytes === 0;
}

/** How long a closed peer waits in FIN-WAIT-2; a minute where its system would wait longer. */
function patience({ timers }: Subject, stay: CloseWait): Duration {
  return Math.min(timers[stay.closer === 'client' ? 0 : 1].finWait2, 60 * SECOND);
}

/** A server that completed the handshake and never sent a byte: its kernel did all that was seen. */
function neverSpoke(subject: Subject, stay: CloseWait): boolean {
  const { connection, history } = subject;
  // A filter may have taken the server's payload out of the capture; the client's acknowledgments still know of it.
  const acknowledged =
    history.ends[1].synAck !== NO_ROW && history.firstAcknowledging(0, (history.ends[1].synEnd + 1) | 0) !== NO_ROW;
  // The accept queue is first in, first out: a later connection that was answered shows that this one had been
  // accepted.
  if (subject.beside.answeredLater(connection.start)) return false;
  return (
    stay.keeper === 'server' && stay.entered.proven && connection.roles === 'handshake' &&
    connection.bytes.server === 0 && !acknowledged
  );
}

function neverAccepted({ connection }: Subject, stay: CloseWait, since: string): Detection<Cause> {
  return detection(
    stay, 'never-accepted', 'likely',
    `The handshake was completed by the kernel and ${connection.bytes.client} bytes of the client were ` +
      `acknowledged, but the server never sent a byte and never closed: nobody seems to call accept() (${since}).`,
    ['leak'],
  );
}

/** Ended by a RST or a timer. A push that drew a RST is told as such, and an abort by the keeper, too. */
function ended(subject: Subject, stay: CloseWait): Detection<Cause> | null {
  const { connection } = subject;
  const reset = connection.resets.find((candidate) => candidate.frame === stay.left!.frame);
  const byTimer = reset?.cause === 'fin-wait-2-expired' && reset.shape === 'active';
  if (reset && reset.by === stay.keeper) {
    const hidden = stay.to - stay.from >= patience(subject, stay) && neverSpoke(subject, stay);
    return hidden
      ? neverAccepted(
          subject, stay,
          `for ${age(stay)} s from frame ${stay.entered.frame}, until a RST of the server in frame ${reset.frame}`,
        )
      : null;
  }
  if (!byTimer && !drawnByProbe(subject, reset) && stay.to - stay.from < SLOW) return null;
  // A client that writes into a connection which its server had closed out of idleness: the write is what is to be told
  // (rst-after-push).
  if (!byTimer && stay.keeper === 'client' && subject.exchange.closer === 1 && stay.sentBytes > 0) return null;
  const what = reset ? `a RST from the ${reset.by} (frame ${reset.frame}: ${reset.cause})` : 'its own timer';
  return detection(
    stay, 'killed', 'likely',
    `The ${stay.closer} closed; the ${stay.keeper} kept its side open for ${age(stay)} s until ${what} ended it.`,
  );
}

/** A keepalive of the keeper drew the RST: it had nothing to say, and was not about to close. */
function drawnByProbe({ history }: Subject, reset: Reset | undefined): boolean {
  const trigger = reset ? history.rowOfFrame(reset.trigger) : NO_ROW;
  return trigger !== NO_ROW && (history.rows[trigger]!.marks & PROBE) !== 0;
}

function detection(
  stay: CloseWait, cause: Cause, confidence: Detection['confidence'], message: string,
  alternatives: readonly Cause[] = [],
): Detection<Cause> {
  const frames = [stay.entered.frame, stay.sentFrame, stay.left?.frame].filter((frame) => typeof frame === 'number');
  return {
    cause, confidence, alternatives, message, frames,
    role: cause === 'intentional' ? stay.closer : stay.keeper,
    start: stay.from,
    end: stay.left?.time ?? null,
    evidence: { closeWaitSeconds: Number(age(stay)), sentAfterFin: stay.sentBytes, proven: stay.entered.proven },
  };
}

const age = (stay: CloseWait): string => formatToMilliseconds(stay.to - stay.from);
