import { describe } from 'vitest';

import { asked, tape } from '../tape.js';

/** The server closes first and holds TIME-WAIT; its next number is 52, the client's 32. */
const closedByServer = `${asked}
  0.100 < F. 51:51 ack 31                 | CLOSE-WAIT   FIN-WAIT-1
  0.110 > .  31:31 ack 52                 | CLOSE-WAIT   FIN-WAIT-2
  0.200 > F. 31:31 ack 52                 | LAST-ACK     TIME-WAIT
  0.210 < .  52:52 ack 32 id 0            | CLOSED       TIME-WAIT
`;

const closedByClient = `${asked}
  0.100 > F. 31:31 ack 51                 | FIN-WAIT-1   CLOSE-WAIT
  0.110 < .  51:51 ack 32                 | FIN-WAIT-2   CLOSE-WAIT
  0.200 < F. 51:51 ack 32                 | TIME-WAIT    LAST-ACK
  0.210 > .  32:32 ack 52 id 0            | TIME-WAIT    CLOSED
`;

const closed = { ending: 'closed' } as const;

describe('a SYN into TIME-WAIT', () => {
  tape('is accepted, being newer', `${closedByServer}
    5.000 > S  90000:90000                | SYN-SENT     CLOSED
    5.010 < S. 65589:65589 ack 90001      | ESTABLISHED  SYN-RECEIVED
    5.020 > .  90001:90001 ack 65590      | ESTABLISHED  ESTABLISHED
  `, [closed, {
    ending: 'open', findings: ['time-wait-reuse accepted client'],
    says: ['The same ports again: the server held TIME-WAIT for 4.8 s, and the SYN was accepted in 0.01 s.'],
  }]);

  tape('by the holder itself', `${closedByClient}
    5.000 > S  65569:65569                | SYN-SENT     CLOSED
    5.010 < S. 700000:700000 ack 65570    | ESTABLISHED  SYN-RECEIVED
    5.020 > .  65570:65570 ack 700001     | ESTABLISHED  ESTABLISHED
  `, [closed, {
    ending: 'open', findings: ['time-wait-reuse accepted client'],
    says: ['The same ports again: the client itself held TIME-WAIT for 4.8 s, and the SYN was accepted in 0.01 s.'],
  }]);

  tape('collides: old numbers, RST, and the SYN again', `${closedByServer}
    0.500 > S  -50000:-50000              | SYN-SENT     CLOSED
    0.510 < .  52:52 ack 32 id 0          | SYN-SENT     CLOSED
    0.520 > R  32:32                      | SYN-SENT     CLOSED
    0.531 > S  -50000:-50000              | SYN-SENT     CLOSED
    0.541 < S. 700000:700000 ack -49999   | ESTABLISHED  SYN-RECEIVED
    0.551 > .  -49999:-49999 ack 700001   | ESTABLISHED  ESTABLISHED
  `, [closed, {
    ending: 'open', resets: ['client reactive challenge'], findings: ['time-wait-reuse collision client'],
    says: ['The SYN (frame 11) fell into TIME-WAIT: the server held TIME-WAIT for 0.3 s, and answered with its old ' +
      'numbers (frame 12). The connection stood 41 ms later.'],
  }]);

  tape('is dropped', `${closedByServer}
    0.500 > S  -50000:-50000              | SYN-SENT     CLOSED
    1.500 > S  -50000:-50000              | SYN-SENT     CLOSED
    3.500 > S  -50000:-50000              | SYN-SENT     CLOSED
  `, [closed, { ending: 'unanswered', findings: ['time-wait-reuse dropped client'] }]);

  tape('that is over: an ordinary connection', `${closedByServer}
    70.00 > S  90000:90000                | SYN-SENT     CLOSED
    70.01 < S. 700000:700000 ack 90001    | ESTABLISHED  SYN-RECEIVED
    70.02 > .  90001:90001 ack 700001     | ESTABLISHED  ESTABLISHED
  `, [closed, { ending: 'open' }]);
});

describe('TIME-WAIT', () => {
  tape(
    'is killed by a RST',
    `${closedByClient}
    1.000 < R  52:52                      | CLOSED       CLOSED
  `,
    {
      ending: 'closed', closer: 'client', resets: ['server reactive closed-peer'],
      findings: ['time-wait-reuse assassinated server'],
    },
  );

  tape('swallows a late acknowledgment', `${closedByClient}
    1.000 < .  52:52 ack 32               | TIME-WAIT    CLOSED
    30.00                                 | TIME-WAIT    CLOSED
  `, { ending: 'closed', closer: 'client' });

  tape('is as long as its system makes it', `${closedByClient}
    30.00                                 | TIME-WAIT    CLOSED
    31.00                                 | CLOSED       CLOSED
  `, { ending: 'closed', closer: 'client' }, { profile: 'macos' });
});

describe('a SYN into a connection that still lives', () => {
  tape(
    'finds the old one: challenge ACK, RST, and the SYN again',
    `${asked}
    9.000 > S  -50000:-50000              | SYN-SENT     CLOSED
    9.010 < .  51:51 ack 31               | SYN-SENT     CLOSED
    9.020 > R  31:31                      | SYN-SENT     CLOSED
    9.031 > S  -50000:-50000              | SYN-SENT     CLOSED
    9.041 < S. 700000:700000 ack -49999   | ESTABLISHED  SYN-RECEIVED
    9.051 > .  -49999:-49999 ack 700001   | ESTABLISHED  ESTABLISHED
  `,
    [
      { ending: 'open', resets: [] },
      { ending: 'open', resets: ['client reactive challenge'], findings: ['half-open stale-peer server'] },
    ],
  );
});
