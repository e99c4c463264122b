import { describe } from 'vitest';

import { opened, tape } from '../tape.js';

/** One exchange, and a request that is sent again until `last`. */
const asks = `${opened}
    0.030 > P. 1:11   ack 1
    0.040 < P. 1:21   ack 11
    0.050 > .  11:11  ack 21
    1.000 > P. 11:111 ack 21
    1.200 > P. 11:111 ack 21
    1.600 > P. 11:111 ack 21
    2.400 > P. 11:111 ack 21`;

describe('outage', () => {
  tape('a request that came through at the seventh time, and a clean end', `${asks}
    4.000 > P. 11:111 ack 21
    7.200 > P. 11:111 ack 21
    13.600 > P. 11:111 ack 21
    13.610 < P. 21:51 ack 111
    13.620 > . 111:111 ack 51
    13.700 > F. 111:111 ack 51
    13.710 < F. 51:51 ack 112
    13.720 > . 112:112 ack 52
  `, {
    ending: 'closed', findings: ['outage server'], weighs: ['warning likely'],
    says: [
      'The client sent the same data again 6 times over 12.4 s (frames 8 to 13), and nothing of the server was seen ' +
        'meanwhile; then it was acknowledged, and the connection went on: its road between this tap and the server was ' +
        "cut, one way or both, or the server's host stood still.",
    ],
  });

  tape('its rows are told though others were lost later', `${asks}
    4.000 > P. 11:111 ack 21
    7.200 > P. 11:111 ack 21
    7.210 < P. 21:51 ack 111
    7.220 > . 111:111 ack 51
    8.000 > P. 111:211 ack 51
    8.200 > P. 111:211 ack 51
    8.210 < P. 51:81 ack 211
    8.220 > . 211:211 ack 81
    8.300 > F. 211:211 ack 81
    8.310 < F. 81:81 ack 212
    8.320 > . 212:212 ack 82
  `, { ending: 'closed', findings: ['outage server'] });

  tape('nothing: three retransmissions, as on a road that loses much', `${asks}
    2.410 < P. 21:51 ack 111
    2.420 > . 111:111 ack 51
    2.700 > F. 111:111 ack 51
    2.710 < F. 51:51 ack 112
    2.720 > . 112:112 ack 52
  `, { ending: 'closed', verdict: 'clean', findings: [] });

  tape('nothing: keepalives of an idle connection that are answered late', `${opened}
    0.030 > P. 1:11   ack 1
    0.040 < P. 1:21   ack 11
    0.050 > .  11:11  ack 21
    60.000 > . 10:10 ack 21
    65.000 > . 10:10 ack 21
    70.000 > . 10:10 ack 21
    75.000 > . 10:10 ack 21
    75.010 < . 21:21 ack 11
    76.000 > F. 11:11 ack 21
    76.010 < F. 21:21 ack 12
    76.020 > . 12:12 ack 22
  `, { ending: 'closed', findings: [] });

  tape('what is never acknowledged is another story', `${asks}
    4.000 > P. 11:111 ack 21
    7.200 > P. 11:111 ack 21
    13.600 > P. 11:111 ack 21
    40.000
  `, { findings: ['half-open retransmission-timeout server'] });
});
