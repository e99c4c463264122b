import { describe } from 'vitest';

import { asked, tape } from '../tape.js';

/** The client says that it has no room, and the server asks for some, at intervals that double. */
const stalled = `${asked}
    1.000 < P. 51:1051 ack 31
    1.010 > .  31:31 ack 1051 win 0
    1.300 < .  1050:1050 ack 31
    1.310 > .  31:31 ack 1051 win 0
    3.300 < .  1050:1050 ack 31
    3.310 > .  31:31 ack 1051 win 0
    7.300 < .  1050:1050 ack 31
    7.310 > .  31:31 ack 1051 win 0
`;

describe('stalled-reader', () => {
  tape('the writer loses patience sooner and aborts', `${asked}
    1.000 < P. 51:1051 ack 31
    1.010 > .  31:31 ack 1051 win 0
    1.300 < .  1050:1050 ack 31
    1.310 > .  31:31 ack 1051 win 0
    4.000 < R. 1051:1051 ack 31
  `, {
    ending: 'reset', resets: ['server active abort'], findings: ['linger-reset abort server', 'stalled-reader client'],
    says: ['The server ended the connection by RST instead of FIN: SO_LINGER {1, 0}, or a close() with unread data; ' +
      'nothing was lost.', 'The client did not read for 2.99 s: its window was 0, and the server, which had more to ' +
      'send, asked once for room; until a RST of the server (frame 11) ended it.'],
  });

  tape('the window is closed for long, and opens again: also where all ends well', `${stalled}
    9.010 > .  31:31 ack 1051 win 500
    9.020 < P. 1051:1551 ack 31
    9.030 > .  31:31 ack 1551 win 500
    9.040 > F. 31:31 ack 1551
    9.050 < F. 1551:1551 ack 32
    9.060 > .  32:32 ack 1552
  `, {
    ending: 'closed', findings: ['stalled-reader client'],
    says: ['The client did not read for 8 s: its window was 0, and the server, which had more to send, asked 3 times ' +
      'for room; then it opened again.'],
  });

  tape('and still is when the capture ends', `${stalled}
    20.00                                 | ESTABLISHED  ESTABLISHED
  `, {
    findings: ['stalled-reader client'],
    says: ['The client did not read for 18.99 s: its window was 0, and the server, which had more to send, asked 3 ' +
      'times for room; and it did not open again.'],
  });

  tape(
    'until a RST',
    `${stalled}
    9.010 > R. 31:31 ack 1051             | CLOSED  CLOSED
  `,
    {
      resets: ['client active unread-data accepted'],
      findings: ['linger-reset unread-data client', 'stalled-reader client'],
    },
  );

  tape('nothing: a window that opens within moments is flow control', `${asked}
    1.000 < P. 51:1051 ack 31
    1.010 > .  31:31 ack 1051 win 0
    1.300 < .  1050:1050 ack 31
    1.310 > .  31:31 ack 1051 win 0
    2.010 > .  31:31 ack 1051 win 500
    2.020 < P. 1051:1551 ack 31
    2.030 > .  31:31 ack 1551 win 500
    9.000                                 | ESTABLISHED  ESTABLISHED
  `, { ending: 'open' });

  tape('nothing: who has nothing more to say does not ask for room', `${asked}
    1.000 < P. 51:1051 ack 31
    1.010 > .  31:31 ack 1051 win 0
    9.000                                 | ESTABLISHED  ESTABLISHED
  `, { ending: 'open' });
});
