import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseSockets } from '../../src/sockets/parse.js';
import { readSockets, withSockets } from '../../src/sockets/sockets.js';
import { ndjson } from '../../src/report/ndjson.js';
import { text } from '../../src/report/text.js';
import { analysis, client, connection, finding, server } from '../report/analysis-fixture.js';
import { ourFaults } from '../report/schema.js';
import { inOnePiece, recordsOf } from '../report/written.js';

const local = { address: '10.0.0.2', port: 80 };
const remote = { address: '10.0.0.1', port: 40_000 };
const six = { local: { address: 'fe80::2', port: 80 }, remote: { address: '2001:db8::1', port: 40_000 } };

test('ss -tanpe', () => {
  expect(
    parseSockets(`State      Recv-Q Send-Q Local Address:Port  Peer Address:Port Process
LISTEN     0      128    0.0.0.0:80          0.0.0.0:*     users:(("python3",pid=12,fd=3)) ino:1 sk:1 <->
CLOSE-WAIT 513    7      10.0.0.2:80         10.0.0.1:40000 users:(("python3",pid=12,fd=5),("python3",pid=13,fd=5)) uid:1000 ino:23 sk:2 -->
ESTAB      0      0      [::ffff:10.0.0.2]:80 [::ffff:10.0.0.9]:1
TIME-WAIT  0      0      [fe80::2]%eth0:80   [2001:DB8::1]:40000 timer:(timewait,5sec,0)
`),
  ).toEqual([
    {
      local, remote, state: 'CLOSE-WAIT',
      processes: [
        { name: 'python3', pid: 12 }, { name: 'python3', pid: 13 },
      ],
      receiveQueue: 513, sendQueue: 7,
    },
    { local, remote: { address: '10.0.0.9', port: 1 }, state: 'ESTAB', processes: [], receiveQueue: 0, sendQueue: 0 },
    { ...six, state: 'TIME-WAIT', processes: [], receiveQueue: 0, sendQueue: 0 },
  ]);
});

test.each([
  ['all protocols', 'tcp   CLOSE-WAIT 513 0 10.0.0.2:80 10.0.0.1:40000 users:(("a b",pid=12,fd=5))', 'CLOSE-WAIT'],
  ['one state asked for', '513 0 10.0.0.2:80 10.0.0.1:40000 users:(("a b",pid=12,fd=5))', null],
  [
    'the zone inside the brackets', 'CLOSE-WAIT 513 0 10.0.0.2%eth0:80 10.0.0.1:40000 users:(("a b",pid=12,fd=5))',
    'CLOSE-WAIT',
  ],
])('ss, %s', (_name, line, state) => {
  expect(parseSockets(line)).toEqual([
    { local, remote, state, processes: [{ name: 'a b', pid: 12 }], receiveQueue: 513, sendQueue: 0 },
  ]);
});

test('netstat -nap', () => {
  expect(
    parseSockets(`Active Internet connections (servers and established)
Proto Recv-Q Send-Q Local Address           Foreign Address         State       PID/Program name
tcp        0      0 0.0.0.0:80              0.0.0.0:*               LISTEN      12/nginx
tcp      513      7 10.0.0.2:80             10.0.0.1:40000          CLOSE_WAIT  12/nginx: worker
tcp6       0      0 fe80::2:80              2001:db8::1:40000       FIN_WAIT2   -
udp        0      0 10.0.0.2:53             10.0.0.1:40000          ESTABLISHED 12/named
unix  2      [ ACC ]     STREAM     LISTENING     123    1/init    /run/x
`),
  ).toEqual([
    {
      local, remote, state: 'CLOSE_WAIT', processes: [{ name: 'nginx: worker', pid: 12 }], receiveQueue: 513,
      sendQueue: 7,
    },
    { ...six, state: 'FIN_WAIT2', processes: [], receiveQueue: 0, sendQueue: 0 },
  ]);
});

