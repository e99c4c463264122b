import { describe } from 'vitest';

import { asked, opened, tape } from '../tape.js';

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

  // A file server whose socket in TIME-WAIT resets what it does not take, with the number at which it stands.
  tape('collision: the socket in TIME-WAIT answers by a RST, and again', `${closedByServer}
    0.500 > S  -50000:-50000
    0.510 < R. 52:52 ack -49999 win 500
    3.500 > S  -49997:-49997
    3.510 < R. 52:52 ack -49996 win 500   | CLOSED  CLOSED
  `, [{}, { ending: 'refused', resets: ['server reactive refused'], findings: ['refused server'] }, {
    resets: ['server reactive refused'], findings: ['time-wait-reuse collision client', 'refused server'],
    says: [
      'The SYN (frame 11) fell into TIME-WAIT: the server held TIME-WAIT for 0.3 s, and answered by a RST with a ' +
        'number of its own (frame 14), as no host without a socket does. 2 attempts on the same ports within 3.01 s: ' +
        'all were rejected.',
      'The SYN (frame 13) was answered by a RST (frame 14): ECONNREFUSED at the client.',
    ],
  }]);

  tape('dropped: a firewall that keeps the old state answers by a RST that no SYN takes', `${closedByServer}
    30.00 > S  -50000:-50000
    30.01 < R  -2000000:-2000000
    33.00 > S  -50000:-50000
    33.01 < R  -2000000:-2000000
    36.00 > S  -50000:-50000
    36.01 < R  -2000000:-2000000
  `, [{ resets: ['server reactive closed-peer', 'server reactive echo', 'server reactive echo'] }, {
    findings: ['time-wait-reuse dropped client'],
    says: ['The SYN (frame 11) was sent again and answered by a RST without ACK alone (frame 12), which no SYN takes ' +
      '(RFC 9293 §3.10.7.3): the server held TIME-WAIT for 29.8 s.'],
  }]);

  tape('dropped: until the printer lets go of the port', `${closedByServer}
    20.00 > S  -50000:-50000
    23.00 > S  -50000:-50000
    29.00 > S  -50000:-50000
    41.00 > S  -50000:-50000
    41.01 < S. 700000:700000 ack -49999
    41.02 > .  -49999:-49999 ack 700001
  `, [{}, {
    findings: ['time-wait-reuse dropped client'], weighs: ['warning likely'],
    says: ['The same ports again: the server held TIME-WAIT for 19.8 s, and the SYN (frame 11) was not answered; ' +
      'sent again, it was accepted 21.01 s later (frame 15).'],
  }]);

  tape('nothing of TIME-WAIT where the listener is gone', `${closedByServer}
    0.500 > S  -50000:-50000
    0.510 < R. -2000000:-2000000 ack -49999 win 0
    3.500 > S  -49997:-49997
    3.510 < R. -2000000:-2000000 ack -49996 win 0
  `, [{}, { resets: ['server reactive refused'], findings: ['refused server'] },
    { resets: ['server reactive refused'], findings: ['refused server'] }]);

  tape('collision: and the connection stands in the end', `${closedByServer}
    0.500 > S  -50000:-50000
    0.510 < .  52:52 ack 32 id 0
    0.520 > R  32:32
    0.531 > S  -50000:-50000
    0.541 < S. 700000:700000 ack -49999
    0.551 > .  -49999:-49999 ack 700001   | ESTABLISHED  ESTABLISHED
  `, [{}, {
    resets: ['client reactive challenge'], findings: ['time-wait-reuse collision client'],
    says: ['The SYN (frame 11) fell into TIME-WAIT: the server held TIME-WAIT for 0.3 s, and answered with its old ' +
      'numbers (frame 12). The connection stood 41 ms later.'],
  }]);

  // DDoS protection of some firewalls: a real client answers a wrong number by a RST, and asks again.
  tape('collision is not certain where what answers the SYN has other numbers than the old ones', `${opened}
    0.030 < F. 1:1 ack 1
    0.040 > F. 1:1 ack 2
    0.050 < .  2:2 ack 2
    5.000 > S  500000:500000 <mss 1460>
    5.010 < .  777777:777777 ack 333333
    5.020 > R  333333:333333
    6.000 > S  500000:500000 <mss 1460>
    6.010 < S. 90000:90000 ack 500001 <mss 1460>
    6.020 > .  500001:500001 ack 90001
  `, [
    {},
    {
      resets: ['client reactive challenge'], findings: ['time-wait-reuse collision client'], weighs: ['error likely'],
    },
  ]);

  tape('collision: and it never does', `${closedByServer}
    0.500 > S  -50000:-50000
    0.510 < .  52:52 ack 32 id 0          | SYN-SENT  CLOSED
  `, [{}, {
    ending: 'unknown', findings: ['time-wait-reuse collision client'],
    says: ['The SYN (frame 11) fell into TIME-WAIT: the server held TIME-WAIT for 0.3 s, and answered with its old ' +
      'numbers (frame 12). The connection never came about.'],
  }]);

  tape('collision: both closed at once and hold TIME-WAIT; it is the server that answers', `
    0.000 > S  0:0
    0.010 < S. 0:0   ack 1
    0.020 > .  1:1   ack 1
    0.030 > P. 1:31  ack 1
    0.040 < P. 1:51  ack 31
    0.050 > F. 31:31 ack 51
    0.051 < F. 51:51 ack 31
    0.060 < .  52:52 ack 32
    0.061 > .  32:32 ack 52             | TIME-WAIT TIME-WAIT
    2.000 > S  -50000:-50000
    2.010 < .  52:52 ack 32 id 0
    2.020 > R  32:32
    3.000 > S  -50000:-50000
    3.010 < .  52:52 ack 32 id 0
  `, [{ ending: 'closed' }, {
    findings: ['time-wait-reuse collision client'], resets: ['client reactive challenge'],
    says: [
      'The SYN (frame 10) fell into TIME-WAIT: the server held TIME-WAIT for 1.939 s, and answered with its old ' +
        'numbers (frame 11). The connection never came about.',
    ],
  }]);

  tape(
    'collision: several attempts are one story, told of the last',
    `${closedByServer}
    0.500 > S  -50000:-50000
    0.510 < .  52:52 ack 32 id 0
    0.520 > R  32:32
    3.500 > S  -40000:-40000
    3.510 < .  52:52 ack 32 id 0
    3.520 > R  32:32
    6.500 > S  -30000:-30000
    6.510 < S. 700000:700000 ack -29999
    6.520 > .  -29999:-29999 ack 700001   | ESTABLISHED  ESTABLISHED
  `,
    [
      {}, { resets: ['client reactive challenge'], ending: 'unknown' },
      { resets: ['client reactive challenge'], ending: 'unknown' },
      {
        findings: ['time-wait-reuse collision client'],
        says: [
          'The SYN (frame 11) fell into TIME-WAIT: the server held TIME-WAIT for 0.3 s, and answered with its old ' +
            'numbers (frame 12). 3 attempts on the same ports: the last stood 6.01 s after the first.',
        ],
      },
    ],
  );

  tape(
    'collision: SYN-ACKs of several numbers, and the acknowledgment of the first is reset',
    `${closedByServer}
    0.500 > S  -50000:-50000
    0.510 < .  52:52 ack 32 id 0
    0.520 > R  32:32
    1.500 > S  -50000:-50000
    1.510 < S. 700000:700000 ack -49999
    1.511 < S. 800000:800000 ack -49999
    1.520 > .  -49999:-49999 ack 700001
    1.530 < R  700001:700001
  `,
    [
      {},
      {
        ending: 'reset', resets: ['client reactive challenge', 'server reactive no-socket accepted'],
        findings: ['time-wait-reuse collision client'],
        says: [
          'The SYN (frame 11) fell into TIME-WAIT: the server held TIME-WAIT for 0.3 s, and answered with its old ' +
            'numbers (frame 12). The connection never came about: the server answered with 2 SYN-ACKs of different ' +
            'numbers, and a RST (frame 18) took it back 1030 ms after the first SYN.',
        ],
      },
    ],
  );

  tape('dropped, perhaps: something on the way holds the ports longer than Linux does', `${closedByServer}
    70.00 > S  90000:90000
    71.00 > S  90000:90000
    71.01 < S. 700000:700000 ack 90001
    71.02 > .  90001:90001 ack 700001     | ESTABLISHED  ESTABLISHED
  `, [{}, {
    findings: ['time-wait-reuse dropped client'],
    says: ['The same ports again, 69.8 s after the close: the first SYN (frame 11) was lost, and the connection came ' +
      'about 1.01 s later. Hosts had let go of the ports by then; a load balancer or tracker on the way holds them ' +
      'longer (IPVS and conntrack 120 s).'],
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

  const stamped = `
    0.000 > S  0:0 <mss 1460,sackOK,TS val 100 ecr 0>
    0.010 < S. 0:0 ack 1 <mss 1460,sackOK,TS val 500 ecr 100>
    0.020 > .  1:1 ack 1 <TS val 120 ecr 500>
    0.040 < F. 1:1 ack 1 <TS val 540 ecr 120>
    0.050 > F. 1:1 ack 2 <TS val 150 ecr 540>
    0.060 < .  2:2 ack 2 id 0 <TS val 560 ecr 150>
  `;

  tape('nothing: its own SYN, which comes late or twice, opens no other connection', `${stamped}
    0.500 > S  0:0 <mss 1460,sackOK,TS val 100 ecr 0>
    0.510 < .  2:2 ack 2 id 0 <TS val 660 ecr 150>
  `, { ending: 'closed' });

  tape('a SYN of the same number with a newer timestamp is of another connection', `${stamped}
    5.000 > S  0:0 <mss 1460,sackOK,TS val 5100 ecr 0>
    5.010 < S. 65537:65537 ack 1 <mss 1460,sackOK,TS val 5500 ecr 5100>
    5.020 > .  1:1 ack 65538 <TS val 5120 ecr 5500> | ESTABLISHED  ESTABLISHED
  `, [{ ending: 'closed' }, { findings: ['time-wait-reuse accepted client'] }]);

  tape('the SYN-ACK of a connection whose SYN was not captured is no word of the one before it', `${closedByServer}
    3400.0 < S. 900000:900000 ack 800001
    3400.1 > .  800001:800001 ack 900001
    3400.2 > P. 800001:800101 ack 900001
    3400.3 < P. 900001:900101 ack 800101
    3400.4 > .  800101:800101 ack 900101   | ESTABLISHED  ESTABLISHED
  `, [{ ending: 'closed', bytes: [30, 50] }, { ending: 'open', bytes: [100, 100] }]);

  tape('nothing: TIME-WAIT was over', `${closedByServer}
    70.00 > S  90000:90000
    70.01 < S. 700000:700000 ack 90001
    70.02 > .  90001:90001 ack 700001     | ESTABLISHED  ESTABLISHED
  `, [{}, {}]);
});
