import { describe, expect, test } from 'vitest';

import { analyze } from '../../../src/analysis/analyze.js';
import { asked, opened, tape } from '../../tape.js';

describe('a RST and its listener (RFC 5961 §3)', () => {
  tape(
    'at the very number that is expected: the end',
    `${asked}
    1.000 > R. 31:31 ack 51        | CLOSED       CLOSED?
  `,
    {
      ending: 'reset', closer: 'client', resets: ['client active abort accepted'],
      findings: ['linger-reset abort client'],
    },
  );

  tape('outside the window: nothing happens', `${asked}
    1.000 < R. 900051:900051 ack 31 ttl 50 id 0  | ESTABLISHED  ESTABLISHED
    2.000 > P. 31:61 ack 51
    2.010 < P. 51:91 ack 61                      | ESTABLISHED  ESTABLISHED
  `, { ending: 'open', closer: null, resets: ['server active forged ignored'], findings: ['forged-reset server'] });

  tape('that its sender contradicts', `${asked}
    1.000 < R. 51:51 ack 31 ttl 50 id 0          | ESTABLISHED  ESTABLISHED
    2.000 > P. 31:61 ack 51
    2.010 < P. 51:91 ack 61                      | ESTABLISHED  ESTABLISHED
  `, { ending: 'open', closer: null, resets: ['server active forged ignored'], findings: ['forged-reset server'] });

  tape(
    'one below what is expected, in CLOSE-WAIT: Linux takes it',
    `${asked}
    0.100 < F. 51:51 ack 31        | CLOSE-WAIT   FIN-WAIT-1
    0.110 > .  31:31 ack 52        | CLOSE-WAIT   FIN-WAIT-2
    0.500 < R  51:51 win 500       | CLOSED       CLOSED
  `,
    {
      ending: 'reset', closer: 'server', resets: ['server reactive closed-peer accepted'],
      findings: ['unexpected-reset bare-ack server'],
    },
  );
});

