import { describe } from 'vitest';

import { opened, tape } from '../tape.js';

describe('incomplete-handshake', () => {
  tape(
    'the accept queue is full: the SYN-ACK comes again though acknowledged, and no data is taken',
    `
    0.000  > S  0:0       <mss 1460,sackOK,TS val 100 ecr 0>
    0.001  < S. 0:0 ack 1 <mss 1460,sackOK,TS val 500 ecr 100>
    0.002  > .  1:1 ack 1 <TS val 102 ecr 500>
    0.003  > P. 1:6 ack 1 <TS val 103 ecr 500>
    0.210  > P. 1:6 ack 1 <TS val 310 ecr 500>
    1.000  < S. 0:0 ack 1 <mss 1460,sackOK,TS val 1500 ecr 310>
    1.001  > .  6:6 ack 1 <TS val 1101 ecr 1500>
    3.000  < S. 0:0 ack 1 <mss 1460,sackOK,TS val 3500 ecr 1101>
    3.001  > .  6:6 ack 1 <TS val 3101 ecr 3500>                 | ESTABLISHED  SYN-RECEIVED
    30.000 > P. 1:6 ack 1 <TS val 30103 ecr 3500>
    30.001 < R  1:1                                             | CLOSED       CLOSED
  `,
    {
      ending: 'reset', server: 'SYN-RECEIVED CLOSED', findings: ['incomplete-handshake accept-queue server'],
      resets: ['server reactive no-socket'],
      says: [
        'The server sent its SYN-ACK 3 times in 2.999 s though it had been acknowledged (frame 3) and answered by a ' +
          'RST (frame 11) at last: it stayed in SYN-RECEIVED, ' +
          "and took none of the client's data: its accept queue was full. That had arrived: the SYN-ACK in frame 6 " +
          "echoes a later timestamp than the SYN's.",
      ],
    },
  );

  tape('what acknowledges the SYN-ACK does not arrive: it still echoes the SYN', `
    0.000  > S  0:0       <mss 1460,sackOK,TS val 100 ecr 0>
    0.020  < S. 0:0 ack 1 <mss 1460,sackOK,TS val 500 ecr 100>
    0.021  > .  1:1 ack 1 <TS val 121 ecr 500>
    0.022  > P. 1:6 ack 1 <TS val 122 ecr 500>
    0.230  > P. 1:6 ack 1 <TS val 330 ecr 500>
    1.020  < S. 0:0 ack 1 <mss 1460,sackOK,TS val 1500 ecr 100>
    1.021  > .  6:6 ack 1 <TS val 1121 ecr 1500>
    3.020  < S. 0:0 ack 1 <mss 1460,sackOK,TS val 3500 ecr 100>
    3.021  > .  6:6 ack 1 <TS val 3121 ecr 3500>
  `, {
    findings: ['incomplete-handshake given-up server'], weighs: ['warning likely'],
    says: ['The server sent its SYN-ACK 3 times in 3 s though it had been acknowledged (frame 3): it stayed in ' +
      'SYN-RECEIVED, and its SYN-ACKs still echo the timestamp of the SYN and none of what came later: what the ' +
      'client says behind its SYN does not arrive there.'],
  });

  const untaken = `
    0.000  > S  0:0
    0.020  < S. 0:0 ack 1
    0.021  > .  1:1 ack 1
    0.022  > P. 1:6 ack 1
    0.230  > P. 1:6 ack 1
    1.020  < S. 0:0 ack 1
    1.021  > .  6:6 ack 1
    3.020  < S. 0:0 ack 1
    3.021  > .  6:6 ack 1                                        | ESTABLISHED  SYN-RECEIVED
  `;

  tape('without timestamps it may as well be that nothing behind the SYN arrives', untaken, {
    findings: ['incomplete-handshake accept-queue server'], weighs: ['warning possible'],
    says: ['The server sent its SYN-ACK 3 times in 3 s though it had been acknowledged (frame 3): it stayed in ' +
      "SYN-RECEIVED, and took none of the client's data: its accept queue was full, or nothing of what the client " +
      'says behind its SYN arrives there.'],
  });

  tape('but for a host that talks to itself, where no road loses anything', untaken, {
    findings: ['incomplete-handshake accept-queue server'], weighs: ['warning likely'],
    says: ['The server sent its SYN-ACK 3 times in 3 s though it had been acknowledged (frame 3): it stayed in ' +
      "SYN-RECEIVED, and took none of the client's data: its accept queue was full."],
  }, { addresses: [0x7f000001, 0x7f000001] });

  tape('deferred accept, and the data comes when the server has given up', `
    0.000 > S  0:0
    0.001 < S. 0:0 ack 1
    0.002 > .  1:1 ack 1
    1.000 < S. 0:0 ack 1
    1.001 > .  1:1 ack 1
    3.000 < S. 0:0 ack 1
    3.001 > .  1:1 ack 1
    90.00 > P. 1:300 ack 1
    90.01 < R  1:1
  `, {
    resets: ['server reactive no-socket'], findings: ['incomplete-handshake deferred server'],
    weighs: ['warning possible'],
  });

  tape('deferred accept, or a full queue: only bare acknowledgments were dropped', `
    0.000 > S  0:0
    0.001 < S. 0:0 ack 1
    0.002 > .  1:1 ack 1
    1.000 < S. 0:0 ack 1
    1.001 > .  1:1 ack 1
    3.000 < S. 0:0 ack 1
    3.001 > .  1:1 ack 1      | ESTABLISHED  SYN-RECEIVED
  `, { findings: ['incomplete-handshake deferred server'] });

  tape('nothing: an acknowledgment was lost, and its repetition was not', `
    0.000 > S  0:0
    0.001 < S. 0:0 ack 1
    0.002 > .  1:1 ack 1
    1.000 < S. 0:0 ack 1
    1.001 > .  1:1 ack 1
    9.000                     | ESTABLISHED  ESTABLISHED
  `, { findings: [] });

  tape('nothing: deferred accept, and then the data', `
    0.000 > S  0:0
    0.001 < S. 0:0  ack 1
    0.002 > .  1:1  ack 1
    1.000 < S. 0:0  ack 1
    1.001 > .  1:1  ack 1
    3.000 < S. 0:0  ack 1
    3.001 > .  1:1  ack 1
    4.000 > P. 1:11 ack 1
    4.001 < .  1:1  ack 11    | ESTABLISHED  ESTABLISHED
  `, { findings: [] });

  tape('the server had given up before the acknowledgment came', `
    0.000  > S  0:0
    0.001  < S. 0:0  ack 1
    3.000  < S. 0:0  ack 1
    9.000  < S. 0:0  ack 1
    21.000 > P. 1:11 ack 1    | ESTABLISHED  SYN-RECEIVED
    21.001 < R  1:1           | CLOSED       CLOSED
  `, { ending: 'reset', findings: ['incomplete-handshake given-up server'], resets: ['server reactive no-socket'] });

  tape(
    'the acknowledgment draws a RST',
    `
    0.000 > S  0:0
    0.001 < S. 0:0  ack 1
    0.002 > .  1:1  ack 1
    0.003 < R  1:1            | CLOSED       CLOSED
  `,
    {
      ending: 'reset', server: 'SYN-RECEIVED CLOSED', findings: ['incomplete-handshake reset server'],
      resets: ['server reactive no-socket'],
    },
  );

  tape('the acknowledgment draws a RST, and the SYN-ACK still comes again: two hosts answer', `
    0.000 > S  0:0
    0.001 < S. 0:0  ack 1
    0.002 > .  1:1  ack 1
    0.003 < R  1:1                ttl 128
    1.001 < S. 0:0  ack 1
    1.002 > R  1:1
    3.001 < S. 0:0  ack 1
    3.002 > R  1:1
  `, {
    ending: 'reset', findings: ['incomplete-handshake reset server'], weighs: ['warning likely'],
    resets: ['server reactive no-socket', 'client reactive echo', 'client reactive echo'],
    says: [
      'The acknowledgment of the SYN-ACK (frame 3) was answered by a RST (frame 4), and the SYN-ACK still came 2 times ' +
        'behind that (last in frame 7). No host does both: two have the address 10.0.0.2, a balancer hands one ' +
        'connection to two, or something on the way resets in its name.',
    ],
  });

  tape('the acknowledgment draws a RST of somebody with another hop limit', `
    0.000 > S  0:0
    0.001 < S. 0:0  ack 1 ttl 64
    0.002 > .  1:1  ack 1
    0.003 < R  1:1  ttl 128
  `, {
    findings: ['incomplete-handshake reset server'], weighs: ['warning possible'],
    resets: ['server reactive no-socket'],
    says: [
      'The acknowledgment of the SYN-ACK (frame 3) was answered by a RST (frame 4) with TTL 128, where the SYN-ACK had ' +
        "64: so does somebody else, another host with the server's address or a box before it; or the accept queue of " +
        'a server that sets its own TTL was full (net.ipv4.tcp_abort_on_overflow).',
    ],
  });

  tape('nothing of the kind: the RST answers data on a connection that had stood', `
    0.000 > S  0:0
    0.001 < S. 0:0  ack 1
    0.002 > .  1:1  ack 1
    9.000 > P. 1:11 ack 1
    9.001 < R  1:1            | CLOSED       CLOSED
  `, { ending: 'reset', findings: ['rst-after-push no-socket client'], resets: ['server reactive no-socket'] });

  tape('nothing of the kind: acknowledgment and request, and one RST, which is for the request', `
    0.000 > S  0:0
    0.001 < S. 0:0  ack 1
    0.002 > .  1:1  ack 1
    0.002 > P. 1:11 ack 1
    0.003 < R  1:1
  `, { findings: ['rst-after-push no-socket client'], resets: ['server reactive no-socket'] });

  tape('the client answers the SYN-ACK by a RST: a probe', `
    0.000 > S  0:0
    0.001 < S. 0:0 ack 1
    0.002 > R  1:1
  `, { ending: 'reset', findings: ['incomplete-handshake given-up client'], resets: ['client reactive no-socket'] });

  tape(
    'both repeat theirs: the answers do not reach the client',
    `
    0.000 > S  0:0
    0.001 < S. 0:0 ack 1
    1.000 > S  0:0
    1.001 < S. 0:0 ack 1
    3.000 > S  0:0
    3.001 < S. 0:0 ack 1
  `,
    {
      findings: ['incomplete-handshake unheard server'],
      says: [
        'The client sent its SYN 3 times in 3 s though it was answered (frame 2, 3 SYN-ACKs in all): the answers do ' +
          'not reach it.',
      ],
    },
  );

  tape('nobody acknowledges the SYN-ACK, which comes again', `
    0.000 > S  0:0
    0.001 < S. 0:0 ack 1
    1.001 < S. 0:0 ack 1
    9.000
  `, { findings: ['incomplete-handshake given-up client'] });

  tape('nothing: the acknowledgment was only not captured, for the SYN-ACK did not come again', `
    0.000  > S  0:0
    0.001  < S. 0:0 ack 1
    60.000
  `, { findings: [] });

  tape('nothing of a handshake that was completed', `${opened}
    60.000
  `, { findings: [] });
});
