import { ACK, FIN, RST } from '../decode/segment.js';
import { FOREIGN } from '../flow/history/telling-segment.js';
import type { TellingSegment } from '../flow/history/telling-segment.js';
import { NO_ERROR } from '../flow/go-away.js';
import { isAtOrAfter } from '../flow/sequence.js';
import type { Elsewhere } from '../tcp/connection-folder.js';
import type { Reset } from '../tcp/connection.js';
import { NO_ROW } from '../tcp/segment-history.js';
import type { SegmentHistory } from '../tcp/segment-history.js';
import { MILLISECOND, SECOND, formatToMilliseconds } from '../base/time.js';
import type { Detection, Detector, Subject } from './detector.js';
import type { Evidence } from './finding.js';
import { DRAIN_ADVICE, lastGoAway } from './go-away.js';
import { isIgnored } from './ignored-reset.js';
import {
  AT_ONCE, hungUp, isAnswerTo, reactsToAnswer, saysGoodBye, wasUnderWay, wasUnwanted,
} from './said-too-late.js';
import { sentInVain } from './sent-in-vain.js';
import { UNTRANSLATED_ADVICE, talksElsewhere } from './untranslated.js';

/**
 * A FIN that did not arrive for longer than this was lost, not crossed: no way on earth takes a second and a half there
 * and back.
 */
const CROSSING = 1.5 * SECOND;

/** A stack may sit on an acknowledgment for this long (RFC 9293 §3.8.6.3); a RST that answers aloud comes no later. */
const DELAYED_ACK = 500 * MILLISECOND;

const NOTHING_TO_CHANGE = [
  'Nothing to change: nobody was there any more who wanted to read this, and nothing else was lost.',
];

/** For a client that uses a connection again which its server had closed out of idleness. */
const REUSE_ADVICE = [
  'The connection was taken out of a pool though its server had closed it: validate a pooled connection before ' +
    'use (a read that returns 0 says that it is closed), and retry requests that are safe to repeat.',
  'Let the client give up idle connections earlier than the server does: client idle timeout < server keep-alive ' +
    'timeout - round trip.',
];

/** For a client that says a few bytes to an answer behind which its server closes. */
const REACTION_ADVICE = [
  'Nothing to change where it is a word of HTTP/2 about the answer (WINDOW_UPDATE, SETTINGS, PING), which is as long, ' +
    'and which no request follows. Was it a request, the client must look for the close before it uses a connection ' +
    'again, and the server say that it closes (GOAWAY, Connection: close).',
];

/** For a client that is turned away in words that nobody can read, and behind which its server closes. */
const TURNED_AWAY_ADVICE = [
  'Nothing to change where others may answer (a peer that has enough peers). Else the log of the client tells what the ' +
    'server said last, and why it hung up: another version, a login that failed, a limit.',
];

/** For what was sent again and again, and heard only when its sender had given up. */
const CUT_ADVICE = [
  'Nothing came through until then: look for what dropped it on the way (a firewall or a filter that lets the first ' +
    'words of a connection through, a radio link, a link that was down), or for a server that stood still.',
];

type Cause = 'closed-peer' | 'no-socket' | 'crossing';

/** Data that was answered by a RST. */
export const rstAfterPush: Detector<'rst-after-push', Cause> = {
  id: 'rst-after-push',
  title: 'RST after a push',
  rfc: 'RFC 9293 §3.10.7.4, RFC 1122 §4.2.2.13',
  severities: { 'closed-peer': 'error', 'no-socket': 'error', crossing: 'warning' },
  advice: {
    'closed-peer': [
      'The peer has closed: treat the end of the stream (read() returning 0) as the end, and do not write any more.',
      'Ignore SIGPIPE (MSG_NOSIGNAL, signal(SIGPIPE, SIG_IGN)) and handle EPIPE and ECONNRESET: the next write ' +
        'after the RST raises them.',
      'If the peer is the one at fault: shutdown(SHUT_WR), read to the end, then close().',
    ],
    'no-socket': [
      'The peer does not know this connection any more: it was restarted, crashed or failed over, or a NAT or ' +
        'firewall between forgot it.',
      'Send keepalives more often than the shortest idle timer on the way, and reconnect on ECONNRESET.',
    ],
    crossing: [
      'The request and the FIN crossed: the server closed an idle keep-alive connection just as the client used ' +
        'it again.',
      'Let the client give up idle connections earlier than the server does (client idle timeout < server idle ' +
        'timeout - round trip), and retry requests that are safe to repeat.',
    ],
  },
  detect(subject) {
    let unheard = false;
    for (const reset of subject.connection.resets) {
      // A RST that was not heard leaves the peer talking: what it says next draws another.
      if (reset.cause === 'challenge' || reset.cause === 'forged' || (reset.cause === 'echo' && !unheard)) continue;
      // What was ignored for its number explains what is said behind it (ignored-reset.ts, reset-storm.ts).
      if (
        reset.cause === 'echo' &&
        subject.connection.resets.some((earlier) => earlier.frame < reset.frame && isIgnored(subject, earlier))
      )
        continue;
      unheard ||= reset.accepted === false;
      const detection = judge(subject, reset);
      if (detection) return [detection];
      // What follows the RST that ended it can only repeat it.
      if (reset.accepted !== false) return [];
    }
    return [];
  },
};

