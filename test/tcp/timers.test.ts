import { describe } from 'vitest';

import { asked, opened, tape } from '../tape.js';

describe('keepalive probes', () => {
  tape('are answered: nothing happens', `${asked}
    5.000 > .  30:30 ack 51        | ESTABLISHED  ESTABLISHED
    5.010 < .  51:51 ack 31        | ESTABLISHED  ESTABLISHED
    10.00 > .  30:31 ack 51        | ESTABLISHED  ESTABLISHED  // one byte of garbage, as Windows sends it
    10.01 < .  51:51 ack 31        | ESTABLISHED  ESTABLISHED
  `, { ending: 'open', closer: null, bytes: [30, 50] });

  tape(
    'are not answered, and a RST goes into the void',
    `${asked}
    5.000 > .  30:30 ack 51        | ESTABLISHED  ESTABLISHED
    6.000 > .  30:30 ack 51        | ESTABLISHED  ESTABLISHED
    7.000 > .  30:30 ack 51        | ESTABLISHED  ESTABLISHED
    8.000 > R. 31:31 ack 51        | CLOSED       ESTABLISHED
  `,
    {
      ending: 'reset', closer: 'client', resets: ['client active keepalive-timeout unheard'],
      findings: ['half-open keepalive-timeout server'],
    },
  );

  tape(
    'are no SYNs: one that comes again behind its answer asks for nothing but that',
    `
    0.000 > S  0:0
    0.010 < S. 0:0  ack 1
    1.000 < S. 0:0  ack 1
    1.001 > S  0:0
    1.010 > .  1:1  ack 1          | ESTABLISHED  ESTABLISHED
    1.013 > R. 1:1  ack 1          | CLOSED       CLOSED?
  `,
    {
      ending: 'reset', closer: 'client', resets: ['client active linger'],
      findings: ['linger-reset linger client', 'slow-connect server'],
    },
  );

  tape(
    'nor FINs, whose acknowledgments are lost behind the tap',
    `${asked}
    1.000 > F. 31:31 ack 51
    1.010 < .  51:51 ack 32
    1.200 > F. 31:31 ack 51
    1.210 < .  51:51 ack 32
    1.600 > F. 31:31 ack 51
    2.000 > R. 32:32 ack 51        | CLOSED       CLOSED?
  `,
    {
      ending: 'reset', closer: 'client', resets: ['client active unread-data'],
      findings: ['linger-reset unread-data client'],
    },
  );

  tape(
    'of a leaking server find that nobody is left',
    `${asked}
    0.100  > F. 31:31 ack 51       | FIN-WAIT-1   CLOSE-WAIT
    0.110  < .  51:51 ack 32       | FIN-WAIT-2   CLOSE-WAIT
    75.000 < .  50:50 ack 32       | CLOSED       CLOSE-WAIT
    75.010 > R  32:32              | CLOSED       CLOSED
  `,
    {
      ending: 'reset', closer: 'client', resets: ['client reactive fin-wait-2-expired'],
      findings: ['half-closed killed server'],
    },
  );
});

describe('retransmissions', () => {
  tape('that are never answered end in silence', `${asked}
    1.000  > P. 31:61 ack 51       | ESTABLISHED  ESTABLISHED
    1.200  > P. 31:61 ack 51
    1.600  > P. 31:61 ack 51
    2.400  > P. 31:61 ack 51
    4.000  > P. 31:61 ack 51       | ESTABLISHED  ESTABLISHED
    7.000                          | ESTABLISHED  ESTABLISHED
    20.000                         | CLOSED       ESTABLISHED
  `, { ending: 'half-open', closer: null, bytes: [60, 50], findings: ['half-open retransmission-timeout server'] });

  tape('have ended long before the peer speaks again', `${asked}
    1.000  > F. 31:31 ack 51
    1.200  > F. 31:31 ack 51
    1.600  > F. 31:31 ack 51
    2.400  > F. 31:31 ack 51       | FIN-WAIT-1   ESTABLISHED
    3.900                          | FIN-WAIT-1   ESTABLISHED
    4.100                          | CLOSED       ESTABLISHED
    20.000 < F. 51:51 ack 31       | CLOSED       FIN-WAIT-1
    20.010 > R  31:31              | CLOSED       CLOSED
  `, { closer: 'both', resets: ['client reactive closed-peer'] });

  tape('of a SYN that never come: its connect() was given up', `
    0.000  > S  0:0                | SYN-SENT     CLOSED
    2.900                          | SYN-SENT     CLOSED
    3.500                          | CLOSED       CLOSED
  `, { ending: 'unanswered', findings: ['unanswered silent server'] });

  tape('whose next one is not yet due say nothing of an end', `${asked}
    1.000  > P. 31:61 ack 51
    1.200  > P. 31:61 ack 51
    1.600  > P. 31:61 ack 51       | ESTABLISHED  ESTABLISHED
    2.000                          | ESTABLISHED  ESTABLISHED
  `, { ending: 'open', closer: null });

  tape('that arrive at last harm nobody', `${asked}
    1.000  > P. 31:61 ack 51
    1.200  > P. 31:61 ack 51
    1.600  > P. 31:61 ack 51
    2.400  > P. 31:61 ack 51
    2.410  < .  51:51 ack 61       | ESTABLISHED  ESTABLISHED
  `, { ending: 'open', closer: null, bytes: [60, 50] });
});

