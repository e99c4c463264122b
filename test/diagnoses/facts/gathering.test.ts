import { expect, test } from 'vitest';

import { Pipeline } from '../../../src/analysis/pipeline.js';
import { openCapture } from '../../../src/capture/capture.js';
import { Gathering, HostNames } from '../../../src/diagnoses/facts/gathering.js';
import { signsOf } from '../../../src/diagnoses/facts/signs.js';
import type { FlowTable } from '../../../src/flow/flow-table.js';
import { KeptFirstFrames } from '../../../src/flow/identity/kept-first-frames.js';
import { BytePacker } from '../../../src/packing/byte-packer.js';
import { ByteUnpacker } from '../../../src/packing/byte-unpacker.js';
import { UnpackError } from '../../../src/packing/packer.js';
import { Conversations } from '../conversations.js';

/** The table of a capture with `count` ordinary connections to one service, and one to each of nine others. */
async function tableOf(count: number): Promise<{ table: FlowTable; end: number }> {
  const capture = new Conversations();
  for (let index = 0; index < count; index++) {
    const start = index * 0.011;
    capture
      .begin({ clientPort: 1024 + index })
      .open(start)
      .exchange(start + 0.003)
      .close(start + 0.02, 'client')
      .close(start + 0.023, 'server');
  }
  for (let index = 0; index < 9; index++)
    capture
      .begin({ port: 9000 + index })
      .open(index)
      .exchange(index + 0.01)
      .exchange(index + 3)
      .close(index + 5, 'client')
      .close(index + 5.1, 'server');
  const opened = await openCapture([capture.write()], {});
  const pipeline = new Pipeline(opened, {});
  for await (const batch of opened.batches()) pipeline.feed(batch);
  return { table: pipeline.result().table, end: pipeline.end() };
}

function gathered(
  { table, end }: { table: FlowTable; end: number }, rows: readonly number[], into = new Gathering(),
): Gathering {
  const names = new HostNames();
  for (const row of rows) into.add(names, table, row, end);
  return into;
}

function packed(gathering: Gathering): Uint8Array {
  const packer = new BytePacker();
  gathering.pack(packer);
  return packer.bytes();
}

function unpacked(bytes: Uint8Array): Gathering {
  const from = new ByteUnpacker(bytes);
  const gathering = Gathering.unpack(from);
  from.finish();
  return gathering;
}

/** The table of a recording. */
async function recorded(name: string): Promise<{ table: FlowTable; end: number }> {
  const opened = await openCapture([`captures/${name}.pcapng`], {});
  const pipeline = new Pipeline(opened, {});
  for await (const batch of opened.batches()) pipeline.feed(batch);
  return { table: pipeline.result().table, end: pipeline.end() };
}

test('what is packed comes back, each fact of it: of closes, of RSTs, of payload that came too late, of closed windows', async () => {
  const known = await recorded('showcase');
  const gathering = gathered(known, Array.from({ length: known.table.connections.count }, (_, row) => row));
  gathering.settle(known.table);
  const facts = [...gathering.services.values()].flatMap(({ telling }) => telling.facts);
  expect(facts.filter(({ late }) => late !== null).length).toBeGreaterThan(0);
  expect(facts.filter(({ reset }) => reset !== null).length).toBeGreaterThan(0);
  // The showcase has no end that sent again three times and was heard later; what a stall says comes back as well.
  Object.assign(facts[0]!, { stall: { by: 1, from: facts[0]!.start, lasted: 6_432_000_000, repeats: 5 } });
  facts[0]!.signs = signsOf(facts[0]!);
  // Nor packets that were captured twice.
  Object.assign(facts[1]!, { isDoubled: true });
  expect(unpacked(packed(gathering))).toEqual(gathering);
});

test('what goes on behind a limit goes on behind it when it was packed in between', async () => {
  const known = await tableOf(5000);
  const rows = Array.from({ length: known.table.connections.count }, (_, row) => row);
  const before = unpacked(packed(gathered(known, rows.slice(0, 3000))));
  expect(gathered(known, rows.slice(3000), before).finish()).toEqual(gathered(known, rows).finish());
});

test.each([{ product: 64 }, { kinds: [0, 99] }, { start: NaN }, { closer: 2 }, { frame: 0.5 }])(
  'what no connection says is refused: %o',
  async (wrong) => {
  const known = await tableOf(1);
  const gathering = gathered(known, [0]);
  const [service] = gathering.services.values();
  expect(unpacked(packed(gathering))).toEqual(gathering);
  Object.assign(service!.ordinary.facts[0]!, wrong);
  expect(() => unpacked(packed(gathering))).toThrow(UnpackError);
},
);

test('the first connections of a service are kept, in whatever order they are added, and all are counted', async () => {
  const known = await tableOf(5000);
  const rows = Array.from({ length: known.table.connections.count }, (_, row) => row);
  const inOrder = gathered(known, rows).finish();
  const [busy] = inOrder;
  expect([inOrder.length, busy!.count, busy!.ordinary.count, busy!.ordinary.facts.length]).toEqual([
    10, 5000, 5000, 1024,
  ]);
  // A multiple of a number that has no factor in common with theirs takes each row once.
  const shuffled = rows.map((row) => (row * 7919) % rows.length);
  expect(new Set(shuffled).size).toBe(rows.length);
  const other = gathered(known, shuffled).finish();
  expect(other.map(({ port, ordinary, telling }) => [port, ordinary.facts, telling.facts])).toEqual(
    inOrder.map(({ port, ordinary, telling }) => [port, ordinary.facts, telling.facts]),
  );
});

test('what two have gathered is what one would have', async () => {
  const known = await tableOf(300);
  const rows = Array.from({ length: known.table.connections.count }, (_, row) => row);
  const one = gathered(known, rows.filter((row) => row % 3 === 0));
  one.join(unpacked(packed(gathered(known, rows.filter((row) => row % 3 !== 0)))));
  expect(one.finish()).toEqual(gathered(known, rows).finish());
});

test('of what goes on for hours the latest are kept', async () => {
  const known = await tableOf(5000);
  const { table } = known;
  table.firstFrames = KeptFirstFrames.of(table.connections, null);
  const busy = gathered(
    known, Array.from({ length: table.connections.count }, (_, row) => row), new Gathering(true),
  )
    .finish()
    .find(({ port }) => port === 80);
  const frames = busy!.ordinary.facts.map(({ frame }) => frame);
  expect(frames.length).toBe(1024);
  expect(frames[0]).toBeGreaterThan(30_000);
  expect(frames).toEqual(frames.toSorted((a, b) => a - b));
});
