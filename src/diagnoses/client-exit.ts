import { SECOND } from '../base/time.js';
import type { Duration } from '../base/time.js';
import { collect, isUploading, openedBy, place, several, stood } from './diagnosis.js';
import type { Detected, DiagnosisDetector, Scene } from './diagnosis.js';
import type { Facts } from './facts/facts.js';
import { leftSilently } from './client-exit/left-silently.js';
import { closesInRow, isOneMoment } from './patterns/one-moment.js';
import * as SIGN from './facts/signs.js';
import { apart } from './patterns/timer.js';

/** Connections that are closed together, requests under way or not, before it is no accident. */
const MANY = 5;
/** Those of them that were in the middle of a request. */
const CUT_OFF = 2;

/** Who comes again sooner has not ended. */
const GONE: Duration = SECOND;

/**
 * Whose request had waited for longer, and for longer than any that was answered, may have left for that; who was still
 * sending it waited for nothing.
 */
const PATIENT: Duration = SECOND;

/**
 * A client that closes all that it has in one moment, and does not come again: the end of a load test, or of its
 * program. Or clients that leave without a word, one by one.
 */
export const clientExit: DiagnosisDetector = {
  id: 'client-exit',
  title: 'End of a client\'s program',
  explains: {
    'unanswered-request': [], 'linger-reset': [], 'rst-after-push': [],
    'half-closed': ['killed', 'slow', 'intentional'],
    'incomplete-message': ['request'], 'unexpected-reset': [], 'unacknowledged-fin': [],
    'half-open': ['keepalive-timeout', 'retransmission-timeout'],
  },
  signs: SIGN.clientClosed | SIGN.stuck | SIGN.serverReset | SIGN.sentAgain,
  detect(scene, services) {
    const left = collect(services, (service) => leftSilently(scene, service));
    const exits = collect(scene.clients(), (client) => {
      const services = scene.clientOf(client);
      const own = services.flatMap((service) => scene.freeByClient(service, SIGN.clientClosed).get(client) ?? []);
      const closes = own.filter(isClosed).sort((a, b) => a.closeAt - b.closeAt);
      const last = closesInRow(closes).at(-1);
      return last === undefined ? null : exit(scene, client, last);
    });
    return [...exits, ...left];
  },
};

/** It closed first, and by itself: a RST without ACK answers something. */
function isClosed(facts: Facts): boolean {
  return facts.closer === 0 && stood(facts) && !(facts.closedByReset && facts.reset?.bare === true);
}

/** The longest that it waited for an answer, which found it there. */
function answeredIn({ slowestAnswer, slowestAnswerAt, closer, closeAt }: Facts): Duration {
  return closer === -1 || slowestAnswerAt <= closeAt ? slowestAnswer : 0;
}

function serviceOf({ server, serverPort }: Facts): string {
  return place({ address: server, port: serverPort });
}

/** Whether all of these requests were as old, and older than `usual`: a limit for whole requests (curl -m) looks so. */
function hadOneAge(cut: readonly Facts[], usual: Duration): boolean {
  const ages = cut.map(({ closeAt, requestAt }) => closeAt - requestAt);
  const least = Math.min(...ages);
  return least > usual && Math.max(...ages) - least <= apart(least);
}

/** What one client closed last of all, if that was all that it had of these services. */
function exit(scene: Scene, client: string, members: readonly Facts[]): Detected | null {
  const [from, to] = [members[0]!.closeAt, members.at(-1)!.closeAt];
  const cut = members.filter(({ pending }) => pending);
  if (members.length < MANY || cut.length < CUT_OFF || !isOneMoment(members.length, to - from)) return null;
  const ports = new Set(members.map(serviceOf));
  const isMember = new Set(members);
  const others = openedBy(scene, client).filter((facts) => ports.has(serviceOf(facts)) && !isMember.has(facts));
  const usual = Math.max(PATIENT, ...[...members, ...others].map(answeredIn));
  const isPatient = (facts: Facts): boolean => facts.closeAt - facts.requestAt > usual && !isUploading(facts);
  if (cut.some(isPatient) || hadOneAge(cut, usual)) return null;
  const isOpen = ({ start, closer, closeAt }: Facts): boolean => start < from && (closer === -1 || closeAt > to);
  if (others.some((facts) => isOpen(facts) || (facts.start >= from && facts.start - to < GONE))) return null;
  const [first] = ports;
  const where = ports.size === 1 ? first : several(ports.size, 'service');
  const [{ server, serverPort }] = members as [Facts];
  return {
    severity: 'info', confidence: 'likely',
    service: ports.size === 1 ? { address: server, port: serverPort } : null,
    by: { role: 'client', address: client },
    message:
      `${client} closed all of its ${several(members.length, 'connection')} to ${where} in one moment, ` +
      `${cut.length} of them in the middle of a request, and did not come again: so does the end of a load test, or of ` +
      `a program.`,
    advice: [
      `Nothing to change where it was meant to end. Else see on ${client} what ended it: the service manager's log ` +
        '(`journalctl -u`), the kernel\'s (`dmesg`: OOM, segfault).',
    ],
    numbers: { ended: members.length, lost: cut.length },
    refutes: `a connection of ${client} to ${where} that was open then and went on`,
    members, first: from, last: to,
  };
}
