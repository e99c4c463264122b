import { describe } from 'vitest';

import { asked, opened, tape } from '../tape.js';

/** A TLS record of `bytes` that begins as written in `head`, in a tape's words. */
const record = (head: string, bytes: number): string => `"${head}${'x'.repeat(bytes - head.length / 4)}"`;

const zeros = (count: number): string => String.raw`\x00`.repeat(count);

/** A frame of HTTP/2 on stream 0 (RFC 9113 §4.1), in a tape's words: its type, then what it carries. */
const frame = (type: number, carries = ''): string => {
  const length = carries.replaceAll(/\\x../g, 'x').length;
  return `${octets(0, 0, length, type, 0, 0, 0, 0, 0)}${carries}`;
};
const octets = (...bytes: readonly number[]): string =>
  bytes.map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
const goAway = (code: number, words = ''): string => frame(7, `${octets(0, 0, 0, 1, 0, 0, 0, code)}${words}`);

/** A client that speaks HTTP/2 from its first byte on, and asks on stream 1; both have sent their settings. */
const spoken = `${opened}
    0.030 > P. 1:34  ack 1 "PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n${frame(4)}"
    0.040 < P. 1:10  ack 34 "${frame(4)}"
    0.050 > P. 34:60 ack 10 "${frame(4)}${frame(6, octets(0, 0, 0, 0, 0, 0, 0, 1))}"
    0.060 < .  10:10 ack 60`;

