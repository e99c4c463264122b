import { describe } from 'vitest';

import { asked, opened, tape } from '../tape.js';

/** A bind of LDAP (RFC 4511), a search, and what a client sends last. */
const searched = (last: string): string => `${opened}
    0.030 > P. 1:15  ack 1   "\\x30\\x0c\\x02\\x01\\x01\\x60\\x07\\x02\\x01\\x03\\x04\\x00\\x80\\x00"
    0.032 < P. 1:15  ack 15  "\\x30\\x0c\\x02\\x01\\x01\\x61\\x07\\x0a\\x01\\x00\\x04\\x00\\x04\\x00"
    0.040 > P. 15:54 ack 15  "\\x30\\x25\\x02\\x01\\x02\\x63\\x20${'s'.repeat(32)}"
    0.050 < P. 15:300 ack 54
    ${last}`;

/** A record of TLS 1.2 with so many bytes in the clear; GCM has 24 beside its head (RFC 5288). */
const sealed = (type: string, length: number): string =>
    `"\\x${type}\\x03\\x03\\x00\\x${(length + 24).toString(16).padStart(2, '0')}${'r'.repeat(length + 24)}"`;

describe('linger-reset', () => {
  tape(
    'linger: nothing could be unread',
    `${opened}
    0.030 < P. 1:1001    ack 1
    0.031 < R. 1001:1001 ack 1     | CLOSED  CLOSED
  `,
    {
      resets: ['server active linger'], findings: ['linger-reset linger server'],
      says: [
        'The server ended the connection by RST instead of FIN: SO_LINGER {1, 0}, as far as the packets show; 1000 ' +
          'bytes were not acknowledged and are lost.',
      ],
    },
  );

  tape(
    'unread-data: the close itself emptied the queue',
    `${opened}
    0.030 > P. 1:1001 ack 1
    0.031 < .  1:1 ack 1001 win 40
    0.500 < R. 1:1 ack 1001 win 90 | CLOSED  CLOSED
  `,
    {
      resets: ['server active unread-data'],
      findings: ['unanswered-request closed server', 'linger-reset unread-data server'],
      says: [
        'The server aborted by a RST (frame 6) 0.47 s after the request (frame 4) without having sent a byte.',
        'The server ended the connection by RST instead of FIN: it was closed with unread data in its receive ' +
          'queue; nothing was lost.',
      ],
    },
    { profile: 'linux' },
  );

  tape('unread-data is only a guess where nothing tells the system: the queue of another may show otherwise', `${opened}
    0.030 < P. 1:11   ack 1
    0.031 > .  1:1    ack 11
    0.040 > P. 1:1001 ack 11
    0.041 < .  11:11  ack 1001 win 40
    0.042 < P. 11:21  ack 1001 win 40
    0.043 > .  1001:1001 ack 21
    0.500 < R. 21:21  ack 1001 win 90 | CLOSED  CLOSED
  `, {
    resets: ['server active unread-data'], findings: ['linger-reset unread-data server'],
    says: ['The server ended the connection by RST instead of FIN: SO_LINGER {1, 0}, or a close() with unread data; ' +
      'nothing was lost.'],
  });

  tape('abort: one of the two', `${asked}
    1.000 > R. 31:31 ack 51        | CLOSED  CLOSED?
  `, {
    resets: ['client active abort'], findings: ['linger-reset abort client'],
    says: ['The client ended the connection by RST instead of FIN: SO_LINGER {1, 0}, or a close() with unread data; ' +
      'nothing was lost.'],
  });

  tape(
    'listener-closed: perhaps nobody had called accept()',
    `${opened}
    0.030 > P. 1:31 ack 1
    0.040 < .  1:1  ack 31
    9.000 < R. 1:1  ack 31         | CLOSED  CLOSED
  `,
    {
      resets: ['server active listener-closed'],
      findings: ['unanswered-request closed server', 'linger-reset listener-closed server'],
      says: [
        'The server aborted by a RST (frame 6) 8.97 s after the request (frame 4) without having sent a byte.',
        'The server ended the connection by RST instead of FIN: nobody had accepted it when the listening socket was ' +
          'closed, or SO_LINGER {1, 0}, or a close() with unread data; nothing was lost.',
      ],
    },
  );

  tape('nothing: keepalive gave up', `${asked}
    5.000 > .  30:30 ack 51
    6.000 > .  30:30 ack 51
    7.000 > .  30:30 ack 51
    8.000 > R. 31:31 ack 51
  `, { resets: ['client active keepalive-timeout'], findings: ['half-open keepalive-timeout server'] });

  tape(
    'a check of a server with TLS ends right behind its part of the handshake: nobody misses what is lost',
    `${opened}
    0.030 > P. 1:9 ack 1 "\\x16\\x03\\x01\\x00\\x03\\x01\\x00\\x00"
    0.031 < P. 1:9 ack 9 "\\x16\\x03\\x03\\x00\\x03\\x02\\x00\\x00"
    0.032 > P. 9:60 ack 9
    0.034 > R. 60:60 ack 9
  `,
    {
      ending: 'reset', resets: ['client active abort'], findings: ['linger-reset abort client'],
      weighs: ['info possible'],
    },
  );

  /** A server that ends TLS 1.3 by a close_notify and a FIN behind its answer (SSL_shutdown, once). */
  const ended = `${opened}
    0.030 > P. 1:201 ack 1 "\\x16\\x03\\x01\\x00\\xc3\\x01${'a'.repeat(194)}"
    0.040 < P. 1:1051 ack 201 "\\x16\\x03\\x03\\x04\\x15\\x02${'a'.repeat(1044)}"
    0.050 > P. 201:406 ack 1051 "\\x17\\x03\\x03\\x00\\xc8${'r'.repeat(200)}"
    0.100 < P. 1051:2056 ack 406 "\\x17\\x03\\x03\\x03\\xe8${'r'.repeat(1000)}"
    0.100 < P. 2056:2080 ack 406 "\\x17\\x03\\x03\\x00\\x13${'n'.repeat(19)}"
    0.101 < F. 2080:2080 ack 406`;

  tape('a client that has its answer and leaves the good-bye of TLS unread loses nothing: tcp_close resets', `${ended}
    0.110 > .  406:406 ack 2081
    0.111 > R. 406:406 ack 2081
  `, {
    ending: 'reset', resets: ['client active abort'], findings: ['linger-reset abort client'],
    weighs: ['info possible'],
  });

  tape('nor does one that says good-bye itself, to a server that has closed, and aborts then', `${ended}
    0.110 > .  406:406 ack 2081
    0.111 > P. 406:430 ack 2081 "\\x17\\x03\\x03\\x00\\x13${'n'.repeat(19)}"
    0.112 > R. 430:430 ack 2081
    0.113 < R  2081:2081
  `, {
    ending: 'reset', resets: ['client active unread-data', 'server reactive closed-peer'],
    findings: ['linger-reset unread-data client'], weighs: ['info possible'],
  });

  tape('but what it had asked instead is lost', `${ended}
    0.110 > .  406:406 ack 2081
    0.111 > P. 406:611 ack 2081 "\\x17\\x03\\x03\\x00\\xc8${'r'.repeat(200)}"
    0.112 > R. 611:611 ack 2081
  `, {
    ending: 'reset', resets: ['client active unread-data'],
    findings: ['linger-reset unread-data client'], weighs: ['warning possible'],
  });

  const unbind = '"\\x30\\x05\\x02\\x01\\x03\\x42\\x00"';

  tape('nothing is lost where a client of LDAP says unbind, and resets right behind it', searched(`
    0.060 > P. 54:61 ack 300 ${unbind}
    0.060 > R. 61:61 ack 300
  `), { ending: 'reset', resets: ['client active unread-data'], findings: ['linger-reset unread-data client'],
    weighs: ['info possible'] });

  tape('nor where its server, of Windows, answers unbind and FIN by RST', searched(`
    0.060 > P. 54:61 ack 300 ${unbind}
    0.060 > F. 61:61 ack 300
    0.062 < R. 300:300 ack 62
  `), { ending: 'reset', resets: ['server active unread-data'], findings: ['linger-reset unread-data server'],
    weighs: ['info possible'] });

  tape('nor of one that seals what it says: all but unbind and abandon has an answer, and it waits for none', searched(`
    0.0600 > P. 54:130 ack 300
    0.0603 > R. 130:130 ack 300
  `), { ending: 'reset', resets: ['client active unread-data'], findings: ['linger-reset unread-data client'],
    weighs: ['info possible'] });

  tape('but what it waited for is lost', searched(`
    0.060 > P. 54:130 ack 300
    0.560 > R. 130:130 ack 300
  `), { ending: 'reset', resets: ['client active abort'],
    findings: ['linger-reset abort client'], weighs: ['warning possible'] });

  const overTls = (last: string): string => `${opened}
    0.030 > P. 1:201 ack 1 "\\x16\\x03\\x01\\x00\\xc3\\x01${'a'.repeat(194)}"
    0.040 < P. 1:1051 ack 201 "\\x16\\x03\\x03\\x04\\x15\\x02${'a'.repeat(1044)}"
    0.050 > P. 201:301 ack 1051
    0.060 < P. 1051:1101 ack 301
    0.070 > P. 301:373 ack 1101 ${sealed('17', 43)}
    0.080 < P. 1101:1173 ack 373 ${sealed('17', 43)}
    ${last}`;

  tape('nor of one over TLS that says unbind and good-bye', overTls(`
    0.100 > P. 373:409 ack 1173 ${sealed('17', 7)}
    0.100 > P. 409:440 ack 1173 ${sealed('15', 2)}
    0.101 > R. 440:440 ack 1173
  `), { ending: 'reset', resets: ['client active unread-data'], findings: ['linger-reset unread-data client'],
    weighs: ['info possible'] });

  tape('without a good-bye it may have been a request', overTls(`
    0.100 > P. 373:472 ack 1173 ${sealed('17', 70)}
    0.101 > R. 472:472 ack 1173
  `), { ending: 'reset', resets: ['client active unread-data'], findings: ['linger-reset unread-data client'],
    weighs: ['warning possible'] });

  tape('a search that the server resets in place of an answer is lost', searched(`
    0.060 > P. 54:93 ack 300 "\\x30\\x25\\x02\\x01\\x03\\x63\\x20${'s'.repeat(32)}"
    0.061 < .  300:300 ack 93
    0.290 < R. 300:300 ack 93
  `), { ending: 'reset', resets: ['server active abort'],
    findings: ['unanswered-request closed server', 'linger-reset abort server'],
    weighs: ['warning likely', 'info possible'] });

  tape('nothing asked: a browser leaves a connection that it had opened ahead, and a server of TLS says so much', String.raw`
    ${opened}
    3.500 > F. 1:1 ack 1
    3.700 < P. 1:8 ack 2 "\x15\x00\x00\x00\x02\x01\x00"
    3.701 < R. 8:8 ack 2
    3.703 > R  2:2
  `, { ending: 'reset', resets: ['server active linger', 'client reactive closed-peer'],
    findings: ['linger-reset linger server'], weighs: ['info likely'] });
});
