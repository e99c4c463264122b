import { PAYLOAD_KINDS } from '../../flow/payload-kind.js';
import { clientsInWords, everyone, place, several, stood } from '../diagnosis.js';
import type { Detected, Scene } from '../diagnosis.js';
import type { Facts } from '../facts/facts.js';
import type { Service } from '../facts/gathering.js';
import { name } from '../idle-limit.js';
import * as SIGN from '../facts/signs.js';
import { serverSoftware, settingOf } from '../software.js';

/** Sessions that are turned away before it is told. */
const FEW = 3;

/** Bytes of an error, whatever stands beside it: up to 200 of SCRAM. */
const SHORT = 256 + 200;

const REFUSAL = PAYLOAD_KINDS.indexOf('refusal');

/**
 * A server that says with its first word that it is full (flow/payload-kind.ts), though the capture shows no number of
 * connections from which on it does: others hold them (each host sees its own alone), or it counts by client, by time
 * or by failures (Postfix smtpd_client_connection_rate_limit, vsftpd max_per_ip, sshd MaxStartups, which drops at
 * random, and PerSourcePenalties; MySQL max_connect_errors).
 */
export function refusedInWords(scene: Scene, service: Service): Detected | null {
  const members = scene.free(service, SIGN.fewWords).filter(isTurnedAway);
  if (members.length < FEW) return null;
  const known = everyone(service).filter((facts) => facts.attempts > 0 && stood(facts));
  const turnedAway = new Set(members);
  const [from, until] = [members[0]!.start, Math.max(...members.map(({ start }) => start))];
  const served = known.filter((facts) => !turnedAway.has(facts) && facts.bytes[1] > 0);
  const isMeanwhile = served.some(({ start }) => start > from && start < until);
  const clients = new Set(members.map(({ client }) => client));
  const isOfOne = clients.size === 1 && !served.some(({ client }) => clients.has(client));
  const software = serverSoftware(scene, service, known);
  return {
    severity: isMeanwhile ? 'warning' : 'error', confidence: 'likely',
    service: { address: service.address, port: service.port }, by: { role: 'server', address: service.address },
    message:
      `${place(service)}${name(software)} turns away ${members.length} of ${several(known.length, 'connection')}, ` +
      `of ${clientsInWords(clients)}, with its first word: a limit of its own is reached` +
      `${isMeanwhile ? `, while ${isOfOne ? 'others are' : 'some are'} served` : ''}.`,
    advice: [
      `Read what it says (\`lastack flow\` names the frames), and raise that limit, or open fewer connections ` +
        `(${settingOf('connections', software)}).`,
      'Who fills it need not be in this capture: see there who holds its connections (`ss -tn`, `SHOW PROCESSLIST`, ' +
        '`pg_stat_activity`, `CLIENT LIST`).',
      'It may count by client, by time or by failures: Postfix `smtpd_client_connection_count_limit` and ' +
        '`smtpd_client_connection_rate_limit`, vsftpd `max_per_ip`, sshd `PerSourceMaxStartups` and ' +
        '`PerSourcePenalties`, MySQL `max_user_connections` and `max_connect_errors` (`FLUSH HOSTS`).',
    ],
    numbers: { rejected: members.length, of: known.length, accepted: served.length, clients: clients.size },
    refutes: 'a first word of another meaning', members,
  };
}

/** Whether the first word of the server was that it takes no more; what a session says at its end is another one. */
function isTurnedAway({ isGuessed, closer, kinds, bytes }: Facts): boolean {
  return !isGuessed && closer !== -1 && kinds[1] === REFUSAL && bytes[1] <= SHORT;
}
