import { describe, expect, it } from 'vitest';

import { ACK, FIN, RST, SYN } from '../../src/decode/segment.js';
import { DUPLICATE_SACK, FOREIGN } from '../../src/flow/history/telling-segment.js';
import { NO_ROW } from '../../src/tcp/segment-history.js';
import { SECOND } from '../../src/base/time.js';
import { type RowFields, storyOf } from './segment-history-fixture.js';

const client = 0;
const server = 1;
/** 10 ms to the server and back, 20 ms to the client and back. */
const handshake: readonly RowFields[] = [
  { at: 0, talker: client, flags: SYN, sequence: 100 },
  { at: 0.01, talker: server, flags: SYN | ACK, sequence: 900, acknowledgment: 101 },
  { at: 0.03, talker: client, flags: ACK, sequence: 101, acknowledgment: 901 },
];
const fin = (at: number): RowFields => ({ at, talker: client, flags: FIN | ACK, sequence: 101, acknowledgment: 901 });
const ack = (at: number, acknowledgment: number, marks = 0): RowFields => ({
  at, talker: server, flags: ACK, sequence: 901, acknowledgment, marks,
});

describe('landmarks', () => {
  it('of both ends, each the first of its kind', () => {
    const history = storyOf([...handshake, fin(1), fin(1.2), ack(1.21, 102)], 9);
    expect(history.ends[client]).toMatchObject({
      first: 0, last: 4, syn: 0, lastSyn: 0, synAck: NO_ROW, fin: 3, synEnd: 101, finEnd: 102, widestWindow: 0,
      lowestTtl: 0, highestTtl: 0, reach: 0.02 * SECOND,
    });
    expect(history.ends[server]).toMatchObject({
      first: 1, last: 5, syn: 1, lastSyn: NO_ROW, synAck: 1, fin: NO_ROW, synEnd: 901, finEnd: 0, widestWindow: 0,
      lowestTtl: 0, highestTtl: 0, reach: 0.01 * SECOND,
    });
  });

  it('a retransmitted SYN does not make the way longer', () => {
    const history = storyOf([{ at: -3, talker: client, flags: SYN, sequence: 100 }, ...handshake], 9);
    expect(history.ends[server].reach).toBe(0.01 * SECOND);
  });

  it('RSTs and other connections leave none', () => {
    const history = storyOf(
      [...handshake, { at: 1, talker: client, flags: RST, sequence: 101 }, { ...fin(2), marks: FOREIGN }], 9,
    );
    expect(history.ends[client].last).toBe(2);
    expect(history.ends[client].fin).toBe(NO_ROW);
  });
});

const arrival = (...rows: readonly RowFields[]): unknown =>
  storyOf([...handshake, ...rows], 9).arrival(client, 3, 102, FIN);
const acknowledged = (captureEnd: number, ...rows: readonly RowFields[]): unknown =>
  storyOf([...handshake, ...rows], captureEnd).acknowledged(client, 102, FIN);

describe('where a FIN arrived', () => {
  it('the one before its acknowledgment', () => {
    expect(arrival(fin(1), ack(1.01, 102))).toEqual({ row: 3, after: 3, proven: true });
  });

  it('the last of two, as the first was lost', () => {
    expect(arrival(fin(1), fin(1.3), ack(1.31, 102))).toEqual({ row: 4, after: 4, proven: true });
  });

  it('the first, if the acknowledgment came sooner than the second could be answered', () => {
    expect(arrival(fin(1), fin(1.3), ack(1.304, 102))).toEqual({ row: 3, after: 3, proven: true });
  });

  it('the first, if a D-SACK says so', () => {
    expect(arrival(fin(1), fin(1.3), ack(1.31, 102, DUPLICATE_SACK))).toEqual({ row: 3, after: 3, proven: true });
  });

  it('not before what the listener said without it', () => {
    expect(arrival(fin(1), ack(1.002, 101), ack(1.01, 102))).toEqual({ row: 3, after: 4, proven: true });
  });

  it('perhaps, if nobody said anything since', () => {
    expect(arrival(fin(1))).toEqual({ row: 3, after: 3, proven: false });
  });

  it('nowhere, if the listener goes on without it', () => {
    expect(arrival(fin(1), ack(2, 101))).toBeNull();
  });

  it('nowhere, if a RST answers it', () => {
    expect(arrival(fin(1), { at: 1.01, talker: server, flags: RST, sequence: 901 })).toBeNull();
  });
});

describe('where the acknowledgment of a FIN arrived', () => {
  it('where it was seen; silence for a second is the proof', () => {
    expect(acknowledged(9, fin(1), ack(1.01, 102))).toEqual({ row: 4, after: 4, proven: true });
    expect(acknowledged(1.5, fin(1), ack(1.01, 102))).toEqual({ row: 4, after: 4, proven: false });
  });

  it('not where the FIN was sent again after it, but the next time', () => {
    expect(acknowledged(9, fin(1), ack(1.01, 102), fin(1.3), ack(1.31, 102))).toEqual({
      row: 6, after: 6, proven: true,
    });
  });

  it('even so, if both crossed', () => {
    expect(acknowledged(9, fin(1), ack(1.01, 102), fin(1.02))).toEqual({ row: 4, after: 4, proven: true });
  });

  it('nowhere without one, and not by a RST', () => {
    expect(acknowledged(9, fin(1))).toBeNull();
    expect(
      acknowledged(9, fin(1), { at: 1.01, talker: server, flags: RST | ACK, sequence: 901, acknowledgment: 102 }),
    ).toBeNull();
  });
});
