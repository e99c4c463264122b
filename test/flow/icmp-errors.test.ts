import { expect, test } from 'vitest';

import { IcmpError } from '../../src/decode/icmp-error.js';
import { FlowTable } from '../../src/flow/flow-table.js';
import { IcmpErrors } from '../../src/flow/icmp-errors.js';
import { BytePacker } from '../../src/packing/byte-packer.js';
import { ByteUnpacker } from '../../src/packing/byte-unpacker.js';
import { segment } from './segments.js';

const NOTHING = new Uint8Array(0);

function error(of: Partial<IcmpError> = {}): IcmpError {
  return Object.assign(new IcmpError(), { isKnown: true, family: 4, sender3: 0x0a00_00fe, type: 3, code: 13 }, of);
}

test('an ICMP error is kept with the connection whose segment it quotes', () => {
  const table = new FlowTable();
  table.add(segment('>', 'S', 1000), 1, 0, NOTHING);
  table.addError(segment('>', 'S', 1000), error(), 2, 5);
  expect(table.errors.of(1)).toEqual([
    {
      frame: 2, time: 5, family: 4, sender: [0, 0, 0, 0x0a00_00fe], type: 3, code: 13, mtu: 0, talker: 0,
      sequence: 1000, count: 1, last: 5,
    },
  ]);
  expect(table.errors.of(2)).toEqual([]);
});

test('the same again is counted; from another sender, of another kind or of the other end it stands for itself', () => {
  const table = new FlowTable();
  table.add(segment('>', 'S', 1000), 1, 0, NOTHING);
  table.add(segment('<', 'S.', 5000, 1001), 2, 1, NOTHING);
  for (const time of [5, 6, 7]) table.addError(segment('>', 'S', 1000), error(), 3, time);
  table.addError(segment('>', 'S', 1000), error({ sender3: 1 }), 4, 8);
  table.addError(segment('>', 'S', 1000), error({ code: 4, mtu: 1400 }), 5, 9);
  table.addError(segment('<', '.', 5000), error(), 6, 10);
  expect(table.errors.of(1).map(({ count, last, mtu, talker }) => [count, last, mtu, talker])).toEqual([
    [3, 7, 0, 0], [1, 8, 0, 0], [1, 9, 1400, 0], [1, 10, 0, 1],
  ]);
});

test('a sequence number that the connection never reached is not its own (RFC 5927 §4.1)', () => {
  const table = new FlowTable();
  table.add(segment('>', 'S', 1000), 1, 0, NOTHING);
  table.addError(segment('>', '.', 1002), error(), 2, 5);
  table.addError(segment('<', '.', 1000), error(), 3, 5);
  expect(table.errors.of(1)).toEqual([]);
});

test('of two connections on one tuple, it is of the one that sent such numbers', () => {
  const table = new FlowTable();
  table.add(segment('>', 'S', 1000), 1, 0, NOTHING);
  table.add(segment('<', 'R.', 0, 1001), 2, 1, NOTHING);
  table.add(segment('>', 'S', 900_000_000), 3, 1e9, NOTHING);
  table.addError(segment('>', 'S', 1000), error(), 4, 2e9);
  expect([table.connections.count, table.errors.of(1).length, table.errors.of(3).length]).toEqual([2, 0, 1]);
});

test('a hostile capture fills no memory with them: eight of a connection, 65,536 in all', () => {
  const table = new FlowTable();
  for (let port = 1; port <= 9000; port++) {
    const syn = Object.assign(segment('>', 'S', 1000), { sourcePort: port });
    table.add(syn, port, 0, NOTHING);
    for (let sender = 0; sender < 20; sender++) table.addError(syn, error({ sender3: sender }), port, 5);
  }
  expect([table.errors.of(1).length, table.errors.of(9000).length, table.errors.count]).toEqual([8, 0, 65_536]);
});

function all(errors: IcmpErrors): unknown {
  return [errors.count, Array.from({ length: 60 }, (_, connection) => errors.of(connection))];
}

test('what is packed comes back, and takes in more', () => {
  const errors = new IcmpErrors();
  const more = (to: IcmpErrors): void => {
    for (let at = 0; at < 40; at++) to.add(at % 7, at & 1, -at, error({ sender3: at % 3, mtu: at }), 100 + at, 10 + at);
  };
  more(errors);
  errors.add(3, 0, 5, error({ family: 6, sender0: -1, type: 2 }), 200, 1);
  const packer = new BytePacker();
  errors.pack(packer);
  const from = new ByteUnpacker(packer.bytes());
  const back = IcmpErrors.unpack(from);
  from.finish();
  back.check();
  expect(all(back)).toEqual(all(errors));
  for (const each of [errors, back])
    for (let at = 0; at < 30; at++) each.add(50 + (at % 4), 0, at, error({ sender3: at }), at, at);
  more(back);
  more(errors);
  expect(all(back)).toEqual(all(errors));
});

test('those of a forgotten connection are forgotten with it, and make room for others', () => {
  const table = new FlowTable();
  for (let port = 1; port <= 9000; port++) {
    const syn = Object.assign(segment('>', 'S', 1000), { sourcePort: port });
    table.add(syn, port, 0, NOTHING);
    for (let sender = 0; sender < 8; sender++) table.addError(syn, error({ sender3: sender }), port, 5);
  }
  expect([table.errors.count, table.errors.of(9000)]).toEqual([65_536, []]);
  table.forget(Array.from({ length: 8000 }, (_, row) => row));
  expect([table.errors.count, table.errors.of(1), table.errors.of(8001).length]).toEqual([1536, [], 8]);
  table.addError(Object.assign(segment('>', 'S', 1000), { sourcePort: 9000 }), error(), 9001, 6);
  table.addError(Object.assign(segment('>', 'S', 1000), { sourcePort: 8999 }), error(), 9002, 6);
  const packer = new BytePacker();
  table.errors.pack(packer);
  const back = IcmpErrors.unpack(new ByteUnpacker(packer.bytes()));
  for (const errors of [table.errors, back]) {
    expect([errors.count, errors.of(9000).length, errors.of(8999).length, errors.of(8001).length]).toEqual([
      1538, 1, 1, 8,
    ]);
  }
});
