import { expect, test } from 'vitest';
import type { Analysis } from '../../src/analysis/model.js';
import { text } from '../../src/report/text.js';
import { analysis, at, connection, finding } from './analysis-fixture.js';

const lines = (of: Analysis, look = { color: false, width: 100 }): string[] => [...text(of, look)].join('').split('\n');

test('a healthy capture takes five lines', () => {
  expect(
    lines(analysis({ connections: [connection(), connection({ id: 1 }), connection({ id: 2, ending: 'open' })] })),
  ).toEqual([
    'capture      trace.pcap (pcap, 123 kB)', 'time         2026-11-20 10:24:01.250 to 10:25:01.125 UTC (59.9 s)',
    'packets      1,000, 900 of them TCP, 654 kB', 'connections  3: 2 closed, 1 open', '',
    'All 3 connections show nothing wrong.', '',
  ]);
});

test('six leaks and a reset: the groups at a glance, then each with samples, advice and a filter', () => {
  const leaks = [0, 1, 2, 3, 4, 5].map((id) =>
    finding({ flow: id, stream: id, start: at(1 + id), duration: at(50 - id) }),
  );
  const linger = finding({
    id: 'linger-reset', cause: 'linger', severity: 'warning', confidence: 'certain', flow: 6, stream: 6, duration: 0,
    filter: 'tcp.stream eq 6', message: 'The server ended with RST in frame 70.',
    advice: ['Do not set SO_LINGER to 0.'],
  });
  const connections = [0, 1, 2, 3, 4, 5, 6, 7].map((id) =>
    connection({ id, client: { address: '10.77.1.2', port: 20_000 + id } }),
  );
  expect(lines(analysis({ connections, findings: [...leaks, linger] })).slice(5)).toEqual([
    'severity  finding       cause   service          by      count  first     last      shortest  median  longest',
    'error     half-closed   leak    10.77.2.2:10007  server      6  10:24:02  10:24:07      45 s    48 s     50 s',
    'warning   linger-reset  linger  10.77.2.2:10007  server      1  10:24:02  10:24:02                           ',
    '',
    'error  half-closed (leak) at 10.77.2.2:10007, 6 connections',
    ...[0, 1, 2, 3, 4].flatMap((id) => [
      `  stream ${id}  10.77.1.2:2000${id} > 10.77.2.2:10007`,
      '    The server acknowledged the FIN of frame 40 and has not closed for 58.25 s. (likely, else slow)',
    ]),
    '  … and 1 more',
    '',
    '  > Close the socket when read() returns 0:',
    '      if (n == 0) close(fd);',
    '  > Look for a forked child that still holds the descriptor.',
    '  Wireshark: tcp.stream in {0, 1, 2, 3, 4, 5}',
    '',
    'warning  linger-reset (linger) at 10.77.2.2:10007, 1 connection',
    '  stream 6  10.77.1.2:20006 > 10.77.2.2:10007',
    '    The server ended with RST in frame 70.',
    '',
    '  > Do not set SO_LINGER to 0.',
    '  Wireshark: tcp.stream eq 6',
    '',
    '7 of 8 connections have an error or a warning; 1 is as it should be.',
    '',
  ]);
});

const verdictOn = (connections: readonly ReturnType<typeof connection>[]): string | undefined =>
  lines(analysis({ connections })).at(-2);

test('attempts that nobody answered are not passed off as well', () => {
  const ending = 'unanswered' as const;
  expect(verdictOn([connection({ ending })])).toBe(
    'No connection ended as it should. Of 1 nothing is known: 1 was never answered.',
  );
  expect(verdictOn([connection(), connection({ id: 1, ending }), connection({ id: 2, ending: 'reset' })])).toBe(
    '1 of 3 connections is as it should be. Of 2 nothing is known: 1 was never answered; 1 was reset, and ' +
      'nothing shows why.',
  );
});

test('what only something to be known was found of is no fault, and is not passed off as well', () => {
  const note = finding({ severity: 'info' });
  expect(lines(analysis({ connections: [connection()], findings: [note] })).at(-2)).toBe(
    'No connection has an error or a warning; of 1 there is something to know.',
  );
  expect(
    lines(
      analysis({
        connections: [connection(), connection({ id: 1, ending: 'reset' })], findings: [{ ...note, flow: 1 }],
      }),
    ).at(-2),
  ).toBe('No connection has an error or a warning; 1 of 2 shows nothing wrong; of 1 there is something to know.');
});

