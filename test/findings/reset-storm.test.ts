import { describe } from 'vitest';

import { asked, tape } from '../tape.js';

/** Rounds of a RST and the acknowledgment that answers it, a millisecond each. */
const rounds = Array.from({ length: 20 }, (_, round) => `
    ${(1.03 + round * 0.002).toFixed(3)} > R  31:31
    ${(1.031 + round * 0.002).toFixed(3)} < .  151:151 ack 31`).join('');

/**
 * The client closes, data of the server crosses its FIN, and the RST stands one below what the server expects by then.
 */
const crossed = `${asked}
    1.000 > F. 31:31 ack 51
    1.010 < .  51:51 ack 32
    1.020 < P. 51:151 ack 31
`;

describe('reset-storm', () => {
  tape('each RST is answered by what draws the next', `${crossed}${rounds}
  `, {
    resets: ['client reactive closed-peer', ...Array.from({ length: 19 }, () => 'client reactive echo')],
    findings: ['rst-after-push crossing server', 'reset-storm server'],
  });

  tape(
    'nothing: a few challenges are what RFC 5961 asks for',
    `${asked}
    5.000 < R. 351:351 ack 31
    5.010 > .  31:31 ack 51
    5.020 < R  51:51                      | CLOSED  CLOSED
  `,
    {
      resets: ['server active retransmission-timeout', 'server reactive echo'],
      findings: ['ignored-reset window server'],
    },
  );

  tape('nothing: a download that is aborted, each segment of which draws its own RST', `${asked}
    1.0000 < .  51:1051   ack 31
    1.0001 > R. 31:31     ack 1051
    1.0002 < .  1051:2051 ack 31
    1.0003 > R  31:31
    1.0004 < .  2051:3051 ack 31
    1.0005 > R  31:31
    1.0006 < .  3051:4051 ack 31
    1.0007 > R  31:31
    1.0008 < .  4051:5051 ack 31
    1.0009 > R  31:31
    1.0010 < .  5051:6051 ack 31
    1.0011 > R  31:31
    1.0012 < .  6051:7051 ack 31
    1.0013 > R  31:31
  `, { ending: 'reset', findings: ['linger-reset unread-data client'], resets: [
    'client active unread-data', ...Array.from({ length: 6 }, () => 'client reactive echo'),
  ] });
});
