import { ACK, SYN } from '../decode/segment.js';
import { HAS_TIMESTAMPS, NO_IP_ID } from '../flow/history.js';
import { distance } from '../flow/sequence.js';
import { MILLISECOND, formatDuration } from '../time.js';
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
 * acknowledgment it answers and has no ACK flag, or, to a segment without ACK, has sequence number 0; an abort stands at SND.NXT.
 */
function isReactive({ story, at, talker }: ResetScene): boolean {
  const row = story.rows[at]!;
  if (!(row.flags & ACK)) return true;
  return row.sequence === 0 && row.window === 0 && !(talker.spoke && talker.next === 0);
}

function whyAnswered(scene: ResetScene, trigger: number): Told {
  const { story, at, talkerState, endedBy, finAt } = scene;
  const drew = trigger === NOWHERE ? null : story.rows[trigger]!;
  const frame = drew ? `answers frame ${drew.frame}` : 'what it answers was not captured';
  if (talkerState === S['SYN-SENT']) {
    return told('challenge', drew ? 'certain' : 'likely', [frame, 'its sender had sent a SYN and got an acknowledgment of other numbers (RFC 9293 §3.10.7.3)']);
  }
  if (drew && (drew.flags & (SYN | ACK)) === SYN && finAt === null && endedBy === NOWHERE) {
    return told('refused', 'certain', [frame, 'a SYN for which there was no listener, or that a firewall rejects']);
  }
  if (endedBy !== NOWHERE) {
    return told('echo', 'certain', [frame, `frame ${story.rows[endedBy]!.frame} had ended the connection already`]);
  }
  if (finAt !== null) {
    const waited = scene.finWait2At === null ? null : story.rows[at]!.time - scene.finWait2At;
    if (waited !== null && waited > scene.finTimeout) {
      return told('fin-wait-2-expired', 'likely', [frame, `its sender had closed and waited ${formatDuration(waited)} s in FIN-WAIT-2, longer than its system waits`], ['closed-peer']);
    }
    return told('closed-peer', 'certain', [frame, 'its sender had sent its FIN and closed: nobody is left to read (RFC 9293 §3.10.7.4, RFC 1122 §4.2.2.13)']);
  }
  return told('no-socket', 'likely', [frame, 'its sender never said FIN or RST: the socket vanished (restart, crash, a lost RST), or something rejects the packet']);
}

function whyAborted(scene: ResetScene): Told {
  const { story, at, talker, listener, talkerState, finAt } = scene;
  const row = story.rows[at]!;
  if (talker.probes > 0 && listenerSilentSince(scene)) {
    const interval = row.time - talker.lastProbeAt;
    return told('keepalive-timeout', 'certain', [`${talker.probes} probes of its sender were not answered`, `the RST came ${formatDuration(interval)} s after the last`]);
  }
  if (talker.retransmissions > 1) {
    return told('retransmission-timeout', 'likely', [`${talker.retransmissions} retransmissions of its sender were not answered`], ['linger', 'unread-data']);
  }
  if (talker.lastReset !== NOWHERE && scene.endedBy !== NOWHERE && story.rows[scene.endedBy]!.talker === row.talker) {
    return told('echo', 'likely', [`repeats frame ${story.rows[talker.lastReset]!.frame}`]);
  }
  if (finAt !== null && talkerState === S['FIN-WAIT-2'] && scene.finWait2At !== null && row.time - scene.finWait2At >= scene.finTimeout * 0.9 && listener.lastRow !== NOWHERE) {
    return told('fin-wait-2-expired', 'likely', [`its sender had waited ${formatDuration(row.time - scene.finWait2At)} s for the peer's FIN`], ['abort']);
  }
  return whyClosedHard(scene);
}

/** Linger or unread data: what the packets between the last answer and the RST say. */
function whyClosedHard(scene: ResetScene): Told {
  const { story, at, talker } = scene;
  const row = story.rows[at]!;
  const unanswered = unansweredBytes(scene);
  if (unanswered === null) return told('abort', 'possible', ['the capture does not show what its sender had answered'], ['linger', 'unread-data']);
  if (unanswered === 0) {
    return told('linger', 'likely', ['its sender had answered all it had received: nothing was left unread', 'so it was closed with SO_LINGER {1, 0}, or killed by the administrator'], ['abort']);
  }
  const fresh = distance(row.acknowledgment, talker.acknowledged);
  const idle = listenerQuiet(scene);
  const evidence = [
    `${unanswered} bytes had arrived since its sender's last payload`,
    fresh > 0 ? `the RST itself is the first to acknowledge ${fresh} of them` : 'all of them were acknowledged before',
    ...(idle === null ? [] : [`the last arrived ${formatDuration(idle)} s before`]),
  ];
  if (talker.lastData === NOWHERE) {
    return told('unread-data', 'likely', [...evidence, 'its sender never sent a byte of payload'], ['listener-closed', 'linger']);
  }
  if (fresh > 0 && idle !== null && idle < 5 * MILLISECOND) return told('unread-data', 'likely', evidence, ['linger']);
  return told('abort', 'possible', evidence, ['unread-data', 'linger']);
}

/** Payload that its sender had received since its own last payload; null where the history does not show it. */
function unansweredBytes({ story, at, talker, listener }: ResetScene): number | null {
  const row = story.rows[at]!;
  if (!listener.spoke) return 0;
  const end = story.ends[1 - row.talker]!;
  const finCounts = end.fin !== NOWHERE && distance(row.acknowledgment, end.finEnd) >= 0 ? 1 : 0;
  if (talker.lastData !== NOWHERE) return Math.max(0, distance(row.acknowledgment, talker.acknowledgedAtData) - finCounts);
  if (end.syn === NOWHERE) return null;
  return Math.max(0, distance(row.acknowledgment, end.synEnd) - finCounts);
}

/** How long before the RST its listener had last sent payload; null if it never did. */
function listenerQuiet({ story, at }: ResetScene): Duration | null {
  const row = story.rows[at]!;
  const last = story.lastBefore(at, 1 - row.talker, (heard) => heard.length > 0);
  return last === NOWHERE ? null : row.time - story.rows[last]!.time;
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