test('what was skipped and what was damaged is said, and file names act on nothing', () => {
  const capture = {
    files: [
      {
        path: 'evil\u001B]0;owned\u0007.pcap', format: 'pcap', compression: 'zstd' as const, size: null, spool: null,
        frames: null,
      },
    ],
    skipped: { 'ipv4: udp': 90, 'ethernet: arp': 10 },
    damage: [{ file: 'evil\u001B.pcap', offset: 12_345, what: 'packet length 99999999 exceeds 262144' }],
  };
  expect(lines(analysis({ connections: [connection()], capture }))).toEqual([
    'capture      evil\\x1b]0;owned\\x07.pcap (pcap, zstd)',
    'time         2026-11-20 10:24:01.250 to 10:25:01.125 UTC (59.9 s)',
    'packets      1,000, 900 of them TCP, 654 kB',
    'skipped      90 ipv4: udp, 10 ethernet: arp',
    'connections  1: 1 closed',
    'damage       evil\\x1b.pcap: at byte 12,345: packet length 99999999 exceeds 262144',
    '',
    'The one connection shows nothing wrong.',
    '',
  ]);
});

test('a thousand damaged places do not hide the rest', () => {
  const damage = Array.from({ length: 1_000 }, (_, offset) => ({
    file: 'trace.pcap', offset, what: 'block of 3 bytes',
  }));
  const shown = lines(analysis({ capture: { damage } })).filter(
    (line) => line.includes('trace.pcap: at byte') || line.includes('more'),
  );
  expect(shown).toHaveLength(11);
  expect(shown.at(-1)).toBe('             … and 990 more');
});

test('a capture without TCP says so', () => {
  expect(lines(analysis()).at(-2)).toBe('There is no TCP connection in this capture.');
});

test('information is no fault', () => {
  const findings = [finding({ severity: 'info', cause: 'intentional' })];
  expect(lines(analysis({ connections: [connection(), connection({ id: 1 })], findings })).at(-2)).toBe(
    'No connection has an error or a warning; 1 of 2 shows nothing wrong; of 1 there is something to know.',
  );
});

test('where every connection is at fault there is none to praise', () => {
  expect(lines(analysis({ connections: [connection()], findings: [finding()] })).at(-2)).toBe(
    'The one connection has an error or a warning.',
  );
});

test('in colour the words are the same', () => {
  const all = analysis({ connections: [connection()], findings: [finding()] });
  const colored = lines(all, { color: true, width: 100 });
  expect(colored.join('\n')).toContain('\u001B[1m\u001B[31merror');
  // eslint-disable-next-line no-control-regex
  expect(colored.map((line) => line.replaceAll(/\u001B\[\d+m/g, '').trimEnd())).toEqual(
    lines(all).map((line) => line.trimEnd()),
  );
});

test('lines of prose keep to the width', () => {
  const long = finding({ message: 'word '.repeat(100).trim() });
  const prose = lines(analysis({ connections: [connection()], findings: [long] }), { color: false, width: 80 }).filter(
    (line) => line.includes('word'),
  );
  expect(prose.length).toBeGreaterThan(6);
  expect(Math.max(...prose.map((line) => line.length))).toBeLessThanOrEqual(80);
});

test('what was left out is counted by its ending, and a flood is told', () => {
  const folded = { endings: new Map([['closed', 1200], ['unanswered', 2_000_000]] as const), early: 1_500_000 };
  const told = lines({ ...analysis({ connections: [connection()], findings: [finding()] }), folded });
  const at = told.findIndex((line) => line.startsWith('folded'));
  expect(told.slice(at, at + 3)).toEqual([
    'folded       2,001,200 without a finding: 2,000,000 unanswered, 1,200 closed; 1,500,000 of the',
    '             unanswered were forgotten within seconds, because there were more than a million at a',
    '             time',
  ]);
});

test.each([
  [
    { packets: 53, skipped: { 'ipv4: UDP': 40, 'ipv6: UDP': 10, 'ethernet: ARP': 3 } },
    'Its 53 packets are 50 UDP and 3 ARP.',
  ],
  [{ packets: 1, skipped: { 'ipv4: ICMP': 1 } }, 'Its only packet is ICMP.'],
  [{ packets: 7, skipped: { 'link type not supported': 7 } }, 'Its 7 packets are 7 “link type not supported”.'],
  [
    {
      packets: 15,
      skipped: {
        'ipv4: UDP': 5, 'ipv4: ICMP': 4, 'ethernet: ARP': 3, 'ipv4: other protocol': 2, '802.11: fragment': 1,
      },
    },
    'Its 15 packets are 5 UDP, 4 ICMP, 3 ARP, 2 “ipv4: other protocol” and 1 of other kinds.',
  ],
  [{ packets: 0 }, 'It has no packet.'],
  [{ packets: 0, damage: [{ file: 'x.pcap', offset: 24, what: 'cut' }] }, 'No packet of it could be read.'],
  [{ packets: 0, partial: true }, 'Reading was interrupted before the first packet.'],
])('a capture without TCP says what it has instead: %j', (capture, words) => {
  expect(lines(analysis({ capture: { tcpPackets: 0, ...capture } })).at(-2)).toBe(
    `There is no TCP connection in this capture. ${words}`,
  );
});
