import { describe } from 'vitest';

import { asked, opened, tape } from '../tape.js';

/** An answer in segments of 1448 bytes, of which the first is sent again and again. */
const large = `${asked}
    1.000 > P. 31:61 ack 51
    1.010 < .  51:1499 ack 61
    1.011 < .  1499:2947 ack 61
    1.220 < .  51:1499 ack 61
    1.640 < .  51:1499 ack 61
    2.480 < .  51:1499 ack 61
    4.160 < .  51:1499 ack 61
`;

describe('path-mtu', () => {
  tape('large segments are lost, small ones pass, and the client speaks on until it gives up', `${large}
    6.000 > F. 61:61 ack 51
    6.010 < .  2947:2947 ack 62           | FIN-WAIT-2  CLOSE-WAIT
  `, {
    ending: 'half-closed', findings: ['path-mtu server'],
    says: ['The server sent a segment of 1448 bytes again 4 times, over 2.94 s, and the client, which still spoke, ' +
      'never acknowledged it; segments of 50 bytes got through: only large segments are lost.'],
  });

  tape('so they are where the client said something in the middle, and they are counted anew', `${large}
    5.000 > P. 61:71 ack 51
    7.500 < .  51:1499 ack 71
    14.600 < . 51:1499 ack 71
    15.000 > F. 71:71 ack 51
  `, { findings: ['path-mtu server'] });

  tape('half-open, not this, where the client is silent', large, {
    findings: ['half-open retransmission-timeout client'],
  });

  tape('nothing where it was acknowledged at last: that was loss', `${large}
    4.170 > .  61:61 ack 2947
    6.000                                 | ESTABLISHED  ESTABLISHED
  `, { ending: 'open' });

  tape('nothing where segments of that size had passed before', `${asked}
    1.000 < .  51:1499 ack 31
    1.010 > .  31:31 ack 1499
    1.020 < .  1499:2947 ack 31
    1.230 < .  1499:2947 ack 31
    1.650 < .  1499:2947 ack 31
    2.490 < .  1499:2947 ack 31
    3.000 > P. 31:61 ack 1499
    3.010 < .  2947:2947 ack 61           | ESTABLISHED  ESTABLISHED
  `, { ending: 'open' });

  // What is seen at the receiver of a road that swallows 1448 bytes: the small end of the answer, and what it asks for.
  const hole = `${opened}
    0.030  > P. 1:246     ack 1
    0.050  < .  1:1       ack 246
    0.060  < P. 2897:3197 ack 246
    0.061  > .  246:246   ack 1    <sack 2897:3197>
  `;

  tape('at the receiver: a hole that no retransmission fills, though both ends speak', `${hole}
    20.000 > F. 246:246   ack 1    <sack 2897:3197>
    20.020 < .  3197:3197 ack 247
    200.000
  `, {
    ending: 'half-closed', findings: ['path-mtu server'],
    says: [
      '2896 bytes of the server that stand before frame 6 never arrived, neither here nor at the client, which ' +
        'acknowledged nothing beyond them for 19.94 s, while a segment of 300 bytes from behind them did, and both ' +
        'ends still spoke: only large segments are lost.',
    ],
  });

  tape('nothing: what the capture alone lacks was acknowledged', `${hole}
    0.070  > .  246:246   ack 3197
    20.000 > F. 246:246   ack 3197
    20.020 < F. 3197:3197 ack 247
    20.030 > .  247:247   ack 3198
  `, { ending: 'closed' });

  tape('nothing: what is lost once is sent again', `${hole}
    0.260  < .  1:1449    ack 246
    0.261  < .  1449:2897 ack 246
    0.262  > .  246:246   ack 3197
    20.000 > F. 246:246   ack 3197
    20.020 < F. 3197:3197 ack 247
    20.030 > .  247:247   ack 3198
  `, { ending: 'closed' });
});
