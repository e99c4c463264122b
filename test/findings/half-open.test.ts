import { describe, expect, test } from 'vitest';

import { Conversations } from '../diagnoses/conversations.js';
import { asked, opened, tape } from '../tape.js';

/** Data that is sent again for eight seconds, while the server speaks on with this window; and what it says at last. */
const deaf = (window: number, last = '51:61 ack 31'): string => `${asked}
    1.000 > P. 31:61 ack 51
    1.200 > P. 31:61 ack 51
    2.000 < P. 51:61 ack 31 win ${window}
    2.010 > .  61:61 ack 61
    2.700 > P. 31:61 ack 61
    5.000 < P. 61:71 ack 31 win ${window}
    5.010 > .  61:61 ack 71
    5.800 > P. 31:61 ack 71
    9.000 > P. 31:61 ack 71
    9.500 < P. ${last} win ${window}
`;

/** A server that says something to a client it had served before, closes `later` seconds behind, and is not heard. */
const unheardWords = (later: number): string => `
   0.0000 < P. 1:47  ack 1
   ${later.toFixed(4)} < F. 47:78 ack 1
   0.9000 < F. 1:78  ack 1
   1.5000 < F. 1:78  ack 1
   2.7000 < F. 1:78  ack 1
   5.1000 < F. 1:78  ack 1
  10.0000 < F. 1:78  ack 1
`;