describe('an abort', () => {
  tape('by a server that was sent nothing', `${opened}
    0.030 < P. 1:51  ack 1
    0.040 > .  1:1   ack 51
    0.500 < R. 51:51 ack 1         | CLOSED       CLOSED
  `, { ending: 'reset', closer: 'server', resets: ['server active linger'], findings: ['linger-reset linger server'] });

  tape(
    'while data is still unacknowledged',
    `${opened}
    0.030 < P. 1:1001  ack 1
    0.031 < R. 1001:1001 ack 1     | CLOSED       CLOSED
  `,
    {
      ending: 'reset', closer: 'server', resets: ['server active linger'], findings: ['linger-reset linger server'],
      says: [
        'The server ended the connection by RST instead of FIN: SO_LINGER {1, 0}, as far as the packets show; 1000 ' +
          'bytes were not acknowledged and are lost.',
      ],
    },
  );

  tape('in CLOSE-WAIT', `${asked}
    0.100 > F. 31:31 ack 51        | FIN-WAIT-1   CLOSE-WAIT
    0.110 < .  51:51 ack 32        | FIN-WAIT-2   CLOSE-WAIT
    0.500 < R. 51:51 ack 32        | CLOSED       CLOSED
  `, { ending: 'reset', closer: 'client', resets: ['server active linger'], findings: ['linger-reset linger server'] });

  tape(
    'in FIN-WAIT-2, with an answer that came since',
    `${opened}
    0.100 > FP. 1:31 ack 1         | FIN-WAIT-1   CLOSE-WAIT
    0.110 < .   1:1 ack 32         | FIN-WAIT-2   CLOSE-WAIT
    0.200 < P.  1:51 ack 32        | FIN-WAIT-2   CLOSE-WAIT
    0.210 > .   32:32 ack 51       | FIN-WAIT-2   CLOSE-WAIT
    0.500 > R.  32:32 ack 51       | CLOSED       CLOSED
  `,
    {
      ending: 'reset', closer: 'client', resets: ['client active unread-data'],
      findings: ['linger-reset unread-data client'],
    },
  );

  for (const [what, answer, says] of [
    ['answered', '0.150 < P. 1:51 ack 80001\n    0.151 > . 80001:80001 ack 51', 'as far as the packets show'],
    ['not answered', '', 'or a close() with unread data'],
  ] as const)
    tape(
      `behind more than a window holds, which its sender had ${what}`,
      `${opened}
    0.030 > P. 1:40001 ack 1
    0.031 < .  1:1 ack 40001
    0.140 > P. 40001:80001 ack 1
    0.141 < .  1:1 ack 80001
    ${answer}
    0.400 < R. ${answer === '' ? 1 : 51}:${answer === '' ? 1 : 51} ack 80001 | CLOSED       CLOSED
  `,
      {
        ending: 'reset', closer: 'server', resets: ['server active linger'],
        findings: [...(answer === '' ? ['unanswered-request closed server'] : []), 'linger-reset linger server'],
        says: [
          ...(answer === ''
            ? [
                'The server aborted by a RST (frame 8) 0.37 s after the request (frame 6) without having sent a byte.',
              ]
            : []),
          `The server ended the connection by RST instead of FIN: SO_LINGER {1, 0}, ${says}; nothing was lost.`,
        ],
      },
    );

  tape(
    'with unread data: the window opens again in the RST',
    `${opened}
    0.030 > P. 1:1001 ack 1
    0.031 < .  1:1 ack 1001 win 40
    0.500 < R. 1:1 ack 1001 win 90 | CLOSED       CLOSED
  `,
    {
      ending: 'reset', closer: 'server', resets: ['server active unread-data'],
      findings: ['unanswered-request closed server', 'linger-reset unread-data server'],
    },
  );

  tape(
    'right behind the answer to what had just come: who answers it has read it',
    `${opened}
    0.0300 > P. 1:31  ack 1
    0.0303 < P. 1:51  ack 31
    0.0306 < R. 51:51 ack 31       | CLOSED       CLOSED
  `,
    {
      ending: 'reset', closer: 'server', resets: ['server active linger'],
      findings: ['unanswered-request cut server', 'linger-reset linger server'],
    },
  );

  tape(
    'captured behind the answer to the FIN that came when it was closed',
    `${asked}
    1.0000 < P. 51:75 ack 31
    1.0001 < F. 75:75 ack 31
    1.0002 > R  31:31              // the socket is gone; which it has told before
    1.0003 > R. 31:31 ack 75       | CLOSED       CLOSED
  `,
    {
      ending: 'reset', closer: 'server', resets: ['client active unread-data', 'client reactive echo'],
      findings: ['linger-reset unread-data client'],
    },
  );

  tape(
    'before the request was there',
    `${asked}
    1.000 > P. 31:1031 ack 51
    1.001 < R. 51:51 ack 1031      | CLOSED       CLOSED
  `,
    {
      ending: 'reset', closer: 'server', resets: ['server active unread-data'],
      findings: ['linger-reset unread-data server'],
    },
  );
});

describe('an abort with an urgent byte in the queue', () => {
  tape(
    'that came last: recv() had stopped before it',
    `${asked}
    0.100 > PU. 31:32 ack 51
    0.101 < .   51:51 ack 32
    1.000 < R.  51:51 ack 32       | CLOSED       CLOSED
  `,
    {
      resets: ['server active unread-data'],
      findings: ['unanswered-request closed server', 'linger-reset unread-data server'],
    },
  );

  tape('that more data followed: it says nothing', `${asked}
    0.100 > PU. 31:32 ack 51
    0.200 > P.  32:62 ack 51
    0.201 < .   51:51 ack 62
    1.000 < R.  51:51 ack 62       | CLOSED       CLOSED
  `, { resets: ['server active abort'], findings: ['unanswered-request closed server', 'linger-reset abort server'] });
});

