import { describe } from 'vitest';

import { opened, tape } from '../tape.js';

describe('refused', () => {
  tape('a SYN answered by a RST', `
    0.000 > S  0:0
    0.010 < R. 0:0 ack 1 win 0     | CLOSED  CLOSED
  `, {
    ending: 'refused', resets: ['server reactive refused'], findings: ['refused server'],
    says: ['The SYN (frame 1) was answered by a RST (frame 2): ECONNREFUSED at the client.'],
  }, { initial: [1_000_000, 0] });

  tape('and then the other way round: two that meant to open to each other, one after the other', `
    0.000 > S  0:0
    0.010 < R. 0:0 ack 1 win 0     | CLOSED  CLOSED
    1.000 < S  0:0
    1.010 > R. 0:0 ack 1 win 0
  `, [
    { ending: 'refused', resets: ['server reactive refused'], findings: ['refused server'] },
    { ending: 'refused', resets: ['server reactive refused'], findings: ['refused server'] },
  ], { initial: [1_000_000, 0] });

  tape('nothing: a RST behind the handshake', `${opened}
    0.030 < R. 1:1 ack 1           | CLOSED  CLOSED
  `, { ending: 'reset', resets: ['server active linger'], findings: ['linger-reset linger server'] });
});
