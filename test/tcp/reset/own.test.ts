import { describe } from 'vitest';

import { asked, tape } from '../../tape.js';

describe('a RST is its sender\'s own', () => {
  const closed = `${asked}
    0.100 > F. 31:31 ack 51
    0.110 < .  51:51 ack 32
  `;

  tape('for certain, where nothing tells it from what that sent before', `${closed}
    2.500 < P. 51:151 ack 32
    2.510 > R  32:32
  `, { resets: ['client reactive closed-peer certain'], findings: ['rst-after-push closed-peer server'] });

  tape('if it came by another road, after a silence in which others may have taken the place', `${closed}
    2.500 < P. 51:151 ack 32
    2.510 > R  32:32 ttl 61
  `, {
    resets: ['client reactive closed-peer likely'], findings: ['rst-after-push closed-peer server'],
    weighs: ['error likely'],
  });

  tape('unless the FIN came by another road, too: of a box that closes for it', `${asked}
    0.100 > F. 31:31 ack 51 ttl 61
    0.110 < .  51:51 ack 32
    0.500 < P. 51:151 ack 32
    0.510 > R  32:32 ttl 61
  `, {
    resets: ['client reactive closed-peer likely'], findings: ['rst-after-push closed-peer server'],
    weighs: ['error likely'],
  });
});

describe('a RST of somebody else', () => {
  // A raw socket, and beside it the kernel, which has no such connection: played with Linux 6.18 and Python.
  tape('is not certain where the kernel of its host answers for a program that leads the connection itself', `
    0.000 > S  0:0  <mss 1460>
    0.010 < S. 0:0  ack 1 <mss 1460,sackOK,wscale 7>
    0.0101 > R  1:1
    0.020 > .  1:1  ack 1
    0.030 > P. 1:31 ack 1
    0.040 < P. 1:51 ack 31
    0.050 > .  31:31 ack 51
  `, { resets: ['client reactive forged likely'], findings: ['forged-reset client'], weighs: ['warning likely'] });

  tape('nor where that kernel has another initial TTL than the program', `
    0.000 > S  0:0  <mss 1460> ttl 100
    0.010 < S. 0:0  ack 1 <mss 1460,sackOK,wscale 7>
    0.020 > .  1:1  ack 1 ttl 100
    0.030 > P. 1:31 ack 1 ttl 100
    0.040 < P. 1:51 ack 31
    0.0401 > R  31:31
    0.060 > .  31:31 ack 51 ttl 100
  `, { resets: ['client reactive forged likely'], findings: ['forged-reset client'], weighs: ['warning likely'] });

  tape('is certain where its sender goes on, and no kernel aborts so', `${asked}
    0.500 > R. 31:31 ack 51 id 0
    0.700 < P. 51:101 ack 31
    0.710 > P. 31:61 ack 101
    0.720 < .  101:101 ack 61
  `, { resets: ['client active forged certain'], findings: ['forged-reset client'], weighs: ['warning certain'] });

  tape('is not, where the numbers are those of another connection, whose SYN was not captured', `${asked}
    0.500 > R. 31:31 ack 51 id 0
    5.000 > P. 50031:50061 ack 90051
    5.010 < P. 90051:90151 ack 50061
  `, { resets: ['client active forged likely'], findings: ['forged-reset client'], weighs: ['warning possible'] });
});
