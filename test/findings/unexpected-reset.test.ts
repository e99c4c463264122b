import { describe } from 'vitest';

import { asked, tape } from '../tape.js';

describe('unexpected-reset', () => {
  tape(
    'a keepalive after a long silence draws it',
    `${asked}
    360.0 > .  30:30 ack 51
    360.01 < R 51:51                      | CLOSED  CLOSED
  `,
    {
      ending: 'reset', resets: ['server reactive no-socket accepted'], findings: ['unexpected-reset keepalive server'],
      says: [
        'A RST of the server (frame 8) ended the connection after 359.95 s of silence: it answers a keepalive of the ' +
          'client (frame 7). Limits that are known to lie between: 240 s (Azure Load Balancer and NAT), 300 s (F5 ' +
          'BIG-IP), 350 s (AWS Network Load Balancer and NAT gateway).',
      ],
    },
  );

  tape('of one direction alone nothing shows what drew it, nor an idle limit', `
    0.000 < P. 1:51    ack 31
    0.010 < P. 51:91   ack 31
    9.000 < R  91:91
  `, {
    resets: ['server reactive no-socket'], findings: ['unexpected-reset unasked server'],
    weighs: ['info possible'],
  });

  tape('a silence that was survived bounds the limit from below', `${asked}
    300.0 > .  30:30 ack 51
    300.01 < . 51:51 ack 31
    660.0 > .  30:30 ack 51
    660.01 < R 51:51                      | CLOSED  CLOSED
  `, {
    findings: ['unexpected-reset keepalive server'], resets: ['server reactive no-socket accepted'],
    says: ['A RST of the server (frame 10) ended the connection after 359.99 s of silence: it answers a keepalive of ' +
      'the client (frame 9). A silence of 299.95 s before it was survived. Limits that are known to lie between: ' +
      '300 s (F5 BIG-IP), 350 s (AWS Network Load Balancer and NAT gateway).'],
  });

  tape('it answers nothing at all', `${asked}
    9.127 < R  51:51                      | CLOSED  CLOSED
  `, {
    ending: 'reset', resets: ['server active unknown accepted'], findings: ['unexpected-reset idle server'],
    says: ['A RST of the server (frame 7) ended the connection after 9.077 s of silence: it answers nothing that was ' +
      'captured.'],
  });

  tape('information: a client that had been answered lets go of what is idle', `${asked}
    9.127 > R  31:31                      | CLOSED  CLOSED
  `, {
    ending: 'reset', resets: ['client active unknown accepted'], findings: ['unexpected-reset idle client'],
    weighs: ['info likely'],
    says: ['A RST of the client (frame 7) ended the connection after 9.077 s of silence: it answers nothing that was ' +
      'captured, and nothing was lost.'],
  });

  tape('but not a server, whose client may be about to ask', `${asked}
    9.127 < R  51:51                      | CLOSED  CLOSED
  `, {
    ending: 'reset', resets: ['server active unknown accepted'], findings: ['unexpected-reset idle server'],
    weighs: ['warning likely'],
  });

  tape(
    'nothing: the last step of the handshake draws it, which is told as a handshake that was thrown away',
    `
    0.000 > S  0:0
    0.010 < S. 0:0   ack 1
    0.020 > .  1:1   ack 1                | ESTABLISHED  SYN-RECEIVED
    0.030 < R  1:1                        | CLOSED  CLOSED
  `,
    {
      ending: 'reset', resets: ['server reactive no-socket accepted'], findings: ['incomplete-handshake reset server'],
    },
  );

  tape('the last step of the handshake draws it, though the server had spoken', `
    0.000 > S  0:0
    0.010 < S. 0:0  ack 1
    0.011 < P. 1:31 ack 1
    0.020 > .  1:1  ack 1
    0.030 < R  1:1
  `, { ending: 'reset', resets: ['server reactive no-socket'], findings: ['unexpected-reset handshake server'] });

  tape(
    'nothing: a SYN-ACK draws it, which is told as a handshake given up',
    `
    0.000 > S  0:0
    0.010 < S. 0:0 ack 1
    0.020 > R  1:1                        | CLOSED  CLOSED
  `,
    {
      ending: 'reset', resets: ['client reactive no-socket accepted'],
      findings: ['incomplete-handshake given-up client'],
    },
  );

  tape(
    'a probe of its closed window draws it',
    `${asked}
     1.000 > P. 31:61 ack 51
     1.010 < .  51:51 ack 61 win 0
     6.000 > .  60:61 ack 51
     6.010 < .  51:51 ack 61 win 0
    20.000 > .  60:61 ack 51
    20.010 < R  51:51
  `,
    {
      resets: ['server reactive no-socket accepted'],
      findings: ['stalled-reader server', 'unexpected-reset probe server'],
    },
  );

  tape('a SYN-ACK out of nothing draws it: somebody opened connections in the name of this host', `
    0.000 < S. 0:0 ack 1 <mss 1460>
    0.010 > R  1:1
  `, { resets: ['client reactive no-socket'], findings: ['unexpected-reset syn-ack client'] });

  tape('a FIN draws it, of which nothing was captured before', `
    0.000 > F. 1:1 ack 1
    0.010 < R  1:1
  `, { resets: ['server reactive closed-peer'], findings: ['unexpected-reset fin server'] });

  tape('what draws it was not captured', `
    0.100 > P. 31:61 ack 51
    0.300 > R  61:61
  `, { resets: ['client reactive no-socket'], findings: ['unexpected-reset unasked client'] });

  tape('bare acknowledgments out of nothing: a scan', `
    0.000 > .  1:1 ack 1
    0.010 < R  1:1
  `, {
    resets: ['server reactive no-socket'], findings: ['unexpected-reset bare-ack server'],
  });

  tape('nothing: data that draws it is told as such', `${asked}
    5.000 > P. 31:61 ack 51
    5.010 < R  51:51                      | CLOSED  CLOSED
  `, { findings: ['rst-after-push no-socket client'], resets: ['server reactive no-socket accepted'] });

  tape('nothing: a connection that closes as it should', `${asked}
    5.000 > F. 31:31 ack 51
    5.010 < F. 51:51 ack 32
    5.020 > .  32:32 ack 52               | TIME-WAIT  CLOSED
  `, { ending: 'closed' });

  tape('two hosts answer one SYN, and one of them knows nothing of what the other was told', `
    0.0000 > S  0:0                  <mss 1460,sackOK,wscale 7>
    0.0010 < S. 0:0         ack 1    ttl 64 <mss 1460,sackOK,wscale 7>
    0.0011 > .  1:1         ack 1
    0.0012 < S. 77777:77777 ack 1    ttl 128 <mss 1460,sackOK,wscale 8>
    0.0013 > .  1:1         ack 1
    0.0015 < R  1:1                  ttl 128
  `, {
    ending: 'reset', findings: ['unexpected-reset bare-ack server'], resets: ['server reactive no-socket accepted'],
    says: [
      'A RST of the server (frame 6) ended the connection: it answers a bare acknowledgment of the client (frame 5). ' +
        'One SYN had been answered twice, with other numbers (frames 2 and 4): two hosts have the address 10.0.0.2.',
    ],
  });
});
