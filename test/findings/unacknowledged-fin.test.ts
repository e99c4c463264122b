import { describe } from 'vitest';

import { asked, tape } from '../tape.js';

describe('unacknowledged-fin', () => {
  tape('sent again and again', `${asked}
    0.100 > F. 31:31 ack 51
    0.300 > F. 31:31 ack 51
    0.700 > F. 31:31 ack 51
    4.000                          | CLOSED      ESTABLISHED
  `, {
    findings: ['unacknowledged-fin client'],
    says: ['The FIN of the client (frame 7) was never acknowledged, though it was sent 3 times over 0.6 s.'],
  });

  tape('sent again and again, whatever the peer says in between', `${asked}
    0.100 > F. 31:31 ack 51
    0.300 > F. 31:31 ack 51
    0.500 < P. 51:61 ack 31
    0.510 > .  32:32 ack 61
    0.700 > F. 31:31 ack 61
    4.000                          | CLOSED      ESTABLISHED
  `, {
    findings: ['unacknowledged-fin client'],
    says: ['The FIN of the client (frame 7) was never acknowledged, though it was sent 3 times over 0.6 s.'],
  });

  tape('nothing: sent once, where a host that waits would have sent it again', `${asked}
    0.100 > F. 31:31 ack 51
    4.000                          | FIN-WAIT-1  CLOSE-WAIT?
  `, {});

  tape('information: nothing is seen of it but its end, which nobody hears', `
    0.000 > .  1:1 ack 1
    9.000 > F. 2:2 ack 1
    9.300 > F. 2:2 ack 1
    9.900 > F. 2:2 ack 1
    11.100 > F. 2:2 ack 1
    19.000                         | CLOSED      ESTABLISHED
  `, { findings: ['unacknowledged-fin client'], weighs: ['info likely'] });

  tape('nothing: the only one came with what was sent again before it', `${asked}
    0.100 > P. 31:61 ack 51
    0.400 > P. 31:61 ack 51
    0.900 > FP. 31:61 ack 51
    4.000                          | CLOSED      CLOSE-WAIT?
  `, { findings: [] });

  tape('nothing: it is young', `${asked}
    0.100 > F. 31:31 ack 51
    0.900                          | FIN-WAIT-1  CLOSE-WAIT?
  `, {});

  tape('not this: a RST answered it, for the peer had forgotten the connection', `${asked}
    0.100 > F. 31:31 ack 51
    0.110 < R  51:51               | CLOSED      CLOSED
    4.000                          | CLOSED      CLOSED
  `, { ending: 'reset', resets: ['server reactive no-socket'], findings: ['half-open stale-peer server'] });

  tape('nothing: a scanner asks an open port by FIN, and again', `
    0.000 > F  0:0
    1.000 > F  0:0
    9.000
  `, { findings: ['illegal-flags fin-without-ack client'] });
});