describe('unanswered-request', () => {
  tape(
    'given-up: the client closes after a second, and the server then closes, too',
    `${opened}
    0.100 > P. 1:31 ack 1
    0.110 < .  1:1  ack 31
    1.100 > F. 31:31 ack 1
    1.101 < F. 1:1  ack 32
    1.110 > .  32:32 ack 2
  `,
    {
      ending: 'closed', findings: ['unanswered-request given-up client'],
      says: [
        'The client gave up 1 s after its request (frame 4): it closed (frame 6) without an answer; no answer came ' +
          'later either.',
      ],
    },
  );

  // Whose words are no questions (payload-kind.ts): a switch that answers its controller, and PPTP's Set-Link-Info.
  for (const [protocol, hello] of [
    ['OpenFlow', octets(4, 0, 0, 8, 0, 0, 0, 1)],
    ['PPTP', octets(0, 8, 0, 1, 0x1a, 0x2b, 0x3c, 0x4d)],
  ] as const) {
    tape(
      `nothing: the server closes, the client last, behind a word of ${protocol} that wants no answer`,
      `${opened}
    0.100 > P. 1:9   ack 1 "${hello}"
    0.110 < P. 1:9   ack 9 "${hello}"
    0.120 > P. 9:33  ack 9
    0.130 < .  9:9   ack 33
    1.100 < F. 9:9   ack 33
    1.110 > F. 33:33 ack 10
    1.120 < .  10:10 ack 34
  `,
      { ending: 'closed', findings: [] },
    );
  }

  tape(
    'given-up: the answer comes later and draws a RST, which is told as information',
    `${opened}
    0.100 > P. 1:31 ack 1
    0.110 < .  1:1  ack 31
    1.100 > F. 31:31 ack 1
    1.101 < .  1:1  ack 32
    3.000 < P. 1:101 ack 32
    3.001 > R  32:32
  `,
    {
      ending: 'reset', resets: ['client reactive closed-peer'],
      findings: ['unanswered-request given-up client', 'rst-after-push closed-peer server'],
    },
  );

  tape(
    'given-up by a RST: no word of linger',
    `${opened}
    0.100 > P. 1:31 ack 1
    0.110 < .  1:1  ack 31
    2.100 > R. 31:31 ack 1 win 0
  `,
    {
      ending: 'reset', resets: ['client active abort'],
      findings: ['unanswered-request given-up client', 'linger-reset abort client'],
    },
  );

  tape(
    'left: the client closes right behind its request, and refuses the answer',
    `${opened}
    0.100 > P. 1:31 ack 1
    0.100 > F. 31:31 ack 1
    0.110 < .  1:1  ack 32
    0.400 < P. 1:101 ack 32
    0.401 > R  32:32
  `,
    {
      ending: 'reset', resets: ['client reactive closed-peer'],
      findings: ['unanswered-request left client', 'rst-after-push closed-peer server'],
    },
  );

  tape(
    'cut: the server aborts in the middle of its answer',
    `${opened}
    0.100 > P. 1:31 ack 1
    0.110 < .  1:1461  ack 31
    0.111 < .  1461:2921  ack 31
    0.112 > .  31:31 ack 1461
    0.120 < R. 2921:2921 ack 31
  `,
    {
      ending: 'reset', resets: ['server active linger'],
      findings: ['unanswered-request cut server', 'linger-reset linger server'],
    },
  );

  tape('closed: the server says nothing and closes', `${opened}
    0.100 > P. 1:31 ack 1
    0.110 < .  1:1  ack 31
    3.100 < F. 1:1  ack 31
    3.110 > F. 31:31 ack 2
    3.111 < .  2:2  ack 32
  `, {
    ending: 'closed', findings: ['unanswered-request closed server'],
    says: ['The server closed (frame 6) 3 s after the request (frame 4) without having sent a byte.'],
  });

  tape('waiting: for more than a minute when the capture ends', `${opened}
    0.100 > P. 1:31 ack 1
    0.110 < .  1:1  ack 31
    70.000
  `, { ending: 'open', findings: ['unanswered-request waiting server'] });

  tape('nothing: the client said that it has sent all, and waits for the answer', `${opened}
    0.100 > P. 1:31 ack 1
    0.101 > F. 31:31 ack 1
    0.110 < .  1:1  ack 32
    2.000 < P. 1:101 ack 32
    2.010 > .  32:32 ack 101
    2.020 < F. 101:101 ack 32
    2.030 > .  32:32 ack 102
  `, { ending: 'closed', findings: ['half-closed intentional client'] });

  tape('nothing: the last word was a good-bye', `${opened}
    0.100 < P. 1:11 ack 1
    0.200 > P. 1:7  ack 11 "QUIT\\r\\n"
    0.900 < F. 11:11 ack 7
    0.910 > F. 7:7  ack 12
    0.920 < .  12:12 ack 8
  `, { ending: 'closed' });

  tape('nothing: the request crossed the FIN of the server', `${opened}
    0.100 < P. 1:11 ack 1
    0.110 > .  1:1  ack 11
    5.100 > P. 1:31 ack 11
    5.101 < F. 11:11 ack 1
    5.110 < R  11:11
  `, { ending: 'reset', resets: ['server reactive closed-peer'], findings: ['rst-after-push crossing client'] });

  tape('nothing: a client that only reports, and is never answered', `${opened}
    0.100 > P. 1:31 ack 1
    0.110 < .  1:1  ack 31
    1.100 > P. 31:61 ack 1
    1.110 < .  1:1  ack 61
    3.100 > F. 61:61 ack 1
    3.110 < F. 1:1  ack 62
    3.120 > .  62:62 ack 2
  `, { ending: 'closed' });

  tape(
    'nothing: the request never arrived',
    `${opened}
    0.100 > P. 1:31 ack 1
    0.400 > P. 1:31 ack 1
    1.000 > P. 1:31 ack 1
    2.200 > P. 1:31 ack 1
    3.000 > R. 31:31 ack 1
  `,
    { resets: ['client active retransmission-timeout unheard'], findings: ['half-open retransmission-timeout server'] },
  );

  tape(
    'a client of NATS publishes and leaves: nothing was to be answered, and what comes is a message',
    `${opened}
    0.100 < P. 1:10 ack 1 "INFO {}\\r\\n"
    0.101 > P. 1:16 ack 10 "CONNECT {...}\\r\\n"
    0.110 < P. 10:30 ack 16
    0.500 > P. 16:35 ack 30
    0.501 > F. 35:35 ack 30
    0.502 < P. 30:60 ack 36
    0.503 > R  36:36
  `,
    { ending: 'reset', resets: ['client reactive closed-peer'], findings: ['rst-after-push closed-peer server'] },
  );

  tape(
    'a client of SSH says good-bye well behind its last word: the server closes upon it, and owes nothing',
    `${opened}
    0.100 > P. 1:12 ack 1 "SSH-2.0-x\\r\\n"
    0.110 < P. 1:41 ack 12
    0.200 > P. 12:48 ack 41
    0.201 < .  41:41 ack 48
    0.600 > P. 48:108 ack 41
    0.601 < F. 41:41 ack 108
    0.602 > F. 108:108 ack 42
    0.603 < .  42:42 ack 109
  `,
    { ending: 'closed' },
  );

  /** A TLS handshake; the server gives no tickets. */
  const greeted = String.raw`${opened}
    0.030 > P. 1:201    ack 1    ${record(String.raw`\x16\x03\x01\x00\xc3\x01\x00`, 200)}
    0.050 < P. 1:1201   ack 201  ${record(String.raw`\x16\x03\x03\x00\x7a\x02\x00`, 1200)}
    0.060 > P. 201:281  ack 1201 ${record(String.raw`\x14\x03\x03\x00\x01\x01\x17`, 80)}
    0.070 < .  1201:1201 ack 281`;

  tape('nothing: a browser opens a TLS connection ahead, does not use it, and closes it', String.raw`${greeted}
    30.000 > F. 281:281   ack 1201
    30.010 < F. 1201:1201 ack 282
    30.020 > .  282:282   ack 1202
  `, { ending: 'closed' });

  tape('nothing: nor does it with a good-bye, or by a RST', String.raw`${greeted}
    30.000 > P. 281:305   ack 1201 ${record(String.raw`\x17\x03\x03\x00\x13`, 24)}
    30.001 > R. 305:305   ack 1201
  `, {
    ending: 'reset', resets: ['client active unread-data'], findings: ['linger-reset unread-data client'],
    weighs: ['info possible'],
    says: [
      'The client ended the connection by RST instead of FIN: SO_LINGER {1, 0}, or a close() with unread data; ' +
        'nothing was lost.',
    ],
  });

  for (const [version, end, length] of [['1.3', 281, 580], ['1.2', 294, 258]] as const)
    tape(
      `nothing: a browser needs one of several, and leaves the others before the server's last word (TLS ${version})`,
      String.raw`${opened}
    0.030 > P. 1:201    ack 1    ${record(String.raw`\x16\x03\x01\x00\xc3\x01\x00`, 200)}
    0.050 < P. 1:1201   ack 201  ${record(String.raw`\x16\x03\x03\x00\x7a\x02\x00`, 1200)}
    0.060 > P. 201:${end}  ack 1201
    0.062 > F. ${end}:${end} ack 1201
    0.080 < .  1201:1201 ack ${end + 1}
    0.082 < P. 1201:${1201 + length} ack ${end + 1}
    0.092 > R  ${end + 1}:${end + 1}
  `,
      {
        ending: 'reset', resets: ['client reactive closed-peer'], findings: ['rst-after-push closed-peer server'],
        weighs: ['info certain'],
      },
    );

  tape('given-up: a client of TLS says good-bye when it has waited long enough', String.raw`${greeted}
    0.100  > P. 281:481   ack 1201 ${record(String.raw`\x17\x03\x03\x00\xc3`, 200)}
    0.110  < .  1201:1201 ack 481
    10.000 > P. 481:505   ack 1201 ${record(String.raw`\x17\x03\x03\x00\x13`, 24)}
    10.001 > F. 505:505   ack 1201
    10.010 < F. 1201:1201 ack 506
    10.020 > .  506:506   ack 1202
  `, {
    ending: 'closed', findings: ['unanswered-request given-up client'],
    says: [
      'The client gave up 9.941 s after its request: it closed (frame 11) without an answer; no answer came later ' +
        'either.',
    ],
  });

  tape('given-up: and then aborts, so that nobody acknowledges its good-bye', String.raw`${greeted}
    0.100  > P. 281:481   ack 1201 ${record(String.raw`\x17\x03\x03\x00\xc3`, 200)}
    0.110  < .  1201:1201 ack 481
    10.000 > P. 481:505   ack 1201 ${record(String.raw`\x17\x03\x03\x00\x13`, 24)}
    10.001 > R. 505:505   ack 1201
  `, {
    ending: 'reset', resets: ['client active unread-data'],
    findings: ['unanswered-request given-up client', 'linger-reset unread-data client'],
    weighs: ['warning likely', 'info possible'],
  });

  tape('closed: a proxy that does not wait for the answer once its client has said that this was all', `${opened}
    0.030  > P. 1:31  ack 1
    0.031  > F. 31:31 ack 1
    0.040  < .  1:1   ack 32
    30.031 < R. 1:1   ack 32
  `, {
    ending: 'reset', resets: ['server active listener-closed'],
    findings: ['unanswered-request closed server', 'linger-reset listener-closed server'],
    says: [
      'The server aborted by a RST (frame 7) 30.001 s after the request of a client that had said with it that this ' +
        'was all (frame 5), without having sent a byte.',
      'The server ended the connection by RST instead of FIN: nobody had accepted it when the listening socket was ' +
        'closed, or SO_LINGER {1, 0}, or a close() with unread data; nothing was lost.',
    ],
  });

  tape('none: a stream of bytes that the server, which had read all of it, ends with a FIN', `${opened}
    0.030 > P. 1:1001    ack 1
    0.040 < .  1:1       ack 1001
    0.230 > P. 1001:2001 ack 1
    0.240 < .  1:1       ack 2001
    0.430 > P. 2001:3001 ack 1
    0.440 < .  1:1       ack 3001
    0.450 < F. 1:1       ack 3001
    0.460 > F. 3001:3001 ack 2
    0.470 < .  2:2       ack 3002
  `, { ending: 'closed', verdict: 'clean' });

  tape('none: though it had been silent for as long as between two pieces', `${opened}
    0.030 > P. 1:1001    ack 1
    0.040 < .  1:1       ack 1001
    0.380 > P. 1001:2001 ack 1
    0.390 < .  1:1       ack 2001
    0.640 < F. 1:1       ack 2001
    0.650 > F. 2001:2001 ack 2
    0.660 < .  2:2       ack 2002
  `, { ending: 'closed', verdict: 'clean' });

  tape('closed: the same, and then a silence of a client that waits', `${opened}
    0.030 > P. 1:1001    ack 1
    0.040 < .  1:1       ack 1001
    0.230 > P. 1001:2001 ack 1
    0.240 < .  1:1       ack 2001
    2.450 < F. 1:1       ack 2001
    2.460 > F. 2001:2001 ack 2
    2.470 < .  2:2       ack 2002
  `, { ending: 'closed', findings: ['unanswered-request closed server'], weighs: ['info possible'] });

  tape(
    'go-away: the server ends HTTP/2 by a GOAWAY of an error, and closes',
    `${spoken}
    0.100 < P. 10:41 ack 60 "${goAway(11, 'too_many_pings')}"
    0.100 < F. 41:41 ack 60
    0.110 > F. 60:60 ack 42
    0.120 < .  42:42 ack 61
  `,
    {
      ending: 'closed', findings: ['unanswered-request go-away server'], weighs: ['warning likely'],
      says: [
        'The server ended the connection by a GOAWAY (frame 8: ENHANCE_YOUR_CALM, "too_many_pings"): what the client ' +
          'had asked on streams above 1 was not looked at, and what it asked before is not answered any more.',
      ],
    },
  );

  tape(
    'go-away: behind another frame, in the segment of the FIN',
    `${spoken}
    0.100 < F. 10:36 ack 60 "${frame(4)}${goAway(1)}"
    0.110 > F. 60:60 ack 37
    0.120 < .  37:37 ack 61
  `,
    {
      findings: ['unanswered-request go-away server'],
      says: [
        'The server ended the connection by a GOAWAY (frame 8: PROTOCOL_ERROR): what the client had asked on streams ' +
          'above 1 was not looked at, and what it asked before is not answered any more.',
      ],
    },
  );

  tape(
    'nothing: a server that drains says GOAWAY without an error, whatever the client still says',
    `${spoken}
    0.100 < P. 10:27 ack 60 "${goAway(0)}"
    0.500 > P. 60:77 ack 27 "${frame(6, octets(0, 0, 0, 0, 0, 0, 0, 2))}"
    0.510 < .  27:27 ack 77
    1.500 < F. 27:27 ack 77
    1.510 > F. 77:77 ack 28
    1.520 < .  28:28 ack 78
  `,
    { ending: 'closed', verdict: 'clean' },
  );

  tape(
    'nothing: nor where it answers what was open before it closes',
    `${spoken}
    0.100 < P. 10:27 ack 60 "${goAway(0)}"
    0.200 < P. 27:127 ack 60
    0.210 > .  60:60 ack 127
    0.300 < P. 127:227 ack 60
    0.500 > P. 60:77 ack 227 "${frame(6, octets(0, 0, 0, 0, 0, 0, 0, 2))}"
    0.510 < .  227:227 ack 77
    1.500 < F. 227:227 ack 77
    1.510 > F. 77:77 ack 228
    1.520 < .  228:228 ack 78
  `,
    { ending: 'closed', verdict: 'clean' },
  );

  const [login, tls] = ['0d\\xa2', '0d\\xaa'].map(
    (can) => `\\x60\\x00\\x00\\x01\\x${can}${zeros(22)}`,
  ) as [string, string];
  /** A session of MySQL up to its first answer: greeting, login, OK, a query. The client's next number is 120. */
  const queried = (capabilities: string): string => String.raw`${opened}
    0.030 < P. 1:79    ack 1   ${record(String.raw`\x4a\x00\x00\x00\x0a`, 78)}
    0.040 > P. 1:101   ack 79  ${record(capabilities, 100)}
    0.050 < P. 79:90   ack 101
    0.100 > P. 101:120 ack 90  ${record(String.raw`\x0f\x00\x00\x00\x03`, 19)}
    0.110 < P. 90:150  ack 120
    0.120 > .  120:120 ack 150`;

  tape('closed: a server of MySQL takes the second query, and has no more for it than a FIN', String.raw`${queried(login)}
    0.500 > P. 120:139 ack 150 ${record(String.raw`\x0f\x00\x00\x00\x03`, 19)}
    0.501 < F. 150:150 ack 139
    0.510 > F. 139:139 ack 151
    0.511 < .  151:151 ack 140
  `, {
    ending: 'closed', findings: ['unanswered-request closed server'], weighs: ['warning likely'],
    says: ['The server closed (frame 11) 0.001 s after the request (frame 10) without an answer to it.'],
  });

  for (const [what, length, last] of [
    ['COM_QUIT', 5, String.raw`\x01\x00\x00\x00\x01`],
    ['COM_STMT_CLOSE', 9, String.raw`\x05\x00\x00\x00\x19\x01\x00\x00\x00`],
    ['both in one', 14, String.raw`\x05\x00\x00\x00\x19\x01\x00\x00\x00\x01\x00\x00\x00\x01`],
  ] as const) {
    tape(`nothing: ${what}, which MySQL answers by its close at most`, String.raw`${queried(login)}
    0.500 > P. 120:${120 + length} ack 150 "${last}"
    0.501 < F. 150:150 ack ${120 + length}
    0.510 > F. ${120 + length}:${120 + length} ack 151
    0.511 < .  151:151 ack ${121 + length}
  `, { ending: 'closed', verdict: 'clean' });
  }

  tape('nothing: what a client of MySQL says by TLS may be COM_QUIT', String.raw`${queried(tls)}
    0.500 > P. 120:151 ack 150
    0.501 < F. 150:150 ack 151
    0.510 > F. 151:151 ack 151
    0.511 < .  151:151 ack 152
  `, { ending: 'closed', verdict: 'clean' });

  /** Two questions that were answered, of a protocol that nobody knows; the client's next number is 401. */
  const conversed = `${opened}
    0.030 > P. 1:201   ack 1
    0.040 < P. 1:51    ack 201
    0.050 > .  201:201 ack 51
    0.130 > P. 201:401 ack 51
    0.140 < P. 51:101  ack 401
    0.150 > .  401:401 ack 101`;

  tape('closed: a third question of its length, which is no good-bye, and a FIN', `${conversed}
    0.530 > P. 401:601 ack 101
    0.540 < F. 101:101 ack 601
    0.550 > F. 601:601 ack 102
    0.560 < .  102:102 ack 602
  `, { ending: 'closed', findings: ['unanswered-request closed server'], weighs: ['warning likely'] });

  tape('nothing: of two that talk all the time, where a close comes behind one word or the other', `${opened}
    0.030 > P. 1:201   ack 1
    0.040 < P. 1:51    ack 201
    0.045 > P. 201:401 ack 51
    0.055 < P. 51:101  ack 401
    0.060 > P. 401:601 ack 101
    0.080 < F. 101:101 ack 601
    0.090 > F. 601:601 ack 102
    0.100 < .  102:102 ack 602
  `, { ending: 'closed', verdict: 'clean' });

  tape('nothing: a short one, which may be a good-bye', `${conversed}
    0.530 > P. 401:441 ack 101
    0.540 < F. 101:101 ack 441
    0.550 > F. 441:441 ack 102
    0.560 < .  102:102 ack 442
  `, { ending: 'closed', verdict: 'clean' });

  tape('nothing: an idle limit', `${conversed}
    5.150 < F. 101:101 ack 401
    5.160 > F. 401:401 ack 102
    5.170 < .  102:102 ack 402
  `, { ending: 'closed', verdict: 'clean' });

  tape('nothing of the kind: an idle limit that the next question crosses', `${conversed}
    5.150 > P. 401:601 ack 101
    5.151 < F. 101:101 ack 401
    5.160 < R  102:102
  `, { findings: ['rst-after-push crossing client'], resets: ['server reactive closed-peer'] });

  tape('nothing: a few bytes that answer what the server said of its own accord say that it was heard', `${asked}
    2.000 < P. 51:91 ack 31
    2.001 > P. 31:71 ack 91
    2.010 < .  91:91 ack 71
    3.000 > F. 71:71 ack 91
    3.001 < F. 91:91 ack 72
    3.002 > .  72:72 ack 92
  `, { ending: 'closed', findings: [] });

  tape('given-up, perhaps: what answers a word by which the server ended a silence need be no request', `${asked}
    2.000 < P. 51:91 ack 31
    2.001 > P. 31:131 ack 91
    2.010 < .  91:91 ack 131
    3.000 > F. 131:131 ack 91
    3.001 < F. 91:91 ack 132
    3.002 > .  132:132 ack 92
  `, { ending: 'closed', findings: ['unanswered-request given-up client'], weighs: ['info possible'] });

  /** A client of TLS that says something, and leaves with a close frame in a record of its own, ten seconds later. */
  const leavesWithFrame = String.raw`${greeted}
    0.100  > P. 281:481   ack 1201 ${record(String.raw`\x17\x03\x03\x00\xc3`, 200)}
    0.110  < .  1201:1201 ack 481
    10.000 > P. 481:518   ack 1201 ${record(String.raw`\x17\x03\x03\x00\x20`, 37)}
    10.001 > F. 518:518   ack 1201`;

  tape('given-up, perhaps: a server that answers the good-bye at once was not at work on what was said', String.raw`${leavesWithFrame}
    10.010 < P. 1201:1234 ack 519 ${record(String.raw`\x17\x03\x03\x00\x1c`, 33)}
    10.0101 < F. 1234:1234 ack 519
    10.020 > R  519:519
  `, {
    findings: ['unanswered-request given-up client', 'rst-after-push closed-peer server'],
    resets: ['client reactive closed-peer'], weighs: ['info possible', 'info certain'],
    says: [
      'The client gave up 9.941 s after its request: it closed (frame 11) without an answer; the answer came 0.009 s ' +
        'after that (frame 12).',
      'The server said good-bye with 33 bytes (frame 12) after the client had closed, and closed too; the RST (frame ' +
        '14) harms nobody.',
    ],
  });

  tape('given-up: one that only closes may have been', String.raw`${leavesWithFrame}
    10.010 < F. 1201:1201 ack 519
    10.020 > .  519:519   ack 1202
  `, { ending: 'closed', findings: ['unanswered-request given-up client'], weighs: ['warning likely'] });

  /** Words of this length out of a minute of silence, upon which the server closes. */
  const endsSilence = (length: number): string => `${conversed}
    60.000 > P. 401:${401 + length} ack 101
    60.168 < F. 101:101 ack ${401 + length}
    60.170 > F. ${401 + length}:${401 + length} ack 102
    60.180 < .  102:102 ack ${402 + length}
  `;

  tape('closed, perhaps: a short word out of a long silence may be a good-bye', endsSilence(62), {
    ending: 'closed', findings: ['unanswered-request closed server'], weighs: ['info possible'],
  });

  tape('closed: but not a long one', endsSilence(200), {
    ending: 'closed', findings: ['unanswered-request closed server'], weighs: ['warning likely'],
  });

  /** A client of RDP and its server, that take so many turns each; then the client moves its mouse, and closes. */
  const desktop = (turns: number): string => {
    const said = Array.from({ length: turns }, (_, turn) => {
      const [at, from] = [0.03 + turn * 0.04, 1 + turn * 50];
      return `
    ${at.toFixed(3)} > P. ${from}:${from + 50} ack ${from} ${turn > 0 ? '' : record(String.raw`\x03\x00\x00\x32\x2d\xe0`, 50)}
    ${(at + 0.02).toFixed(3)} < P. ${from}:${from + 50} ack ${from + 50}`;
    });
    const next = 1 + turns * 50;
    return `${opened}${said.join('')}
    9.000 > P. ${next}:${next + 40} ack ${next}
    9.010 < .  ${next}:${next}  ack ${next + 40}
    9.700 > F. ${next + 40}:${next + 40} ack ${next}
    9.710 < F. ${next}:${next} ack ${next + 41}
    9.720 > .  ${next + 41}:${next + 41} ack ${next + 1}
    `;
  };

  tape('nothing: a client of RDP that is at work, and leaves', desktop(40), { ending: 'closed' });

  tape('given-up: but one whose session did not open', desktop(5), {
    ending: 'closed', findings: ['unanswered-request given-up client'], weighs: ['warning likely'],
  });
});
