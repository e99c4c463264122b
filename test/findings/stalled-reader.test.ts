import { describe } from 'vitest';

import { asked, opened, tape } from '../tape.js';

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

/** A player that has buffered enough reads on after forty seconds; then its server sends what is left. */
const paused = (rest: string): string => `${opened}
    0.030 > P. 1:31 ack 1 "GET /iso HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n"
    0.040 < P. 1:42 ack 31 "HTTP/1.1 200 OK\\r\\nContent-Length: 3000\\r\\n\\r\\n"
    0.050 < .  42:1042 ack 31
    0.060 > .  31:31 ack 1042 win 0
    0.300 < .  1041:1041 ack 31
    0.310 > .  31:31 ack 1042 win 0
    10.30 < .  1041:1041 ack 31
    10.31 > .  31:31 ack 1042 win 0
    40.06 > .  31:31 ack 1042 win 500
    40.07 < P. 1042:2042 ack 31
    40.08 > .  31:31 ack 2042 win 500
    ${rest}
`;
const wasPaused = ['stalled-reader client'];

describe('a reader that pauses and goes on', () => {
  tape('information, where it closes first', paused(`
    40.09 < P. 2042:3042 ack 31
    40.10 > F. 31:31 ack 3042
    40.11 < F. 3042:3042 ack 32
    40.12 > .  32:32 ack 3043
  `), { ending: 'closed', findings: wasPaused, weighs: ['info likely'] });

  tape('information, where it goes on when the capture ends', paused('40.090 < P. 2042:2742 ack 31'), {
    findings: wasPaused, weighs: ['info likely'],
  });

  tape('information, where its server closes behind the whole of its message', paused(`
    40.09 < FP. 2042:3042 ack 31
    40.10 > F. 31:31 ack 3043
    40.11 < .  3043:3043 ack 32
  `), { ending: 'closed', findings: wasPaused, weighs: ['info likely'] });

  tape('no information, where its server had given it up: what was queued comes, and the rest does not', paused(`
    40.09 < F. 2042:2042 ack 31
    40.10 > F. 31:31 ack 2043
    40.11 < .  2043:2043 ack 32
  `), {
    ending: 'closed', findings: ['incomplete-message answer server', 'stalled-reader client'],
    weighs: ['warning likely', 'warning likely'],
  });

  tape('nor where its server resets it later', paused('42.09 < R. 2042:2042 ack 31'), {
    ending: 'reset', resets: ['server active abort'],
    findings: ['incomplete-message answer server', 'linger-reset abort server', 'stalled-reader client'],
    weighs: ['warning likely', 'info possible', 'warning likely'],
  });

  tape('nor where nothing comes into its window, though the server had more', `${stalled}
    9.010 > .  31:31 ack 1051 win 500
    20.00                                 | ESTABLISHED  ESTABLISHED
  `, { findings: wasPaused, weighs: ['warning likely'] });

  tape('nor where its server closes behind what may have been all, or what was queued when it gave up', `${stalled}
    9.010 > .  31:31 ack 1051 win 500
    9.020 < FP. 1051:1551 ack 31
    9.030 > F. 31:31 ack 1552
    9.040 < .  1552:1552 ack 32
  `, { ending: 'closed', findings: wasPaused, weighs: ['warning likely'] });

  tape('information again, where it closes by the good-bye of TLS, which who gives up does not say', `${opened}
    0.030 > P. 1:201 ack 1 "\\x16\\x03\\x01\\x00\\xc3\\x01${'a'.repeat(194)}"
    0.040 < P. 1:1051 ack 201 "\\x16\\x03\\x03\\x04\\x15\\x02${'a'.repeat(1044)}"
    0.050 > .  201:201 ack 1051 win 0
    0.300 < .  1050:1050 ack 201
    0.310 > .  201:201 ack 1051 win 0
    9.010 > .  201:201 ack 1051 win 500
    9.020 < P. 1051:1551 ack 201
    9.030 < P. 1551:1575 ack 201 "\\x17\\x03\\x03\\x00\\x13aaaaaaaaaaaaaaaaaaa"
    9.040 < F. 1575:1575 ack 201
    9.050 > F. 201:201 ack 1576
    9.060 < .  1576:1576 ack 202
  `, { ending: 'closed', findings: wasPaused, weighs: ['info likely'] });

  tape('nor a server that does not read, which lets its client wait', `${asked}
    1.000 > P. 31:1031 ack 51
    1.010 < .  51:51 ack 1031 win 0
    1.300 > .  1030:1030 ack 51
    1.310 < .  51:51 ack 1031 win 0
    9.010 < .  51:51 ack 1031 win 500
    9.020 > P. 1031:1531 ack 51
    9.030 < P. 51:101 ack 1531
    9.040 > F. 1531:1531 ack 101
    9.050 < F. 101:101 ack 1532
    9.060 > .  1532:1532 ack 102
  `, { ending: 'closed', findings: ['stalled-reader server'], weighs: ['warning likely'] });
});

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
