import { expect, test } from 'vitest';

import { NO_CONNECTION } from '../../../src/flow/connection-pages.js';
import { FlowTable } from '../../../src/flow/flow-table.js';
import { CLIENT, SERVER, segment } from '../segments.js';

const NOTHING = new Uint8Array(0);

test('a header in an ICMP error takes a stream, and is no packet of any connection', () => {
  const table = new FlowTable();
  table.addHeader(segment('>', 'S', 1000), 1);
  expect([table.stream, table.connections.count]).toEqual([0, 0]);
  table.add(Object.assign(segment('>', 'S', 1000), { sourcePort: 40_001 }), 2, 0, NOTHING);
  expect([table.stream, table.connections.count, table.connections.packets(0, 0)]).toEqual([1, 1, 1]);
});

test('the connection that it is about goes on as if nothing had been', () => {
  const table = new FlowTable();
  table.add(segment('>', 'S', 1000), 1, 0, NOTHING);
  table.addHeader(segment('>', 'S', 1000), 1);
  table.add(segment('<', 'S.', 5000, 1001), 3, 1, NOTHING);
  expect([table.stream, table.connection, table.connections.count, table.connections.packets(0, 0)]).toEqual([
    0, 0, 1, 1,
  ]);
});

test('thousands of them, of tuples without a segment, before the first connection', () => {
  const table = new FlowTable();
  for (let port = 1; port <= 10_000; port += 1)
    table.addHeader(Object.assign(segment('>', 'S', 1000), { sourcePort: port }), port);
  table.add(segment('>', 'S', 1000), 10_001, 0, NOTHING);
  expect([table.stream, table.connection, table.connections.previous(0)]).toEqual([10_000, 0, NO_CONNECTION]);
  expect([table.tuples.port(10_000, 0), table.tuples.port(10_000, 1)]).toEqual([CLIENT.port, SERVER.port]);
});
