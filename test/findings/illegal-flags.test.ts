import { describe } from 'vitest';

import { asked, tape } from '../tape.js';

describe('illegal-flags', () => {
  for (const [cause, flags, message] of [
    ['syn-fin', 'SF', 'Frame 1 of the client has SYN and FIN set; nobody answered.'],
    ['syn-rst', 'SR', 'Frame 1 of the client has SYN and RST set; nobody answered.'],
    ['fin-rst', 'FR', 'Frame 1 of the client has FIN and RST set; nobody answered.'],
    ['null', '-', 'Frame 1 of the client has no flag at all set; nobody answered.'],
    ['fin-without-ack', 'F', 'Frame 1 of the client has FIN without ACK set; nobody answered.'],
  ] as const) {
    tape(`${cause}: ${flags}`, `0.000 > ${flags} 0:0`, {
    findings: [`illegal-flags ${cause} client`],
    says: [message], resets: flags.includes('R') ? ['client reactive no-socket'] : [],
  });
  }

  tape('each kind once', `
    0.000 > SF 0:0
    0.001 > SF 0:0
    0.002 > -  1:1
  `, { findings: ['illegal-flags syn-fin client', 'illegal-flags null client'] });

  tape('an answer of who had said nothing before', `
    0.000 > -  0:0
    0.010 < R. -2000000:-2000000 ack 0 win 0
  `, {
    resets: ['server reactive no-socket'], findings: ['illegal-flags null client'],
    says: ['Frame 1 of the client has no flag at all set; the other side answered.'],
  });

  tape('in the middle of a conversation, which goes on without a word to it', `${asked}
    1.000 > -  31:31
  `, {
    findings: ['illegal-flags null client'],
    says: ['Frame 7 of the client has no flag at all set; nobody answered.'],
  });

  tape('in the middle of a conversation, whose other side has more to say', `${asked}
    1.000 > -  31:31
    9.000 < F. 51:51 ack 31
    9.010 > .  31:31 ack 52
    9.020 > R. 31:31 ack 52
  `, {
    resets: ['client active abort'], findings: ['linger-reset abort client', 'illegal-flags null client'],
    says: [
      'The client ended the connection by RST instead of FIN: SO_LINGER {1, 0}, or a close() with unread data; nothing ' +
        'was lost.',
      'Frame 7 of the client has no flag at all set; the other side went on.',
    ],
  });

  tape('nothing: PSH and URG are no fault', `${asked}
    1.000 > PU. 31:61 ack 51
    1.010 < .   51:51 ack 61       | ESTABLISHED  ESTABLISHED
  `, {});
});
