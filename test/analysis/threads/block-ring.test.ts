import { describe, expect, test } from 'vitest';

import { PacketBatch } from '../../../src/capture/packet-batch.js';
import { Partition } from '../../../src/flow/partition.js';
import { BlockRing } from '../../../src/analysis/threads/block-ring.js';
import { ETHERNET_ADDRESSES, HELLO, hex, inIpv4 } from '../../decode/bytes.js';

const THREADS = 2;
const partition = new Partition(0, THREADS);
const FRAME = hex(ETHERNET_ADDRESSES, '0800').concat(inIpv4(6, HELLO));
const SOURCE_END = 29;

/** Plain packets of `count` hosts, `apart` bytes from each other, but the last one, which is of a VLAN. */
function batchOf(count: number, apart = 100, captured = FRAME.length): PacketBatch {
  const batch = new PacketBatch(count);
  batch.bytes = new Uint8Array(count * apart + captured);
  batch.view = new DataView(batch.bytes.buffer);
  batch.count = count;
  for (let index = 0; index < count; index += 1) {
    const at = index * apart + 50;
    batch.bytes.set(FRAME, at);
    batch.bytes[at + SOURCE_END] = index;
    batch.offset[index] = at;
    batch.captured[index] = captured;
    batch.original[index] = captured;
    batch.time[index] = index * 10;
    batch.linkType[index] = 1;
    batch.interface[index] = index % 3;
  }
  batch.bytes.set(hex('8100'), batch.offset[count - 1]! + 12);
  return batch;
}

/** The ring of a leader, and how the other thread sees it. */
function belts(): [BlockRing, BlockRing] {
  const leader = new BlockRing(THREADS);
  return [leader, new BlockRing(THREADS, leader.memory)];
}

/** What a batch says of its packets. */
function columns(
  { bytes, offset, captured, original, time, linkType, interface: interfaces }: PacketBatch, from: number, to: number,
): unknown[] {
  return Array.from({ length: to - from }, (_, place) => {
    const index = from + place;
    const data = Buffer.from(bytes.slice(offset[index], offset[index]! + captured[index]!)).toString('hex');
    return [data, original[index], time[index], linkType[index], interfaces[index]];
  });
}

describe('what is put on a ring', () => {
  test('comes to the other thread as it was, also from the middle of a batch', () => {
    const [leader, other] = belts();
    const batch = batchOf(64);
    leader.put(batch, 20, partition);
    const block = other.take()!;
    expect(block.batch.count).toBe(44);
    expect(columns(block.batch, 0, 44)).toEqual(columns(batch, 20, 64));
  });

  test('is dealt out: a plain packet to one thread, any other to all', () => {
    const [leader, other] = belts();
    const own = leader.put(batchOf(64), 0, partition).selected(0);
    const others = other.take()!.selected(1);
    expect([...own, ...others].toSorted((a, b) => a - b)).toEqual([...Array(64).keys(), 63]);
    expect([own.at(-1), others.at(-1)]).toEqual([63, 63]);
    expect(Math.min(own.length, others.length)).toBeGreaterThan(10);
  });

  test('takes several blocks where one has no room for it', () => {
    const [leader] = belts();
    const batch = batchOf(8, 300_000, 200_000);
    const counts = [];
    for (let first = 0; first < batch.count; first += counts.at(-1)!)
      counts.push(leader.put(batch, first, partition).batch.count);
    expect(counts).toEqual([3, 3, 2]);
  });

  test('is cut where a packet is longer than a block', () => {
    const [leader] = belts();
    const { batch } = leader.put(batchOf(1, 0, 3 << 20), 0, partition);
    expect([batch.count, batch.captured[0], batch.original[0]]).toEqual([1, 1 << 20, 3 << 20]);
  });
});

test('a ring that is full has room again once a block was given back', async () => {
  const [leader, other] = belts();
  let filled = 0;
  for (; filled < 6; filled += 1) {
    expect(await leader.room()).toBe(true);
    leader.put(batchOf(2), 0, partition);
  }
  let room = false;
  const waiting = leader.room().then((answer) => (room = answer));
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(room).toBe(false);
  other.take();
  other.giveBack(1);
  expect(await waiting).toBe(true);
});

test('behind the last block comes the end, and until when was captured', () => {
  const [leader, other] = belts();
  leader.put(batchOf(2), 0, partition);
  leader.finish(12_345);
  expect(other.take()).not.toBeNull();
  other.giveBack(1);
  expect([other.take(), other.end]).toEqual([null, 12_345]);
});

test('there is no room on a ring that nobody takes from any more', async () => {
  const [leader] = belts();
  for (let filled = 0; filled < 6; filled += 1) leader.put(batchOf(2), 0, partition);
  leader.finish(null);
  expect([await leader.room(), leader.end]).toEqual([false, null]);
});
