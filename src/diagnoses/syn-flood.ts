import { MILLISECOND, SECOND } from '../base/time.js';
import type { Duration } from '../base/time.js';
import { everyone, inSeconds, isWhole, place, seconds, sentNoMore } from './diagnosis.js';
import type { Detected, DiagnosisDetector, Scene } from './diagnosis.js';
import type { Facts } from './facts/facts.js';
import type { Service } from './facts/gathering.js';
import * as SIGN from './facts/signs.js';

/** So many handshakes within so long, that nobody goes on with. */
const MANY = 100;
const WITHIN: Duration = 10 * SECOND;
/** Parts: addresses of their own, of all handshakes of that time, SYN-ACKs that were sent, and those who ask once. */
const DISTINCT = 0.9;
const SHARE = 0.5;
const ANSWERED = 0.5;
const ONCE = 0.9;
/** Whoever wants to be served sends the SYN again after a second (RFC 6298 §2.1). */
const PATIENCE: Duration = 1500 * MILLISECOND;

/** Handshakes of addresses that do not exist, to fill a server's queue. */
export const synFlood: DiagnosisDetector = {
  id: 'syn-flood',
  title: 'SYN flood',
  explains: { 'incomplete-handshake': [], unanswered: [], 'unexpected-reset': [], 'slow-connect': [] },
  signs: SIGN.notEstablished,
  detect(scene, services) {
    return services.flatMap((service) => flood(scene, service) ?? []);
  },
};

function flood(scene: Scene, service: Service): Detected | null {
  if (service.telling.count < MANY) return null;
  const members = scene.free(service, SIGN.notEstablished).filter(isGivenUp);
  if (
    members.length < MANY ||
    !members.some(({ start }, index) => start - (members[index - MANY + 1]?.start ?? -Infinity) <= WITHIN)
  )
    return null;
  const sources = new Set(members.map(({ client }) => client));
  const [from, until] = [members[0]!.start, Math.max(...members.map(({ start }) => start))];
  const meanwhile = everyone(service).filter(({ attempts, start }) => attempts > 0 && start >= from && start <= until);
  const answered = members.filter(({ synAck }) => !Number.isNaN(synAck)).length;
  const old = members.filter(({ start }) => start < scene.end - PATIENCE);
  const once = old.filter(({ attempts }) => attempts === 1).length;
  if (
    sources.size < DISTINCT * members.length ||
    members.length < SHARE * meanwhile.length ||
    answered < ANSWERED * members.length ||
    once < ONCE * old.length
  )
    return null;
  const others = meanwhile.filter((facts) => !isGivenUp(facts) && facts.bytes[0] > 0 && !sources.has(facts.client));
  const served = others.filter(({ bytes }) => bytes[1] > 0).length;
  const isHarmless = others.length > 0 && served >= ONCE * others.length;
  const lasted = until - from;
  const more = isWhole(service) ? '' : 'more than ';
  return {
    severity: isHarmless ? 'warning' : 'error',
    confidence: 'likely',
    service: { address: service.address, port: service.port },
    by: { role: 'client', address: network(sources) },
    message:
      `SYN flood at ${place(service)}: ${more}${members.length} handshakes of ${sources.size} addresses ` +
      `within ${seconds(lasted)} that nobody went on with; ` +
      `${others.length === 0 ? 'nobody else asked meanwhile' : `${served} of ${others.length} others were served`}.`,
    advice: [
      isHarmless
        ? 'SYN cookies or the queue held: keep `net.ipv4.tcp_syncookies=1`, and watch `nstat -az ' +
          'TcpExtSyncookiesSent TcpExtTCPReqQFullDrop`.'
        : 'Set `net.ipv4.tcp_syncookies=1`, raise `net.ipv4.tcp_max_syn_backlog` and `net.core.somaxconn`, lower ' +
          '`net.ipv4.tcp_synack_retries`.',
      "Limit SYNs before the server: nft `ct state new limit rate`, SYNPROXY, the provider's protection. The " +
        'addresses are invented: to block them is of no use.',
    ],
    numbers: {
      handshakes: members.length,
      sources: sources.size,
      seconds: inSeconds(lasted),
      served,
      of: others.length,
    },
    refutes: 'final acknowledgments of these addresses: then the way back to the capture loses them',
    members,
  };
}

/** A SYN or two, perhaps answered; and no word more, or a RST of a host that never asked (RFC 9293 §3.5.2). */
function isGivenUp(facts: Facts): boolean {
  const { attempts, established, bytes, closer, closedByReset, reset } = facts;
  const isReset = closer === 0 && closedByReset && reset?.by === 0 && sentNoMore(facts, 0, attempts + 1);
  const isSilent = closer === -1 || isReset;
  return attempts > 0 && attempts <= 2 && Number.isNaN(established) && bytes[0] === 0 && bytes[1] === 0 && isSilent;
}

/** The only address, or what all have in common in the way in which prefixes are written; `*` where that is nothing. */
function network(addresses: ReadonlySet<string>): string {
  const [first, ...rest] = addresses;
  if (rest.length === 0) return first!;
  const parts = first!.split('.');
  const common = parts.findIndex((part, index) => rest.some((address) => address.split('.')[index] !== part));
  return parts.length !== 4 || common <= 0
    ? '*'
    : `${parts.map((part, index) => (index < common ? part : '0')).join('.')}/${common * 8}`;
}
