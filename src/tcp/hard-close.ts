import { SYN } from '../decode/segment.js';
import { distance } from '../flow/sequence.js';
import { MILLISECOND, SECOND, formatDuration } from '../time.js';
import type { Duration } from '../time.js';
import type { Confidence } from './connection.js';
import { S } from './machine.js';
import { told } from './reset-scene.js';
import type { ResetScene, Told } from './reset-scene.js';
import { NOWHERE } from './story.js';

/** An accept loop that works takes a connection within milliseconds; one that is busy, within a second or two. */
const UNACCEPTED: Duration = 3 * SECOND;

/** Unread bytes from which a Linux window shrinks visibly: it grows with the first segments (rcv_ssthresh), and is rounded to 1 << scale. */
const SHOWS_IN_WINDOW = 4096;

/**
 * Linger or unread data: the same packet (`tcp_send_active_reset`), so only what lay in the receive queue tells them apart.
 *
 * `__tcp_close` empties the queue before it sends the RST, and looks there first: whoever has unread data sends the RST of
 * unread data, linger or not.
 */
export function whyClosedHard(scene: ResetScene): Told {
  const { talker, talkerState } = scene;
  const received = receivedBytes(scene);
  if (received === 0) {
    return told('linger', 'likely', ['its sender had received no payload, so nothing could be unread', 'what is left is SO_LINGER {1, 0} or a kill by the administrator'], ['abort']);
  }
  const evidence = [received === null ? 'the capture does not show all that its sender had received' : `its sender had received ${received} bytes`, ...queueEvidence(scene)];
  const emptied = emptiedQueue(scene);
  // Behind the peer's FIN a reader gives no window update (__tcp_cleanup_rbuf asks for no RCV_SHUTDOWN): the sign is weaker there.
  if (emptied) return told('unread-data', talkerState === S['CLOSE-WAIT'] ? 'possible' : 'likely', [...evidence, emptied], ['linger']);
  const fresh = arrivedJustBefore(scene);
  if (fresh) return told('unread-data', 'likely', [...evidence, fresh], ['linger']);
  const full = queueStillFull(scene);
  if (full) {
    const neverAccepted = scene.talkerIsServer && talker.lastData === NOWHERE;
    return neverAccepted
      ? told('listener-closed', 'likely', [...evidence, full, 'its sender never sent a byte: nobody had accepted the connection when the listener was closed'], ['abort'])
      : told('abort', 'possible', [...evidence, full, 'so it was not close(): a kill by the administrator (ss -K), or a system that keeps the queue'], ['linger', 'unread-data']);
  }
  const read = hadBeenRead(scene);
  const unasked = hardlyOnPurpose(scene);
  if (!read && unasked) return told('unread-data', unasked.confidence, [...evidence, unasked.why], ['linger']);
  if (read) return told('linger', 'likely', [...evidence, read], ['abort']);
  if (waitedUnaccepted(scene)) {
    return told('listener-closed', 'possible', [...evidence, 'a request that lay there so long was perhaps never accepted when the listener was closed'], ['unread-data', 'linger']);
  }
  if (scene.talkerIsServer && talker.lastData === NOWHERE && talkerState === S['CLOSE-WAIT']) {
    return told('linger', 'possible', [...evidence, 'a server that only listened, and closed upon the end of the stream: that is read behind all that came before it'], ['unread-data', 'listener-closed']);
  }
  return told('abort', 'possible', evidence, ['unread-data', 'linger']);
}

/** Payload that its sender had taken in by the RST's own acknowledgment; null where the history does not begin at the SYN. */
function receivedBytes({ story, at }: ResetScene): number | null {
  const row = story.rows[at]!;
  const peer = story.ends[1 - row.talker]!;
  if (peer.syn === NOWHERE) return peer.first === NOWHERE && story.ends[row.talker]!.syn !== NOWHERE ? 0 : null;
  const fin = peer.fin !== NOWHERE && distance(row.acknowledgment, peer.finEnd) >= 0 ? 1 : 0;
  return Math.max(0, distance(row.acknowledgment, peer.synEnd) - fin);
}

/** Payload that came after its sender's own last one. */
function unansweredBytes(scene: ResetScene): number {
  const { story, at, talker } = scene;
  const row = story.rows[at]!;
  const peer = story.ends[1 - row.talker]!;
  if (talker.lastData === NOWHERE) return receivedBytes(scene) ?? 0;
  const fin = peer.fin !== NOWHERE && distance(row.acknowledgment, peer.finEnd) >= 0 && distance(talker.acknowledgedAtData, peer.finEnd) < 0 ? 1 : 0;
  return Math.max(0, distance(row.acknowledgment, talker.acknowledgedAtData) - fin);
}

/** What of it came after its sender's own last payload, and when. */
function queueEvidence(scene: ResetScene): string[] {
  const { talker } = scene;
  const idle = quietBefore(scene);
  return [
    ...(talker.lastData === NOWHERE ? ['its sender never sent payload'] : [`${unansweredBytes(scene)} of them after its own last payload`]),
    ...(idle === null ? [] : [`the last came ${formatDuration(idle)} s before the RST`]),
  ];
}

