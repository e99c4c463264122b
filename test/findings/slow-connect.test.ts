import { describe } from 'vitest';

import { opened, tape } from '../tape.js';

describe('slow-connect', () => {
  tape('the first two SYNs are not answered, the third is', `
    0.000 > S  0:0
    1.000 > S  0:0
    3.000 > S  0:0
    3.010 < S. 0:0  ack 1
    3.020 > .  1:1  ack 1          | ESTABLISHED  ESTABLISHED
  `, {
    ending: 'open', findings: ['slow-connect server'],
    says: ['It took 3.02 s and 3 SYNs to connect (frames 1 to 5): the first 2 were not answered.'],
  });

  tape(
    'the answer was lost: both come again',
    `
    0.000 > S  0:0
    0.010 < S. 0:0  ack 1
    1.000 > S  0:0
    1.010 < S. 0:0  ack 1
    1.020 > .  1:1  ack 1
    2.000 < P. 1:11 ack 1          | ESTABLISHED  ESTABLISHED
  `,
    {
      findings: ['slow-connect server'],
      says: [
        'It took 1.02 s and 2 SYNs to connect (frames 1 to 5): 2 answers were sent, and the first did not arrive.',
      ],
    },
  );

  tape(
    'what completes the handshake is dropped, and all data, until there is room in the accept queue',
    `${opened}
    0.030 > P. 1:11 ack 1
    0.250 > P. 1:11 ack 1
    0.700 > P. 1:11 ack 1
    1.600 > P. 1:11 ack 1
    3.400 > P. 1:11 ack 1
    3.410 < .  1:1  ack 11         | ESTABLISHED  ESTABLISHED
  `,
    {
      findings: ['slow-connect server'],
      says: [
        'The server answered the SYN at once, but took what completes the handshake only 3.39 s later (frame 9): the ' +
          'client sent its first data 5 times.',
      ],
    },
  );

  tape('a client that asks again half a second behind a RST, and is taken at the third time', `
    0.000 > S  0:0     <mss 1460,wscale 8,sackOK>
    0.001 < R. -2000000:-2000000 ack 1 win 0
    0.500 > S  0:0     <mss 1460,wscale 8,sackOK>
    0.501 < R. -2000000:-2000000 ack 1 win 0
    1.000 > S  0:0     <mss 1460,wscale 8,sackOK>
    1.001 < S. 0:0     ack 1 <mss 1460,wscale 8,sackOK>
    1.002 > .  1:1     ack 1
    1.003 > P. 1:31    ack 1
    1.004 < P. 1:51    ack 31
    1.005 > .  31:31   ack 51
  `, {
    findings: ['refused server', 'slow-connect server'], resets: ['server reactive refused', 'server reactive echo'],
    says: [
      'The SYN (frame 1) was answered by a RST (frame 2): ECONNREFUSED at the client.',
      'It took 1.002 s and 3 SYNs to connect (frames 1 to 7): the first 2 were rejected by a RST.',
    ],
  });

  tape('nothing: data that is lost once', `${opened}
    0.030 > P. 1:11 ack 1
    1.030 > P. 1:11 ack 1
    1.040 < .  1:1  ack 11
  `, { findings: [] });

  tape('nothing: answered at once', `${opened}
    9.000 > P. 1:11 ack 1
    9.010 < .  1:1  ack 11
  `, { findings: [] });
});