describe('half-open', () => {
  // The SYN-ACK begins the server's numbers: between those of the other connection and it nothing was lost.
  tape(
    'stale-peer of a connection that was not captured, with other numbers',
    `
    0.000 > S  0:0                     <mss 1460,sackOK,wscale 7>
    0.010 < .  100:100 ack 500000001
    0.020 > R  500000001:500000001
    1.000 > S  0:0                     <mss 1460,sackOK,wscale 7>
    1.010 < S. 400000000:400000000 ack 1 <mss 1460,sackOK,wscale 7>
    1.020 > .  1:1 ack 400000001
    1.030 > P. 1:31 ack 400000001
    1.040 < P. 400000001:400000051 ack 31
    1.050 > .  31:31 ack 400000051
  `,
    {
      ending: 'open', resets: ['client reactive challenge'], findings: ['half-open stale-peer server'],
      weighs: ['warning likely'],
    },
  );

  tape(
    'keepalive-timeout',
    `${asked}
    5.000 > .  30:30 ack 51
    6.000 > .  30:30 ack 51
    7.000 > .  30:30 ack 51
    8.000 > R. 31:31 ack 51
  `,
    {
      resets: ['client active keepalive-timeout'], findings: ['half-open keepalive-timeout server'],
      says: [
        'The server fell silent; keepalive probes of the client went unanswered until it gave up with a RST (frame ' +
          '10).',
      ],
    },
  );

  tape(
    'retransmission-timeout, and then silence',
    `${asked}
    1.000 > P. 31:61 ack 51
    1.200 > P. 31:61 ack 51
    1.600 > P. 31:61 ack 51
    2.400 > P. 31:61 ack 51
    20.00                          | CLOSED  ESTABLISHED
  `,
    {
      ending: 'half-open', findings: ['half-open retransmission-timeout server'],
      says: [
        'The client sent the same data 4 times in 1.4 s without an answer from the server, then must have given up ' +
          'in silence.',
      ],
    },
  );

  tape('retransmission-timeout, when the capture ends', `${asked}
    1.000 > P. 31:61 ack 51
    1.200 > P. 31:61 ack 51
    1.600 > P. 31:61 ack 51
    2.400 > P. 31:61 ack 51
    2.500                          | ESTABLISHED  ESTABLISHED
  `, {
    ending: 'open', findings: ['half-open retransmission-timeout server'],
    says: ['The client sent the same data 4 times in 1.4 s without an answer from the server.'],
  });

  const unanswered = `${asked}
    1.000 > P. 31:61 ack 51
    1.200 > P. 31:61 ack 51
    1.600 > P. 31:61 ack 51
    2.400 > P. 31:61 ack 51
    4.000 > R. 61:61 ack 51        | CLOSED  ESTABLISHED
  `;

  tape('retransmission-timeout, and a RST of a system that gives up aloud', unanswered, {
    resets: ['client active retransmission-timeout unheard'], findings: ['half-open retransmission-timeout server'],
    says: ['The client sent the same data 4 times in 1.4 s without an answer from the server, and gave up with a RST ' +
      '(frame 11).'],
  }, { profile: 'freebsd' });

  tape(
    'retransmission-timeout, and a RST of an application on Linux, which gives up in silence', unanswered,
    {
      resets: ['client active abort unheard'],
      findings: ['linger-reset abort client', 'half-open retransmission-timeout server'],
      weighs: ['info possible', 'warning likely'],
    },
    { profile: 'linux' },
  );

  // A device whose program never reads and whose stack takes no more acknowledges nothing, and ends it at last.
  tape('nothing: who acknowledged none of it ends the connection by a RST of its own', `${asked}
    1.000 > P. 31:61 ack 51
    1.300 > P. 31:61 ack 51
    1.900 > P. 31:61 ack 51
    3.100 > P. 31:61 ack 51
    5.500 > P. 31:61 ack 51
    10.300 > P. 31:61 ack 51
    20.00 < R. 51:51 ack 31          | CLOSED  CLOSED
  `, { ending: 'reset', resets: ['server active abort'], findings: ['linger-reset abort server'] });

  tape('stale-peer: the server never learned that the client was gone', `${asked}
    9.000 > S  -50000:-50000
    9.010 < .  51:51 ack 31
    9.020 > R  31:31
    9.031 > S  -50000:-50000
    9.041 < S. 700000:700000 ack -49999
    9.051 > .  -49999:-49999 ack 700001 | ESTABLISHED  ESTABLISHED
  `, [{}, {
    resets: ['client reactive challenge'], findings: ['half-open stale-peer server'],
    says: ['The client opens the same ports again, but the server still held the old connection (ESTABLISHED) and ' +
      'answered with its numbers: it had not let go of it.'],
  }]);

  tape('retransmission-timeout, though the server still speaks: the road there is cut', deaf(500, '71:81 ack 31'), {
    ending: 'open', findings: ['half-open retransmission-timeout server'],
    says: [
      'The client went on sending the same data for 8 s, and the server, which still spoke, acknowledged none of ' +
        'it: nothing of it arrives there.',
    ],
  });

  // A device that waits two seconds for the answer to its ping: the answer gets lost, and again.
  tape('four times within seconds, and the client, which has not heard it, asks again and leaves', `${asked}
    30.00 > P. 31:33 ack 51
    30.01 < P. 51:53 ack 33
    30.22 < P. 51:53 ack 33
    30.63 < P. 51:53 ack 33
    31.45 < P. 51:53 ack 33
    33.10 < P. 51:53 ack 33
    34.00 > F. 33:33 ack 51
    34.01 < .  53:53 ack 34
    34.02 < F. 53:53 ack 34
    34.03 > R  34:34
  `, {
    resets: ['client reactive closed-peer'], findings: ['half-open retransmission-timeout client'],
    says: ['The server went on sending the same data for 3.09 s, and the client, which still spoke, acknowledged ' +
      'none of it: nothing of it arrives there.'],
  });

  tape('nothing where it is acknowledged at last', deaf(500, '71:81 ack 61'), { ending: 'open' });

  tape('a stalled reader where the server has no room for more', deaf(0, '71:81 ack 31'), {
    ending: 'open', findings: ['stalled-reader server'],
  });

  tape('possible, where two retransmissions took long and the capture ends', `${asked}
    1.000 > P. 31:61 ack 51
    6.500 > P. 31:61 ack 51
    12.10 > P. 31:61 ack 51
  `, {
    findings: ['half-open retransmission-timeout server'],
    says: ['The client sent the same data 3 times in 11.1 s without an answer from the server.'],
  });

  // A timer may stop doubling at a few seconds (RFC 6298 §2.5), and a stack may give up aloud.
  tape(
    'retransmission-timeout of data and FIN together, by a timer with a limit, and a RST',
    `${opened}
    0.100 > P. 1:192 ack 1
    0.300 > F. 192:192 ack 1
    0.500 > FP. 1:192 ack 1
    1.000 > FP. 1:192 ack 1
    2.000 > FP. 1:192 ack 1
    4.000 > FP. 1:192 ack 1
    8.000 > FP. 1:192 ack 1
    16.000 > FP. 1:192 ack 1
    24.000 > FP. 1:192 ack 1
    32.000 > FP. 1:192 ack 1
    40.000 > FP. 1:192 ack 1
    48.000 > FP. 1:192 ack 1
    56.000 > R. 193:193 ack 1
  `,
    {
      resets: ['client active retransmission-timeout unheard'],
      findings: ['half-open retransmission-timeout server'],
      says: [
        'The client sent the same data 11 times in 47.9 s without an answer from the server, and gave up with a RST ' +
          '(frame 16).',
      ],
    },
  );

  tape(
    'collision: two live users of the same ports',
    `${asked}
    5.000 > S  -50000:-50000
    5.001 < .  51:51 ack 31
    5.002 > R  -49999:-49999
    10.00 > P. 31:61 ack 51
    10.01 < .  51:51 ack 61
  `,
    [
      {},
      {
        resets: ['client reactive challenge'], findings: ['half-open collision server'],
        says: [
          'Two live users of the same ports: the SYN (frame 7) was answered with the numbers of connection 0, ' +
            'which is ' +
            'still in use and went on afterwards.',
        ],
      },
    ],
  );

  tape('stale-peer: of a connection that the capture does not show', `
    0.000 > S  0:0
    0.001 < .  7000:7000 ack 4000
    0.002 > R  4000:4000
    1.010 > S  0:0
    1.011 < S. 0:0 ack 1
    1.012 > .  1:1 ack 1                  | ESTABLISHED  ESTABLISHED
  `, {
    resets: ['client reactive challenge accepted'], findings: ['half-open stale-peer server'],
  });

  tape('nothing: a RST that has the number which the SYN asks for answers a SYN-ACK that was not captured', `
    0.000 > S  0:0                     <mss 1460,sackOK,wscale 7>
    0.020 > R  1:1
  `, {
    resets: ['client reactive no-socket accepted'], findings: ['unexpected-reset unasked client'],
    weighs: ['info possible'],
  });

  tape('nothing of one direction: the byte that comes again each half minute asks whether the peer is there', `
     0.000 < S. 0:0     ack 1          <mss 1460,sackOK,wscale 8>
     0.030 < P. 1:145   ack 48
    30.000 < .  144:145 ack 48
    60.000 < .  144:145 ack 90
    90.000 < .  144:145 ack 90
   120.000 < .  144:145 ack 130
   150.000 < .  144:145 ack 130
   180.000 < F. 145:145 ack 130
  `, {});

  tape('of one direction and data that the history no longer holds, from the first time that it came again', `
    0.000 < S. 0:0       ack 1
    0.020 < .  1:1001    ack 31
    0.021 < .  1001:2001 ack 31
    0.022 < .  2001:3001 ack 31
    0.023 < .  3001:4001 ack 31
    0.500 < .  1001:2001 ack 31
    1.500 < .  1001:2001 ack 31
    3.500 < .  1001:2001 ack 31
    7.500 < .  1001:2001 ack 31
    15.50 < .  1001:2001 ack 31
  `, {
    ending: 'open', findings: ['half-open retransmission-timeout client'],
    says: ['The server sent the same data 5 times in 15 s without an answer from the client.'],
  });

  tape('nothing: of one direction what is sent again once or twice each, as the other acknowledges more and more', `
    0.000 < S. 0:0       ack 1
    0.020 < .  1:1001    ack 31
    0.021 < .  1001:2001 ack 31
    0.022 < .  2001:3001 ack 31
    0.500 < .  1:1001    ack 31
    1.500 < .  1:1001    ack 31
    1.600 < .  1001:2001 ack 31
    4.600 < .  1001:2001 ack 31
    4.700 < .  2001:3001 ack 31
    9.700 < .  2001:3001 ack 31
  `, { ending: 'open' });

  tape('told once, where what comes of the server at last finds a client that has left', `${opened}
     0.030 > P. 1:73    ack 1
     0.200 < .  1:1     ack 73
     0.201 > P. 73:143  ack 1
     0.700 > P. 73:143  ack 1
     1.700 > P. 73:143  ack 1
     3.700 > P. 73:143  ack 1
     7.700 > P. 73:143  ack 1
    12.900 > F. 143:143 ack 1
    20.000 < F. 80:80   ack 73
    27.000 < P. 1:80    ack 73
    27.001 > R  73:73
  `, {
    resets: ['client reactive closed-peer'],
    findings: ['rst-after-push closed-peer server', 'half-open retransmission-timeout server'],
    weighs: ['info likely', 'warning likely'],
  });

  tape('but not for a RST that came first, and was not heard: that is a fault of its own', `${asked}
     1.000 > P. 31:61   ack 51
     1.060 > P. 61:91   ack 51
     1.080 < F. 51:51   ack 61
     1.081 > P. 91:400  ack 52
     1.090 < R  31:31
     1.091 < R  52:52
     1.500 > P. 61:400  ack 52
     2.300 > P. 61:400  ack 52
     3.900 > P. 61:400  ack 52
     7.100 > P. 61:400  ack 52
  `, {
    findings: ['rst-after-push closed-peer client', 'half-open retransmission-timeout server'],
    resets: ['server reactive closed-peer ignored', 'server reactive echo'],
    weighs: ['error likely', 'warning likely'],
  });

  tape('as information, where a server says good-bye to a client that has left', unheardWords(0.0001), {
    findings: ['half-open retransmission-timeout client', 'unacknowledged-fin server'],
    weighs: ['info likely', 'info likely'],
  });

  tape('but not where it was meant to be read', unheardWords(0.5), {
    findings: ['half-open retransmission-timeout client'], weighs: ['warning likely'],
  });

  tape('nothing: two retransmissions, and an answer', `${asked}
    1.000 > P. 31:61 ack 51
    1.200 > P. 31:61 ack 51
    1.600 > P. 31:61 ack 51
    1.610 < .  51:51 ack 61        | ESTABLISHED  ESTABLISHED
  `, { ending: 'open' });

  tape('nothing: a closed port that answers the FIN of a scanner', `
    0.000 > F  0:0
    0.001 < R. 0:0 ack 1 win 0
  `, {
    resets: ['server reactive no-socket'], findings: ['illegal-flags fin-without-ack client'],
  }, { initial: [1_000_000, 0] });

  tape('the client sends again and again, and then says a last word and closes: nobody hears either', `${asked}
    10.000 > P. 31:61 ack 51
    10.200 > P. 31:61 ack 51
    10.600 > P. 31:61 ack 51
    11.400 > P. 31:61 ack 51
    13.000 > P. 31:61 ack 51
    60.000 > PF. 61:82 ack 51
    99.000
  `, {
    ending: 'half-closed', findings: ['half-open retransmission-timeout server'],
    says: [
      'The client sent the same data 5 times in 3 s without an answer from the server, and closed in vain (frame 12).',
    ],
  });

  tape('and one whose FIN goes out with what is sent again is told once', `${asked}
    10.000 > P.  31:61 ack 51
    10.200 > P.  31:61 ack 51
    10.600 > P.  31:61 ack 51
    11.400 > P.  31:61 ack 51
    12.000 > F.  61:61 ack 51
    13.000 > PF. 31:61 ack 51
    99.000
  `, { ending: 'half-open', findings: ['half-open retransmission-timeout server'] });

  // Windows, and whoever else sends the byte of RFC 1122 §4.2.3.6; nothing of the peer was captured.
  tape('nothing: keepalives with a byte, behind what their sender had said, and then its FIN', `
    0.000   > S  0:0
    0.020   > .  1:1     ack 1
    0.021   > P. 1:101   ack 1
    0.060   > .  101:101 ack 201
    30.060  > .  100:101 ack 201
    60.060  > .  100:101 ack 201
    90.060  > .  100:101 ack 201
    120.060 > .  100:101 ack 201
    130.000 > F. 101:101 ack 201
    130.030 > .  102:102 ack 202
  `, { verdict: 'unknown one-way' });

  tape('nothing: without one', `
    0.000   > S  0:0
    0.020   > .  1:1     ack 1
    0.021   > P. 1:101   ack 1
    0.060   > .  101:101 ack 201
    30.060  > .  100:100 ack 201
    60.060  > .  100:100 ack 201
    90.060  > .  100:100 ack 201
    120.060 > .  100:100 ack 201
  `, { verdict: 'unknown one-way' });

  tape('nothing: of a connection from before the capture, in the same time again and again', `
    0.000  > . 100:101 ack 201
    30.000 > . 100:101 ack 201
    60.000 > . 100:101 ack 201
    90.000 > . 100:101 ack 201
  `, { verdict: 'unknown one-way' });

  tape('but a keystroke that is sent again, by a timer that doubles', `
    0.000 > . 100:101 ack 201
    1.000 > . 100:101 ack 201
    3.000 > . 100:101 ack 201
    7.000 > . 100:101 ack 201
  `, { findings: ['half-open retransmission-timeout server'] });
});

test('data that a box on the way does not deliver: its ICMP errors say who and why', async () => {
  const capture = new Conversations();
  const conversation = capture.begin({ port: 22 }).open(0).exchange(0.1).say(1, 'server', 39, true);
  conversation.unreachable(1.001, 254, 1);
  for (const after of [0.2, 0.6, 1.4, 3, 6.2]) {
    conversation.again(1 + after, 'server');
    conversation.unreachable(1.001 + after, 254, 1);
  }
  const { findings } = await capture.analyze();
  expect(findings.map(({ id, cause, message }) => `${id} ${cause}: ${message}`)).toEqual([
    'half-open retransmission-timeout: The server sent the same data 6 times in 6.2 s without an answer from the ' +
      'client. 10.0.0.254, a router or firewall on the way, says that the host is unreachable (ICMP 3/1) in frame 8.',
  ]);
  expect(findings[0]!.evidence).toMatchObject({ by: '10.0.0.254', code: 'ICMP 3/1', errors: 6 });
  expect(findings[0]!.advice[0]).toContain('sender of the ICMP errors');
});
