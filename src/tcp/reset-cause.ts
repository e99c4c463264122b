import { ACK, FIN, SYN } from '../decode/segment.js';
import { HAS_TIMESTAMPS, NO_IP_ID, PROBE } from '../flow/history.js';
import { distance } from '../flow/sequence.js';
import { MILLISECOND, SECOND, formatDuration } from '../time.js';
import type { Duration, Time } from '../time.js';
import type { Confidence, ResetCause } from './connection.js';
import type { Ledger } from './ledger.js';
import { S } from './machine.js';
import { livesOn, triggerOf } from './reset-acceptance.js';
import { NOWHERE } from './story.js';
import type { Story } from './story.js';

/** What is known at the moment of a RST. */
export interface ResetScene {
  readonly story: Story;
  /** Its row. */
  readonly at: number;
  readonly talker: Ledger;
  readonly listener: Ledger;
  /** States just before it. */
  readonly talkerState: number;
  readonly listenerState: number;
  readonly talkerIsServer: boolean;
  /** In FIN-WAIT-2 a descriptor still held the talker. */
  readonly held: boolean;
  /** When the talker sent its FIN; null if it never did. */
  readonly finAt: Time | null;
  /** When the talker entered FIN-WAIT-2, and how long a closed socket stays there; null if it never did. */
  readonly finWait2At: Time | null;
  readonly finTimeout: Duration;
  /** An earlier RST that ended the connection; NOWHERE if none. */
  readonly endedBy: number;
}

export interface ResetVerdict {
  readonly shape: 'active' | 'reactive';
  readonly cause: ResetCause;
  readonly confidence: Confidence;
  readonly alternatives: readonly ResetCause[];
  /** Row that drew it; NOWHERE for an active one. */
  readonly trigger: number;
  readonly evidence: readonly string[];
}

/** An accept loop that works takes a connection within milliseconds; one that is busy, within a second or two. */
const UNACCEPTED: Duration = 3 * SECOND;

/** Unread bytes from which a Linux window shrinks visibly: it grows with the first segments (rcv_ssthresh), and is rounded to 1 << scale. */
const SHOWS_IN_WINDOW = 4096;

type Told = Omit<ResetVerdict, 'shape' | 'trigger'>;

/** Why the RST of this scene was sent. */
export function resetCause(scene: ResetScene): ResetVerdict {
  const reactive = isReactive(scene);
  const trigger = reactive ? triggerOf(scene.story, scene.at) : NOWHERE;
  const told = forged(scene) ?? (reactive ? whyAnswered(scene, trigger) : whyAborted(scene));
  return { shape: reactive ? 'reactive' : 'active', trigger, ...told };
}

/**
 * Two shapes (RFC 9293 §3.5.2; tcp_v4_send_reset against tcp_send_active_reset): an answer takes its sequence number from the
 * acknowledgment it answers and has no ACK flag, or, to a segment without ACK, has sequence number 0 (some stacks: any); an abort
 * stands at SND.NXT.
 */
function isReactive({ story, at, talker, listenerState }: ResetScene): boolean {
  const row = story.rows[at]!;
  if (!(row.flags & ACK)) return true;
  if (!talker.spoke) return row.window === 0 && listenerState === S['SYN-SENT'];
  return row.sequence === 0 && row.window === 0 && talker.next !== 0;
}

