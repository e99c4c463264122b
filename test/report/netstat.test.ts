import { expect, test } from 'vitest';
import { socketSummaries } from '../../src/report/socket-summary.js';
import { netstats } from '../../src/report/netstat.js';
import { analysis, at, client, connection, server } from './analysis-fixture.js';
import { lineFaults, ourFaults } from './schema.js';
import { inOnePiece, recordsOf } from './written.js';

const look = { color: false, width: 100 };
const all = analysis({
  connections: [connection(), connection({ id: 7 })],
  sockets: [
    {
      time: 0, local: client, remote: server, state: 'FIN-WAIT-2', since: at(1.2), expires: at(61.2), proven: true,
      flow: 0,
    },
    {
      time: 0, local: server, remote: client, state: 'CLOSE-WAIT', since: at(1.1), expires: null, proven: false,
      flow: 0,
    },
    {
      time: 0, local: server, remote: { ...client, port: 20_008 }, state: 'CLOSE-WAIT', since: at(1.1), expires: null,
      proven: true, flow: 7,
    },
  ],
});

test('as text, a table a moment', () => {
  expect(inOnePiece(netstats.text(all, [at(20), at(30)], look)).split('\n')).toEqual([
    '2026-11-20 10:24:21.000 UTC, 3 sockets',
    'State       Local Address:Port  Peer Address:Port     Age   Timer  Proof    Flow',
    'FIN-WAIT-2  10.77.1.2:20007     10.77.2.2:10007    18.8 s  41.2 s  proven      0',
    'CLOSE-WAIT  10.77.2.2:10007     10.77.1.2:20007    18.9 s          assumed     0',
    'CLOSE-WAIT  10.77.2.2:10007     10.77.1.2:20008    18.9 s          proven      7',
    '',
    '2026-11-20 10:24:31.000 UTC, 3 sockets',
    'State       Local Address:Port  Peer Address:Port     Age   Timer  Proof    Flow',
    'FIN-WAIT-2  10.77.1.2:20007     10.77.2.2:10007    28.8 s  31.2 s  proven      0',
    'CLOSE-WAIT  10.77.2.2:10007     10.77.1.2:20007    28.9 s          assumed     0',
    'CLOSE-WAIT  10.77.2.2:10007     10.77.1.2:20008    28.9 s          proven      7',
    '',
  ]);
});

test('as NDJSON and JSON, the same objects', () => {
  const lines = recordsOf(netstats.ndjson(all, [at(20), at(30)]));
  const document = JSON.parse(inOnePiece(netstats.json(all, [at(20), at(30)])));
  expect(lines.map(({ time, state, flow }) => [time, state, flow])).toEqual([
    [1_795_170_261, 'FIN-WAIT-2', 0], [1_795_170_261, 'CLOSE-WAIT', 0], [1_795_170_261, 'CLOSE-WAIT', 7],
    [1_795_170_271, 'FIN-WAIT-2', 0], [1_795_170_271, 'CLOSE-WAIT', 0], [1_795_170_271, 'CLOSE-WAIT', 7],
  ]);
  expect(document).toEqual({ version: 1, sockets: lines });
  expect(lines.flatMap((line) => ourFaults('socket', line))).toEqual([]);
  expect(ourFaults('netstat', document)).toEqual([]);
});

test('as CSV', () => {
  expect(inOnePiece(netstats.csv(all, [at(20)])).split('\r\n').slice(0, 3)).toEqual([
    'time,state,local_address,local_port,remote_address,remote_port,since,expires,proven,flow',
    '1795170261.000000,FIN-WAIT-2,10.77.1.2,20007,10.77.2.2,10007,1795170242.200000,1795170302.200000,true,0',
    '1795170261.000000,CLOSE-WAIT,10.77.2.2,10007,10.77.1.2,20007,1795170242.100000,,false,0',
  ]);
});

test('the summary counts sockets by state and service, the most numerous first', () => {
  expect(inOnePiece(socketSummaries.text(all, [at(20)], look)).split('\n')).toEqual([
    '2026-11-20 10:24:21.000 UTC, 3 sockets',
    'State       Service Address:Port  Sockets',
    'CLOSE-WAIT  10.77.2.2:10007             2',
    'FIN-WAIT-2  10.77.2.2:10007             1',
    '',
  ]);
  const lines = recordsOf(socketSummaries.ndjson(all, [at(20)]));
  expect(lines).toEqual([
    { time: 1_795_170_261, state: 'CLOSE-WAIT', service: server, sockets: 2 },
    { time: 1_795_170_261, state: 'FIN-WAIT-2', service: server, sockets: 1 },
  ]);
  expect(JSON.parse(inOnePiece(socketSummaries.json(all, [at(20)])))).toEqual({ version: 1, summary: lines });
  expect(lines.flatMap(lineFaults)).toEqual([]);
  expect(inOnePiece(socketSummaries.csv(all, [at(20)]))).toBe(
    'time,state,service_address,service_port,sockets\r\n1795170261.000000,CLOSE-WAIT,10.77.2.2,10007,2\r\n1795170261.000000,FIN-WAIT-2,10.77.2.2,10007,1\r\n',
  );
});