describe('an abort after a FIN of its own', () => {
  tape(
    'at once, with data that had come before: the FIN was meant, the RST is of the unread data',
    `${asked}
    0.500 < P. 51:151 ack 31
    0.510 > .  31:31 ack 151
    1.000 > F. 31:31 ack 151       | FIN-WAIT-1   CLOSE-WAIT?
    1.000 > R. 32:32 ack 151       | CLOSED       CLOSED?
  `,
    {
      ending: 'reset', closer: 'client', resets: ['client active unread-data'],
      findings: ['linger-reset unread-data client'],
    },
  );

  tape('in FIN-WAIT-2, with nothing that could be unread', `${opened}
    0.100 > F. 1:1 ack 1           | FIN-WAIT-1   CLOSE-WAIT
    0.110 < .  1:1 ack 2           | FIN-WAIT-2   CLOSE-WAIT
    0.500 > R. 2:2 ack 1           | CLOSED       CLOSED?
  `, { ending: 'reset', closer: 'client', resets: ['client active linger'], findings: ['linger-reset linger client'] });

  const longAfter = `${asked}
     0.100 > F. 31:31 ack 51       | FIN-WAIT-1   CLOSE-WAIT
     0.110 < .  51:51 ack 32       | FIN-WAIT-2   CLOSE-WAIT
     0.200 < P. 51:151 ack 32
    70.000 > R. 32:32 ack 151      | CLOSED       CLOSED
  `;
  tape(
    'longer after it than Linux waits in FIN-WAIT-2, which it leaves in silence: an application that had only shut ' +
      'down',
    longAfter,
    {
      ending: 'reset', closer: 'client', resets: ['client active unread-data'],
      findings: ['half-closed killed server', 'linger-reset unread-data client'],
    },
  );
  tape(
    'longer after it than macOS waits in FIN-WAIT-2, which it leaves by a RST', longAfter,
    {
      ending: 'reset', closer: 'client', resets: ['client active fin-wait-2-expired'],
      findings: ['half-closed killed server'],
    },
    { profile: 'macos' },
  );

  tape(
    'in LAST-ACK, where Linux makes no RST of linger',
    `${asked}
    0.500 < P. 51:151 ack 31
    0.501 < F. 151:151 ack 31
    0.510 > .  31:31 ack 152       | CLOSE-WAIT   FIN-WAIT-2
    1.000 > F. 31:31 ack 152       | LAST-ACK     TIME-WAIT?
    1.001 > R. 32:32 ack 152       | CLOSED       CLOSED?
  `,
    {
      resets: ['client active unread-data'],
      findings: ['linger-reset unread-data client', 'time-wait-reuse assassinated client'],
    },
  );
});

describe('the window of an abort', () => {
  const full = `${opened}
    0.030 > P. 1:20001 ack 1
    0.031 < .  1:1     ack 20001 win 68
    2.000 < P. 1:51    ack 20001 win 68`;

  tape(
    'opens in the millisecond in which its sender had still said it was full',
    `${full}
    2.0005 < R. 51:51  ack 20001 win 76
  `,
    {
      resets: ['server active unread-data'],
      findings: ['unanswered-request cut server', 'linger-reset unread-data server'],
    },
  );

  tape('opens later by as much: an application may have read in between', `${full}
    3.000 < R. 51:51   ack 20001 win 76
  `, { resets: ['server active abort'], findings: ['unanswered-request cut server', 'linger-reset abort server'] });
});

describe('a server that answered all it was asked', () => {
  tape('in one segment, at once: then it had read it', `${asked}
    1.000 < R. 51:51 ack 31
  `, { resets: ['server active linger'], findings: ['linger-reset linger server'] });

  tape('not where more came than one read() need take', `${opened}
    0.030 > P. 1:4001 ack 1
    0.031 < P. 1:51   ack 4001
    1.000 < R. 51:51  ack 4001
  `, { resets: ['server active abort'], findings: ['unanswered-request cut server', 'linger-reset abort server'] });

  tape('not where it spoke so much later that nothing shows it was an answer', `${opened}
    0.030 > P. 1:31 ack 1
    0.031 < .  1:1  ack 31
    0.530 < P. 1:51 ack 31
    1.000 < R. 51:51 ack 31
  `, { resets: ['server active abort'], findings: ['unanswered-request cut server', 'linger-reset abort server'] });
});