function whyAnswered(scene: ResetScene, trigger: number): Told {
  const { story, at, talkerState, endedBy, finAt } = scene;
  const drew = trigger === NOWHERE ? null : story.rows[trigger]!;
  const frame = drew ? `answers frame ${drew.frame}` : 'what it answers was not captured';
  if (talkerState === S['SYN-SENT'] && drew && drew.flags & ACK && drew.acknowledgment === scene.talker.next) {
    return told('no-socket', 'likely', [frame, 'it was answered as it asked, and had gone by then: its connect() was given up or its process ended']);
  }
  if (talkerState === S['SYN-SENT']) {
    return told('challenge', drew ? 'certain' : 'likely', [frame, 'its sender had sent a SYN and got an acknowledgment of other numbers (RFC 9293 §3.10.7.3)']);
  }
  if (drew && (drew.flags & (SYN | ACK)) === SYN && finAt === null && endedBy === NOWHERE) {
    return told('refused', 'certain', [frame, 'a SYN for which there was no listener, or that a firewall rejects']);
  }
  // Each segment of data that was still under way is thrown away by a RST of its own; what answers a bare ACK adds nothing.
  const throwsAway = drew !== null && drew.length > 0 && finAt !== null && endedBy !== NOWHERE && !(story.rows[endedBy]!.flags & ACK);
  if (endedBy !== NOWHERE && !throwsAway) {
    return told('echo', 'likely', [frame, `frame ${story.rows[endedBy]!.frame} had ended the connection already`]);
  }
  if (scene.talker.lastReset !== NOWHERE && !throwsAway) {
    return told('echo', 'likely', [frame, `its sender had sent a RST before, in frame ${story.rows[scene.talker.lastReset]!.frame}, which was not heard`]);
  }
  if (finAt !== null) {
    const waited = scene.finWait2At === null ? null : story.rows[at]!.time - scene.finWait2At;
    if (waited !== null && waited > scene.finTimeout) {
      return told('fin-wait-2-expired', 'likely', [frame, `its sender had closed and waited ${formatDuration(waited)} s in FIN-WAIT-2, longer than its system waits`], ['closed-peer']);
    }
    // What answers data or a FIN can only come from a closed end; a bare ACK would have been swallowed by one in TIME-WAIT.
    const sure = drew !== null && (drew.length > 0 || (drew.flags & FIN) !== 0);
    return told('closed-peer', sure ? 'certain' : 'likely', [frame, 'its sender had sent its FIN and closed: nobody is left to read (RFC 9293 §3.10.7.4, RFC 1122 §4.2.2.13)']);
  }
  if (probedClosedWindow(scene)) {
    return told('closed-peer', 'likely', [frame, 'its sender was alive, probing a closed window, and takes no data: it had closed, and its FIN waits behind what it could not send'], ['no-socket']);
  }
  if (story.ends[story.rows[at]!.talker]!.syn === NOWHERE) {
    return told('no-socket', 'likely', [frame, 'the capture began later than the connection: its sender may have closed before'], ['closed-peer']);
  }
  return told('no-socket', 'likely', [frame, 'its sender never said FIN or RST: the socket vanished (restart, crash, a lost RST), or something rejects the packet']);
}

/**
 * Its sender's last word was a probe of a window that its peer held closed: a socket that answers data with a RST is an orphan
 * (tcp_rcv_state_process, step 7), in FIN-WAIT-1 since its close() with the FIN still in the queue.
 */
function probedClosedWindow({ story, talker, listener }: ResetScene): boolean {
  if (talker.lastRow === NOWHERE || listener.lastRow === NOWHERE) return false;
  return listener.lastWindow === 0 && (story.rows[talker.lastRow]!.marks & PROBE) !== 0;
}

function whyAborted(scene: ResetScene): Told {
  const { story, at, talker, listener } = scene;
  const row = story.rows[at]!;
  if (talker.probes > 0 && listenerSilentSince(scene) && listener.lastWindow > 0) {
    const interval = row.time - talker.lastProbeAt;
    return told('keepalive-timeout', keepsRhythm(talker, interval) ? 'certain' : 'likely', [`${talker.probes} probes of its sender were not answered`, `the RST came ${formatDuration(interval)} s after the last`], keepsRhythm(talker, interval) ? [] : ['abort']);
  }
  if (talker.retransmissions > 1) {
    return told('retransmission-timeout', 'likely', [`${talker.retransmissions} retransmissions of its sender were not answered`], ['linger', 'unread-data']);
  }
  if (refusesAloud(scene)) {
    return told('closed-peer', 'likely', ['its sender had sent its FIN, and this came at once upon new data, with a window of 0: Windows answers data after close() so'], ['abort']);
  }
  if (talker.lastReset !== NOWHERE && scene.endedBy !== NOWHERE && story.rows[scene.endedBy]!.talker === row.talker) {
    return told('echo', 'likely', [`repeats frame ${story.rows[talker.lastReset]!.frame}`]);
  }
  if (expiredAloud(scene)) {
    return told('fin-wait-2-expired', 'likely', [`its sender had waited ${formatDuration(row.time - scene.finWait2At!)} s for the peer's FIN`], ['abort']);
  }
  return whyClosedHard(scene);
}

