import { describe } from 'vitest';

import { tape } from '../tape.js';

describe('opening', () => {
  tape('the three-way handshake', `
    0.000 > S  0:0        win 65535 <mss 1460,wscale 7,sackOK,TS val 1 ecr 0> | SYN-SENT     CLOSED
    0.010 < S. 0:0  ack 1 win 65535 <mss 1460,wscale 7,sackOK,TS val 9 ecr 1> | ESTABLISHED  SYN-RECEIVED
    0.020 > .  1:1  ack 1           <TS val 2 ecr 9>                          | ESTABLISHED  ESTABLISHED
  `, { ending: 'open', closer: null });

  tape('over IPv6', `
    0.000 > S  0:0          | SYN-SENT     CLOSED
    0.010 < S. 0:0  ack 1   | ESTABLISHED  SYN-RECEIVED
    0.020 > .  1:1  ack 1   | ESTABLISHED  ESTABLISHED
  `, { ending: 'open' }, { ip6: true });

  tape('a SYN that is lost, and sent again after a second', `
    0.000 > S  0:0          | SYN-SENT     CLOSED
    1.000 > S  0:0          | SYN-SENT     CLOSED
    1.010 < S. 0:0  ack 1   | ESTABLISHED  SYN-RECEIVED
    1.020 > .  1:1  ack 1   | ESTABLISHED  ESTABLISHED
  `, { ending: 'open', findings: ['slow-connect server'] });

  tape('a SYN-ACK that is lost behind the tap', `
    0.000 > S  0:0          | SYN-SENT     CLOSED
    0.010 < S. 0:0  ack 1   | SYN-SENT     SYN-RECEIVED
    1.000 > S  0:0          | SYN-SENT     SYN-RECEIVED
    1.010 < S. 0:0  ack 1   | ESTABLISHED  SYN-RECEIVED
    1.020 > .  1:1  ack 1   | ESTABLISHED  ESTABLISHED
  `, { ending: 'open', findings: ['slow-connect server'] });

  tape('a SYN-ACK whose acknowledgments are lost before the tap: the client does not ask again', `
    0.000 > S  0:0          | SYN-SENT      CLOSED
    0.010 < S. 0:0  ack 1   | SYN-SENT      SYN-RECEIVED
    1.010 < S. 0:0  ack 1   | ESTABLISHED   SYN-RECEIVED
    3.010 < S. 0:0  ack 1   | ESTABLISHED   SYN-RECEIVED
    3.020 > .  1:1  ack 1   | ESTABLISHED   ESTABLISHED
  `, { ending: 'open', closer: null });

  tape('or for ever', `
    0.000 > S  0:0          | SYN-SENT      CLOSED
    0.010 < S. 0:0  ack 1   | ESTABLISHED?  SYN-RECEIVED
    1.010 < S. 0:0  ack 1   | ESTABLISHED?  SYN-RECEIVED
    3.010 < S. 0:0  ack 1   | ESTABLISHED?  SYN-RECEIVED
  `, { ending: 'open', closer: null, findings: ['incomplete-handshake given-up client'] });

  tape('both at once, the second SYN after the first was lost', `
    0.000 > S  0:0           | SYN-SENT      CLOSED
    0.800 < S  0:0           | SYN-SENT      SYN-SENT
    0.801 > S. 0:0  ack 1    | SYN-RECEIVED  ESTABLISHED
    0.802 < .  1:1  ack 1    | ESTABLISHED   ESTABLISHED
    0.900 < F. 1:1  ack 1    | CLOSE-WAIT    FIN-WAIT-1
    0.901 > F. 1:1  ack 2    | LAST-ACK      TIME-WAIT
    0.902 < .  2:2  ack 2    | CLOSED        TIME-WAIT
  `, { ending: 'closed', closer: 'server' });

  tape('nobody answers', `
    0.000 > S  0:0          | SYN-SENT     CLOSED
    1.000 > S  0:0          | SYN-SENT     CLOSED
    3.000 > S  0:0          | SYN-SENT     CLOSED
  `, { ending: 'unanswered', closer: null, findings: ['unanswered silent server'] });

  tape(
    'data in the SYN, answered and closed by the server before the client hears of it: the same SYN again, without ' +
      'the data',
    `
    0.000 > S  0:100            | SYN-SENT     CLOSED
    0.010 < S. 0:0    ack 101   | SYN-SENT     SYN-RECEIVED
    0.011 < P. 1:51   ack 101   | SYN-SENT     SYN-RECEIVED
    0.012 < F. 51:51  ack 101   | SYN-SENT     FIN-WAIT-1
    1.000 > S  0:0              | SYN-SENT     FIN-WAIT-1
    1.010 < S. 0:0    ack 101   | ESTABLISHED  FIN-WAIT-1
    1.020 > .  101:101 ack 1    | ESTABLISHED  FIN-WAIT-1
    1.220 < FP. 1:51  ack 101   | CLOSE-WAIT   FIN-WAIT-1
    1.230 > F. 101:101 ack 52   | LAST-ACK     TIME-WAIT
    1.240 < .  52:52  ack 102   | CLOSED       TIME-WAIT
  `,
    { ending: 'closed', closer: 'server' },
  );

  tape('data in the SYN, answered and closed far away: the FIN was sent before the handshake was through', `
    0.000 > S  0:100            | SYN-SENT     CLOSED
    0.200 < S. 0:0    ack 101   | ESTABLISHED  SYN-RECEIVED
    0.201 > .  101:101 ack 1    | ESTABLISHED  SYN-RECEIVED
    0.202 < P. 1:51   ack 101   | ESTABLISHED  SYN-RECEIVED
    0.203 < F. 51:51  ack 101   | CLOSE-WAIT   FIN-WAIT-1
    0.204 > F. 101:101 ack 52   | LAST-ACK     TIME-WAIT
    0.404 < .  52:52  ack 102   | CLOSED       TIME-WAIT
  `, { ending: 'closed', closer: 'server', server: 'SYN-RECEIVED FIN-WAIT-1 FIN-WAIT-2 TIME-WAIT' });

  tape('data in the SYN, refused and sent again', `
    0.000 > S  0:100            | SYN-SENT     CLOSED
    0.010 < S. 0:0    ack 1     | ESTABLISHED  SYN-RECEIVED
    0.020 > P. 1:101  ack 1     | ESTABLISHED  ESTABLISHED
    0.030 < .  1:1    ack 101   | ESTABLISHED  ESTABLISHED
  `, { ending: 'open', bytes: [100, 0] });
});

describe('not opening', () => {
  tape(
    'a port where nobody listens',
    `
    0.000 > S  0:0              | SYN-SENT  CLOSED
    0.010 < R. 0:0  ack 1 win 0 | CLOSED    CLOSED
  `,
    { ending: 'refused', findings: ['refused server'], resets: ['server reactive refused'] },
    { initial: [1_000_000, 0] },
  );

  tape('SYN and FIN in one segment, as no TCP sends them', `
    0.000 > SF 0:0
    1.000                       | SYN-SENT  CLOSED
  `, { findings: ['illegal-flags syn-fin client'] });

  tape('a server that closes before the handshake is through', `
    0.000 > S  0:0              | SYN-SENT     CLOSED
    0.010 < S. 0:0  ack 1       | ESTABLISHED  SYN-RECEIVED
    0.011 < F. 1:1  ack 1       | CLOSE-WAIT   FIN-WAIT-1
    0.020 > .  1:1  ack 1       | CLOSE-WAIT   FIN-WAIT-1
    0.021 > F. 1:1  ack 2       | LAST-ACK     TIME-WAIT
    0.030 < .  2:2  ack 2       | CLOSED       TIME-WAIT
  `, { ending: 'closed', closer: 'server' });
});