describe('a closed window', () => {
  tape('is probed until it opens', `${opened}
    0.030 > P. 1:1001 ack 1
    0.040 < .  1:1 ack 1001 win 0
    0.240 > .  1000:1000 ack 1
    0.250 < .  1:1 ack 1001 win 0
    0.650 > .  1000:1000 ack 1
    0.660 < .  1:1 ack 1001 win 0
    1.000 < .  1:1 ack 1001 win 500
    1.010 > P. 1001:2001 ack 1
    1.020 < .  1:1 ack 2001        | ESTABLISHED  ESTABLISHED
  `, { ending: 'open', closer: null, bytes: [2000, 0] });

  tape('is given up with a RST at its edge: no keepalive', `${opened}
    0.030 < P. 1:1001 ack 1
    0.040 > .  1:1 ack 1001 win 0
    0.240 < .  1000:1000 ack 1
    0.250 > .  1:1 ack 1001 win 0
    2.000 < R. 1001:1001 ack 1     | CLOSED       CLOSED
  `, {
    ending: 'reset', closer: 'server', resets: ['server active linger'],
    findings: ['linger-reset linger server', 'stalled-reader client'],
  });
});

describe('FIN-WAIT-2', () => {
  const waiting = `${asked}
    0.100   > F. 31:31 ack 51      | FIN-WAIT-1   CLOSE-WAIT
    0.110   < .  51:51 ack 32      | FIN-WAIT-2   CLOSE-WAIT
  `;

  tape(
    'has run out when the answer comes',
    `${waiting}
    70.000  < P. 51:151 ack 32     | CLOSED       CLOSE-WAIT
    70.010  > R  32:32             | CLOSED       CLOSED
  `,
    {
      ending: 'reset', closer: 'client', resets: ['client reactive fin-wait-2-expired'],
      findings: ['half-closed killed server', 'rst-after-push closed-peer server'],
    },
  );

  tape(
    'is over soon after its time, though it answered a probe a moment later',
    `${waiting}
    60.500  < .  50:50 ack 32      | FIN-WAIT-2   CLOSE-WAIT
    60.510  > .  32:32 ack 51
    61.000                         | CLOSED       CLOSE-WAIT
    90.000  < .  50:50 ack 32      | CLOSED       CLOSE-WAIT
    90.010  > R  32:32             | CLOSED       CLOSED
  `,
    {
      ending: 'reset', closer: 'client', resets: ['client reactive fin-wait-2-expired'],
      findings: ['half-closed killed server'],
    },
  );

  tape('has no timer at all where it still answers much later', `${waiting}
    90.000  < .  50:50 ack 32      | FIN-WAIT-2   CLOSE-WAIT
    90.010  > .  32:32 ack 51      | FIN-WAIT-2   CLOSE-WAIT
    200.000                        | FIN-WAIT-2   CLOSE-WAIT
  `, { ending: 'half-closed', closer: 'client', findings: ['half-closed leak server'] });

  tape(
    'ends by a RST with a window of 0, as on Windows',
    `${waiting}
    120.050 > R. 32:32 ack 51 win 0 | CLOSED      CLOSED?
  `,
    {
      ending: 'reset', closer: 'client', resets: ['client active fin-wait-2-expired'],
      findings: ['half-closed killed server'],
    },
    { profile: 'windows' },
  );

  tape('has no limit by the RFC', `${waiting}
    900.000                        | FIN-WAIT-2   CLOSE-WAIT
  `, { ending: 'half-closed', closer: 'client', findings: ['half-closed leak server'] }, { profile: 'rfc9293' });
});