test('lsof -nPi: a descriptor that a child inherited is one socket with two processes', () => {
  expect(
    parseSockets(`COMMAND  PID USER   FD   TYPE DEVICE SIZE/OFF NODE NAME
python3   12 root    3u  IPv4  12345      0t0  TCP *:80 (LISTEN)
python3   12 root    5u  IPv4  12346      0t0  TCP 10.0.0.2:80->10.0.0.1:40000 (CLOSE_WAIT)
sleep     13 root    5u  IPv4  12346      0t0  TCP 10.0.0.2:80->10.0.0.1:40000 (CLOSE_WAIT)
curl      14 root    5u  IPv6  12347      0t0  TCP [fe80::2]:80->[2001:db8::1]:40000 (QR=5 QS=0 ST=ESTABLISHED)
named     15 root    5u  IPv4  12348      0t0  UDP 10.0.0.2:53->10.0.0.1:40000
`),
  ).toEqual([
    {
      local, remote, state: 'CLOSE_WAIT',
      processes: [
        { name: 'python3', pid: 12 }, { name: 'sleep', pid: 13 },
      ],
      receiveQueue: null, sendQueue: null,
    },
    { ...six, state: 'ESTABLISHED', processes: [{ name: 'curl', pid: 14 }], receiveQueue: 5, sendQueue: 0 },
  ]);
});

test('any text is read, soon', () => {
  const parts = fc.constantFrom(
    'tcp', 'CLOSE-WAIT', '0', '10.0.0.1:80', '[::1]:1', '->', 'users:(("', '"', ',pid=', '(', ')', ' ', '\t', '\n',
    'TCP', '99999', '%',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(), fc.array(parts).map((all) => all.join(' ')), fc.array(parts).map((all) => all.join('')),
      ),
      (output) => Array.isArray(parseSockets(output)),
    ),
  );
  const before = performance.now();
  expect(
    parseSockets(
      [
        'tcp '.repeat(2_000), 'a '.repeat(5_000), `1 1 ${'a:'.repeat(4_000)}`, ' '.repeat(9_000), 'x'.repeat(1e6),
        `a 1 ${' TCP'.repeat(2_000)}`,
      ].join('\n'),
    ),
  ).toEqual([]);
  expect(performance.now() - before).toBeLessThan(500);
});

test('a file without a socket is told', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lastack-'));
  try {
    const path = join(folder, 'ss.txt');
    writeFileSync(path, 'State Recv-Q\n');
    expect(() => readSockets(path)).toThrow(
      `${path}: there is no connected TCP socket in it; on the host: ss -tanpe > FILE (or netstat -nap, lsof -nPi)`,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

const held = {
  local: server, remote: client, state: 'CLOSE-WAIT',
  processes: [
    { name: 'evil\u001B[2J', pid: 12 }, { name: 'sleep', pid: 13 },
  ],
  receiveQueue: 513, sendQueue: 0,
};

test('the socket stands beside its endpoint, in the text and in the records', () => {
  const joined = withSockets(analysis({ connections: [connection()], findings: [finding()] }), [held]);
  expect([joined.hostSocket?.(0, 'server'), joined.hostSocket?.(0, 'client')]).toEqual([held, null]);
  expect([...text(joined, { color: false, width: 100 })].join('')).toContain(
    '    On the host of the server: evil\\x1b[2J (pid 12) and sleep (pid 13), CLOSE-WAIT, 513 B not read,\n    0 ' +
      'B not acknowledged\n',
  );
  const records = recordsOf(ndjson(joined));
  const socket = { state: 'CLOSE-WAIT', receiveQueue: 513, sendQueue: 0, processes: held.processes };
  expect(records.find(({ type }) => type === 'flow')).toMatchObject({ sockets: { client: null, server: socket } });
  expect(records.find(({ type }) => type === 'finding')).toMatchObject({ socket });
  expect(records.flatMap((record) => ourFaults(record.type, record))).toEqual([]);
});

test('of connections that used the same ports one after the other, the last has the socket', () => {
  const joined = withSockets(analysis({ connections: [connection(), connection({ id: 1 })] }), [held]);
  expect([joined.hostSocket?.(0, 'server'), joined.hostSocket?.(1, 'server')]).toEqual([null, held]);
});

test('nobody asked: the records say nothing of sockets', () => {
  expect(inOnePiece(ndjson(analysis({ connections: [connection()], findings: [finding()] })))).not.toMatch(
    /"sockets?":/,
  );
});
