import { describe } from 'vitest';

import { tape } from '../tape.js';

describe('a capture that begins in the middle', () => {
  tape('with data', `
    0.000 > P. 31:61 ack 51        | ESTABLISHED  ESTABLISHED
    0.010 < P. 51:91 ack 61        | ESTABLISHED  ESTABLISHED
    0.100 > F. 61:61 ack 91        | FIN-WAIT-1   CLOSE-WAIT
    0.110 < F. 91:91 ack 62        | TIME-WAIT    LAST-ACK
    0.120 > .  62:62 ack 92        | TIME-WAIT    CLOSED
  `, { ending: 'closed', closer: 'client', bytes: [30, 40] });

  tape('with a FIN', `
    0.000 > F. 31:31 ack 51        | FIN-WAIT-1   CLOSE-WAIT
    0.010 < .  51:51 ack 32        | FIN-WAIT-2   CLOSE-WAIT
    0.100 < F. 51:51 ack 32        | TIME-WAIT    LAST-ACK
    0.110 > .  32:32 ack 52        | TIME-WAIT    CLOSED
  `, { ending: 'closed', closer: 'client' });

  tape('with the last acknowledgment', `
    0.000 > .  32:32 ack 52
    1.000                          | ESTABLISHED  ESTABLISHED?
  `, { ending: 'open', closer: null });
});

describe('a RST behind the only segment that the capture has of its sender', () => {
  tape('one number further, after a keepalive interval: that segment was a probe', `
    0.000 < .  50:50 ack 31        | ESTABLISHED? ESTABLISHED
    1.000 < R. 51:51 ack 31        | ESTABLISHED? CLOSED
  `, { resets: ['server active keepalive-timeout unheard'], findings: ['half-open keepalive-timeout client'] });

  tape('at the same number: it was none', `
    0.000 < .  51:51 ack 31        | ESTABLISHED? ESTABLISHED
    1.000 < R. 51:51 ack 31        | CLOSED?      CLOSED
  `, { resets: ['server active abort'], findings: ['linger-reset abort server'] });
});

describe('a capture of one direction', () => {
  tape('blames nobody who cannot be heard', `
    0.000 > S  0:0                 | SYN-SENT     CLOSED
    0.020 > .  1:1 ack 1           | ESTABLISHED  CLOSED
    0.030 > P. 1:31 ack 1          | ESTABLISHED  CLOSED
    0.050 > .  31:31 ack 51        | ESTABLISHED  CLOSED
    0.100 > F. 31:31 ack 51        | FIN-WAIT-1   CLOSED
    0.210 > .  32:32 ack 52        | FIN-WAIT-1   CLOSED
    90.00
  `, { closer: 'client' });

  tape('of the server, which closes', `
    0.000 < S. 0:0 ack 1           | ESTABLISHED? SYN-RECEIVED
    0.030 < P. 1:51 ack 31
    0.100 < F. 51:51 ack 31        | CLOSE-WAIT?  FIN-WAIT-1
    0.200 < .  52:52 ack 32
    90.00
  `, { closer: 'server' });
});

describe('a capture of SYN, FIN and RST only', () => {
  tape('of a connection that closes in order', `
    0.000 > S  0:0
    0.010 < S. 0:0 ack 1
    0.100 > F. 31:31 ack 51        | FIN-WAIT-1   CLOSE-WAIT
    0.200 < F. 51:51 ack 32        | TIME-WAIT    CLOSED
    30.00
  `, { ending: 'closed', closer: 'client' });

  tape('of a connection that is aborted', `
    0.000 > S  0:0
    0.010 < S. 0:0 ack 1
    0.100 > R. 31:31 ack 51        | CLOSED       CLOSED
  `, { ending: 'reset', closer: 'client', resets: ['client active abort'], findings: ['linger-reset abort client'] });
});

describe('a tap that is not where the hosts are', () => {
  tape('sees everything twice', `
    0.000000 > S  0:0
    0.000010 > S  0:0
    0.010000 < S. 0:0   ack 1
    0.010010 < S. 0:0   ack 1
    0.020000 > .  1:1   ack 1
    0.020010 > .  1:1   ack 1
    0.030000 > P. 1:31  ack 1
    0.030010 > P. 1:31  ack 1
    0.040000 < .  1:1   ack 31
    0.040010 < .  1:1   ack 31
    0.100000 > F. 31:31 ack 1
    0.100010 > F. 31:31 ack 1
    0.110000 < F. 1:1   ack 32
    0.110010 < F. 1:1   ack 32     | TIME-WAIT    LAST-ACK
    0.120000 > .  32:32 ack 2
    0.120010 > .  32:32 ack 2      | TIME-WAIT    CLOSED
    5.000000                       | TIME-WAIT    CLOSED
  `, { ending: 'closed', closer: 'client', bytes: [30, 0] });
});
