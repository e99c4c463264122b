import { describe, expect, it } from 'vitest';

import { ACK, FIN, RST, SYN, type Segment } from '../../src/decode/segment.js';
import { History, NO_RECORD } from '../../src/flow/history.js';
import { DONT_FRAGMENT, DUPLICATE_SACK, HAS_TIMESTAMPS, NO_IP_ID, PROBE, REPEAT, SERVER_TALKS, TellingSegment } from '../../src/flow/telling-segment.js';
import { FlowTable } from '../../src/flow/flow-table.js';
import { segment } from './segments.js';

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
    expect(frames([...handshake, segment('>', 'F.', 1, 1), segment('<', '.', 1, 2), segment('<', 'F.', 1, 2), segment('>', '.', 2, 2)])).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('of bulk data only the first and the latest, and of acknowledgments the same', () => {
    const bulk = Array.from({ length: 50 }, (_, i) => [data(1 + i * 100, 100), ack(101 + i * 100)]).flat();
    // 4 first data, 5 its acknowledgment, 102 and 103 the last ones.
    expect(frames([...handshake, ...bulk])).toEqual([1, 2, 3, 4, 5, 102, 103]);
  });

  it('what lies before a FIN stays when data goes on behind it', () => {
    expect(frames([...handshake, data(1, 100), ack(101), data(101, 100), segment('>', 'F.', 201, 1), answer(1), answer(51), answer(101)])).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('the first and the latest of many retransmissions, with their count', () => {
    const rows = historyOf([...handshake, data(1, 100), ...Array.from({ length: 9 }, () => data(1, 100))]);
    expect(rows.map(({ frame, repeats, marks }) => [frame, repeats, marks & REPEAT])).toEqual([[1, 0, 0], [2, 0, 0], [3, 0, 0], [4, 0, 0], [5, 1, REPEAT], [13, 9, REPEAT]]);
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
    const history = new History();
    const row = history.append(NO_RECORD);
    const said = Object.assign(segment('<', 'F.', -5, 7, 3), {
      window: 500, ttl: 63, ipId: 0x1234, trafficClass: 0x48, dontFragment: 1, hasTimestamps: 1, timestampValue: 10, timestampEcho: 20, sackCount: 1, sackLeft: 5, sackRight: 7, sackHighest: 7,
    });
    history.write(row, said, 42, 1.5e9, SERVER_TALKS, 3);
    const rows: TellingSegment[] = [];
    expect(history.load(row, rows)).toBe(1);
    expect(Object.fromEntries(Object.entries(rows[0]!))).toEqual({
      frame: 42, time: 1.5e9, talker: 1, flags: FIN | ACK, marks: SERVER_TALKS | DONT_FRAGMENT | HAS_TIMESTAMPS | DUPLICATE_SACK, sequence: -5, acknowledgment: 7, length: 3,
      window: 500, ipId: 0x1234, ttl: 63, trafficClass: 0x48, timestampValue: 10, timestampEcho: 20, sackHighest: 7, repeats: 3, note: '',
    });
  });

  it('of IPv6 has no IP ID', () => {
    const history = new History();
    const row = history.append(NO_RECORD);
    history.write(row, Object.assign(segment('>', 'R', 1), { ipId: -1 }), 1, 0, 0, 0);
    const rows: TellingSegment[] = [];
    history.load(row, rows);
    expect(rows[0]!.marks & NO_IP_ID).toBe(NO_IP_ID);
  });

  it('chains of many connections, growing together, stay apart', () => {
    const history = new History();
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
      expect(rows.slice(0, count).map(({ frame, flags }) => [frame, flags])).toEqual(Array.from({ length: 5000 }, (_, i) => [chain === 0 ? 3 * (i + 1) : 3 * i + chain, flags]));
    }
  });
});
