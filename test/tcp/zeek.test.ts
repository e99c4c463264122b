import { describe } from 'vitest';

import { tape } from '../tape.js';

const request = `
  0.000 > S  0:0
  0.010 < S. 0:0    ack 1
  0.020 > .  1:1    ack 1
  0.030 > P. 1:31   ack 1
  0.040 < P. 1:51   ack 31
  0.050 > .  31:31  ack 51
`;

/** conn_state and history as Zeek's documentation has them: upper case is the originator's. */
describe('in the words of Zeek', () => {
  tape('S0: a SYN without an answer', '0.000 > S 0:0', { zeek: 'S0 S' });
  tape(
    'REJ: refused',
    `
    0.000 > S  0:0
    0.010 < R. 0:0 ack 1 win 0
  `,
    { zeek: 'REJ Sr', resets: ['server reactive refused'], findings: ['refused server'] }, { initial: [1_000_000, 0] },
  );
  tape('S1: established', request, { zeek: 'S1 ShADd' });
  tape('SF: closed by both', `${request}
    0.100 > F. 31:31 ack 51
    0.110 < .  51:51 ack 32
    0.200 < F. 51:51 ack 32
    0.210 > .  32:32 ack 52
  `, { zeek: 'SF ShADdFaf' });
  tape('S2: only the originator closed', `${request}
    0.100 > F. 31:31 ack 51
    0.110 < .  51:51 ack 32
  `, { zeek: 'S2 ShADdFa' });
  tape('S3: only the responder closed', `${request}
    0.100 < F. 51:51 ack 31
    0.110 > .  31:31 ack 52
  `, { zeek: 'S3 ShADdf' });
  tape('RSTO: the originator aborted', `${request}
    1.000 > R. 31:31 ack 51
  `, { zeek: 'RSTO ShADdR', resets: ['client active abort'], findings: ['linger-reset abort client'] });
  tape('RSTR: the responder aborted', `${request}
    1.000 < R. 51:51 ack 31
  `, { zeek: 'RSTR ShADdr', resets: ['server active linger'], findings: ['linger-reset linger server'] });
  tape('OTH: traffic from the middle', `
    0.000 > P. 31:61 ack 51
    0.010 < .  51:51 ack 61
  `, { zeek: 'OTH Da' });
  tape('S1: the SYN-ACK is enough, the last ACK may be missing', `
    0.000 > S  0:0
    0.010 < S. 0:0    ack 1
  `, { zeek: 'S1 Sh' });
  tape('S1: a handshake whose SYN was missed', `
    0.000 < S. 0:0    ack 1
    0.010 > .  1:1    ack 1
  `, { zeek: 'S1 hA' });
  tape('S0: an ACK alone is no answer to a SYN', `
    0.000 > S  0:0
    0.010 < .  500:500 ack 900
  `, { zeek: 'S0 Sa' });
  tape('a FIN tells nothing of the data that came with it', `
    0.000 > S   0:0
    0.010 < S.  0:0    ack 1
    0.020 > .   1:1    ack 1
    0.030 > FP. 1:31   ack 1
    0.040 < .   1:1    ack 32
  `, { zeek: 'S2 ShAFa' });
  tape('RSTO: a FIN after the RST does not make it a close', `${request}
    1.000 > R. 31:31 ack 51
    1.001 < F. 51:51 ack 31
  `, { zeek: 'RSTO ShADdRf', resets: ['client active abort'], findings: ['linger-reset abort client'] });
  tape('SF: the FIN of the other side turns a FIN and RST back into a close', `${request}
    1.000 > F. 31:31 ack 51
    1.001 > R  32:32
    1.002 < F. 51:51 ack 31
  `, { zeek: 'SF ShADdFRf', resets: ['client reactive closed-peer'] });
  tape('w: data may come with a zero window, too', `
    0.000 > S  0:0
    0.010 < S. 0:0    ack 1
    0.020 > .  1:1    ack 1
    0.030 > P. 1:31   ack 1 win 0
    0.040 < .  1:1    ack 31
  `, { zeek: 'S1 ShADWa' });
  tape('data behind its own FIN is new', `${request}
    0.100 > F. 31:31 ack 51
    0.110 < F. 51:51 ack 32
    0.120 > .  32:32 ack 52
    0.130 > P. 32:36 ack 52
    0.140 < .  52:52 ack 32
  `, { zeek: 'SF ShADdFfa' });
});
