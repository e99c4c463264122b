import { describe, expect, it } from 'vitest';

import { analyze } from '../../src/analysis/analyze.js';
import { Conversations } from '../diagnoses/conversations.js';
import { asked, opened, tape } from '../tape.js';

const closedByClient = `${asked}
  0.100  > F. 31:31 ack 51
  0.110  < .  51:51 ack 32       | FIN-WAIT-2  CLOSE-WAIT
`;

/** A request over TLS, its answer, and the close of the server `close` seconds later; the client's number is 406. */
const endsTls = (close: number): string => `${opened}
    0.030 > P. 1:201 ack 1 "\\x16\\x03\\x01\\x00\\xc3\\x01${'a'.repeat(194)}"
    0.040 < P. 1:1051 ack 201 "\\x16\\x03\\x03\\x04\\x15\\x02${'a'.repeat(1044)}"
    0.050 > P. 201:406 ack 1051
    0.100 < P. 1051:2056 ack 406
    ${close.toFixed(4)} < P. 2056:2080 ack 406 "\\x17\\x03\\x03\\x00\\x13${'n'.repeat(19)}"`;

/** A stream in pieces, which its client leaves; the next piece comes `after` seconds later. */
async function leavesStream(after: number): Promise<readonly unknown[]> {
  const capture = new Conversations();
  const radio = capture.begin({ port: 8000 }).open(0).say(0.01, 'client', 'GET /s HTTP/1.0\r\n\r\n')
    .say(0.02, 'server', 'HTTP/1.0 200 OK\r\n\r\n').acknowledge(0.021, 'client');
  for (let piece = 0; piece < 12; piece++)
    radio.say(0.25 + piece * 0.25, 'server', 1400).acknowledge(0.251 + piece * 0.25, 'client');
  radio.close(3.1, 'client').say(3.1 + after, 'server', 1400).reset(3.101 + after, 'client', { bare: true });
  const { findings } = await capture.analyze();
  return findings.map(({ id, cause, severity }) => [id, cause, severity].join(' '));
}

/** Its answer begins at `said`; the client says close_notify and closes at 4.04 s. */
const cancelled = (said: number): string => `${opened}
  0.030 > P. 1:201 ack 1 "\\x16\\x03\\x01\\x00\\xc3\\x01${'a'.repeat(194)}"
  0.040 < P. 1:1051 ack 201 "\\x16\\x03\\x03\\x04\\x15\\x02${'a'.repeat(1044)}"
  0.050 > P. 201:406 ack 1051
  ${said.toFixed(4)} < . 1051:2499 ack 406
  ${(said + 0.0001).toFixed(4)} < . 2499:3947 ack 406
  4.0400 > P. 406:430 ack 2499 "\\x17\\x03\\x03\\x00\\x13${'n'.repeat(19)}"
  4.0401 > F. 430:430 ack 2499
  4.0410 < .  3947:5395 ack 406
  4.0510 > R  406:406
`;

/** A client of TLS, far from its server, that leaves behind its good-bye; the answer comes `after` seconds later. */
const far = (after: number): string => `
  0.000 > S  0:0
  0.190 < S. 0:0   ack 1
  0.191 > .  1:1   ack 1
  0.192 > P. 1:201 ack 1 "\\x16\\x03\\x01\\x00\\xc3\\x01${'a'.repeat(194)}"
  0.390 < P. 1:1051 ack 201 "\\x16\\x03\\x03\\x04\\x15\\x02${'a'.repeat(1044)}"
  0.400 > P. 201:406 ack 1051
  0.401 > P. 406:437 ack 1051 "\\x15\\x03\\x03\\x00\\x1a${'n'.repeat(26)}"
  0.401 > F. 437:437 ack 1051
  ${(0.4 + after).toFixed(3)} < P. 1051:1325 ack 438
  ${(0.401 + after).toFixed(3)} > R  438:438
`;

/** A client of a protocol that nobody knows; the server's first words, and its close `later` seconds behind them. */
const opening = (later: number, request: string): string => `
  0.000 > S  0:0
  0.050 < S. 0:0     ack 1
  0.051 > .  1:1     ack 1
  0.052 > P. 1:21    ack 1 "${request}"
  0.104 < P. 1:401   ack 21
  0.105 > .  21:21   ack 401
  ${(0.1041 + later).toFixed(4)} < F. 401:401 ack 21
  ${(0.1046 + later).toFixed(4)} > P. 21:221  ack 402
  ${(0.1550 + later).toFixed(4)} < R  402:402
`;

