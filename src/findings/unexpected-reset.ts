import type { FrameNumber } from '../base/numbers.js';
import { ACK, FIN, RST, SYN } from '../decode/segment.js';
import { FOREIGN, PROBE } from '../flow/history/telling-segment.js';
import type { TellingSegment } from '../flow/history/telling-segment.js';
import type { Reset, ResetCause } from '../tcp/connection.js';
import { NO_ROW } from '../tcp/segment-history.js';
import type { SegmentHistory } from '../tcp/segment-history.js';
import { SECOND, formatToMilliseconds } from '../base/time.js';
import type { Duration } from '../base/time.js';
import type { Detection, Detector, Subject } from './detector.js';
import { knownLimits } from './idle-limits.js';
import { TWO_HOSTS_ADVICE } from './two-hosts.js';
import { UNTRANSLATED_ADVICE, talksElsewhere } from './untranslated.js';

/** Nobody speaks of less as silence. */
const SILENCE: Duration = SECOND;

/** RSTs that end nothing, or that are told for what they are whatever else is found. */
const OTHERS: ReadonlySet<ResetCause> = new Set(['challenge', 'forged', 'refused', 'echo']);

type Cause = 'idle' | 'keepalive' | 'probe' | 'bare-ack' | 'handshake' | 'syn-ack' | 'fin' | 'unasked';

/**
 * A RST that nobody asked for by data or FIN: after silence, or in answer to a probe, a bare acknowledgment, a step of
 * the handshake.
 */
export const unexpectedReset: Detector<'unexpected-reset', Cause> = {
  id: 'unexpected-reset', title: 'RST out of the blue', rfc: 'RFC 9293 §3.5.2, §3.8.4',
  severities: {
    idle: 'warning', keepalive: 'warning', probe: 'warning', 'bare-ack': 'warning', handshake: 'warning',
    'syn-ack': 'info', fin: 'info', unasked: 'info',
  },
  advice: {
    idle: [
      'Somebody has an idle limit: the host itself, or a load balancer, firewall or NAT between that resets what ' +
        'was silent for too long. Look there for a timer of this length.',
      'Send keepalives more often than that (SO_KEEPALIVE with TCP_KEEPIDLE), or let the client give up idle ' +
        'connections sooner.',
    ],
    keepalive: [
      'The state of the connection was gone by the time the keepalive came: the host was restarted, or a NAT, ' +
        'load balancer or firewall between forgot it after its idle limit.',
      'Send keepalives more often than the shortest idle timer on the way (TCP_KEEPIDLE 240 s for a limit of 350 s).',
    ],
    probe: [
      'The receiver, whose window was closed, is gone: it was restarted or has closed with data unread. Let the ' +
        'sender reconnect.',
    ],
    'bare-ack': [
      'The host that answers knows no such connection: it was restarted, or something between forgot it or sends ' +
        'it to another host.',
      'Many of them from one source are a scan by ACK segments, which finds out what a firewall lets through.',
    ],
    handshake: [
      'The server threw the connection away when the handshake was complete: its accept queue was full ' +
        '(net.ipv4.tcp_abort_on_overflow=1), its listener was closed in that moment, or something in front of it ' +
        'completes handshakes by itself.',
    ],
    'syn-ack': [
      'Whoever seems to have opened the connection knows nothing of it: it had given up (a faster connection was ' +
        'there first), it scans, or somebody opens connections in its name.',
    ],
    fin: ['Both ends were closing, and one had let go already: nothing is lost.'],
    unasked: ['What drew this RST was not captured: capture nearer to its sender, without loss, to see it.'],
  },
  detect(subject) {
    const { connection } = subject;
    if (connection.ending === 'closed') return [];
    const reset = connection.resets.find(({ cause, accepted }) => accepted !== false && !OTHERS.has(cause));
    if (!reset || subject.isTold(reset.frame)) return [];
    const trigger = subject.history.rowOfFrame(reset.trigger);
    // A closed port that answers a scanner's segment without ACK ends nobody's connection: illegal-flags tells of
    // those.
    if (trigger !== NO_ROW && !(subject.history.rows[trigger]!.flags & ACK)) return [];
    // Who throws a connection away right behind its FIN while the other's FIN is under way too: both are done, whatever
    // drew the RST.
    if (trigger === NO_ROW && subject.history.ends.every(({ fin }) => fin !== NO_ROW)) return [];
    return [judge(subject, reset)];
  },
};