function judge(subject: Subject, reset: Reset): Detection<Cause> | null {
  const { history, connection } = subject;
  const at = history.rowOfFrame(reset.frame);
  const pusher = reset.by === 'client' ? 1 : 0;
  const push = pushBefore(subject, at, pusher, reset);
  if (at === NO_ROW || push === null) return null;
  const closer = history.ends[1 - pusher]!;
  if (isAnswered(history, push, at)) return null;
  const pusherRole = pusher === 0 ? 'client' : 'server';
  // All that was not acknowledged is lost, not only the last segment: a request may be one byte of body behind its
  // headers.
  const lost = Math.max(reset.lostBytes[pusherRole], push.length);
  if (closer.fin === NO_ROW || closer.fin > at) {
    if (reset.shape !== 'reactive') return null;
    const closed = reset.cause === 'closed-peer';
    const mayHaveClosed = reset.cause === 'no-socket' && reset.confidence === 'possible';
    const known = closed
      ? 'had closed: its FIN was not seen, and nobody is left to read'
      : reset.cause === 'echo'
        ? 'had aborted before by a RST that was lost'
        : mayHaveClosed
          ? 'had never said FIN: it does not know the connection, or it had closed it, and its FIN waited behind what ' +
            'it sent again'
          : 'had never closed: it does not know the connection';
    const { elsewhere } = subject;
    if (elsewhere !== null && !closed) return untranslated(reset, push, lost, pusherRole, elsewhere);
    const vain = closed ? null : sentInVain(history, pusher, history.rowOfFrame(push.frame) + 1);
    const idle = vain === null ? subject.idleBefore(push.time) : 0;
    const isGoodBye = closed && saysGoodBye(subject, push, pusher, lost);
    return {
      ...common(reset, push, pusherRole),
      ...(isGoodBye ? { severity: 'info' as const, advice: NOTHING_TO_CHANGE } : {}),
      cause: closed ? 'closed-peer' : 'no-socket',
      confidence: closed || mayHaveClosed ? reset.confidence : 'likely',
      alternatives: closed ? ['no-socket'] : mayHaveClosed ? ['closed-peer'] : [],
      message:
        `The ${pusherRole} sent ${lost} bytes (frame ${push.frame}` +
        `${vain === null ? '' : `, ${vain.times} times in ${formatToMilliseconds(vain.lasted)} s`})` +
        `${idle >= SECOND ? ` after ${formatToMilliseconds(idle)} s of silence` : ''} and got a RST (frame ` +
        `${reset.frame}) from a ${reset.by} that ${known}.`,
      evidence: {
        pushFrame: push.frame, pushBytes: lost,
        ...(idle >= SECOND ? { idleSeconds: Number(formatToMilliseconds(idle)) } : {}), because: reset.evidence,
      },
    };
  }
  const fin = history.rows[closer.fin]!;
  const idle = subject.exchange.closer === 1 - pusher ? subject.exchange.quietAtClose : 0;
  const idleEvidence: Evidence = idle >= SECOND ? { idleBeforeCloseSeconds: Number(formatToMilliseconds(idle)) } : {};
  const had = idle >= SECOND ? `had closed after ${formatToMilliseconds(idle)} s without a word` : 'had closed';
  const knew = isAtOrAfter(push.acknowledgment, closer.finEnd);
  const mayBeCut = pusher === 1 && (knew || push.time - fin.time > CROSSING);
  const vain = mayBeCut ? sentInVain(history, 0, history.rowOfFrame(push.frame)) : null;
  if (vain !== null) {
    return {
      ...common(reset, push, pusherRole), cause: 'closed-peer', confidence: 'likely', severity: 'warning',
      advice: CUT_ADVICE, frames: [fin.frame, push.frame, reset.frame],
      message:
        `The client sent its last words ${vain.times} times in ${formatToMilliseconds(vain.lasted)} s and heard ` +
        `nothing, and had closed (frame ${fin.frame}): what came of the server at last (${lost} bytes, frame ` +
        `${push.frame}) drew a RST (frame ${reset.frame}).`,
      evidence: {
        pushFrame: push.frame, pushBytes: lost, finFrame: fin.frame, transmissions: vain.times, sigpipe: false,
        connectionClosedByPusher: connection.closer === pusherRole,
      },
    };
  }
  if (!knew && push.time - fin.time > CROSSING) {
    return {
      ...common(reset, push, pusherRole), cause: 'closed-peer', confidence: 'likely',
      frames: [fin.frame, push.frame, reset.frame],
      message:
        `The ${reset.by} ${had} (frame ${fin.frame}), but its FIN never reached the ${pusherRole}, which sent ` +
        `${lost} bytes (frame ${push.frame}) and got a RST (frame ${reset.frame}).`,
      evidence: { pushFrame: push.frame, pushBytes: lost, finFrame: fin.frame, finReceived: false, ...idleEvidence },
    };
  }
  const farewell = saysGoodBye(subject, push, pusher, lost);
  const unwanted = wasUnwanted(subject, pusher);
  const underWay = pusher === 1 && wasUnderWay(subject, push.time - fin.time);
  const drained =
    pusher === 0 && push.time - fin.time <= CROSSING && lastGoAway(history, closer.fin + 1)?.code === NO_ERROR;
  const isReaction = reactsToAnswer(subject, push, pusher, lost);
  if (!farewell && hungUp(subject, push, pusher)) {
    return {
      ...common(reset, push, pusherRole), cause: knew ? 'closed-peer' : 'crossing', confidence: 'likely',
      severity: 'info', advice: TURNED_AWAY_ADVICE, frames: [fin.frame, push.frame, reset.frame],
      message:
        `The server hung up (frame ${fin.frame}) right behind its first words; the ${lost} bytes that the client ` +
        `was saying (frame ${push.frame}) drew a RST (frame ${reset.frame}).`,
      evidence: { pushFrame: push.frame, pushBytes: lost, finFrame: fin.frame, sigpipe: false },
    };
  }
  if (!knew) {
    const isHarmless = farewell || unwanted || underWay;
    return {
      ...common(reset, push, pusherRole), cause: 'crossing', confidence: 'likely',
      ...(isHarmless ? { severity: 'info' as const, advice: NOTHING_TO_CHANGE } : {}),
      ...(isReaction && !isHarmless ? { severity: 'info' as const, advice: REACTION_ADVICE } : {}),
      ...(drained ? { severity: 'info' as const, advice: DRAIN_ADVICE } : {}),
      frames: [fin.frame, push.frame, reset.frame],
      message: underWay
        ? `The client closed (frame ${fin.frame}) while it was being answered: what was under way (${lost} bytes, ` +
          `frame ${push.frame}) drew a RST (frame ${reset.frame}), and nobody had stayed for it.`
        : `The ${pusherRole} sent ${lost} bytes (frame ${push.frame}) before it had seen the FIN of the ` +
          `${reset.by} (frame ${fin.frame})${idle >= SECOND ? `, which ${had}` : ''}: they crossed, and the RST ` +
          `(frame ${reset.frame}) threw them away.`,
      evidence: { pushFrame: push.frame, pushBytes: lost, finFrame: fin.frame, ...idleEvidence },
    };
  }
  const saysMore =
    pusher === 1 && subject.exchange.closer === 0 && push.time - fin.time < history.ends[1].reach + AT_ONCE;
  const isHarmless = farewell || unwanted || underWay || saysMore;
  // Who answered a client that had left has said what it had to say.
  const isAnswer = pusher === 1 && isAnswerTo(subject);
  const mayWriteAgain = !hasEnded(subject, at, pusher) && !isAnswer;
  const isReuse = pusher === 0 && idle >= SECOND;
  const after = formatToMilliseconds(push.time - fin.time);
  return {
    ...common(reset, push, pusherRole), cause: 'closed-peer',
    confidence: reset.confidence === 'certain' ? 'certain' : 'likely',
    ...(isHarmless || drained || isReaction
      ? { severity: 'info' as const }
      : isAnswer
        ? { severity: 'warning' as const }
        : {}),
    ...(mayWriteAgain && !isHarmless && !drained && !isReaction
      ? {}
      : {
          advice:
            isHarmless
              ? NOTHING_TO_CHANGE
              : drained
              ? DRAIN_ADVICE
              : isReaction
              ? REACTION_ADVICE
              : isReuse
                ? REUSE_ADVICE
                : rstAfterPush.advice['closed-peer'].filter((step) => !step.includes('SIGPIPE')),
        }),
    frames: [fin.frame, push.frame, reset.frame],
    message: farewell
      ? `The ${pusherRole} said good-bye with ${lost} bytes (frame ${push.frame}) after the ${reset.by} had ` +
        `closed${subject.history.ends[pusher].fin === NO_ROW ? '' : ', and closed too'}; the RST (frame ` +
        `${reset.frame}) harms nobody.`
      : unwanted
        ? `The ${reset.by} connected and closed (frame ${fin.frame}) without asking anything; what the ` +
          `${pusherRole} says first (${lost} bytes, frame ${push.frame}) drew a RST (frame ${reset.frame}). Nobody ` +
          `had wanted it.`
        : underWay
          ? `The client closed (frame ${fin.frame}) while its request was being answered: what came ${after} s ` +
            `later (frame ${push.frame}) drew a RST, and nobody had stayed for it.`
          : saysMore
            ? `The client ${had} (frame ${fin.frame}); what the server said to that at once (${lost} ` +
              `bytes, frame ${push.frame}) drew a RST, and nobody had stayed for it.`
            : `The ${reset.by} ${had} (frame ${fin.frame}); the ${pusherRole} still sent ${lost} bytes ${after} s ` +
            `later (frame ${push.frame}), which drew a RST (frame ` +
            `${reset.frame}).${mayWriteAgain ? ' Its next write raises SIGPIPE or EPIPE.' : ''}`,
    evidence: {
      pushFrame: push.frame, pushBytes: lost, finFrame: fin.frame, ...idleEvidence,
      sigpipe: !isHarmless && mayWriteAgain,
      connectionClosedByPusher: connection.closer === pusherRole,
    },
  };
}