/**
 * The RST offers at least twice the window of the segment before it: had the application read that data, `__tcp_cleanup_rbuf`
 * would have sent a window update at that size, so it was close() that emptied the queue.
 */
function emptiedQueue({ story, at, talker }: ResetScene): string | null {
  const { window } = story.rows[at]!;
  if (talker.lastRow === NOWHERE || story.rows[talker.lastRow]!.flags & SYN) return null;
  if (window < 2 * talker.lastWindow || window - talker.lastWindow < 4) return null;
  return `its window is ${window} where the segment before offered ${talker.lastWindow}: the close itself emptied the receive queue`;
}

/**
 * Payload that came so shortly before the RST that an application can hardly have read it: within a millisecond; or within ten,
 * when the RST is the first to acknowledge some of it, or offers a window that had been closing until then.
 */
function arrivedJustBefore(scene: ResetScene): string | null {
  const { story, at, talker } = scene;
  const idle = quietBefore(scene);
  if (idle === null || idle > 10 * MILLISECOND) return null;
  const row = story.rows[at]!;
  const fresh = distance(row.acknowledgment, talker.acknowledged);
  if (fresh > 0) return `the RST is the first to acknowledge the last ${fresh}`;
  if (row.window > talker.lastWindow && talker.lastWindow < talker.widestWindow) return `its window, closing until then, opens from ${talker.lastWindow} to ${row.window} in the RST`;
  return idle <= MILLISECOND ? 'it came in the same millisecond as the last of them' : null;
}

/**
 * The window had shrunk while data lay unread, and the RST still offers the shrunk one: the queue was not emptied.
 * `__tcp_close` empties it before it sends the RST; `tcp_abort` and `inet_csk_listen_stop` do not. A few kilobytes do not show.
 */
function queueStillFull(scene: ResetScene): string | null {
  const { story, at, talker } = scene;
  const { window } = story.rows[at]!;
  const widest = Math.max(talker.widestWindow, story.ends[story.rows[at]!.talker]!.widestWindow);
  if (talker.lastWindow >= widest || window !== talker.lastWindow || unansweredBytes(scene) < SHOWS_IN_WINDOW) return null;
  return `its window is still the shrunk one (${window}; it had offered ${widest}): the receive queue was full when it was sent`;
}

/**
 * More had arrived than a receive window holds, and the window is open: it must have been read.
 * An unread byte takes its place in the window until it is read (RFC 9293 §3.8.6).
 */
function hadBeenRead(scene: ResetScene): string | null {
  const { talker } = scene;
  const received = receivedBytes(scene) ?? 0;
  const idle = quietBefore(scene);
  if (received < 65_536 || talker.lastWindow * 2 < talker.widestWindow || idle === null || idle < 100 * MILLISECOND) return null;
  return 'more than a receive window holds, and its window was open: it had been read';
}

/**
 * A hard close that nobody would ask for, but that close() makes of unread data by itself: after an orderly shutdown, whose
 * whole purpose is to wait for the answer; or in the very moment of sending, when linger 0 would throw away what was just sent.
 */
function hardlyOnPurpose(scene: ResetScene): { why: string; confidence: Confidence } | null {
  const { story, at, talker, talkerState } = scene;
  if (talkerState === S['FIN-WAIT-2'] && receivedSinceFin(scene)) return { why: 'its sender had shut down in order before, and taken in data since: close() found it unread', confidence: 'likely' };
  if (talker.lastData === NOWHERE || talker.lastData !== talker.lastRow) return null;
  if (story.rows[at]!.time - story.rows[talker.lastData]!.time > MILLISECOND) return null;
  return { why: 'its sender closed in the same millisecond in which it sent: with linger it would have thrown that away', confidence: 'possible' };
}

/** Whether the RST acknowledges payload that its sender's FIN had not. */
function receivedSinceFin({ story, at }: ResetScene): boolean {
  const row = story.rows[at]!;
  const { fin } = story.ends[row.talker]!;
  const peer = story.ends[1 - row.talker]!;
  if (fin === NOWHERE) return false;
  const known = story.rows[fin]!.acknowledgment;
  const fins = peer.fin !== NOWHERE && distance(row.acknowledgment, peer.finEnd) >= 0 && distance(known, peer.finEnd) < 0 ? 1 : 0;
  return distance(row.acknowledgment, known) - fins > 0;
}

/**
 * A server that never sent a byte while a request waited for seconds: perhaps the kernel alone had dealt with the connection
 * (inet_csk_listen_stop resets what nobody accepted).
 */
function waitedUnaccepted(scene: ResetScene): boolean {
  return scene.talkerIsServer && scene.talker.lastData === NOWHERE && (quietBefore(scene) ?? 0) > UNACCEPTED;
}

/** How long before the RST its listener had last sent payload; null if it never did. */
function quietBefore({ story, at }: ResetScene): Duration | null {
  const row = story.rows[at]!;
  const last = story.lastBefore(at, 1 - row.talker, (heard) => heard.length > 0);
  return last === NOWHERE ? null : row.time - story.rows[last]!.time;
}