function judge(subject: Subject, reset: Reset): Detection<Cause> {
  const { history, elsewhere, connection } = subject;
  const trigger = history.rowOfFrame(reset.trigger);
  const drew = trigger === NO_ROW ? null : history.rows[trigger]!;
  const { quiet, since } = silenceBefore(history, reset, trigger);
  // What its sender heard shows only where something of its peer was captured.
  const isHalfCaptured = history.ends[reset.by === 'client' ? 1 : 0].first === NO_ROW;
  const cause = isHalfCaptured ? 'unasked' : causeOf(history, reset, drew, quiet);
  const isScan = cause === 'bare-ack' && onlyBareAcks(history);
  const isLetGo = cause === 'idle' && drew === null && letsGo(subject, reset);
  const peer = reset.by === 'client' ? 'server' : 'client';
  const silent = quiet >= SILENCE ? ` after ${formatToMilliseconds(quiet)} s of silence` : '';
  const what =
    drew === null
      ? 'answers nothing that was captured'
      : `answers ${WORDS[cause]} of the ${peer} (frame ${drew.frame})`;
  const limits =
    quiet >= SILENCE && (cause === 'idle' || cause === 'keepalive' || cause === 'bare-ack')
      ? knownLimits(history.longestQuiet, quiet)
      : [];
  const lived =
    history.longestQuiet >= SILENCE
      ? ` A silence of ${formatToMilliseconds(history.longestQuiet)} s before it was survived.`
      : '';
  const own = history.ends[reset.by === 'client' ? 0 : 1];
  const twice = reset.by === 'server' ? answeredTwice(history) : null;
  return {
    cause, confidence: cause === 'unasked' || isScan ? 'possible' : 'likely',
    ...(isScan || isLetGo || (cause === 'bare-ack' && reset.cause === 'closed-peer')
      ? { severity: 'info' as const }
      : {}),
    role: reset.by, start: since, end: reset.time, frames: [...(drew === null ? [] : [drew.frame]), reset.frame],
    ...(elsewhere === null ? {} : { severity: 'warning' as const, advice: UNTRANSLATED_ADVICE }),
    ...(twice === null ? {} : { advice: TWO_HOSTS_ADVICE }),
    message:
      `A RST of the ${reset.by} (frame ${reset.frame}) ended the connection${silent}: it ` +
      `${what}${isLetGo ? ', and nothing was lost' : ''}.${elsewhere === null ? '' : ` ${talksElsewhere(reset.by, elsewhere)}`}${lived}` +
        (twice === null
          ? ''
          : ` One SYN had been answered twice, with other numbers (frames ${twice.join(' and ')}): two hosts have the ` +
            `address ${connection.server.address}.`) +
        (limits.length > 0 ? ` Limits that are known to lie between: ${limits.join(', ')}.` : ''),
    evidence: {
      idleSeconds: Number(formatToMilliseconds(quiet)),
      livedSeconds: Number(formatToMilliseconds(history.longestQuiet)), answers: drew?.frame ?? null,
      TTL: history.rows[history.rowOfFrame(reset.frame)]!.ttl,
      TTLBefore:
        own.highestTtl === 0
          ? null
          : own.lowestTtl === own.highestTtl
            ? own.lowestTtl
            : `${own.lowestTtl} to ${own.highestTtl}`,
      knownLimits: limits, because: reset.evidence,
    },
  };
}

/**
 * Whether a client whose last request had been answered ends the connection by a RST that comes from as far away as all
 * that it had sent: a program that aborts what it no longer needs, or whose system does when it ends it.
 */
