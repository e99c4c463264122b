import { expect, test } from 'vitest';

import { FlowTable } from '../../../src/flow/flow-table.js';
import { KeptFirstFrames } from '../../../src/flow/identity/kept-first-frames.js';
import { connectionIdsOf } from '../../../src/flow/identity/connection-ids.js';
import { segment } from '../segments.js';

test('connections that are kept are in order of their numbers, in whichever rows they lie and though frames begin ' +
  'again after 2^32', () => {
  const table = new FlowTable({ firstFrames: new KeptFirstFrames() });
  const open = (port: number, frame: number): void =>
    table.add(Object.assign(segment('>', 'S', 100), { sourcePort: port }), frame, frame, new Uint8Array(0));
  const first = 2 ** 32 - 5;
  for (let index = 0; index < 10; index++) open(1001 + index, first + index);
  table.forget([2, 7]);
  open(2001, first + 10);
  open(2002, first + 11);
  const connectionIds = connectionIdsOf(table);
  const rows = [...connectionIds.rows()];
  expect(rows.map((row) => connectionIds.idOf(row))).toEqual([0, 1, 3, 4, 5, 6, 8, 9, 10, 11]);
  expect([...connectionIds.ids!]).toEqual([0, 1, 3, 4, 5, 6, 8, 9, 10, 11]);
  expect(rows.map((row) => connectionIds.rowOf(connectionIds.idOf(row)))).toEqual(rows);
  expect([2, 7, 12].map((id) => connectionIds.rowOf(id))).toEqual([-1, -1, -1]);
});
