import { describe } from 'vitest';

import { asked, tape } from '../../tape.js';

describe('a keepalive that ran out', () => {
  const probed = `${asked}
    10.290 > . 30:30 ack 51
    20.530 > . 30:30 ack 51
  `;

  tape('is certain where the RST keeps the rhythm of the probes', `${probed}
    30.770 > R. 31:31 ack 51
  `, { resets: ['client active keepalive-timeout certain'], findings: ['half-open keepalive-timeout server'] });

  // SO_LINGER {1, 0} on a peer that is gone: 30 s of the program's own clock since the last word
  tape('is not, where a program may have given up by a clock of its own', `${probed}
    30.050 > R. 31:31 ack 51
  `, {
    resets: ['client active keepalive-timeout likely'], findings: ['half-open keepalive-timeout server'],
    weighs: ['warning likely'],
  });

  tape('did not, where its timestamps show that the probes were answered, and the capture lacks the answers', `
    0.000  > S  0:0   <mss 1460,sackOK,TS val 1000 ecr 0,wscale 7>
    0.010  < S. 0:0   ack 1 <mss 1460,sackOK,TS val 5000 ecr 1000,wscale 7>
    0.020  > .  1:1   ack 1 <TS val 1020 ecr 5000>
    0.030  > P. 1:31  ack 1 <TS val 1030 ecr 5000>
    0.040  < P. 1:51  ack 31 <TS val 5040 ecr 1030>
    0.050  > .  31:31 ack 51 <TS val 1050 ecr 5040>
    10.050 > .  30:30 ack 51 <TS val 11050 ecr 5040>
    20.050 > .  30:30 ack 51 <TS val 21050 ecr 15050>
    30.050 > R. 31:31 ack 51 <TS val 31050 ecr 25050>
  `, { resets: ['client active abort possible'], findings: ['linger-reset abort client'] });
});
