import { lowerBound } from '../../base/lower-bound.js';
import { PAYLOAD_KINDS } from '../../flow/payload-kind.js';
import { byClient, clientsInWords, collect, everyone, inSeconds, seconds, several, stood } from '../diagnosis.js';
import type { ByClient, Detected, Scene } from '../diagnosis.js';
import type { Facts } from '../facts/facts.js';
import { ATTEMPTS, insistence, isUnanswered } from '../patterns/filtered.js';
import type { Service } from '../facts/gathering.js';
import * as SIGN from '../facts/signs.js';

/** The control connection (RFC 959 §8). */
const FTP = 21;
const GREETING = PAYLOAD_KINDS.indexOf('ftp-greeting');

/** Ports below are nobody's to choose (RFC 6335 §6): what a server offers for data lies above. */
const CHOSEN = 1024;

/**
 * Data connections of passive FTP that nobody answers: the server names another port for each (RFC 959 §4.1.2, RFC
 * 2428), and a firewall lets in the control connection alone. Each port is asked once, so that no service by itself
 * shows it.
 */
export function passiveFtp(scene: Scene): Detected[] {
  return collect(scene.services, (service) => {
    if (service.port !== FTP && !everyone(service).some(({ kinds }) => kinds[1] === GREETING)) return null;
    const isDuring = sessionsOf(byClient(service));
    const asked = scene.servicesOf(service.address).filter(({ port }) => port >= CHOSEN);
    const members = asked.flatMap((data) =>
      scene.free(data, SIGN.noSynAck).filter(
        (facts) => facts.attempts > 1 && isUnanswered(facts) && isDuring(facts),
      ),
    );
    return members.length < ATTEMPTS ? null : told(service, members, asked);
  });
}

/** Whether its client had a session at the control connection then, which went on. */
function sessionsOf(control: ByClient): (facts: Facts) => boolean {
  const known = new Map<string, { readonly starts: Float64Array; readonly until: Float64Array }>();
  return ({ client, start }) => {
    let own = known.get(client);
    if (own === undefined) {
      const sessions = (control.get(client) ?? [])
        .filter((session) => stood(session) && session.bytes[1] > 0)
        .sort((a, b) => a.start - b.start);
      // Until when the latest of those that had begun by then was heard.
      const until = Float64Array.from(sessions, ({ heard }) => heard[1]);
      for (let at = 1; at < until.length; at++) until[at] = Math.max(until[at]!, until[at - 1]!);
      known.set(client, own = { starts: Float64Array.from(sessions, (session) => session.start), until });
    }
    const { starts, until } = own;
    const begun = lowerBound(starts.length, (at) => starts[at]! < start);
    return begun > 0 && until[begun - 1]! > start;
  };
}

function told(service: Service, members: readonly Facts[], asked: readonly Service[]): Detected {
  const clients = new Set(members.map(({ client }) => client));
  const ports = members.map(({ serverPort }) => serverPort);
  const { syns, longest } = insistence(members);
  const served = asked.flatMap(everyone).filter((facts) => clients.has(facts.client) && stood(facts)).length;
  const { address, port } = service;
  return {
    severity: served === 0 ? 'error' : 'warning', confidence: 'likely', service: { address, port },
    by: { role: 'path', address },
    message:
      `A firewall drops the data connections of FTP to ${address}: ${several(members.length, 'attempt')} of ` +
      `${clientsInWords(clients)} at its ports ${Math.min(...ports)} to ${Math.max(...ports)} were never answered ` +
      `(up to ${several(syns, 'SYN')} in ${seconds(longest)}), while the control connection at port ${port} goes on` +
      `${served > 0 ? `, and ${several(served, 'other data connection')} stood` : ''}.`,
    advice: [
      `Let in the ports that the server names for passive mode, and keep them few (vsftpd \`pasv_min_port\` and ` +
        '`pasv_max_port`, ProFTPD and Pure-FTPd `PassivePorts`), on the host and on the way.',
      'Or let the firewall follow the control connection (`nf_conntrack_ftp` with a `ct helper` rule), which it can ' +
        'where that is not encrypted.',
    ],
    numbers: {
      attempts: members.length, matching: members.length, of: members.length + served, ports: new Set(ports).size, syns,
      seconds: inSeconds(longest),
    },
    refutes: `a SYN-ACK of ${address} from one of these ports`, members,
  };
}
