import { describe } from 'vitest';

import { asked, tape } from '../tape.js';

describe('FINs that cross far from one end', () => {
  tape(
    'with data before each: both ends were closed, and heard of the other only by RST',
    `${asked}
    1.000 < P. 51:151  ack 31
    1.001 < F. 151:151 ack 31
    1.005 > P. 31:131  ack 51
    1.006 < R  51:51
    1.007 > F. 131:131 ack 51
    1.008 < R  51:51
    1.015 > R  31:31
    1.016 > R  31:31               | CLOSED      CLOSED
  `,
    {
      client: 'SYN-SENT ESTABLISHED FIN-WAIT-1 CLOSED', server: 'SYN-RECEIVED ESTABLISHED FIN-WAIT-1 CLOSED',
      resets: [
        'server reactive closed-peer', 'server reactive closed-peer', 'client reactive closed-peer',
        'client reactive closed-peer',
      ],
      findings: ['rst-after-push crossing client'],
    },
  );
});

describe('closing in order', () => {
  tape('the client first', `${asked}
    0.100 > F. 31:31 ack 51       | FIN-WAIT-1  CLOSE-WAIT
    0.110 < .  51:51 ack 32       | FIN-WAIT-2  CLOSE-WAIT
    0.200 < F. 51:51 ack 32       | TIME-WAIT   LAST-ACK
    0.210 > .  32:32 ack 52 id 0  | TIME-WAIT   CLOSED
    60.100                        | TIME-WAIT   CLOSED
    60.300                        | CLOSED      CLOSED
  `, {
    ending: 'closed', closer: 'client', bytes: [30, 50],
    client: 'SYN-SENT ESTABLISHED FIN-WAIT-1 FIN-WAIT-2 TIME-WAIT CLOSED',
    server: 'SYN-RECEIVED ESTABLISHED CLOSE-WAIT LAST-ACK CLOSED',
  });

  tape('the server first', `${asked}
    0.100 < F. 51:51 ack 31       | CLOSE-WAIT  FIN-WAIT-1
    0.110 > .  31:31 ack 52       | CLOSE-WAIT  FIN-WAIT-2
    0.200 > F. 31:31 ack 52       | LAST-ACK    TIME-WAIT
    0.210 < .  52:52 ack 32 id 0  | CLOSED      TIME-WAIT
  `, { ending: 'closed', closer: 'server' });

  tape('in three packets', `${asked}
    0.100 > F. 31:31 ack 51       | FIN-WAIT-1  CLOSE-WAIT
    0.110 < F. 51:51 ack 32       | TIME-WAIT   LAST-ACK
    0.120 > .  32:32 ack 52       | TIME-WAIT   CLOSED
  `, { ending: 'closed', closer: 'client', client: 'SYN-SENT ESTABLISHED FIN-WAIT-1 FIN-WAIT-2 TIME-WAIT' });

  tape('both at once', `${asked}
    0.100 > F. 31:31 ack 51       | FIN-WAIT-1  ESTABLISHED
    0.103 < F. 51:51 ack 31       | CLOSING     CLOSING
    0.110 > .  32:32 ack 52       | CLOSING     TIME-WAIT
    0.115 < .  52:52 ack 32       | TIME-WAIT   TIME-WAIT
  `, { ending: 'closed', closer: 'both' });

  tape('with the FIN on the last data', `${asked}
    0.100 > FP. 31:61 ack 51      | FIN-WAIT-1  CLOSE-WAIT
    0.110 < FP. 51:91 ack 62      | TIME-WAIT   LAST-ACK
    0.120 > .   62:62 ack 92      | TIME-WAIT   CLOSED
  `, { ending: 'closed', closer: 'client', bytes: [60, 90], findings: ['half-closed intentional client'] });

  tape('with the acknowledgment of the FIN on data', `${asked}
    0.100 > F. 31:31 ack 51       | FIN-WAIT-1  CLOSE-WAIT
    0.110 < P. 51:91 ack 32       | FIN-WAIT-2  CLOSE-WAIT
    0.111 < F. 91:91 ack 32       | TIME-WAIT   LAST-ACK
    0.120 > .  32:32 ack 92       | TIME-WAIT   CLOSED
  `, { ending: 'closed', closer: 'client', findings: ['half-closed intentional client'] });

  tape('one side only, which goes on reading', `${asked}
    0.100 > F. 31:31     ack 51   | FIN-WAIT-1  CLOSE-WAIT
    0.110 < .  51:51     ack 32   | FIN-WAIT-2  CLOSE-WAIT
    1.000 < P. 51:1051   ack 32   | FIN-WAIT-2  CLOSE-WAIT
    1.010 > .  32:32     ack 1051 | FIN-WAIT-2  CLOSE-WAIT
    90.00 < P. 1051:2051 ack 32   | FIN-WAIT-2  CLOSE-WAIT
    90.01 > .  32:32     ack 2051 | FIN-WAIT-2  CLOSE-WAIT
    91.00 < F. 2051:2051 ack 32   | TIME-WAIT   LAST-ACK
    91.01 > .  32:32     ack 2052 | TIME-WAIT   CLOSED
  `, { ending: 'closed', closer: 'client', findings: ['half-closed intentional client'] });

  tape(
    'while sequence numbers pass 2^32',
    `${asked}
    0.100 > F. 31:31 ack 51       | FIN-WAIT-1  CLOSE-WAIT
    0.110 < .  51:51 ack 32       | FIN-WAIT-2  CLOSE-WAIT
    0.200 < FP. 51:91 ack 32      | TIME-WAIT   LAST-ACK
    0.210 > .  32:32 ack 92       | TIME-WAIT   CLOSED
  `,
    { ending: 'closed', closer: 'client', bytes: [30, 90], findings: ['half-closed intentional client'] },
    { initial: [2 ** 32 - 32, 2 ** 32 - 60] },
  );

  tape('while sequence numbers pass 2^31, where signed integers turn', `${asked}
    0.100 > F. 31:31 ack 51       | FIN-WAIT-1  CLOSE-WAIT
    0.110 < .  51:51 ack 32       | FIN-WAIT-2  CLOSE-WAIT
    0.200 < F. 51:51 ack 32       | TIME-WAIT   LAST-ACK
    0.210 > .  32:32 ack 52       | TIME-WAIT   CLOSED
  `, { ending: 'closed', closer: 'client', bytes: [30, 50] }, { initial: [2 ** 31 - 32, 2 ** 31 - 51] });
});

