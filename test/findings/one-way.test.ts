import { describe } from 'vitest';

import { asked, tape } from '../tape.js';

/** A keepalive every 30 s that is answered. */
const kept = `${asked}
    30.05 > .  30:30 ack 51
    30.06 < .  51:51 ack 31
    60.05 > .  30:30 ack 51
    60.06 < .  51:51 ack 31
`;

describe('one-way', () => {
  tape('keepalives come once a second though each is answered at the tap, and then a RST', `${kept}
    61.05 > .  30:30 ack 51
    61.06 < .  51:51 ack 31
    62.05 > .  30:30 ack 51
    62.06 < .  51:51 ack 31
    63.05 > .  30:30 ack 51
    63.06 < .  51:51 ack 31
    64.05 > R. 31:31 ack 51
  `, {
    resets: ['client active keepalive-timeout unheard'], findings: ['one-way keepalive-timeout server'],
    says: ['The client sent 4 keepalive probes, some 1 s apart, though each was answered at this tap: the answers of ' +
      'the server do not reach it, and it gave up with a RST (frame 17).'],
  });

  tape('data comes again though it was acknowledged at the tap', `${asked}
    1.000 > P. 31:61 ack 51
    1.010 < .  51:51 ack 61
    1.250 > P. 31:61 ack 51
    1.260 < .  51:51 ack 61
    1.750 > P. 31:61 ack 51
    1.760 < .  51:51 ack 61
    2.750 > P. 31:61 ack 51
    2.760 < .  51:51 ack 61               | ESTABLISHED  ESTABLISHED
  `, {
    findings: ['one-way retransmission-timeout server'],
    says: ['The client sent the same 30 bytes 3 times more, some 0.75 s apart, though each was answered at this tap: ' +
      'the answers of the server do not reach it.'],
  });

  tape(
    'nothing: the probes are answered neither there nor here, whatever had been acknowledged before',
    `${kept}
    61.05 > .  30:30 ack 51
    62.05 > .  30:30 ack 51
    63.05 > .  30:30 ack 51
    64.05 > .  30:30 ack 51
    65.05 > R. 31:31 ack 51
  `,
    {
      resets: ['client active keepalive-timeout unheard'], findings: ['half-open keepalive-timeout server'],
      says: [
        'The server fell silent; keepalive probes of the client went unanswered until it gave up with a RST (frame ' +
          '15).',
      ],
    },
  );

  tape('nothing: nor are those of Windows, which carry a byte', `${asked}
    30.05 > .  30:31 ack 51
    30.06 < .  51:51 ack 31
    61.05 > .  30:31 ack 51
    62.05 > .  30:31 ack 51
    63.05 > .  30:31 ack 51
    64.05 > .  30:31 ack 51
    65.05 > R. 31:31 ack 51
  `, { resets: ['client active keepalive-timeout unheard'], findings: ['half-open keepalive-timeout server'] });

  tape('nothing: the answers stop at the tap, too', `${kept}
    61.05 > .  30:30 ack 51
    61.06 < .  51:51 ack 31
    62.05 > .  30:30 ack 51
    62.06 < .  51:51 ack 31
    63.05 > .  30:30 ack 51
    63.06 < .  51:51 ack 31
    64.05 > .  30:30 ack 51
    65.05 > .  30:30 ack 51
    66.05 > .  30:30 ack 51
    67.05 > R. 31:31 ack 51
  `, { resets: ['client active keepalive-timeout unheard'], findings: ['half-open keepalive-timeout server'] });

  tape('nothing: a keepalive that is answered and comes again after its whole time', `${kept}
    90.05 > .  30:30 ack 51
    90.06 < .  51:51 ack 31
    120.0 > .  30:30 ack 51
    120.1 < .  51:51 ack 31               | ESTABLISHED  ESTABLISHED
  `, { ending: 'open' });

  tape('nothing: a keepalive once a second from the beginning on', `${asked}
    1.050 > .  30:30 ack 51
    1.060 < .  51:51 ack 31
    2.050 > .  30:30 ack 51
    2.060 < .  51:51 ack 31
    3.050 > .  30:30 ack 51
    3.060 < .  51:51 ack 31
    4.050 > .  30:30 ack 51
    4.060 < .  51:51 ack 31               | ESTABLISHED  ESTABLISHED
  `, { ending: 'open' });

  tape('nothing: an answer or two was lost, and the sender goes on', `${asked}
    1.000 > P. 31:61 ack 51
    1.010 < .  51:51 ack 61
    1.250 > P. 31:61 ack 51
    1.260 < .  51:51 ack 61
    1.750 > P. 31:61 ack 51
    1.760 < .  51:51 ack 61
    2.750 > P. 31:61 ack 51
    2.760 < .  51:51 ack 61
    2.800 > P. 61:91 ack 51
    2.810 < .  51:51 ack 91               | ESTABLISHED  ESTABLISHED
  `, { ending: 'open' });
});
