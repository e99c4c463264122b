import { describe } from 'vitest';

import { asked, opened, tape } from '../tape.js';

describe('a RST and its listener (RFC 5961 §3)', () => {
  tape('at the very number that is expected: the end', `${asked}
    1.000 > R. 31:31 ack 51        | CLOSED       CLOSED?
  `, { ending: 'reset', closer: 'client', resets: ['client active abort accepted'], findings: ['linger-reset abort client'] });

  tape('outside the window: nothing happens', `${asked}
    1.000 < R. 900051:900051 ack 31 ttl 50 id 0  | ESTABLISHED  ESTABLISHED
    2.000 > P. 31:61 ack 51
    2.010 < P. 51:91 ack 61                      | ESTABLISHED  ESTABLISHED
  `, { ending: 'open', closer: null, resets: ['server active forged ignored'], findings: ['forged-reset server'] });

  tape('that its sender contradicts', `${asked}
    1.000 < R. 51:51 ack 31 ttl 50 id 0          | ESTABLISHED  ESTABLISHED
    2.000 > P. 31:61 ack 51
    2.010 < P. 51:91 ack 61                      | ESTABLISHED  ESTABLISHED
  `, { ending: 'open', closer: null, resets: ['server active forged ignored'], findings: ['forged-reset server'] });

  tape('one below what is expected, in CLOSE-WAIT: Linux takes it', `${asked}
    0.100 < F. 51:51 ack 31        | CLOSE-WAIT   FIN-WAIT-1
    0.110 > .  31:31 ack 52        | CLOSE-WAIT   FIN-WAIT-2
    0.500 < R  51:51 win 500       | CLOSED       CLOSED
  `, { ending: 'reset', closer: 'server', resets: ['server reactive closed-peer accepted'] });
});

describe('a hard close', () => {
  tape('by a server that was sent nothing', `${opened}
    0.030 < P. 1:51  ack 1
    0.040 > .  1:1   ack 51
    0.500 < R. 51:51 ack 1         | CLOSED       CLOSED
  `, { ending: 'reset', closer: 'server', resets: ['server active linger'], findings: ['linger-reset linger server'] });

  tape('while data is still unacknowledged', `${opened}
    0.030 < P. 1:1001  ack 1
    0.031 < R. 1001:1001 ack 1     | CLOSED       CLOSED
  `, {
    ending: 'reset', closer: 'server', resets: ['server active linger'], findings: ['linger-reset linger server'],
    says: ['The server ended the connection by RST instead of FIN: SO_LINGER {1, 0}, as far as the packets show; 1000 bytes were not acknowledged and are lost.'],
  });

  tape('in CLOSE-WAIT', `${asked}
    0.100 > F. 31:31 ack 51        | FIN-WAIT-1   CLOSE-WAIT
    0.110 < .  51:51 ack 32        | FIN-WAIT-2   CLOSE-WAIT
    0.500 < R. 51:51 ack 32        | CLOSED       CLOSED
  `, { ending: 'reset', closer: 'client', resets: ['server active abort'], findings: ['linger-reset abort server'] });

  tape('in FIN-WAIT-2, with an answer that came since', `${opened}
    0.100 > FP. 1:31 ack 1         | FIN-WAIT-1   CLOSE-WAIT
    0.110 < .   1:1 ack 32         | FIN-WAIT-2   CLOSE-WAIT
    0.200 < P.  1:51 ack 32        | FIN-WAIT-2   CLOSE-WAIT
    0.210 > .   32:32 ack 51       | FIN-WAIT-2   CLOSE-WAIT
    0.500 > R.  32:32 ack 51       | CLOSED       CLOSED
  `, { ending: 'reset', closer: 'client', resets: ['client active unread-data'], findings: ['linger-reset unread-data client'] });

  tape('with unread data: the window opens again in the RST', `${opened}
    0.030 > P. 1:1001 ack 1
    0.031 < .  1:1 ack 1001 win 40
    0.500 < R. 1:1 ack 1001 win 90 | CLOSED       CLOSED
  `, { ending: 'reset', closer: 'server', resets: ['server active unread-data'], findings: ['linger-reset unread-data server'] });

  tape('before the request was there', `${asked}
    1.000 > P. 31:1031 ack 51
    1.001 < R. 51:51 ack 1031      | CLOSED       CLOSED
  `, { ending: 'reset', closer: 'server', resets: ['server active unread-data'], findings: ['linger-reset unread-data server'] });
});

describe('a RST that answers', () => {
  tape('data for a peer that has closed, twice', `${asked}
    0.100 > F. 31:31 ack 51        | FIN-WAIT-1   CLOSE-WAIT
    0.110 < .  51:51 ack 32        | FIN-WAIT-2   CLOSE-WAIT
    0.500 < P. 51:151 ack 32       | FIN-WAIT-2   CLOSE-WAIT
    0.501 < P. 151:251 ack 32      | FIN-WAIT-2   CLOSE-WAIT
    0.510 > R  32:32               | CLOSED       CLOSED
    0.511 > R  32:32               | CLOSED       CLOSED
  `, { ending: 'reset', closer: 'client', resets: ['client reactive closed-peer', 'client reactive closed-peer'], findings: ['rst-after-push closed-peer server'] });

  tape('a request that crossed the FIN', `${asked}
    5.000 > P. 31:61 ack 51        | ESTABLISHED  ESTABLISHED
    5.001 < F. 51:51 ack 31        | CLOSE-WAIT   FIN-WAIT-1
    5.005 > .  61:61 ack 52        | CLOSE-WAIT   FIN-WAIT-2
    5.007 < R  51:51               | CLOSED       CLOSED
    5.012 < R  52:52               | CLOSED       CLOSED
  `, { ending: 'reset', closer: 'server', resets: ['server reactive closed-peer', 'server reactive echo'], findings: ['rst-after-push crossing client'] });

  tape('data that a firewall rejects in the name of a socket that lives on', `${asked}
    1.000 > P. 31:61 ack 51        | ESTABLISHED  ESTABLISHED
    1.001 < R  51:51               | CLOSED       ESTABLISHED
    3.000 < P. 51:91 ack 31        | CLOSED       ESTABLISHED
    3.001 > R  31:31               | CLOSED       CLOSED
  `, { ending: 'reset', resets: ['server reactive no-socket', 'client reactive echo'], findings: ['rst-after-push no-socket client'] });

  tape('data for a socket that is gone', `${asked}
    30.000 > P. 31:61 ack 51       | ESTABLISHED  ESTABLISHED
    30.010 < R  51:51              | CLOSED       CLOSED
  `, { ending: 'reset', closer: null, resets: ['server reactive no-socket'], findings: ['rst-after-push no-socket client'] });
});
