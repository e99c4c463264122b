import { describe } from 'vitest';

import { asked, tape } from '../tape.js';

describe('a FIN that is lost', () => {
  tape('behind the tap: only the one sent again arrives', `${asked}
    0.100 > F. 31:31 ack 51                | FIN-WAIT-1  ESTABLISHED
    0.310 > F. 31:31 ack 51                | FIN-WAIT-1  CLOSE-WAIT
    0.320 < .  51:51 ack 32                | FIN-WAIT-2  CLOSE-WAIT
    0.400 < F. 51:51 ack 32                | TIME-WAIT   LAST-ACK
    0.410 > .  32:32 ack 52                | TIME-WAIT   CLOSED
  `, { ending: 'closed', closer: 'client' });

  tape('or not: the D-SACK says that the first one had arrived', `${asked}
    0.100 > F. 31:31 ack 51                | FIN-WAIT-1  CLOSE-WAIT
    0.310 > F. 31:31 ack 51                | FIN-WAIT-1  CLOSE-WAIT
    0.320 < .  51:51 ack 32 <sack 31:32>   | FIN-WAIT-2  CLOSE-WAIT
    0.400 < F. 51:51 ack 32                | TIME-WAIT   LAST-ACK
    0.410 > .  32:32 ack 52                | TIME-WAIT   CLOSED
  `, { ending: 'closed', closer: 'client' });

  tape('with its acknowledgment: the FIN is sent again', `${asked}
    0.100 > F. 31:31 ack 51                | FIN-WAIT-1  CLOSE-WAIT
    0.110 < .  51:51 ack 32                | FIN-WAIT-1  CLOSE-WAIT
    0.310 > F. 31:31 ack 51                | FIN-WAIT-1  CLOSE-WAIT
    0.320 < .  51:51 ack 32 <sack 31:32>   | FIN-WAIT-2  CLOSE-WAIT
    0.400 < F. 51:51 ack 32                | TIME-WAIT   LAST-ACK
    0.410 > .  32:32 ack 52                | TIME-WAIT   CLOSED
  `, { ending: 'closed', closer: 'client' });

  tape('with the data before it, and merged with that when sent again', `${asked}
    0.100 > P.  31:61 ack 51               | ESTABLISHED  ESTABLISHED
    0.101 > F.  61:61 ack 51               | FIN-WAIT-1   ESTABLISHED
    0.310 > FP. 31:61 ack 51               | FIN-WAIT-1   CLOSE-WAIT
    0.320 < .   51:51 ack 62               | FIN-WAIT-2   CLOSE-WAIT
    0.400 < F.  51:51 ack 62               | TIME-WAIT    LAST-ACK
    0.410 > .   62:62 ack 52               | TIME-WAIT    CLOSED
  `, { ending: 'closed', closer: 'client', bytes: [60, 50] });

  tape('and may be acknowledged yet', `${asked}
    0.100 > F. 31:31 ack 51
    0.300 > F. 31:31 ack 51                | FIN-WAIT-1  CLOSE-WAIT?
  `, { ending: 'half-closed', closer: 'client' });

  tape('and never acknowledged: who had heard it would have done so by then', `${asked}
    0.100 > F. 31:31 ack 51
    0.300 > F. 31:31 ack 51
    0.700 > F. 31:31 ack 51
    1.500 > F. 31:31 ack 51                | FIN-WAIT-1  ESTABLISHED
    2.500                                  | FIN-WAIT-1  ESTABLISHED
    9.000                                  | CLOSED      ESTABLISHED
  `, { ending: 'half-open', closer: 'client', findings: ['unacknowledged-fin client'] });

  tape('with the data before it, which is sent again in vain', `${asked}
    0.100 > P. 31:61 ack 51
    0.101 > F. 61:61 ack 51
    0.310 > P. 31:61 ack 51
    0.730 > P. 31:61 ack 51                | FIN-WAIT-1  ESTABLISHED
    9.000                                  | CLOSED      ESTABLISHED
  `, { ending: 'half-open', closer: 'client' });
});

describe('a FIN out of order', () => {
  tape('before the data that it follows', `${asked}
    0.100 > F. 61:61 ack 51                | FIN-WAIT-1  ESTABLISHED
    0.101 > P. 31:61 ack 51                | FIN-WAIT-1  CLOSE-WAIT
    0.110 < .  51:51 ack 62                | FIN-WAIT-2  CLOSE-WAIT
    0.200 < F. 51:51 ack 62                | TIME-WAIT   LAST-ACK
    0.210 > .  62:62 ack 52                | TIME-WAIT   CLOSED
  `, { ending: 'closed', closer: 'client' });

  tape('before data that must be sent again', `${asked}
    0.100 > F. 61:61 ack 51                | FIN-WAIT-1  ESTABLISHED
    0.110 < .  51:51 ack 31 <sack 61:62>   | FIN-WAIT-1  ESTABLISHED
    0.310 > P. 31:61 ack 51                | FIN-WAIT-1  CLOSE-WAIT
    0.320 < .  51:51 ack 62                | FIN-WAIT-2  CLOSE-WAIT
    0.400 < F. 51:51 ack 62                | TIME-WAIT   LAST-ACK
    0.410 > .  62:62 ack 52                | TIME-WAIT   CLOSED
  `, { ending: 'closed', closer: 'client' });
});