describe('closing one side', () => {
  tape('the server never closes', `${asked}
    0.100 > F. 31:31 ack 51       | FIN-WAIT-1  CLOSE-WAIT
    0.110 < .  51:51 ack 32       | FIN-WAIT-2  CLOSE-WAIT
    60.000                        | FIN-WAIT-2  CLOSE-WAIT
    60.200                        | CLOSED      CLOSE-WAIT
  `, { ending: 'half-closed', closer: 'client', findings: ['half-closed leak server'] });

  tape('with a FIN-WAIT-2 timer of its own', `${asked}
    0.100 > F. 31:31 ack 51       | FIN-WAIT-1  CLOSE-WAIT
    0.110 < .  51:51 ack 32       | FIN-WAIT-2  CLOSE-WAIT
    2.000                         | FIN-WAIT-2  CLOSE-WAIT
    3.200                         | CLOSED      CLOSE-WAIT
  `, { ending: 'half-closed', closer: 'client', findings: ['half-closed leak server'] }, { finTimeout: 3e9 });

  tape('the capture ends too early to blame anybody', `${asked}
    0.100 > F. 31:31 ack 51       | FIN-WAIT-1  CLOSE-WAIT
    0.110 < .  51:51 ack 32       | FIN-WAIT-2  CLOSE-WAIT
    1.000                         | FIN-WAIT-2  CLOSE-WAIT
  `, { ending: 'half-closed', closer: 'client' });
});
