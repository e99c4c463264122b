import { MILLISECOND } from '../base/time.js';
import type { Duration } from '../base/time.js';
import {
  everyone, inSeconds, isOfMessages, place, range, seconds, several, silenceBeforeRequest,
} from './diagnosis.js';
import type { Detected, DiagnosisDetector, Scene } from './diagnosis.js';
import type { Facts } from './facts/facts.js';
import type { Service } from './facts/gathering.js';
import { LOG, askedOf, cut, cutShort, overtaken } from './patterns/cut-answer.js';
import { name } from './idle-limit.js';
import { agreeing, occurrences, times } from './once.js';
import type { Occurrence } from './once.js';
import { refusedBehind } from './closed-without-answer/refused-behind.js';
import * as SIGN from './facts/signs.js';
import { serverSoftware, settingOf } from './software.js';
import type { Recognized } from './software.js';
import { timerOf } from './patterns/timer.js';
import type { Timer } from './patterns/timer.js';
import { LATER, incomplete, isLeftUnfinished, unfinishedAdvice } from './closed-without-answer/unfinished-request.js';

/** Requests closed in place of an answer before it is a history. */
const FEW = 3;
/** A program that closes as soon as it has seen the request takes no longer than this. */
const AT_ONCE: Duration = 10 * MILLISECOND;
/** A server that closes so soon behind the handshake turns its client away, whatever it wants. */
const TURNS_AWAY: Duration = 500 * MILLISECOND;

/** A server that closes in place of an answer: at once, or by a limit of its own. */
export const closedWithoutAnswer: DiagnosisDetector = {
  id: 'closed-without-answer', title: 'Closed without an answer',
  explains: {
    'unanswered-request': ['closed', 'cut'], 'linger-reset': [], 'rst-after-push': ['closed-peer', 'crossing'],
    'half-closed': ['killed', 'slow'], 'incomplete-message': ['answer'], refused: [],
  },
  detect(scene) {
    return scene.services.flatMap((service) => {
      const short = cutShort(scene, service);
      // Of one habit some answers show by their length that they were cut off, and some by what was acknowledged.
      const isTold = short !== null && short.beside!.length > 0;
      return [
        told(scene, service), incomplete(scene, service),
        (isTold ? null : cut(scene, service)) ?? overtaken(scene, service), short,
      ].flatMap((one) => one ?? []);
    });
  },
  once(scene, left) {
    const closed = occurrences(left, 'unanswered-request', (finding, { facts }) =>
      finding.cause === 'closed' && finding.confidence !== 'possible' && isClosed(facts) &&
      facts.closeAt - facts.requestAt >= LATER
        ? facts.closeAt - facts.requestAt
        : null,
    );
    return agreeing(closed, ({ of: { service } }) => place(service))
      .filter((own) => unanswered(scene, own[0]!.of.service) <= own.length)
      .map((own) => closedOnce(scene, own));
  },
};

/** Requests of a service that were closed in place of an answer, and of which no diagnosis tells. */
function unanswered(scene: Scene, service: Service): number {
  return scene.free(service, SIGN.cutOff).filter(isClosed).length;
}

/**
 * Whether the client never closed what the server had: that is told as its fault, and who does not look at the end of
 * its connection waits for no answer on it (a logger).
 */
function isLeaked(scene: Scene, facts: Facts): boolean {
  return scene
    .findingsOf(facts)
    .some(
      ({ id, cause, role, severity }) =>
        id === 'half-closed' && cause === 'leak' && role === 'client' && severity === 'error',
    );
}