function letsGo({ history, connection, exchange, elsewhere }: Subject, reset: Reset): boolean {
  const { lowestTtl, highestTtl } = history.ends[0];
  const at = history.rowOfFrame(reset.frame);
  return (
    reset.by === 'client' && connection.roles === 'handshake' && elsewhere === null && at !== NO_ROW &&
    exchange.closer === 0 && exchange.lastSpeaker === 1 && exchange.turns > 1 &&
    history.rows[at]!.ttl >= lowestTtl && history.rows[at]!.ttl <= highestTtl
  );
}

const WORDS = {
  idle: 'a segment', keepalive: 'a keepalive', probe: 'a probe of its closed window',
  'bare-ack': 'a bare acknowledgment', handshake: 'the last step of the handshake', 'syn-ack': 'the SYN-ACK',
  fin: 'the FIN', unasked: 'a segment',
} as const;

function causeOf(
  history: SegmentHistory, reset: Reset, drew: TellingSegment | null, quiet: Duration,
): keyof typeof WORDS {
  if (drew === null) return quiet >= SILENCE ? 'idle' : 'unasked';
  if (drew.marks & PROBE) return history.ends[reset.by === 'client' ? 0 : 1].hasClosedWindow ? 'probe' : 'keepalive';
  if (drew.flags & SYN) return 'syn-ack';
  if (drew.length > 0) return quiet >= SILENCE ? 'idle' : 'unasked';
  if (drew.flags & FIN) return 'fin';
  const { synAck, synEnd } = history.ends[1];
  return reset.by === 'server' && synAck !== NO_ROW && drew.acknowledgment === synEnd && isFirstAck(history, drew)
    ? 'handshake'
    : 'bare-ack';
}

/** Whether `row` is the first with which the client acknowledged the SYN-ACK. */
function isFirstAck(history: SegmentHistory, row: TellingSegment): boolean {
  const first = history.firstAcknowledging(0, history.ends[1].synEnd);
  return first !== NO_ROW && history.rows[first]!.frame === row.frame;
}

/**
 * Whether one end said nothing but the same kind of bare acknowledgments, and the other nothing but RSTs: a probe of a
 * host, not a connection.
 */
function onlyBareAcks(history: SegmentHistory): boolean {
  for (let i = 0; i < history.count; i++) {
    const { flags, length, marks } = history.rows[i]!;
    if (!(marks & FOREIGN) && !(flags & RST) && (length > 0 || (flags & (SYN | FIN | ACK)) !== ACK)) return false;
  }
  return history.ends.some(({ first }) => first === NO_ROW);
}

/**
 * Frames of two SYN-ACKs with other numbers that answer one SYN; null where there are none. A host chooses its number
 * once for each SYN that it takes (RFC 9293 §3.10.7.2), and says the same again.
 */
function answeredTwice({ rows, count }: SegmentHistory): readonly [FrameNumber, FrameNumber] | null {
  let first: TellingSegment | null = null;
  let syns = 0;
  for (let at = 0; at < count; at++) {
    const row = rows[at]!;
    const kind = row.flags & (SYN | ACK);
    if (row.marks & FOREIGN || (kind & SYN) === 0) continue;
    if (kind === SYN) syns++;
    else if (row.talker === 1 && first === null) first = row;
    else if (row.talker === 1 && row.sequence !== first!.sequence && row.acknowledgment === first!.acknowledgment)
      return syns === 1 ? [first!.frame, row.frame] : null;
  }
  return null;
}

/** How long nobody had said anything before what drew `reset`, or before itself; and since when. */
function silenceBefore(
  history: SegmentHistory, reset: Reset, trigger: number,
): { readonly quiet: Duration; readonly since: number } {
  const at = trigger === NO_ROW ? history.rowOfFrame(reset.frame) : trigger;
  const { time } = history.rows[at]!;
  let before = NO_ROW;
  for (let i = 0; i < at; i++) if (!(history.rows[i]!.marks & FOREIGN)) before = i;
  const held = before === NO_ROW ? 0 : Math.max(0, time - history.rows[before]!.time);
  // What the history holds before new data may be older than what it has overwritten.
  const quiet = trigger !== NO_ROW && history.rows[trigger]!.length > 0 ? Math.min(held, history.pendingQuiet) : held;
  return { quiet, since: time - quiet };
}
