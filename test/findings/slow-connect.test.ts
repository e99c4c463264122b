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