describe('the last acknowledgment', () => {
  tape('is lost: TIME-WAIT answers the FIN again, and begins anew', `${asked}
    0.100  > F. 31:31 ack 51               | FIN-WAIT-1  CLOSE-WAIT
    0.110  < .  51:51 ack 32               | FIN-WAIT-2  CLOSE-WAIT
    0.200  < F. 51:51 ack 32               | TIME-WAIT   LAST-ACK
    0.210  > .  32:32 ack 52 id 0          | TIME-WAIT   LAST-ACK
    30.000 < F. 51:51 ack 32               | TIME-WAIT   LAST-ACK
    30.010 > .  32:32 ack 52 id 0          | TIME-WAIT   CLOSED
    70.000                                 | TIME-WAIT   CLOSED
    90.100                                 | CLOSED      CLOSED
  `, { ending: 'closed', closer: 'client' });

  tape('is not on the tape: LAST-ACK stays', `${asked}
    0.100 > F. 31:31 ack 51                | FIN-WAIT-1  CLOSE-WAIT
    0.110 < F. 51:51 ack 32                | TIME-WAIT   LAST-ACK
    0.500                                  | TIME-WAIT?  LAST-ACK
  `, { ending: 'closed', closer: 'client' });
  tape('a FIN that brings the last data again brings no byte of its own', `
    0.000 > S   0:0
    0.010 < S.  0:0    ack 1
    0.020 > .   1:1    ack 1
    0.030 > P.  1:31   ack 1
    0.240 > FP. 1:31   ack 1
    0.250 < .   1:1    ack 32
    0.260 < F.  1:1    ack 32
    0.270 > .   32:32  ack 2
  `, { ending: 'closed', closer: 'client', bytes: [30, 0] });
});

describe('a FIN that is lost before the tap', () => {
  tape('shows in the number of the next acknowledgment', `${asked}
    0.100 < P. 51:81 ack 31                | ESTABLISHED  ESTABLISHED
    0.110 > .  32:32 ack 81                | FIN-WAIT-1   ESTABLISHED
    0.300 > F. 31:31 ack 81                | FIN-WAIT-1   CLOSE-WAIT
    0.310 < F. 81:81 ack 32                | TIME-WAIT    LAST-ACK
    0.320 > .  32:32 ack 82                | TIME-WAIT    CLOSED
  `, { ending: 'closed', closer: 'client' });

  tape('and had crossed the other, if it is the answer to that', `${asked}
    0.100 < F. 51:51 ack 31                | CLOSING      FIN-WAIT-1
    0.110 > .  32:32 ack 52                | CLOSING      FIN-WAIT-2
    0.300 > F. 31:31 ack 52                | CLOSING      TIME-WAIT
    0.310 < .  52:52 ack 32                | TIME-WAIT    TIME-WAIT
  `, { ending: 'closed', closer: 'both' });

  tape('or answered it, if that had to be sent again', `${asked}
    0.100 < F. 51:51 ack 31
    0.310 < F. 51:51 ack 31                | CLOSE-WAIT   FIN-WAIT-1
    0.320 > .  32:32 ack 52                | LAST-ACK     FIN-WAIT-2
    0.330 > F. 31:31 ack 52                | LAST-ACK     TIME-WAIT
    0.340 < .  52:52 ack 32                | CLOSED       TIME-WAIT
  `, { ending: 'closed', closer: 'server' });

  tape('and never comes by: nobody leaks', `${asked}
    0.100 < F. 51:51 ack 31                | CLOSING      FIN-WAIT-1
    0.110 > .  32:32 ack 52                | CLOSING      FIN-WAIT-2
    90.000                                 | CLOSING      CLOSED
  `, { ending: 'half-closed' });

  tape('is none where data fills the gap', `${asked}
    0.100 < F. 51:51 ack 31                | CLOSE-WAIT   FIN-WAIT-1
    0.110 > .  32:32 ack 52                | CLOSE-WAIT   FIN-WAIT-2
    0.300 > P. 31:32 ack 52                | CLOSE-WAIT   FIN-WAIT-2
    0.310 < .  52:52 ack 32                | CLOSE-WAIT   FIN-WAIT-2
  `, { ending: 'half-closed', closer: 'server' });
});
