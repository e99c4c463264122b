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

  tape('the answer was lost: both come again', `
    0.000 > S  0:0
    0.010 < S. 0:0  ack 1
    1.000 > S  0:0
    1.010 < S. 0:0  ack 1
    1.020 > .  1:1  ack 1
    2.000 < P. 1:11 ack 1          | ESTABLISHED  ESTABLISHED
  `, { findings: ['slow-connect server'], says: ['It took 1.02 s and 2 SYNs to connect (frames 1 to 5): 2 answers were sent, and the first did not arrive.'] });

  tape('nothing: answered at once', `${opened}
    9.000 > P. 1:11 ack 1
    9.010 < .  1:1  ack 11
  `, { findings: [] });
});