/** A server that thought for a while, and closed in place of an answer. */
function closedOnce(scene: Scene, own: readonly Occurrence[]): Detected {
  const [{ of: { service } }] = own as [Occurrence];
  const values = own.map(({ value }) => value);
  const value = Math.min(...values);
  const software = serverSoftware(scene, service);
  const asked = askedOf(scene, service);
  const isUnfinished = own.every(({ of }) => isLeftUnfinished(of.facts));
  return {
    severity: 'warning', confidence: 'possible', service: { address: service.address, port: service.port },
    by: { role: 'server', address: service.address },
    message: isUnfinished
      ? `${place(service)}${name(software)} closed on ${several(own.length, 'request')} that had not arrived in full, ` +
        `without a word, ${seconds(value)} after ${own.length === 1 ? 'it' : 'they'} began.`
      : `${place(service)}${name(software)} closed without an answer ${times(own.length)}, ${seconds(value)} after ` +
        `the request; ${several(own.length, 'request')} of ${asked} unanswered.`,
    advice: isUnfinished ? unfinishedAdvice(software) : laterAdvice(software),
    numbers: {
      seconds: inSeconds(value), spread: inSeconds(Math.max(...values) - value), matching: own.length, of: own.length,
      lost: own.length, atOnce: 0,
    },
    refutes: 'answers that were not captured', members: own.map(({ of }) => of.facts),
  };
}

function laterAdvice(software: Recognized | null): string[] {
  return [
    `Raise its limit for a request (${settingOf('answer', software)}), or let it answer with an error before it ` +
      `closes.`,
    LOG,
  ];
}

function told(scene: Scene, service: Service): Detected | null {
  const unread = scene.free(service, SIGN.late).filter(isTurnedAway);
  const closed = scene.free(service, SIGN.cutOff).filter(
    (facts) => isClosed(facts) && !isLeftUnfinished(facts) && !isLeaked(scene, facts),
  );
  // Behind an answer a last word of the client looks the same: QUIT, COM_QUIT, close_notify.
  const quick = [
    ...unread,
    ...closed.filter((facts) =>
      // Who aborts behind an answer may have answered what it did not read to the end (`overtaken`).
      facts.bytes[1] === 0 ? isQuick(facts) || isSoon(scene, facts) : !facts.closedByReset && isSoon(scene, facts),
    ),
  ];
  const silence = silenceBefore(service, quick);
  const slow = closed.filter((facts) => !isQuick(facts) && facts.closeAt - facts.requestAt >= LATER);
  const waits = slow.map(({ closeAt, requestAt }) => closeAt - requestAt);
  const timer = bestTimer(slow);
  const isOfRest = timer !== null && isOfLastPieces(timer);
  const members = [...(quick.length >= FEW ? quick : []), ...(timer !== null || slow.length >= FEW ? slow : [])];
  if (members.length < FEW) return null;
  const behind = slow.length >= FEW ? null : refusedBehind(scene, service, quick);
  const software = serverSoftware(scene, service);
  const asked = askedOf(scene, service);
  const parts = [];
  if (timer !== null)
    parts.push(
      `${seconds(timer.value)} after the ${isOfRest ? 'last byte of the ' : ''}request (${timer.members.length} of ` +
        `${slow.length})`,
    );
  else if (slow.length >= FEW)
    parts.push(`${range(Math.min(...waits), Math.max(...waits))} after the request (${slow.length})`);
  const refusing = behind === null ? '' : `, each time refused by ${place(behind)}, which it asks`;
  if (quick.length >= FEW)
    parts.push(
      `at once (${several(quick.length, 'request')} of ${asked}` +
        `${silence === null ? '' : `, each behind a silence of ${seconds(silence)} or more`})${refusing}`,
    );
  const all = members.length;
  return {
    severity: 'error',
    confidence: timer !== null || quick.length >= FEW ? 'likely' : 'possible',
    service: { address: service.address, port: service.port },
    by: { role: 'server', address: behind?.address ?? service.address },
    message: `${place(service)}${name(software)} closes without an answer: ${parts.join(' and ')}; ` +
      `${several(all, 'request')} of ${asked} unanswered.`,
    advice: behind !== null
      ? [`Start what should listen at ${place(behind)} (\`ss -ltnp\`), or take it out of what ${service.address} asks.`]
      : silence !== null && slow.length < FEW
      ? [
          `A limit of time of its own had passed, and it saw that only when the request came: raise it above the ` +
            `time that connections are kept for (Node.js \`server.headersTimeout\` above \`server.keepAliveTimeout\`; ` +
            `${settingOf('idle', software)}), or let its clients keep them for less than ${seconds(silence)}.`,
          LOG,
        ]
      : timer === null && slow.length < FEW
      ? [`See why it turns these requests away: a rule (nginx \`return 444\`, an ACL, TLS spoken to a plain port), ` +
        `a handler that crashes, a limit of connections (${settingOf('connections', software)}).`, LOG]
      : [
          ...(isOfRest
            ? [
                'It may be that it waits for the rest of what its clients send: see why these stop in the middle, or give ' +
                  `them longer (${settingOf('request', software)}).`,
              ]
            : []),
          ...laterAdvice(software),
        ],
    numbers: {
      ...(timer === null ? {} : { seconds: inSeconds(timer.value), spread: inSeconds(timer.spread) }),
      matching: timer?.members.length ?? all, of: timer === null ? asked : slow.length, lost: all, atOnce: quick.length,
      ...(silence === null || quick.length < FEW ? {} : { silence: inSeconds(silence) }),
    },
    refutes: 'answers that were not captured',
    members, beside: behind?.attempts ?? [],
  };
}

