import { describe } from 'vitest';

import { asked, tape } from '../tape.js';

describe('ignored-reset', () => {
  tape(
    'in the window, but not exact: it is challenged, and the client goes on',
    `${asked}
    5.000 < R. 351:351 ack 31
    5.010 > .  31:31 ack 51
    6.000 > P. 31:61 ack 51
  `,
    {
      findings: ['ignored-reset window server'], resets: ['server active retransmission-timeout ignored'],
      says: [
        'The RST of the server (frame 7) was ignored: it stood 300 bytes ahead of what the client expected, in its ' +
          'window but not exact, and was challenged (frame 8). The client went on.',
      ],
    },
  );

  tape('before the number that is expected, where its sender had been: it has to be dropped', `${asked}
    1.000 < P. 51:81 ack 31
    1.010 > .  31:31 ack 81
    5.000 < R  51:51
    5.010 > .  31:31 ack 81
    6.000 > P. 31:61 ack 81
  `, { findings: ['ignored-reset outside server'], resets: ['server active unknown ignored'] });

  tape('before all that its sender had said: somebody else sent it', `${asked}
    5.000 < R. 11:11 ack 31
    6.000 > P. 31:61 ack 51
    6.010 < .  51:51 ack 61               | ESTABLISHED  ESTABLISHED
  `, {
    findings: ['forged-reset server'], resets: ['server active forged ignored'],
  });

  tape('nothing: at the exact number, and nobody spoke again', `${asked}
    5.000 < R. 51:51 ack 31               | CLOSED  CLOSED
  `, { findings: ['linger-reset linger server'], resets: ['server active linger accepted'] });
});
