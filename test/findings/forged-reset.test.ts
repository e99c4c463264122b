import { describe } from 'vitest';

import { asked, opened, tape } from '../tape.js';

/** Three segments of the client with these IP IDs, and a RST in its name with one of the server's. */
const lastWords = (client: readonly number[]): string => `${opened}
  0.030 > P. 1:31  ack 1  id ${client[0]}
  0.040 < P. 1:51  ack 31 id 5010
  0.050 > P. 31:61 ack 51 id ${client[1]}
  0.060 < P. 51:91 ack 61 id 5011
  0.070 > P. 61:71 ack 91 id ${client[2]}
  1.000 > R  71:71        id 5020
`;

describe('forged-reset', () => {
  // What a socket that was aborted at this number cannot have sent.
  tape('the first that is seen of its sender, which goes on', `
    0.000 > P. 1:518 ack 1
    0.001 < R. 1:1 ack 518
    0.012 < .  1:1 ack 518
    0.017 < P. 1:3717 ack 518
  `, { resets: ['server active forged'], findings: ['forged-reset server'] });

  tape(
    'and one that says no more',
    `
    0.000 > P. 1:518 ack 1
    0.001 < R. 1:1 ack 518
    9.000
  `,
    {
      resets: ['server active unread-data'],
      findings: ['unanswered-request closed server', 'linger-reset unread-data server'],
    },
  );

  tape(
    'its alleged sender goes on',
    `${asked}
    1.000 < R. 51:51 ack 31 ttl 50 id 0
    2.000 > P. 31:61 ack 51
    2.010 < P. 51:91 ack 61        | ESTABLISHED  ESTABLISHED
  `,
    {
      resets: ['server active forged ignored'], findings: ['forged-reset server'],
      says: [
        "The RST in the name of the server (frame 7) does not look like its sender's: the host in whose name it was " +
          "sent went on (frame 9, 1.01 s later); TTL 50 where its sender's other segments have 64: it comes from 14 " +
          'hops away, they from 0; its IP ID is 0 where its sender counts (last 5000).',
      ],
    },
  );

  // Bits that flipped: neither a stack nor a box sends such flags, and nobody takes it for the end.
  for (const [flags, told] of [['FR.', ['illegal-flags fin-rst server']], ['RU.', []]] as const) {
    tape(`not a damaged segment that looks like one: ${flags}`, `${asked}
      1.000 < ${flags} 51:71 ack 531
      2.000 > P. 31:61 ack 51
      2.010 < P. 51:91 ack 61        | ESTABLISHED  ESTABLISHED
    `, { resets: ['server active forged ignored'], findings: told });
  }

  // A bare acknowledgment that came before the RST, captured again behind it.
  tape('nothing: all was captured twice', `
    0.00000 < .  1:1001 ack 1 id 1000
    0.00002 < .  1:1001 ack 1 id 1000
    1.90000 < .  1001:2001 ack 1 id 1001
    1.90002 < .  1001:2001 ack 1 id 1001
    2.00000 > .  1:1 ack 2001 id 1000
    2.00001 > F. 1:1 ack 2001 id 1001
    2.00002 > R  1:1 id 1002
    2.00003 > .  1:1 ack 2001 id 1000
    2.00004 > F. 1:1 ack 2001 id 1001
    2.00005 > R  1:1 id 1002
    2.50000 < .  2001:3001 ack 2 id 1002
    2.50002 < .  2001:3001 ack 2 id 1002
  `, { resets: ['client reactive closed-peer'] });

  tape('two signs that speak against its sender', `${asked}
    1.000 < R. 51:51 ack 31 ttl 50 id 0 | CLOSED  ESTABLISHED
  `, {
    resets: ['server active forged'], findings: ['forged-reset server'],
    says: ["The RST in the name of the server (frame 7) does not look like its sender's: TTL 50 where its sender's " +
      "other segments have 64: it comes from 14 hops away, they from 0; its IP ID is 0 where its sender counts " +
      "(last 5000)."],
  });

  tape('nothing: one soft sign is chance', `${asked}
    1.000 < R. 51:51 ack 31 id 0   | CLOSED  CLOSED
  `, { resets: ['server active linger'], findings: ['linger-reset linger server'] });

  tape('a pair in the names of both ends, with mirrored numbers, of which one comes from elsewhere', `${asked}
    1.0000 < R. 51:51 ack 31        | CLOSED       ESTABLISHED
    1.0001 > R. 31:31 ack 51 ttl 61 | CLOSED       CLOSED
  `, {
    resets: ['server active forged', 'client active forged'], findings: ['forged-reset server'],
    says: [
      "2 RSTs in the names of both ends (first frame 7) do not look like their sender's: frame 8 is its mirror image " +
        "in the name of the other end, 0.0001 s apart, with TTL 61 where its sender's other segments have 64.",
    ],
  });

  tape('nothing: two programs that abort in the same moment', `${asked}
    1.0000 < R. 51:51 ack 31        | CLOSED       CLOSED
    1.0001 > R. 31:31 ack 51        | CLOSED       CLOSED
  `, {
    resets: ['server active linger', 'client active abort'], findings: ['linger-reset linger server'],
  });

  tape('behind a RST of the other end, one that comes from elsewhere', `${asked}
    1.0000 < R  51:51
    1.0010 > R. 31:31 ack 51 ttl 61
  `, {
    resets: ['server active unknown', 'client active forged'],
    findings: ['forged-reset client', 'unexpected-reset unasked server'],
  });

  tape('an abort with the IP ID and the window of what its supposed sender was sent last', `${opened}
    0.030 > P. 1:31 ack 1 win 77 id 4711
    0.041 < R. 1:1  ack 31 win 77 id 4711
  `, { resets: ['server active forged'], findings: ['forged-reset server'] });

  tape('nothing: the window alone is one that both offer', `${opened}
    0.030 > P. 1:31 ack 1  win 77 id 4711
    0.041 < R. 1:1  ack 31 win 77 id 9000
  `, { resets: ['server active abort'], findings: ['unanswered-request closed server', 'linger-reset abort server'] });

  tape('the IP ID is of the other end, and its supposed sender counts otherwise', lastWords([1010, 1011, 1012]), {
    resets: ['client reactive forged'], findings: ['forged-reset client'],
  });

  tape('nothing: its sender chooses each at random, as macOS does', lastWords([300, 41_234, 15_222]), {
    resets: ['client active unknown'], findings: ['unexpected-reset unasked client'],
  });

  tape('nothing: each answer of a broken stack draws the next acknowledgment', `${asked}
    1.000 > .  31:31 ack 51
    1.001 < R. 55:55 ack 31
    1.002 > .  31:31 ack 51
    1.003 < R. 55:55 ack 31
    1.004 > .  31:31 ack 51
    1.005 < R. 55:55 ack 31
    1.006 > .  31:31 ack 51
  `, {
    ending: 'open', resets: ['server active linger', 'server active linger', 'server active linger'],
    findings: ['ignored-reset window server'], weighs: ['info likely'],
  });

  tape('or a second host with its address: as far away, and of another system', `${asked}
    20.000 > P. 31:61 ack 51
    20.010 < R  51:51           ttl 128
    25.000 < P. 51:91 ack 31
    25.010 > R  31:31
  `, {
    resets: ['server reactive forged', 'client reactive echo'], findings: ['forged-reset server'],
    says: [
      "The RST in the name of the server (frame 8) does not look like its sender's: the host in whose name it was sent " +
        "went on (frame 9, 4.99 s later); TTL 128; its sender's other segments have 64. It comes from as far away: a " +
        'second host with the address 10.0.0.2 answers so, too.',
    ],
  });
});