describe('a RST that answers', () => {
  tape(
    'data for a peer that has closed, twice',
    `${asked}
    0.100 > F. 31:31 ack 51        | FIN-WAIT-1   CLOSE-WAIT
    0.110 < .  51:51 ack 32        | FIN-WAIT-2   CLOSE-WAIT
    0.500 < P. 51:151 ack 32       | FIN-WAIT-2   CLOSE-WAIT
    0.501 < P. 151:251 ack 32      | FIN-WAIT-2   CLOSE-WAIT
    0.510 > R  32:32               | CLOSED       CLOSED
    0.511 > R  32:32               | CLOSED       CLOSED
  `,
    {
      ending: 'reset', closer: 'client', resets: ['client reactive closed-peer', 'client reactive closed-peer'],
      findings: ['rst-after-push closed-peer server'],
    },
  );

  tape(
    'a request that crossed the FIN',
    `${asked}
    5.000 > P. 31:61 ack 51        | ESTABLISHED  ESTABLISHED
    5.001 < F. 51:51 ack 31        | CLOSE-WAIT   FIN-WAIT-1
    5.005 > .  61:61 ack 52        | CLOSE-WAIT   FIN-WAIT-1
    5.007 < R  51:51               | CLOSED       CLOSED
    5.012 < R  52:52               | CLOSED       CLOSED
  `,
    {
      ending: 'reset', closer: 'server', resets: ['server reactive closed-peer', 'server reactive echo'],
      findings: ['rst-after-push crossing client'],
    },
  );

  tape(
    'data that a firewall rejects in the name of a socket that lives on',
    `${asked}
    1.000 > P. 31:61 ack 51        | ESTABLISHED  ESTABLISHED
    1.001 < R  51:51               | CLOSED       ESTABLISHED
    3.000 < P. 51:91 ack 31        | CLOSED       ESTABLISHED
    3.001 > R  31:31               | CLOSED       CLOSED
  `,
    { ending: 'reset', resets: ['server reactive forged', 'client reactive echo'], findings: ['forged-reset server'] },
  );

  tape('data, from a socket that was sending again and whose next turn had not come: it had closed behind what it ' +
    'repeats', `${asked}
    0.100 > P. 31:61 ack 51
    0.300 > P. 31:61 ack 51
    0.700 > P. 31:61 ack 51
    1.500 > P. 31:61 ack 51
    2.900 < P. 51:91 ack 61
    2.910 > R  61:61               | CLOSED       CLOSED
  `, { ending: 'reset', resets: ['client reactive closed-peer'], findings: ['rst-after-push closed-peer server'] });

  tape('data, long after that socket should have sent again: it may have vanished', `${asked}
    0.100 > P. 31:61 ack 51
    0.300 > P. 31:61 ack 51
    4.900 < P. 51:91 ack 61
    4.910 > R  61:61               | CLOSED       CLOSED
  `, { ending: 'reset', resets: ['client reactive no-socket'], findings: ['rst-after-push no-socket server'] });

  tape(
    'data of a socket whose peer a firewall has parted from it: as the first answers did not reach it, nor does ' +
      'the last',
    `${asked}
    1.000 < P. 51:91 ack 31
    1.001 > .  31:31 ack 91
    1.002 < R  91:91               | CLOSED       ESTABLISHED
    1.200 < P. 51:91 ack 31
    1.210 > R  31:31               | CLOSED       ESTABLISHED
    1.600 < P. 51:91 ack 31
    1.610 > R  31:31               | CLOSED       ESTABLISHED
    2.400 < P. 51:91 ack 31
    2.410 > R  31:31               | CLOSED       ESTABLISHED
    3.900                          | CLOSED       ESTABLISHED
    9.000                          | CLOSED       CLOSED?
  `,
    {
      ending: 'reset',
      resets: [
        'server reactive forged', 'client reactive echo ignored', 'client reactive echo ignored',
        'client reactive echo ignored',
      ],
      findings: ['forged-reset server'],
    },
  );

  tape(
    'data while close() is at work, and the RST of close() behind that',
    `${asked}
    0.500 < P. 51:151 ack 31
    0.501 < P. 151:251 ack 31
    0.5012 > R  31:31
    0.5013 > R. 31:31 ack 151      | CLOSED       CLOSED?
  `,
    {
      resets: ['client active unread-data', 'client reactive echo'], findings: ['linger-reset unread-data client'],
    },
  );

  tape(
    'data for a socket that is gone',
    `${asked}
    30.000 > P. 31:61 ack 51       | ESTABLISHED  ESTABLISHED
    30.010 < R  51:51              | CLOSED       CLOSED
  `,
    {
      ending: 'reset', closer: null, resets: ['server reactive no-socket'],
      findings: ['rst-after-push no-socket client'],
    },
  );

  /** A cut road: the server sends again and again; the next time would be at 14.2 s. */
  const sendsAgain = `${asked}
    1.000 < P. 51:81 ack 31
    1.200 < P. 51:81 ack 31
    1.600 < P. 51:81 ack 31
    2.400 < P. 51:81 ack 31
    4.000 < P. 51:81 ack 31
    7.400 < P. 51:81 ack 31`;

  tape('of who was sending again, and may have closed: its FIN would wait behind that', `${sendsAgain}
    13.500 > P. 31:61 ack 51
    13.501 < R  51:51
  `, {
    resets: ['server reactive no-socket'], findings: ['rst-after-push no-socket client'], weighs: ['error possible'],
    says: [
      'The client sent 30 bytes (frame 13) after 6.1 s of silence and got a RST (frame 14) from a server that had never ' +
        'said FIN: it does not know the connection, or it had closed it, and its FIN waited behind what it sent again.',
    ],
  });

  tape('of who has missed its time to send again', `${sendsAgain}
    25.000 > P. 31:61 ack 51
    25.001 < R  51:51
  `, {
    resets: ['server reactive no-socket'], findings: ['rst-after-push no-socket client'], weighs: ['error likely'],
  });

  /** A burst of three behind the handshake, of which the history holds the first and the last. */
  const burst = `${opened.replace(/\|.*/, '')}
    0.030 > .  1:1461    ack 1
    0.030 > .  1461:2921 ack 1
    0.030 > P. 2921:3501 ack 1`;

  tape(
    'each piece of a burst: the acknowledgment before it drew none',
    `${burst}
    0.040 < R  1:1
    0.040 < R  1:1
    0.040 < R  1:1
  `,
    {
      ending: 'reset', resets: ['server reactive no-socket', 'server reactive echo', 'server reactive echo'],
      findings: ['rst-after-push no-socket client'],
      says: [
        'The client sent 3500 bytes (frame 4) and got a RST (frame 7) from a server that had never closed: it does not ' +
          'know the connection.',
      ],
    },
  );

  tape(
    'the acknowledgment of the SYN-ACK, and each piece of a burst behind it',
    `${burst}
    0.040 < R  1:1
    0.040 < R  1:1
    0.040 < R  1:1
    0.040 < R  1:1
  `,
    { ending: 'reset', findings: ['incomplete-handshake reset server'], resets: [
      'server reactive no-socket', 'server reactive echo', 'server reactive echo', 'server reactive echo',
    ] },
  );
});

test('what was never sent is not lost, whatever the peer acknowledges', async () => {
  // The client acknowledges a number from before the SYN-ACK; there was no payload at all.
  const analysis = await analyze(['test/vectors/x_listener_gone_synrecv.pcap']);
  expect(analysis.connection(0).resets.map(({ lostBytes }) => lostBytes)).toEqual([
    { client: 0, server: 0 }, { client: 0, server: 0 },
  ]);
});
