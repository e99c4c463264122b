import { describe } from 'vitest';

import { asked, tape } from '../tape.js';

const closedByServer = `${asked}
  0.100 < F. 51:51 ack 31
  0.110 > .  31:31 ack 52
  0.200 > F. 31:31 ack 52
  0.210 < .  52:52 ack 32 id 0            | CLOSED  TIME-WAIT
`;

describe('time-wait-reuse', () => {
  tape('accepted, proven by the number of the SYN-ACK', `${closedByServer}
    5.000 > S  90000:90000
    5.010 < S. 65589:65589 ack 90001
    5.020 > .  90001:90001 ack 65590      | ESTABLISHED  ESTABLISHED
  `, [{}, {
    findings: ['time-wait-reuse accepted client'],
    says: ['The same ports again: the server held TIME-WAIT for 4.8 s, and the SYN was accepted in 0.01 s.'],
  }]);

  tape('collision: and the connection stands in the end', `${closedByServer}
    0.500 > S  -50000:-50000
    0.510 < .  52:52 ack 32 id 0
    0.520 > R  32:32
    0.531 > S  -50000:-50000
    0.541 < S. 700000:700000 ack -49999
    0.551 > .  -49999:-49999 ack 700001   | ESTABLISHED  ESTABLISHED
  `, [{}, {
    resets: ['client reactive challenge'], findings: ['time-wait-reuse collision client'],
    says: ['The SYN (frame 11) fell into TIME-WAIT: the server held TIME-WAIT for 0.3 s, and answered with its old numbers (frame 12). The connection stood 41 ms later.'],
  }]);

  tape('collision: and it never does', `${closedByServer}
    0.500 > S  -50000:-50000
    0.510 < .  52:52 ack 32 id 0          | SYN-SENT  CLOSED
  `, [{}, {
    ending: 'unanswered', findings: ['time-wait-reuse collision client'],
    says: ['The SYN (frame 11) fell into TIME-WAIT: the server held TIME-WAIT for 0.3 s, and answered with its old numbers (frame 12). The connection never came about.'],
  }]);

  tape('dropped', `${closedByServer}
    0.500 > S  -50000:-50000
    1.500 > S  -50000:-50000
    3.500 > S  -50000:-50000              | SYN-SENT  CLOSED
  `, [{}, {
    findings: ['time-wait-reuse dropped client'],
    says: ['The SYN (frame 11) was sent again and never answered: the server held TIME-WAIT for 0.3 s.'],
  }]);

  tape('assassinated', `${closedByServer}
    1.200 > R  32:32                      | CLOSED    CLOSED
  `, {
    resets: ['client reactive closed-peer'], findings: ['time-wait-reuse assassinated client'],
    says: ['A RST of the client (frame 11) ended TIME-WAIT of the server 1 s after the close.'],
  });

  tape('nothing: TIME-WAIT was over', `${closedByServer}
    70.00 > S  90000:90000
    70.01 < S. 700000:700000 ack 90001
    70.02 > .  90001:90001 ack 700001     | ESTABLISHED  ESTABLISHED
  `, [{}, {}]);
});
