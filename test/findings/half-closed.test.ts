import { describe } from 'vitest';

import { asked, opened, tape } from '../tape.js';

const closedByClient = `${asked}
  0.100  > F. 31:31 ack 51
  0.110  < .  51:51 ack 32       | FIN-WAIT-2  CLOSE-WAIT
`;

/** A hundred and fifty segments of a kilobyte, each acknowledged: more than a history holds. */
const longAnswer = Array.from({ length: 150 }, (_, index) => {
  const [begin, end] = [51 + index * 1000, 1051 + index * 1000];
  return (
    `    ${(0.2 + index * 0.01).toFixed(3)} < . ${begin}:${end} ack 32\n    ${(0.205 + index * 0.01).toFixed(3)} > ` +
    `. 32:32 ack ${end}\n`
  );
}).join('');

describe('half-closed', () => {
  tape(
    'leak: the server never closes',
    `${closedByClient}
    90.100                       | CLOSED      CLOSE-WAIT
  `,
    {
      findings: ['half-closed leak server'],
      says: [
        'The client closed and the server acknowledged it, but does not close its own side: CLOSE-WAIT since frame ' +
          '7, 90 s until the capture ends.',
      ],
    },
  );

  tape(
    'leak: the client never closes',
    `${asked}
    0.100  < F. 51:51 ack 31
    0.110  > .  31:31 ack 52     | CLOSE-WAIT  FIN-WAIT-2
    90.100                       | CLOSE-WAIT  CLOSED
  `,
    {
      findings: ['half-closed leak client'],
      says: [
        'The server closed and the client acknowledged it, but does not close its own side: CLOSE-WAIT since frame ' +
          '7, 90 s until the capture ends.',
      ],
    },
  );

  tape('never-accepted: the kernel did all, and the server never sent a byte', `${opened}
    0.030  > P. 1:31  ack 1
    0.040  < .  1:1   ack 31
    2.100  > F. 31:31 ack 1
    2.110  < .  1:1   ack 32     | FIN-WAIT-2  CLOSE-WAIT
    90.100                       | CLOSED      CLOSE-WAIT
  `, {
    findings: ['half-closed never-accepted server'],
    says: ['The handshake was completed by the kernel and 30 bytes of the client were acknowledged, but the server ' +
      'never sent a byte and never closed: nobody seems to call accept() (since frame 6, 88 s until the capture ' +
      'ends).'],
  });

  tape(
    'slow: the FIN comes, but late',
    `${closedByClient}
    7.100  < F. 51:51 ack 32
    7.110  > .  32:32 ack 52 id 0 | TIME-WAIT  CLOSED
  `,
    {
      ending: 'closed', findings: ['half-closed slow server'],
      says: ['The client closed; the server took 7 s to close its side.'],
    },
  );

  tape(
    'slow: perhaps it comes yet',
    `${closedByClient}
    20.100                       | FIN-WAIT-2  CLOSE-WAIT
  `,
    {
      ending: 'half-closed', findings: ['half-closed slow server'],
      says: [
        'The client closed; the server has not closed its side yet: CLOSE-WAIT since frame 7, 20 s until the capture ' +
          'ends.',
      ],
    },
  );

  tape('slow, as information: a client that was served has not looked into its pool again', `${asked}
    5.040  < F. 51:51 ack 31
    5.050  > .  31:31 ack 52
    45.000                       | CLOSE-WAIT  FIN-WAIT-2
  `, {
    ending: 'half-closed', findings: ['half-closed slow client'], weighs: ['info possible'],
    says: ['The server closed an idle connection; the client has not looked at it again: CLOSE-WAIT since frame 7, ' +
      '39.96 s until the capture ends. Nothing was lost.'],
  });

  tape('slow: a client whose request was not answered is no idle one', `${asked}
    5.040  > P. 31:61 ack 51
    5.050  < .  51:51 ack 61
    8.040  < F. 51:51 ack 61
    8.050  > .  61:61 ack 52
    45.000
  `, {
    ending: 'half-closed', findings: ['half-closed slow client', 'unanswered-request closed server'],
    weighs: ['warning possible', 'warning likely'],
  });

  tape('nothing: a pause of four seconds', `${closedByClient}
    4.100  < F. 51:51 ack 32
    4.110  > .  32:32 ack 52 id 0 | TIME-WAIT  CLOSED
  `, { ending: 'closed' });

  tape('slow: perhaps the road was cut, and it had closed at once', `${closedByClient}
    6.500 < F. 51:51 ack 32
    6.510 > .  32:32 ack 52
  `, { findings: ['half-closed slow server'], weighs: ['warning likely'] });

  tape('slow for certain, where it spoke meanwhile as who has not closed', `${closedByClient}
    10.110 < .  50:50 ack 32
    10.120 > .  32:32 ack 51
    20.110 < .  50:50 ack 32
    20.120 > .  32:32 ack 51
    25.000 < F. 51:51 ack 32
    25.010 > .  32:32 ack 52
  `, { findings: ['half-closed slow server'], weighs: ['warning certain'] });

  tape('slow, perhaps: its FIN waits for a window that its peer holds closed', `${asked}
    0.060 < P. 51:1051 ack 31
    0.070 > .  31:31 ack 1051 win 0
    0.100 > F. 31:31 ack 1051 win 0
    0.110 < .  1051:1051 ack 32
    0.310 < .  1050:1050 ack 32
    0.320 > .  32:32 ack 1051 win 0
    0.810 < .  1050:1050 ack 32
    0.820 > .  32:32 ack 1051 win 0
    8.000 > .  32:32 ack 1051 win 500
    8.010 < F. 1051:1051 ack 32
    8.020 > .  32:32 ack 1052
  `, {
    findings: ['half-closed slow server', 'stalled-reader client'], weighs: ['info possible', 'info likely'],
  });

  tape('intentional, perhaps: what its kernel took in before a RST it need not have read', `${closedByClient}
    0.500 < P. 51:151 ack 32
    0.510 > .  32:32 ack 151
    0.600 < F. 151:151 ack 32
    0.610 > R  32:32
  `, {
    resets: ['client reactive closed-peer'], findings: ['half-closed intentional client'], weighs: ['info likely'],
  });

  tape('intentional: an answer longer than a history is counted whole', `${closedByClient}${longAnswer}
    9.100  < F. 150051:150051 ack 32
    9.110  > .  32:32         ack 150052 | TIME-WAIT CLOSED
  `, {
    ending: 'closed', findings: ['half-closed intentional client'],
    says: ['The client closed its side and went on reading; the server sent 150000 bytes more and closed 9 s later.'],
  });

  tape('intentional: nor is its FIN forgotten when data in front of it comes again', `${closedByClient}${longAnswer}
    9.100  < F. 150051:150051 ack 32
    9.300  < .  149051:150051 ack 32
    9.310  > .  32:32         ack 150052 | TIME-WAIT CLOSED
  `, { ending: 'closed', findings: ['half-closed intentional client'] });

  tape('intentional: the closer goes on reading', `${closedByClient}
    9.000  < P. 51:3051   ack 32
    9.010  > .  32:32     ack 3051
    9.100  < F. 3051:3051 ack 32
    9.110  > .  32:32     ack 3052 | TIME-WAIT CLOSED
  `, {
    ending: 'closed', findings: ['half-closed intentional client'],
    says: ['The client closed its side and went on reading; the server sent 3000 bytes more and closed 9 s later.'],
  });

  tape(
    'killed: nobody is left when the answer comes',
    `${closedByClient}
    70.000 < P. 51:151 ack 32
    70.010 > R  32:32            | CLOSED      CLOSED
  `,
    {
      ending: 'reset', resets: ['client reactive fin-wait-2-expired'],
      findings: ['half-closed killed server', 'rst-after-push closed-peer server'],
      says: [
        'The client closed; the server kept its side open for 69.91 s until a RST from the client (frame 10: ' +
          'fin-wait-2-expired) ended it.',
        'The client had closed (frame 7); the server still sent 100 bytes 69.9 s later (frame 9), which drew a RST ' +
          '(frame 10). Its next write raises SIGPIPE or EPIPE.',
      ],
    },
  );

  tape('nothing: data in the SYN was sent before anything was acknowledged, whatever number stands in its place', `
    0.000 > S  0:100
    0.010 < S. 0:0    ack 101
    0.020 > .  101:101 ack 1
    0.030 < P. 1:11   ack 101
    0.031 < F. 11:11  ack 101
    0.040 > .  101:101 ack 12
    2.000 > F. 101:101 ack 12      | LAST-ACK     TIME-WAIT
    2.010 < .  12:12  ack 102 id 7 | CLOSED       TIME-WAIT
  `, { ending: 'closed', closer: 'server' }, { initial: [1_000_000, 3_000_000_000] });

  tape('leak, as information: nothing of the keeper but acknowledgments, of a connection older than the capture', `
    0.000  > F. 31:31 ack 51
    0.010  < .  51:51 ack 32
    90.000
  `, {
    ending: 'half-closed', findings: ['half-closed leak server'], weighs: ['info possible'],
    says: [
      'The client closed and the server acknowledged it, but does not close its own side: CLOSE-WAIT since frame ' +
        '1, 90 ' +
        's until the capture ends. Or it had closed before: the capture began later than the connection, and shows ' +
        'nothing else of it.',
    ],
  });

  tape('leak: of one that spoke in the capture its own FIN would have been seen', `
    0.000  > P. 1:31  ack 1
    0.010  < P. 1:51  ack 31
    0.020  > F. 31:31 ack 51
    0.030  < .  51:51 ack 32
    90.000
  `, { ending: 'half-closed', findings: ['half-closed leak server'], weighs: ['error likely'] });

  tape('slow, as information: a client whose server closed an idle connection, when the capture ends', `${opened}
    0.030  > P. 1:31  ack 1
    0.040  < P. 1:51  ack 31
    0.050  > .  31:31 ack 51
    5.000  < F. 51:51 ack 31
    5.010  > .  31:31 ack 52
    50.000
  `, { ending: 'half-closed', findings: ['half-closed slow client'], weighs: ['info possible'] });

  tape('slow: a server that has not closed after its client did, when the capture ends', `${opened}
    0.030  > P. 1:31  ack 1
    0.040  < P. 1:51  ack 31
    0.050  > .  31:31 ack 51
    5.000  > F. 31:31 ack 51
    5.010  < .  51:51 ack 32
    50.000
  `, { ending: 'half-closed', findings: ['half-closed slow server'], weighs: ['warning possible'] });
});
