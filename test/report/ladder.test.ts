import { expect, test } from 'vitest';
import type { LadderRow } from '../../src/analysis/model.js';
import { ladder } from '../../src/report/ladder.js';
import { analysis, at, connection, finding } from './analysis-fixture.js';

function row(frame: number, by: 'client' | 'server', seconds: number, differences: Partial<LadderRow>): LadderRow {
  return {
    frame, by, time: at(seconds), flags: '.', sequence: 1, length: 0, acknowledgment: 1, window: 64_240, options: '',
    note: '', states: { client: 'ESTABLISHED', server: 'ESTABLISHED' }, ...differences,
  };
}

const rows = [
  row(31, 'client', 0.25, {
    flags: 'S', sequence: 0, acknowledgment: null, options: 'mss 1460, TS 1 ecr 0',
    states: { client: 'SYN-SENT', server: 'SYN-RECEIVED' },
  }),
  row(32, 'server', 0.2501, {
    flags: 'S.', sequence: 0, options: 'mss 1460', states: { client: 'SYN-SENT', server: 'SYN-RECEIVED' },
  }),
  row(33, 'client', 0.2502, { options: 'TS 2 ecr 1' }),
  row(34, 'client', 1, { flags: 'P.', length: 517, note: 'retransmission' }),
  row(35, 'client', 1.5, { flags: 'F.', sequence: 518, states: { client: 'FIN-WAIT-1', server: 'CLOSE-WAIT' } }),
  row(36, 'server', 1.75, {
    acknowledgment: 519, options: 'sack 1:5', states: { client: 'FIN-WAIT-2', server: 'CLOSE-WAIT' },
  }),
];

test('each segment with its time, its way and the states it made, then what was found', () => {
  const leak = connection({ ending: 'half-closed' });
  const pieces = ladder(analysis({ connections: [leak], findings: [finding()] }), leak, rows, {
    color: false, width: 120,
  });
  expect([...pieces].join('').split('\n')).toEqual([
    'stream 0  10.77.1.2:20007 > 10.77.2.2:10007  half-closed, closed by client',
    '5 packets and 517 B from the client, 4 packets and 20.0 kB from the server, 1.25 s',
    '',
    '         time  frame  client        segment                             server',
    '     0.000000     31  SYN-SENT      S 0:0(0) win 64240 ──────────────>  SYN-RECEIVED  mss 1460, TS 1 ecr 0',
    '     0.000100     32                <─────── S. 0:0(0) ack 1 win 64240                mss 1460',
    '     0.000200     33  ESTABLISHED   . 1:1(0) ack 1 win 64240 ────────>  ESTABLISHED',
    '     0.750000     34                P. 1:518(517) ack 1 win 64240 ───>                retransmission',
    '     1.250000     35  FIN-WAIT-1    F. 518:518(0) ack 1 win 64240 ───>  CLOSE-WAIT',
    '     1.500000     36  FIN-WAIT-2    <────── . 1:1(0) ack 519 win 64240                sack 1:5',
    '',
    'error  half-closed (leak)  server 10.77.2.2:10007',
    '  The server acknowledged the FIN of frame 40 and has not closed for 58.25 s. (likely, else slow)',
    '  evidence   FIN: frame 40, probes: frame 44; frame 51, answered: no, last data: unknown',
    '  frames     40, 41',
    '  > Close the socket when read() returns 0:',
    '      if (n == 0) close(fd);',
    '  > Look for a forked child that still holds the descriptor.',
    '  Wireshark  tcp.stream eq 0',
    '',
  ]);
});

test('on a narrow terminal options go below their segment', () => {
  const healthy = connection();
  const text = [
    ...ladder(analysis({ connections: [healthy] }), healthy, rows.slice(0, 2), { color: false, width: 80 }),
  ].join('');
  expect(text.split('\n').slice(4, 7)).toEqual([
    '     0.000000     31  SYN-SENT      S 0:0(0) win 64240 ──────────>  SYN-RECEIVED',
    '                                    mss 1460, TS 1 ecr 0',
    '     0.000100     32                <─── S. 0:0(0) ack 1 win 64240',
  ]);
});

test('a guess is called a guess', () => {
  const guessed = connection({ roles: 'guessed', closer: null, ending: 'open' });
  const [title, numbers] = [...ladder(analysis({ connections: [guessed] }), guessed, [], { color: false, width: 100 })];
  expect(title).toBe('stream 0  10.77.1.2:20007 > 10.77.2.2:10007  open\n');
  expect(numbers).toContain('; no handshake was seen: who is the client is a guess\n');
});