/** What came past a NAT as it was, and is of a connection that its receiver has under another address. */
function untranslated(
  reset: Reset, push: TellingSegment, lost: number, pusher: 'client' | 'server', elsewhere: Elsewhere,
): Detection<Cause> {
  return {
    ...common(reset, push, pusher), cause: 'no-socket', confidence: 'likely', alternatives: ['closed-peer'],
    advice: UNTRANSLATED_ADVICE,
    message:
      `The ${pusher} sent ${lost} bytes (frame ${push.frame}) to a ${reset.by} that never had a connection with ` +
      `this address and answered by a RST (frame ${reset.frame}). ${talksElsewhere(reset.by, elsewhere)}`,
    evidence: {
      pushFrame: push.frame, pushBytes: lost, talksTo: `${elsewhere.address.address}:${elsewhere.address.port}`,
      talksInStream: elsewhere.stream, because: reset.evidence,
    },
  };
}

/** Whether `pusher` itself ends after RST `at`, or had ended before: then it does not write again. */
function hasEnded({ history }: Subject, at: number, pusher: 0 | 1): boolean {
  return history.ends[pusher].fin !== NO_ROW || history.firstFlagged(at, pusher, RST | ACK, RST | ACK) !== NO_ROW;
}

function common(
  reset: Reset, push: TellingSegment, role: 'client' | 'server',
): Pick<Detection, 'role' | 'start' | 'end' | 'frames'> {
  return { role, start: push.time, end: reset.time, frames: [push.frame, reset.frame] };
}

/** The payload that drew the RST: what it answers, or for a socket that answers aloud the last payload before it. */
function pushBefore({ history }: Subject, at: number, pusher: number, reset: Reset): TellingSegment | null {
  if (reset.shape === 'active' && history.ends[1 - pusher]!.fin === NO_ROW) return null;
  const named = history.rowOfFrame(reset.trigger);
  if (named !== NO_ROW && history.rows[named]!.length > 0) return history.rows[named]!;
  for (let i = at - 1; i >= 0; i--) {
    const row = history.rows[i]!;
    if (row.marks & FOREIGN || row.talker !== pusher || row.flags & RST) continue;
    if (reset.shape === 'active' && history.rows[at]!.time - row.time > DELAYED_ACK) return null;
    if (row.length > 0) return row;
    if (!(row.flags & FIN)) return null;
  }
  return null;
}

/** Whether the sender of RST `at` had acknowledged the push before: then the RST answers something else. */
function isAnswered(history: SegmentHistory, push: TellingSegment, at: number): boolean {
  const acknowledged = history.firstAcknowledging(1 - push.talker, (push.sequence + push.length) | 0);
  return acknowledged !== NO_ROW && acknowledged < at;
}
