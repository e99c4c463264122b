import { describe } from 'vitest';

import { asked, opened, tape } from '../tape.js';

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
        'The server ended the connection by RST instead of FIN: nobody had accepted it, and the listening socket ' +
          'was closed; nothing was lost.',
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
});
