import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

import { ACK, FIN, RST, SYN, Segment } from '../../../src/decode/segment.js';
import { History, isPacked } from '../../../src/flow/history/history.js';
import { KeptFirstFrames } from '../../../src/flow/identity/kept-first-frames.js';
import { LivingHistories, NO_RECORD } from '../../../src/flow/history/living-histories.js';
import {
  DONT_FRAGMENT, DUPLICATE_SACK, HAS_TIMESTAMPS, NO_IP_ID, PROBE, REPEAT, SERVER_TALKS, TellingSegment,
} from '../../../src/flow/history/telling-segment.js';
import { openCapture } from '../../../src/capture/capture.js';
import { IS_TCP, decode } from '../../../src/decode/decode.js';
import { FirstFrames } from '../../../src/flow/identity/first-frames.js';
import { FlowTable } from '../../../src/flow/flow-table.js';
import { randomFrom } from '../../captures/random.js';
import { TransferUnpacker, transferOf } from '../../../src/packing/transfer.js';
import { CLIENT, segment } from '../segments.js';

const handshake = [segment('>', 'S', 0), segment('<', 'S.', 0, 1), segment('>', '.', 1, 1)];

/** The history that the flow table keeps of segments on one tuple, ten milliseconds apart. */
function historyOf(segments: readonly Segment[]): TellingSegment[] {
  const table = new FlowTable();
  segments.forEach((one, index) => table.add(one, index + 1, index * 10e6, new Uint8Array(200).fill(0x41)));
  const rows: TellingSegment[] = [];
  const count = table.history.load(table.connections.history(0), rows);
  return rows.slice(0, count);
}

const frames = (segments: readonly Segment[]): number[] => historyOf(segments).map(({ frame }) => frame);
const data = (from: number, length: number): Segment => segment('>', 'P.', from, 1, length);
const answer = (from: number): Segment => segment('<', 'P.', from, 202, 50);
const ack = (acknowledgment: number): Segment => segment('<', '.', 1, acknowledgment);

