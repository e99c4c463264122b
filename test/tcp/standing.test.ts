import { describe } from 'vitest';

import { asked, opened, tape } from '../tape.js';

describe('open when the capture ends', () => {
  tape(
    'it idles: nothing speaks against it',
    `${asked}
    60.000
  `,
    { ending: 'open', verdict: 'open' },
  );

  tape(
    'what was sent again is not acknowledged, while both speak on',
    `${asked}
    1.000 > P. 31:61 ack 51
    1.300 > P. 31:61 ack 51
    1.400 < P. 51:61 ack 31
    1.401 > .  61:61 ack 61
    5.000 < P. 61:71 ack 31
    5.001 > .  61:61 ack 71
    12.00
  `,
    { ending: 'open', verdict: 'unknown silent' },
  );

  tape(
    'sent three times in five seconds when the capture ends',
    `${asked}
    1.000 > P. 31:61 ack 51
    3.750 > P. 31:61 ack 51
    6.550 > P. 31:61 ack 51
  `,
    { ending: 'open', verdict: 'unknown silent' },
  );

  tape(
    'sent again and then acknowledged',
    `${asked}
    1.000 > P. 31:61 ack 51
    1.300 > P. 31:61 ack 51
    1.310 < .  51:51 ack 61
    30.00
  `,
    { ending: 'open', verdict: 'open' },
  );

  tape(
    'an acknowledgment that the capture alone lacks: its sender would have sent again',
    `${asked}
    1.000 > P. 31:61 ack 51
    30.00
  `,
    { ending: 'open', verdict: 'open' },
  );

  tape(
    'sent again a moment ago',
    `${asked}
    1.000 > P. 31:61 ack 51
    1.300 > P. 31:61 ack 51
    1.400
  `,
    { ending: 'open', verdict: 'open' },
  );
});

describe('never well', () => {
  tape(
    'a RST that nobody asked for',
    `${opened}
    9.000 < R. 1:1 ack 1
  `,
    { ending: 'reset', verdict: 'found', resets: ['server active linger'], findings: ['linger-reset linger server'] },
  );

  tape(
    'a SYN that nobody answers',
    `
    0.000 > S  0:0
    1.000 > S  0:0
    9.000
  `,
    { ending: 'unanswered', verdict: 'found', findings: ['unanswered silent server'] },
  );
});
