import { SECOND } from '../base/time.js';
import type { Duration } from '../base/time.js';
import { inSeconds, place, seconds } from './diagnosis.js';
import type { Detected, Scene } from './diagnosis.js';
import type { Facts } from './facts.js';
import type { Service } from './gathering.js';
import * as SIGN from './signs.js';
import { isOneMoment, timerOf } from './timer.js';

/** Of a shorter wait nobody says that somebody lost patience. */
const LONG: Duration = SECOND;

/** A client that leaves before the server, which speaks first, has said its first word: it was not idle, it waited. */
export function isUngreeted({ closer, closeAt, established, bytes, late, roundTrip }: Facts): boolean {
  return (
    closer === 0 && bytes[0] === 0 && late !== null && !late.read && late.at >= closeAt - roundTrip &&
    closeAt - established >= LONG
  );
}

/** Clients that give up waiting for a greeting, which comes later, to nobody. */
export function ungreeted(scene: Scene, service: Service): Detected[] {
  return [...scene.freeByClient(service, SIGN.mute)].flatMap(([client, own]) => {
    const timer = timerOf(
      own.filter(isUngreeted).map((of) => ({ value: of.closeAt - of.established, of })), false,
    );
    if (timer === null || isOneMoment(timer)) return [];
    const { value, spread, members } = timer;
    const greeted = members.map(({ late, established }) => late!.at - established).sort((a, b) => a - b);
    const greeting = greeted[greeted.length >> 1]!;
    return [
      {
        severity: 'error' as const, confidence: 'likely' as const,
        service: { address: service.address, port: service.port },
        by: { role: 'server' as const, address: service.address },
        message:
          `${client} gives up waiting for ${place(service)} to greet it ${seconds(value)} after the handshake ` +
          `(${members.length} of ${members.length}); the greeting came after ${seconds(greeting)}, to nobody.`,
        advice: [
          `See what ${place(service)} does before its first word: it looks its client's name up (MySQL ` +
            '`skip_name_resolve`, sshd `UseDNS`, Postfix `smtpd_peername_lookup`, vsftpd `reverse_lookup_enable`) in ' +
            'a DNS that does not answer, or asks who its user is (RFC 1413, port 113).',
          `Or let ${client} wait for longer (a connect timeout, MySQL \`connect_timeout\`).`,
        ],
        numbers: {
          seconds: inSeconds(value), spread: inSeconds(spread), matching: members.length, of: members.length,
          lost: members.length, answeredAfter: inSeconds(greeting), answeredLater: members.length,
        },
        refutes: `a connection of ${client} that waited for more than ${seconds(value + spread)} and was greeted`,
        members,
      },
    ];
  });
}