describe('the history of a connection', () => {
  it('keeps what opens and what closes, in the order of frames', () => {
    expect(
      frames([
        ...handshake, segment('>', 'F.', 1, 1), segment('<', '.', 1, 2), segment('<', 'F.', 1, 2),
        segment('>', '.', 2, 2),
      ]),
    ).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('of bulk data only the first and the latest, and of acknowledgments the same', () => {
    const bulk = Array.from({ length: 50 }, (_, i) => [data(1 + i * 100, 100), ack(101 + i * 100)]).flat();
    // 4 first data, 5 its acknowledgment, 102 and 103 the last ones.
    expect(frames([...handshake, ...bulk])).toEqual([1, 2, 3, 4, 5, 102, 103]);
  });

  it('what lies before a FIN stays when data goes on behind it', () => {
    expect(
      frames([
        ...handshake, data(1, 100), ack(101), data(101, 100), segment('>', 'F.', 201, 1), answer(1), answer(51),
        answer(101),
      ]),
    ).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('the first and the latest of many retransmissions, with their count', () => {
    const rows = historyOf([...handshake, data(1, 100), ...Array.from({ length: 9 }, () => data(1, 100))]);
    expect(rows.map(({ frame, repeats, marks }) => [frame, repeats, marks & REPEAT])).toEqual([
      [1, 0, 0], [2, 0, 0], [3, 0, 0], [4, 0, 0], [5, 1, REPEAT], [13, 9, REPEAT],
    ]);
  });

  it('keepalive probes apart from retransmissions', () => {
    const [probe] = historyOf([...handshake, data(1, 100), ack(101), segment('>', '.', 100, 1)]).slice(-1);
    expect(probe!.marks & (REPEAT | PROBE)).toBe(REPEAT | PROBE);
    const [again] = historyOf([...handshake, data(1, 100), data(1, 100)]).slice(-1);
    expect(again!.marks & (REPEAT | PROBE)).toBe(REPEAT);
  });

  it('keeps the text of a RST', () => {
    const rst = Object.assign(segment('<', 'R.', 1, 1, 20), { payloadCaptured: 20 });
    expect(historyOf([...handshake, rst]).at(-1)!.note).toBe('A'.repeat(20));
  });
});

describe('a row', () => {
  it('says all that a segment said', () => {
    const history = new LivingHistories();
    const row = history.append(NO_RECORD);
    const said = Object.assign(segment('<', 'F.', -5, 7, 3), {
      window: 500, ttl: 63, ipId: 0x1234, trafficClass: 0x48, dontFragment: 1, hasTimestamps: 1, timestampValue: 10,
      timestampEcho: 20, sackCount: 1, sackLeft: 5, sackRight: 7, sackHighest: 7,
    });
    history.write(row, said, 42, 1.5e9, SERVER_TALKS, 3);
    const rows: TellingSegment[] = [];
    expect(history.load(row, rows)).toBe(1);
    expect(Object.fromEntries(Object.entries(rows[0]!))).toEqual({
      frame: 42, time: 1.5e9, talker: 1, flags: FIN | ACK,
      marks: SERVER_TALKS | DONT_FRAGMENT | HAS_TIMESTAMPS | DUPLICATE_SACK, sequence: -5, acknowledgment: 7, length: 3,
      window: 500, ipId: 0x1234, ttl: 63, trafficClass: 0x48, timestampValue: 10, timestampEcho: 20, sackHighest: 7,
      repeats: 3, note: '',
    });
  });

  it('of IPv6 has no IP ID', () => {
    const history = new LivingHistories();
    const row = history.append(NO_RECORD);
    history.write(row, Object.assign(segment('>', 'R', 1), { ipId: -1 }), 1, 0, 0, 0);
    const rows: TellingSegment[] = [];
    history.load(row, rows);
    expect(rows[0]!.marks & NO_IP_ID).toBe(NO_IP_ID);
  });

  it('has the note of its own segment: none once it tells of another, and the same where it has become old', () => {
    const history = new LivingHistories(2);
    const noteOf = (last: number): string => {
      const rows: TellingSegment[] = [];
      history.load(last, rows);
      return rows[0]!.note;
    };
    const row = history.append(NO_RECORD);
    history.write(row, segment('<', 'R', 1), 1, 0, SERVER_TALKS, 0);
    history.annotate(row, 'out of memory');
    const old = history.promote(row);
    expect([old === row, noteOf(old)]).toEqual([false, 'out of memory']);

    history.renew();
    const again = history.append(NO_RECORD);
    history.write(again, segment('<', 'R', 1), 2, 0, SERVER_TALKS, 0);
    expect([again, noteOf(again), noteOf(old)]).toEqual([row, '', 'out of memory']);
    const other = history.append(NO_RECORD);
    history.put(other, Object.assign(new TellingSegment(), { frame: 3, note: 'closed' }));
    history.release(old);
    expect([history.promote(other), noteOf(old)]).toEqual([old, 'closed']);
    history.put(old, new TellingSegment());
    expect(noteOf(old)).toBe('');
  });

  it('chains of many connections, growing together, stay apart', () => {
    const history = new LivingHistories();
    const last = [NO_RECORD, NO_RECORD, NO_RECORD];
    for (let frame = 1; frame <= 15_000; frame++) {
      const chain = frame % 3;
      const row = history.append(last[chain]!);
      last[chain] = row;
      history.write(row, segment('>', chain === 0 ? 'S' : chain === 1 ? 'F' : 'R', frame), frame, frame, 0, 0);
    }
    for (const [chain, flags] of [SYN, FIN, RST].entries()) {
      const rows: TellingSegment[] = [];
      const count = history.load(last[chain]!, rows);
      expect(rows.slice(0, count).map(({ frame, flags }) => [frame, flags])).toEqual(
        Array.from({ length: 5000 }, (_, i) => [chain === 0 ? 3 * (i + 1) : 3 * i + chain, flags]),
      );
    }
  });
});

/** All histories that a table has, by row; none of a connection that was forgotten. */
function historiesOf({ connections, history }: FlowTable): TellingSegment[][] {
  return Array.from({ length: connections.count }, (_, row) => {
    if (!connections.isKept(row)) return [];
    const rows: TellingSegment[] = [];
    const count = history.load(connections.history(row), rows);
    return rows.slice(0, count);
  });
}

/** Forgets half of the connections that no later one refers to, the same ones in all tables. */
function forgetSome(tables: readonly FlowTable[], random: (below: number) => number): void {
  const { connections } = tables[0]!;
  const rows: number[] = [];
  for (let row = 0; row < connections.count; row++)
    if (connections.isKept(row) && random(2) === 0 && connections.previous(row) < 0) rows.push(row);
  for (const table of tables) {
    table.forget(rows);
    table.connections.unlink();
  }
}

const packedIn = ({ connections }: FlowTable): number =>
  Array.from({ length: connections.count }, (_, row) => isPacked(connections.history(row))).filter(Boolean).length;

/** A copy of the segment, of a client at `port`. */
const from = (port: number, said: Segment): Segment =>
  Object.assign(new Segment(), said, { [said.source3 === CLIENT.address ? 'sourcePort' : 'destinationPort']: port });

/** Ten packets of a connection from open to close. */
function* connection(port: number, frame: number): Generator<[Segment, number, number]> {
  const steps = [
    ...handshake, data(1, 100), ack(101), segment('>', 'F.', 101, 1), segment('<', '.', 1, 102), answer(1),
    segment('<', 'F.', 51, 102), segment('>', '.', 102, 52),
  ];
  for (const [index, step] of steps.entries()) yield [from(port, step), frame + index, (frame + index) * 1e6];
}

describe('a history that is packed', () => {
  const captures = readdirSync('captures').filter((name) => /\.pcap(ng)?$/.test(name));

  it.each(captures)('as soon as its connection begins to close is the one that is not, in %s', async (name) => {
    const tables = [new FlowTable(), new FlowTable({ history: new History(1) })] as const;
    const one = new Segment();
    const capture = await openCapture([`captures/${name}`]);
    let frame = 0;
    for await (const batch of capture.batches()) {
      for (let index = 0; index < batch.count; index++) {
        frame++;
        if (decode(batch, index, one) === IS_TCP)
          for (const table of tables) table.add(one, frame, batch.time[index]!, batch.bytes);
      }
    }
    expect(historiesOf(tables[1])).toEqual(historiesOf(tables[0]));
  });

  it('waits for many', () => {
    const table = new FlowTable({ history: new History(100) });
    for (let port = 1; port <= 20; port++)
      for (const [step, frame, time] of connection(port, port * 10)) table.add(step, frame, time, new Uint8Array(0));
    // The first ten when the eleventh began to close: the hundred young rows, used up by these, then tell of the
    // others.
    expect(packedIn(table)).toBe(10);
    expect(table.history.living.count).toBeLessThan(110);
  });

  it('is given back when its connection is forgotten, and moved when most are', () => {
    const table = new FlowTable({ history: new History(1), firstFrames: new FirstFrames() });
    for (let port = 1; port <= 1000; port++)
      for (const [step, frame, time] of connection(port, port * 10)) table.add(step, frame, time, new Uint8Array(0));
    const before = historiesOf(table);
    const { bytes } = table.history;
    table.forget(Array.from({ length: 900 }, (_, row) => row));
    expect(table.history.bytes).toBeLessThan(bytes / 8);
    expect(historiesOf(table)).toEqual(before.map((rows, row) => (row < 900 ? [] : rows)));
    expect(table.history['packed'].released).toBe(0);
  });

  it('is packed twice at most: half-closed connections that go on are not packed with each of their segments', () => {
    const table = new FlowTable({ history: new History(1) });
    const ports = [1, 2, 3];
    const say = (step: Segment, port: number, frame: number): void =>
      table.add(from(port, step), frame, frame * 1e6, new Uint8Array(0));
    const halfClose = (port: number, frame: number): void =>
      [...handshake, segment('>', 'F.', 1, 1)].forEach((step, index) => say(step, port, frame + index));
    for (const port of ports) halfClose(port, port * 10);
    expect(packedIn(table)).toBe(2);
    for (let round = 0; round < 100; round++) {
      for (const port of ports) say(answer(1 + round * 50), port, 100 + round * 10 + port);
      // Others that begin to close are what makes room.
      halfClose(100 + round, 104 + round * 10);
    }
    expect(packedIn(table)).toBe(99);
    expect(ports.map((port) => isPacked(table.connections.history(port - 1)))).toEqual([false, false, false]);
    expect(table.history['packed'].released).toBeLessThan(1000);
  });

  it.each([1, 2, 3])(
    'is that of one which is not, whatever connections do, forget and take the rows of others: history %d',
    (seed) => {
    const random = randomFrom(seed);
    const any = <T>(...values: readonly T[]): T => values[random(values.length)]!;
    for (let round = 0; round < 40; round++) {
      const tables = [
        new FlowTable({ firstFrames: new KeptFirstFrames() }),
        new FlowTable({ firstFrames: new KeptFirstFrames(), history: new History(any(1, 5, 50)) }),
      ];
      const ports = any(1, 3, 30);
      let frame = any(0, 2 ** 31 - 50, 2 ** 32 - 200);
      let time = 0;
      for (let index = 0; index < 400; index++) {
        frame++;
        time += any(0, 1, 1e6, 1e9, 61e9, 0.25, -1e6);
        const said = segment(
          any('>', '<'), any('S', 'S.', 'F.', 'F.', 'R', 'R.', '.', '.', 'P.', 'P.'),
          any(0, 1, 101, 102, random(2 ** 32)), any(0, 1, 51, 52, random(2 ** 32)), any(0, 0, 1, 100),
        );
        Object.assign(said, {
          ipId: any(-1, 0, index), window: any(0, 501), payloadCaptured: any(0, said.length), hasTimestamps: any(0, 1),
          timestampValue: index, mptcpResetReason: any(-1, -1, 3),
        });
        const bytes = Uint8Array.from({ length: 100 }, () => random(256));
        const port = 1 + random(ports);
        for (const table of tables) table.add(from(port, said), frame, time, bytes);
        if (random(100) === 0) forgetSome(tables, random);
      }
      expect(historiesOf(tables[1]!)).toEqual(historiesOf(tables[0]!));
    }
  },
  );

  it('goes from thread to thread', () => {
    const table = new FlowTable({ history: new History(1) });
    for (let port = 1; port <= 10; port++)
      for (const [step, frame, time] of connection(port, port * 10)) table.add(step, frame, time, new Uint8Array(0));
    expect(packedIn(table)).toBe(9);
    const before = historiesOf(table);
    const packed = transferOf((to) => table.pack(to));
    const arrived = structuredClone(packed.values, { transfer: [...packed.memory] });
    expect(historiesOf(FlowTable.unpack(new TransferUnpacker(arrived)))).toEqual(before);
  });
});
