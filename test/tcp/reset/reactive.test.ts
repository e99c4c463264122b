import { describe } from 'vitest';

import { asked, opened, tape } from '../../tape.js';

const closed = `${asked}
  0.100 > F. 31:31 ack 51
  0.110 < .  51:51 ack 32
`;

describe('closed-peer behind a FIN', () => {
  tape('is not certain where its sender had acknowledged the data: Windows aborts without ACK, too', `${closed}
    0.500 < P. 51:151 ack 32
    0.501 > .  32:32 ack 151
    0.700 > R  32:32
  `, { resets: ['client reactive closed-peer likely'], findings: ['unexpected-reset unasked client'] });

  tape('nor where the RST comes later than an answer', `${closed}
    0.500 < P. 51:151 ack 32
    0.900 > R  32:32
  `, {
    resets: ['client reactive closed-peer likely'], findings: ['rst-after-push closed-peer server'],
    weighs: ['error likely'],
  });

  tape('nor ever of Windows', `
    0.000 > S  0:0   <mss 1460,nop,wscale 8,nop,nop,sackOK> ttl 128
    0.010 < S. 0:0   ack 1 <mss 1460,sackOK,wscale 7>
    0.020 > .  1:1   ack 1 ttl 128
    0.030 > P. 1:31  ack 1 ttl 128
    0.040 < P. 1:51  ack 31
    0.100 > F. 31:31 ack 51 ttl 128
    0.110 < .  51:51 ack 32
    0.500 < P. 51:151 ack 32
    0.510 > R  32:32 ttl 128
  `, {
    resets: ['client reactive closed-peer likely'], findings: ['rst-after-push closed-peer server'],
    weighs: ['error likely'],
  });

  tape('of Linux it is, however busy the host: that answers without ACK alone', `
    0.000 > S  0:0   <mss 1460,sackOK,TS val 1000 ecr 0,nop,wscale 7>
    0.010 < S. 0:0   ack 1 <mss 1460,sackOK,TS val 5000 ecr 1000,nop,wscale 7>
    0.020 > .  1:1   ack 1 <TS val 1020 ecr 5000>
    0.030 > P. 1:31  ack 1 <TS val 1030 ecr 5000>
    0.040 < P. 1:51  ack 31 <TS val 5040 ecr 1030>
    0.100 > F. 31:31 ack 51 <TS val 1100 ecr 5040>
    0.110 < .  51:51 ack 32 <TS val 5110 ecr 1100>
    0.500 < P. 51:151 ack 32 <TS val 5500 ecr 1100>
    0.600 > R  32:32
  `, {
    resets: ['client reactive closed-peer certain'], findings: ['rst-after-push closed-peer server'],
    weighs: ['error certain'],
  });

  tape('is not certain of a connection on the same ports whose SYN was not captured', `${opened}
    0.030 < F. 1:1 ack 1
    0.040 > F. 1:1 ack 2
    0.050 < .  2:2 ack 2
    3.000 > P. 500000:500010 ack 900000
    3.010 < R  900000:900000
  `, {
    resets: ['server reactive closed-peer likely'],
    findings: ['unanswered-request closed server', 'rst-after-push closed-peer client'],
    weighs: ['info possible', 'error likely'],
  });
});

describe('the answer to an answer of other numbers', () => {
  const syn = '0.000 > S 0:0 <mss 1460,sackOK,wscale 7>';

  tape('is certain where they lie behind the SYN', `${syn}
    0.010 < .  900051:900051 ack -70000
    0.020 > R  -70000:-70000
  `, { resets: ['client reactive challenge certain'], findings: ['half-open stale-peer server'] });

  tape('and where it asks on', `${syn}
    0.010 < .  900051:900051 ack 31
    0.020 > R  31:31
    0.030 ${syn.slice(6)}
    0.040 < S. 0:0 ack 1
  `, { resets: ['client reactive challenge certain'], findings: ['half-open stale-peer server'] });

  tape('is not, where the capture may have missed what its sender said', `${syn}
    0.040 < P. 1:51 ack 31
    0.050 > R  31:31
  `, { resets: ['client reactive challenge likely'], findings: ['half-open stale-peer server'] });
});

describe('the answer to a SYN', () => {
  tape('is a refusal, if it has number 0', `
    0.000 > S  0:0 <mss 1460>
    0.030 < R. -2000000:-2000000 ack 1 win 0
  `, { resets: ['server reactive refused certain'], findings: ['refused server'], weighs: ['warning certain'] });

  tape('may be the abort of a connection that the capture missed, if it has a number of its own', `
    0.000 > S  0:0 <mss 1460>
    0.030 < R. 1:1 ack 1 win 500
  `, { resets: ['server reactive refused likely'], findings: ['refused server'], weighs: ['warning likely'] });
});
