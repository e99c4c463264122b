import { SECOND } from '../../base/time.js';
import type { Duration } from '../../base/time.js';
import { MANY_CLIENTS, clientsInWords, inSeconds, place, seconds } from '../diagnosis.js';
import type { Detected, Scene } from '../diagnosis.js';
import type { Facts } from '../facts/facts.js';
import type { Service } from '../facts/gathering.js';
import * as SIGN from '../facts/signs.js';
import { isOneMoment, timerOf } from './timer.js';

/** Who leaves sooner had not waited for a greeting. */
const LONG: Duration = SECOND;

/** A client that leaves before the server, which speaks first, has said its first word: it was not idle, it waited. */
export function isUngreeted({ closer, closeAt, established, bytes, late, roundTrip }: Facts): boolean {
  return (
    closer === 0 && bytes[0] === 0 && late !== null && !late.read && late.at >= closeAt - roundTrip &&
    closeAt - established >= LONG
  );
}

/**
 * Clients that give up waiting for a greeting, which comes later, to nobody: each by itself, and those that show too
 * little alone together.
 */
export function ungreeted(scene: Scene, service: Service): Detected[] {
  const told: Detected[] = [];
  const left: Facts[] = [];
  for (const own of scene.freeByClient(service, SIGN.mute).values()) {
    const waited = own.filter(isUngreeted);
    const detected = waited.length === 0 ? null : leftUngreeted(service, waited);
    if (detected === null) left.push(...waited);
    else told.push(detected);
  }
  const together = new Set(left.map(({ client }) => client)).size < MANY_CLIENTS ? null : leftUngreeted(service, left);
  return together === null ? told : [...told, together];
}

function leftUngreeted(service: Service, waited: readonly Facts[]): Detected | null {
  const timer = timerOf(waited.map((of) => ({ value: of.closeAt - of.established, of })), false);
  if (timer === null || isOneMoment(timer)) return null;
  const { value, spread, members } = timer;
  const clients = new Set(members.map(({ client }) => client));
  const [who, isOne] = [clientsInWords(clients), clients.size === 1];
  const greeted = members.map(({ late, established }) => late!.at - established).sort((a, b) => a - b);
  const greeting = greeted[greeted.length >> 1]!;
  return {
    severity: 'error', confidence: 'likely', service: { address: service.address, port: service.port },
    by: { role: 'server', address: service.address },
    message:
      `${who} ${isOne ? 'gives' : 'give'} up waiting for ${place(service)} to greet ${isOne ? 'it' : 'them'} ` +
      `${seconds(value)} after the handshake (${members.length} of ${members.length}); the greeting came after ` +
      `${seconds(greeting)}, to nobody.`,
    advice: [
      `See what ${place(service)} does before its first word: it looks its client's name up (MySQL ` +
        '`skip_name_resolve`, sshd `UseDNS`, Postfix `smtpd_peername_lookup`, vsftpd `reverse_lookup_enable`, ' +
        'ProFTPD `UseReverseDNS`, rsync `reverse lookup`) in a DNS that does not answer, asks who its user is (RFC 1413, port 113), or lets its clients wait on purpose ' +
        '(Postfix `postscreen_greet_wait`, sendmail `greet_pause`).',
      `Or let ${isOne ? who : 'the clients'} wait for longer (a connect timeout, MySQL \`connect_timeout\`).`,
    ],
    numbers: {
      seconds: inSeconds(value), spread: inSeconds(spread), matching: members.length, of: members.length,
      lost: members.length, answeredAfter: inSeconds(greeting), answeredLater: members.length,
      ...(isOne ? {} : { clients: clients.size }),
    },
    refutes: `a connection of ${isOne ? who : 'these clients'} that waited for more than ${seconds(value + spread)} ` +
      'and was greeted',
    members,
  };
}
