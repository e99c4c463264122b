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

  tape('by a RST that acknowledges the wrong number: the client drops it and asks on', `
    0.000 > S  0:0
    0.004 < R. 0:0 ack 0 win 0
    1.000 > S  0:0
    1.004 < R. 0:0 ack 0 win 0
    3.000 > S  0:0
    3.004 < R. 0:0 ack 0 win 0
  `, {
    ending: 'refused', findings: ['refused server'],
    resets: ['server reactive refused', 'server reactive refused', 'server reactive refused'],
    says: [
      'The SYN (frame 1) was answered by a RST that acknowledges another number (frame 2); the client ignored it and ' +
        'went on asking for 3 s (last in frame 5): ETIMEDOUT, and no ECONNREFUSED.',
    ],
  });

  tape('a client of Windows asks again half a second behind each RST: one connect, told once', `
    0.000 > S  0:0           ttl 128 | SYN-SENT  CLOSED
    0.010 < R. 0:0 ack 1 win 0       | CLOSED    CLOSED
    0.510 > S  0:0           ttl 128
    0.520 < R. 0:0 ack 1 win 0
    1.020 > S  0:0           ttl 128
    1.030 < R. 0:0 ack 1 win 0       | CLOSED    CLOSED
  `, {
    ending: 'refused', findings: ['refused server'],
    resets: ['server reactive refused', 'server reactive echo', 'server reactive echo'],
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

  tape('as information: a scanner asks by SYN and FIN', `
    0.000 > SF 0:0
    0.010 < R. 0:0 ack 2 win 0
  `, {
    ending: 'refused', resets: ['server reactive refused'],
    findings: ['refused server', 'illegal-flags syn-fin client'],
    weighs: ['info certain', 'info certain'],
  }, { initial: [1_000_000, 0] });

  tape('as information: a server that would know its client by name, and goes on without', `
    0.000 > S  0:0
    0.010 < R. 0:0 ack 1 win 0
  `, {
    ending: 'refused', resets: ['server reactive refused'], findings: ['refused server'], weighs: ['info certain'],
  }, { initial: [1_000_000, 0], ports: [40_000, 113] });

  tape('and taken: two hosts answer one SYN', `
    0.000 > S  0:0
    0.010 < R. 0:0 ack 1 win 0     ttl 128
    0.011 < S. 5000:5000 ack 1
    0.020 > R  5001:5001
  `, {
    ending: 'refused', resets: ['server reactive refused', 'client reactive echo'], findings: ['refused server'],
    weighs: ['warning likely'],
    says: [
      'The SYN (frame 1) was answered twice: by a RST (frame 2), ECONNREFUSED at the client, and by a SYN-ACK (frame ' +
        '3). No host does both: two have the address 10.0.0.2, or something on the way refuses in its name.',
    ],
  }, { initial: [1_000_000, 0] });

  tape('nothing of the kind: the second SYN finds a listener', `
    0.000 > S  0:0                         ttl 128
    0.010 < R. 0:0       ack 1 win 0
    0.510 > S  0:0                         ttl 128
    0.520 < S. 5000:5000 ack 1
    0.530 > .  1:1       ack 5001          ttl 128
  `, {
    findings: ['refused server', 'slow-connect server'], resets: ['server reactive refused'],
  }, { initial: [1_000_000, 0] });
});