describe('rst-after-push', () => {
  tape(
    'an answer that comes at once behind the FIN can only have found a closed end',
    `${closedByClient}
    0.500  < P. 51:151 ack 32
    0.510  > R  32:32
  `,
    {
      resets: ['client reactive closed-peer'], findings: ['rst-after-push closed-peer server'],
      weighs: ['error certain'],
    },
  );

  // A firewall gives a half-closed connection less time than one that is open, and the client may have been restarted.
  tape(
    'an answer to what came through only when its client had given up is the doing of the road',
    `${asked}
    1.000  > P. 31:39 ack 51
    1.300  > P. 31:39 ack 51
    1.900  > P. 31:39 ack 51
    3.100  > P. 31:39 ack 51
    5.500  > F. 39:39 ack 51
    7.900  > FP. 31:39 ack 51
    7.950  < P. 59:111 ack 40
    7.951  > R  40:40
  `,
    {
      resets: ['client reactive closed-peer'], findings: ['rst-after-push closed-peer server'],
      weighs: ['warning likely'],
      says: [
        'The client sent its last words 5 times in 6.9 s and heard nothing, and had closed (frame 11): what came of ' +
          'the server at last (60 bytes, frame 13) drew a RST (frame 14).',
      ],
    },
  );

  tape(
    'a server that has forgotten the connection when at last something comes through',
    `${asked}
    1.000  > P. 31:39 ack 51
    1.300  > P. 31:39 ack 51
    1.900  > P. 31:39 ack 51
    3.100  > P. 31:39 ack 51
    5.500  > P. 31:39 ack 51
    10.300 > P. 31:39 ack 51
    10.350 < R  51:51
  `,
    {
      resets: ['server reactive no-socket'], findings: ['rst-after-push no-socket client'],
      says: [
        'The client sent 8 bytes (frame 12, 6 times in 9.3 s) and got a RST (frame 13) from a server that had never ' +
          'closed: it does not know the connection.',
      ],
    },
  );

  tape(
    'after minutes a box may have forgotten the half-closed connection',
    `${closedByClient}
    400.0  < P. 51:151 ack 32
    400.01 > R  32:32
  `,
    {
      resets: ['client reactive fin-wait-2-expired'],
      findings: ['half-closed killed server', 'rst-after-push closed-peer server'],
      weighs: ['info likely', 'error likely'],
    },
  );

  tape(
    'nor is it certain after a quarter of a minute',
    `${closedByClient}
    15.00  < P. 51:151 ack 32
    15.01  > R  32:32
  `,
    {
      resets: ['client reactive closed-peer'],
      findings: ['half-closed killed server', 'rst-after-push closed-peer server'],
      weighs: ['info likely', 'error likely'],
    },
  );

  for (const [word, length, weight] of [['a farewell', 31, 'info'], ['an answer', 310, 'error']] as const)
    tape(
      `closed-peer: ${word} to who had closed before the capture began`,
      `
    0.500  < P. 51:${51 + length} ack 32
    0.5002 < F. ${51 + length}:${51 + length} ack 32
    0.510  > R  32:32
    0.511  > R  32:32
  `,
      {
        resets: ['client reactive closed-peer', 'client reactive closed-peer'],
        findings: ['rst-after-push closed-peer server'], weighs: [`${weight} likely`],
      },
    );

  tape('closed-peer: the server writes on', `${closedByClient}
    0.500  < P. 51:151 ack 32
    0.510  > R  32:32            | CLOSED      CLOSED
  `, {
    resets: ['client reactive closed-peer'], findings: ['rst-after-push closed-peer server'],
    says: ['The client had closed (frame 7); the server still sent 100 bytes 0.4 s later (frame 9), which drew a RST ' +
      '(frame 10). Its next write raises SIGPIPE or EPIPE.'],
  });

  tape(
    'closed-peer, for information: a farewell before its own FIN',
    `${closedByClient}
    0.500  < P. 51:82 ack 32
    0.5002 < F. 82:82 ack 32
    0.510  > R  32:32            | CLOSED      CLOSED
    0.511  > R  32:32
  `,
    {
      resets: ['client reactive closed-peer', 'client reactive closed-peer'],
      findings: ['rst-after-push closed-peer server'],
      says: [
        'The server said good-bye with 31 bytes (frame 9) after the client had closed, and closed too; the RST ' +
          '(frame 11) harms nobody.',
      ],
    },
  );

  tape(
    'no-socket: the server has forgotten the connection',
    `${asked}
    30.000 > P. 31:61 ack 51
    30.010 < R  51:51            | CLOSED      CLOSED
  `,
    {
      resets: ['server reactive no-socket'], findings: ['rst-after-push no-socket client'],
      says: [
        'The client sent 30 bytes (frame 7) after 29.95 s of silence and got a RST (frame 8) from a server that had ' +
          'never closed: it does not know the connection.',
      ],
    },
  );

  tape(
    'closed-peer: the FIN waits behind what the congestion window held back',
    `${asked}
    1.000  < P. 51:7251     ack 31
    1.001  < P. 7251:14651  ack 31
    1.020  > P. 31:61       ack 51
    1.021  < R  51:51              | CLOSED      CLOSED
    1.022  > .  61:61       ack 7251
    1.023  < R  7251:7251
    1.030  > P. 61:91       ack 14651
    1.031  < R  14651:14651
  `,
    {
      resets: ['server reactive closed-peer', 'server reactive echo', 'server reactive closed-peer'],
      findings: ['rst-after-push closed-peer client'], server: 'SYN-RECEIVED ESTABLISHED FIN-WAIT-1 CLOSED',
      says: [
        'The client sent 30 bytes (frame 9) and got a RST (frame 10) from a server that had closed: its FIN was not ' +
          'seen, and nobody is left to read.',
      ],
    },
  );

  tape(
    'no-socket: who has said nothing but SYN-ACK need not have closed',
    `
    0.000  > S  0:0
    0.010  < S. 0:0   ack 1
    0.020  > .  1:1   ack 1
    0.021  > P. 1:31  ack 1
    0.030  < R  1:1                | CLOSED      CLOSED
  `,
    {
      resets: ['server reactive no-socket'], findings: ['rst-after-push no-socket client'],
      says: [
        'The client sent 30 bytes (frame 4) and got a RST (frame 5) from a server that had never closed: it does not ' +
          'know the connection.',
      ],
    },
  );

  tape(
    'closed-peer: the capture shows nothing of who closed but his answer',
    `
    0.000  > P. 31:61 ack 51
    0.010  < R  51:51              | CLOSED      CLOSED
  `,
    {
      resets: ['server reactive closed-peer'], findings: ['rst-after-push closed-peer client'],
      says: [
        'The client sent 30 bytes (frame 1) and got a RST (frame 2) from a server that had closed: its FIN was not ' +
          'seen, and nobody is left to read.',
      ],
    },
  );

  tape('no-socket: nor does the capture show more here, but whom the RST was for goes on, so that something between ' +
    'them rejects', `
    0.000  > P. 31:61 ack 51
    0.010  < R  51:51
    0.300  > P. 31:61 ack 51       | ESTABLISHED CLOSED
  `, {
    resets: ['server reactive no-socket'], findings: ['rst-after-push no-socket client'],
  });

  tape('crossing: request and FIN met on the way', `${asked}
    5.000  > P. 31:61 ack 51
    5.001  < F. 51:51 ack 31
    5.005  > .  61:61 ack 52
    5.007  < R  51:51            | CLOSED      CLOSED
    5.012  < R  52:52
  `, {
    resets: ['server reactive closed-peer', 'server reactive echo'], findings: ['rst-after-push crossing client'],
    says: ['The client sent 30 bytes (frame 7) before it had seen the FIN of the server (frame 8): they crossed, and ' +
      'the RST (frame 10) threw them away.'],
  });

  tape(
    'crossing, for information: the client leaves in the middle of an answer, as the end of a load test does',
    `${asked}
    1.000  > P. 31:61 ack 51
    1.010  < P. 51:1511 ack 61
    1.012  < P. 1511:2971 ack 61
    1.015  > F. 61:61 ack 51
    1.020  > R  61:61            | CLOSED      CLOSED
    1.021  > R  61:61
  `,
    {
      resets: ['client reactive closed-peer', 'client reactive closed-peer'],
      findings: ['rst-after-push crossing server'],
      says: [
        'The client closed (frame 10) while it was being answered: what was under way (2920 bytes, frame 9) drew a ' +
          'RST (frame 11), and nobody had stayed for it.',
      ],
    },
  );

  tape('nothing: a RST that answers a bare acknowledgment', `${closedByClient}
    70.000 < .  50:50 ack 32
    70.010 > R  32:32            | CLOSED      CLOSED
  `, { resets: ['client reactive fin-wait-2-expired'], findings: ['half-closed killed server'] });

  it('weighs less where the client left in the middle of an answer', async () => {
    const capture = new Conversations();
    capture
      .begin()
      .open(0)
      .say(0.01, 'client', 80)
      .say(0.02, 'server', 1400)
      .close(0.0205, 'client', false)
      .say(0.021, 'server', 1400)
      .reset(0.022, 'client', { bare: true });
    const [finding] = (await capture.analyze()).findings;
    expect([finding?.id, finding?.cause, finding?.severity, finding?.advice[0]]).toEqual([
      'rst-after-push', 'crossing', 'info', expect.stringContaining('Nothing to change'),
    ]);
  });

  it('weighs less where the client left a stream whose pieces come now and then', async () => {
    expect(await leavesStream(0.15)).toEqual(['rst-after-push closed-peer info']);
    expect(await leavesStream(0.05)).toEqual(['rst-after-push closed-peer info']);
    expect(await leavesStream(2)).toEqual(['rst-after-push closed-peer error']);
  });

  it('weighs less where it is a farewell: TLS close_notify', async () => {
    const { findings } = await analyze(['test/vectors/x_close_notify_race.pcap']);
    expect(findings.map(({ id, cause, severity, evidence }) => [id, cause, severity, evidence['sigpipe']])).toEqual([
      ['rst-after-push', 'closed-peer', 'info', false],
    ]);
  });

  const settings = '\\x00\\x00\\x00\\x04\\x00\\x00\\x00\\x00\\x00';
  const preface = 'PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n';
  const drain = '\\x00\\x00\\x08\\x07\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x01\\x00\\x00\\x00\\x00';
  for (const [cause, known] of [['crossing', 27], ['closed-peer', 28]] as const) {
    tape(
      `information: what was asked while the server drained HTTP/2 by a GOAWAY, ${cause}`,
      `${opened}
    0.030 > P. 1:34  ack 1 "${preface}${settings}"
    0.040 < P. 1:10  ack 34 "${settings}"
    0.100 < P. 10:27 ack 34 "${drain}"
    0.101 < F. 27:27 ack 34
    0.105 > P. 34:90 ack ${known}
    0.115 < R  28:28
  `,
      {
        findings: [`rst-after-push ${cause} client`], resets: ['server reactive closed-peer'],
        weighs: [`info ${cause === 'crossing' ? 'likely' : 'certain'}`],
      },
    );
  }

  tape(
    'information: it drained, answered a stream that was open, and closed behind that',
    `${opened}
    0.030 > P. 1:34  ack 1 "${preface}${settings}"
    0.040 < P. 1:10  ack 34 "${settings}"
    0.050 > P. 34:90 ack 10
    0.100 < P. 10:27 ack 90 "${drain}"
    0.200 < P. 27:127 ack 90
    0.210 > .  90:90 ack 127
    0.300 < P. 127:227 ack 90
    0.301 < F. 227:227 ack 90
    0.305 > P. 90:103 ack 227
    0.306 < R  228:228
  `,
    {
      findings: ['rst-after-push crossing client'], resets: ['server reactive closed-peer'], weighs: ['info likely'],
    },
  );

  const update = `"\\x17\\x03\\x03\\x00\\x1e${'u'.repeat(30)}"`;

  tape('information: what a client of TLS says to the answer behind which its server closes, across the FIN', `${endsTls(0.1001)}
    0.1005 > P. 406:441 ack 2056 ${update}
    0.1006 < F. 2080:2080 ack 406
    0.1016 < R  2056:2056
  `, { resets: ['server reactive closed-peer'], findings: ['rst-after-push crossing client'], weighs: ['info likely'] });

  tape('and behind it', `${endsTls(0.1001)}
    0.1002 < F. 2080:2080 ack 406
    0.1100 > .  406:406 ack 2081
    0.1101 > P. 406:441 ack 2081 ${update}
    0.1201 < R  2081:2081
  `, { resets: ['server reactive closed-peer'], findings: ['rst-after-push closed-peer client'], weighs: ['info certain'] });

  tape('a client that says good-bye in the middle of an answer had not stayed for the rest', cancelled(4.0399), {
    resets: ['client reactive closed-peer'], findings: ['rst-after-push crossing server'], weighs: ['info likely'],
  });

  tape('but what comes behind the good-bye out of a long silence was waited for', cancelled(1), {
    resets: ['client reactive closed-peer'], findings: ['rst-after-push crossing server'], weighs: ['warning likely'],
  });

  tape('but not what it says to a server that has closed out of idleness', `${endsTls(9.1)}
    9.1005 > P. 406:441 ack 2056 ${update}
    9.1006 < F. 2080:2080 ack 406
    9.1016 < R  2056:2056
  `, { resets: ['server reactive closed-peer'], findings: ['rst-after-push crossing client'], weighs: ['warning likely'] });

  tape('nor what is as long as a request', `${endsTls(0.1001)}
    0.1005 > P. 406:611 ack 2056
    0.1006 < F. 2080:2080 ack 406
    0.1016 < R  2056:2056
  `, { resets: ['server reactive closed-peer'], findings: ['rst-after-push crossing client'], weighs: ['warning likely'] });

  tape('nor what HTTP asks in the clear, however short', `${opened}
    0.0300 > P. 1:19 ack 1 "GET / HTTP/1.1\\r\\n\\r\\n"
    0.1000 < P. 1:201 ack 19
    0.1005 > P. 19:37 ack 201 "GET / HTTP/1.1\\r\\n\\r\\n"
    0.1006 < F. 201:201 ack 19
    0.1016 < R  201:201
  `, { resets: ['server reactive closed-peer'], findings: ['rst-after-push crossing client'], weighs: ['warning likely'] });

  tape('closed-peer, a warning: the answer to a client that had left its request soon', `
    0.000 > S  0:0
    0.400 < S. 0:0     ack 1
    0.401 > .  1:1     ack 1
    0.500 > P. 1:201   ack 1
    0.860 > F. 201:201 ack 1
    0.900 < .  1:1     ack 201
    1.260 < .  1:1     ack 202
    1.440 < P. 1:555   ack 202
    1.441 > R  202:202
  `, {
    ending: 'reset', findings: ['rst-after-push closed-peer server'], resets: ['client reactive closed-peer'],
    weighs: ['warning certain'],
  });

  tape('crossing, for information: both say good-bye and close, the server first', `${asked}
    9.0000 < P. 51:82 ack 31
    9.0014 < F. 82:82 ack 31
    9.0050 > P. 31:62 ack 51
    9.0062 > F. 62:62 ack 51
    9.0100 > R  51:51
    9.0101 > R  51:51
    9.0900 < R  82:82
  `, {
    resets: ['client reactive closed-peer', 'client reactive echo', 'server reactive echo'],
    findings: ['rst-after-push crossing server'], weighs: ['info likely'],
  });

  tape('but what is said a while before its sender closes was meant to be read', `${asked}
    9.0000 < P. 51:82 ack 31
    9.0514 < F. 82:82 ack 31
    9.0550 > P. 31:62 ack 51
    9.0562 > F. 62:62 ack 51
    9.0600 > R  51:51
    9.0601 > R  51:51
    9.1400 < R  82:82
  `, {
    resets: ['client reactive closed-peer', 'client reactive echo', 'server reactive echo'],
    findings: ['rst-after-push crossing server'], weighs: ['warning likely'],
  });

  tape('information: the answer to a client that left is under way for as long as the road to its server is', far(0.24), {
    ending: 'reset', resets: ['client reactive closed-peer'], findings: ['rst-after-push closed-peer server'],
    weighs: ['info certain'],
  });

  tape('but not a second later', far(1.24), {
    ending: 'reset', resets: ['client reactive closed-peer'], findings: ['rst-after-push closed-peer server'],
    weighs: ['error certain'],
  });

  tape('information: a peer that hangs up behind its first words', opening(0.002, 'abcdefghijklmnopqrst'), {
    ending: 'reset', resets: ['server reactive closed-peer'], findings: ['rst-after-push closed-peer client'],
    weighs: ['info likely'],
    says: [
      'The server hung up (frame 7) right behind its first words; the 200 bytes that the client was saying (frame 8) ' +
        'drew a RST (frame 9).',
    ],
  });

  tape('but not one that has kept quiet meanwhile', opening(9, 'abcdefghijklmnopqrst'), {
    ending: 'reset', resets: ['server reactive closed-peer'], findings: ['rst-after-push closed-peer client'],
    weighs: ['error certain'],
  });

  tape('nor a server of HTTP, which has answered and must say that it closes', opening(0.002, 'GET / HTTP/1.1\\r\\n\\r\\n..'), {
    ending: 'reset', resets: ['server reactive closed-peer'], findings: ['rst-after-push closed-peer client'],
    weighs: ['error certain'],
  });
});