/** Windows' answer to data after the close: ACK flag, SND.NXT, a window of 0, in place of the bare RST of other systems. */
function refusesAloud({ story, at, finAt, listener }: ResetScene): boolean {
  const row = story.rows[at]!;
  if (finAt === null || row.window !== 0 || listener.lastData === NOWHERE) return false;
  const data = story.rows[listener.lastData]!;
  return data.time > finAt && row.time - data.time <= story.ends[row.talker]!.reach * 1.5 + 5 * MILLISECOND;
}

/**
 * FIN-WAIT-2 ran out and the system says so: macOS by `tcp_drop` (without timestamps, as all its RSTs), Windows with a window
 * of 0. Linux and FreeBSD let it go in silence, so a RST with their timestamps is an application's.
 */
function expiredAloud({ story, at, talker, talkerState, finWait2At, finTimeout, held }: ResetScene): boolean {
  const row = story.rows[at]!;
  if (held || talkerState !== S['FIN-WAIT-2'] && talkerState !== S.CLOSED || finWait2At === null) return false;
  if (talker.usesTimestamps && row.marks & HAS_TIMESTAMPS) return false;
  return row.time - finWait2At >= finTimeout * 0.9;
}

/**
 * Linger or unread data: the same packet (`tcp_send_active_reset`), so only what lay in the receive queue tells them apart.
 *
 * `__tcp_close` empties the queue before it sends the RST, and looks there first: whoever has unread data sends the RST of
 * unread data, linger or not.
 */
function whyClosedHard(scene: ResetScene): Told {
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

/**
 * At least two probes, and the RST as long after the last as they lay apart (tcp_keepalive_timer). A probe of a closed window
 * looks the same, but its intervals double, and it is asked of a listener that had said 0.
 */
function keepsRhythm(talker: Ledger, untilReset: Duration): boolean {
  if (talker.probes < 2) return false;
  const interval = (talker.lastProbeAt - talker.firstProbeAt) / (talker.probes - 1);
  return Math.abs(untilReset - interval) <= interval * 0.2 + 20 * MILLISECOND;
}

function listenerSilentSince({ story, talker, listener }: ResetScene): boolean {
  return listener.lastRow === NOWHERE || story.rows[listener.lastRow]!.time <= talker.firstProbeAt;
}

/**
 * Somebody else's RST in this sender's name: one absolute sign (the sender goes on), or two soft ones together
 * (TTL, IP ID, timestamps against the sender's other segments).
 */
function forged(scene: ResetScene): Told | null {
  const { story, at, talker } = scene;
  const row = story.rows[at]!;
  if (!talker.spoke || isReactive(scene)) {
    return null;
  }
  const signs: string[] = [];
  if (Math.abs(row.ttl - talker.ttl) >= 2) signs.push(`TTL ${row.ttl} where its sender's other segments have ${talker.ttl}`);
  if (talker.usesTimestamps && !(row.marks & HAS_TIMESTAMPS)) signs.push('no timestamps on a connection that uses them');
  if (!(row.marks & NO_IP_ID) && row.ipId === 0 && talker.ipId > 0) signs.push(`IP ID 0 where its sender counts (last ${talker.ipId})`);
  const goesOn = livesOn(story, at);
  if (goesOn) signs.unshift('its alleged sender went on as if it had not sent it');
  if (!goesOn && signs.length < 2) return null;
  return told('forged', signs.length > 1 ? 'likely' : 'possible', signs, ['abort']);
}

function told(cause: ResetCause, confidence: Confidence, evidence: readonly string[], alternatives: readonly ResetCause[] = []): Told {
  return { cause, confidence, evidence, alternatives };
}