/**
 * The shortest silence that requests which were closed at once had ended, where the service answered others behind
 * shorter ones: a limit that is only looked at when something comes (Node.js 10.15 held `headersTimeout` against the
 * time since the request before, and saw it when the next one came). Null where that does not show.
 */
function silenceBefore(service: Service, quick: readonly Facts[]): Duration | null {
  if (quick.length < FEW) return null;
  const least = Math.min(...quick.map(silenceBeforeRequest));
  if (least === 0) return null;
  const ended = new Set(quick);
  const survived = everyone(service).some((facts) => !ended.has(facts) && facts.longestPause >= least);
  return survived || quick.some(({ longestPause, lastPause }) => longestPause > lastPause + MILLISECOND) ? null : least;
}

function isQuick({ closeAt, lastPieceAt, roundTrip }: Facts): boolean {
  return closeAt - lastPieceAt < AT_ONCE + roundTrip;
}

/**
 * Closed right behind the handshake, while the first request was under way, which drew a RST: so does a proxy that
 * finds nobody behind it. Of a connection from before the capture the first word that is seen may be any.
 */
function isTurnedAway(
  { isGuessed, closer, closedByReset, pending, bytes, closeAt, established, late }: Facts,
): boolean {
  return (
    !isGuessed && closer === 1 && !closedByReset && !pending && bytes[1] === 0 && closeAt - established < TURNS_AWAY &&
    late?.drewReset === true
  );
}

/** Somewhat later, where what it was asked wants an answer (findings/unanswered-request.ts). */
function isSoon(scene: Scene, facts: Facts): boolean {
  return (
    facts.closeAt - facts.requestAt < LATER &&
    scene.findingsOf(facts).some(
      ({ id, cause, severity }) => id === 'unanswered-request' && cause === 'closed' && severity !== 'info',
    )
  );
}

function isClosed(facts: Facts): boolean {
  const { closer, pending, closedByReset, reset } = facts;
  // A RST without ACK answers a segment: no socket was there that could have closed.
  return closer === 1 && pending && !isOfMessages(facts) && !(closedByReset && reset?.bare === true);
}

/** Whether most of these requests came in pieces, and the time is counted from the last one. */
function isOfLastPieces({ value, spread, members }: Timer<Facts>): boolean {
  return (
    members.filter(
      ({ closeAt, requestAt, lastPieceAt }) =>
        lastPieceAt - requestAt >= LATER && closeAt - lastPieceAt >= value && closeAt - lastPieceAt <= value + spread,
    ).length * 2 > members.length
  );
}

/** From the beginning of the request on, or from its last byte: a limit for what is to come is set anew with each. */
function bestTimer(slow: readonly Facts[]): Timer<Facts> | null {
  const whole = timerOf(slow.map((of) => ({ value: of.closeAt - of.requestAt, of })));
  const last = timerOf(slow.map((of) => ({ value: of.closeAt - of.lastPieceAt, of })));
  const best =
    whole === null || (last !== null && (last.members.length > whole.members.length || last.spread < whole.spread / 2))
      ? last
      : whole;
  if (best === null) return null;
  const closes = best.members.map(({ closeAt }) => closeAt);
  return Math.max(...closes) - Math.min(...closes) <= best.spread / 2 ? null : best;
}
