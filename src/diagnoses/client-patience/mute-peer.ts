import { groupsBy } from '../../base/groups.js';
import { PIECES_APART } from '../../flow/conversation.js';
import { PAYLOAD_KINDS } from '../../flow/payload-kind.js';
import { MILLISECOND, SECOND } from '../../base/time.js';
import type { Duration } from '../../base/time.js';
import { byClient, clientsInWords, inSeconds, place, range, seconds, several } from '../diagnosis.js';
import type { Detected, Scene } from '../diagnosis.js';
import type { Facts } from '../facts/facts.js';
import type { Service } from '../facts/gathering.js';
import * as SIGN from '../facts/signs.js';
import { apart } from '../patterns/timer.js';

/** Turns of both, and words of the client in vain, from which on there was a beat, and it went on alone. */
const TURNS = 8;
const IN_VAIN = 3;

/** Beats of the server that are missing: one may be late, and two be lost (RFC 4271 §10: a third of the hold time). */
const MISSING = 3;

/** What the beat of a connection is, as it was before: shorter it is a conversation. */
const BEAT: Duration = PIECES_APART * MILLISECOND;

/**
 * Who wanted to stay connects again this soon (OpenVPN 1 s, BIRD 5 s, sentinels 1 s), or after as long as it had
 * waited.
 */
const BACK: Duration = 10 * SECOND;

/** Connections from which on their clients are told to have a clock. */
const FEW = 3;

/** What of a request comes piece by piece (an upload) is answered once it has come. */
const OF_REQUESTS: readonly string[] = ['http-request', 'http2', 'tls', 'smtp-command'];

/**
 * A server that falls silent on connections on which both ends say every so often that they live: its clients go on for
 * a while, leave by a clock of their own (BGP's hold timer, OpenVPN's `ping-restart`, a sentinel's
 * `down-after-milliseconds`), and connect anew, which shows that they had wanted to stay.
 */
export function mutePeer(scene: Scene, service: Service): Detected | null {
  const members = scene.free(service, SIGN.gaveUp).filter((facts) => isLeft(facts) && comesAgain(service, facts));
  if (members.length === 0) return null;
  const waits = members.map(({ unheard }) => unheard);
  const [least, most] = [Math.min(...waits), Math.max(...waits)];
  const clients = groupsBy(members, ({ client }) => client);
  const who = clientsInWords(clients.keys());
  const after = most - least <= apart(least) ? seconds(least) : range(least, most);
  return {
    severity: 'warning', confidence: members.length < FEW ? 'possible' : 'likely',
    service: { address: service.address, port: service.port }, by: { role: 'server', address: service.address },
    message:
      `${place(service)} said nothing any more on ${several(members.length, 'connection')}, though ${who} spoke on: ` +
      `${clients.size === 1 ? 'it left' : 'they left it'} after ${after}, and came again.`,
    advice: [
      `See what kept ${place(service)} from speaking then, whose kernel took in what came: a process that stood ` +
        'still or was busy, a thread that no longer writes, a queue that is full.',
      'Or raise the time for which its clients wait: the hold time of BGP, `--ping-restart` of OpenVPN, ' +
        '`down-after-milliseconds` of a sentinel, the heartbeat of a broker.',
    ],
    numbers: {
      seconds: inSeconds(least), spread: inSeconds(most - least), matching: members.length, clients: clients.size,
    },
    refutes: `a word of ${place(service)} on one of these connections that the capture lacks`, members,
  };
}

/** Whether both had a beat, and the client left when only its own had gone on for some time. */
function isLeft(facts: Facts): boolean {
  const { closer, pending, lacks, turns, requestPieces, unheard, closeAt, start, stuckSince, late, kinds } = facts;
  if (closer !== 0 || !pending || lacks || turns < TURNS || requestPieces < IN_VAIN) return false;
  if (late?.read === true || !Number.isNaN(stuckSince[0])) return false;
  if (OF_REQUESTS.includes(PAYLOAD_KINDS[kinds[0]]!)) return false;
  const beat = (closeAt - unheard - start) / (turns / 2);
  return beat >= BEAT && unheard >= Math.max(SECOND, MISSING * beat);
}

function comesAgain(service: Service, { client, closeAt, unheard }: Facts): boolean {
  return byClient(service).get(client)!.some(
    ({ start, attempts }) => attempts > 0 && start >= closeAt && start - closeAt <= Math.max(BACK, unheard),
  );
}
