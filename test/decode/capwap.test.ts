import { describe, expect, test } from 'vitest';

import { Fragments } from '../../src/decode/fragments.js';
import type { Segment } from '../../src/decode/segment.js';
import { ETHERNET_ADDRESSES, START, decoded, helloBehind, hex, inUdp } from './bytes.js';

const RAW = { linkType: 101 };
const INCOMPLETE = 'capwap: fragment that completes no frame';
const FRAME = helloBehind(ETHERNET_ADDRESSES, '0800');
/** IP, UDP and CAPWAP before the data of a fragment. */
const HEADERS = 36;

/** Bytes `start` to `end` of a frame in CAPWAP; `fields`: binding and the type of the frame. */
function fragment(
  frame: readonly number[], start: number, end: number,
  { id = '0007', last = end === frame.length, fields = 0x0010_0000 } = {},
): number[] {
  const word = (fields | 0x80 | (last ? 0x40 : 0)).toString(16).padStart(8, '0');
  return inUdp(5247, [...hex(word, id, start.toString(16).padStart(4, '0')), ...frame.slice(start, end)]);
}

function through(packets: readonly (readonly number[])[], fragments = new Fragments()): (Segment | string)[] {
  return packets.map((bytes) => decoded(bytes, RAW, fragments));
}

/** What is made of a packet whose last two bytes a snap length cut. */
function cut(bytes: readonly number[]): Segment | string {
  return decoded(bytes, { ...RAW, captured: bytes.length - 2 }, new Fragments());
}

/** The segment lies in several packets, so its payload is shown in none. */
const put = expect.objectContaining({
  sourcePort: 50_000, destinationPort: 80, sequence: 1000, length: 5, payloadOffset: START + HEADERS,
  payloadCaptured: 0,
});

describe('a frame in parts', () => {
  const [first, middle, last] = [fragment(FRAME, 0, 16), fragment(FRAME, 16, 40), fragment(FRAME, 40, FRAME.length)];

  test('in order, and in any other', () => {
    expect(through([first, middle, last])).toEqual([INCOMPLETE, INCOMPLETE, put]);
    expect(through([last, first, middle])).toEqual([INCOMPLETE, INCOMPLETE, put]);
  });

  test('of 802.11', () => {
    const wireless = helloBehind('0801 0000', '020000000001 020000000002 020000000003', '0010', 'aaaa03 000000 0800');
    const fields = 0x0010_0300;
    const parts = [fragment(wireless, 0, 24, { fields }), fragment(wireless, 24, wireless.length, { fields })];
    expect(through(parts)).toEqual([INCOMPLETE, put]);
  });

  test('two frames at a time, told apart by their number', () => {
    const other = [fragment(FRAME, 0, 16, { id: '0008' }), fragment(FRAME, 16, FRAME.length, { id: '0008' })];
    const mixed = [first, other[0]!, middle, other[1]!, last];
    expect(through(mixed)).toEqual([INCOMPLETE, INCOMPLETE, INCOMPLETE, put, put]);
  });

  test('of another access point behind the same address: no part of it', () => {
    expect(through([first, middle, last.with(21, 2)])).toEqual([INCOMPLETE, INCOMPLETE, INCOMPLETE]);
  });

  test('cut by a snap length: the first goes on with what it holds', () => {
    const whole = fragment(FRAME, 0, FRAME.length, { last: false });
    expect(cut(whole)).toMatchObject({ length: 5, payloadCaptured: 3 });
    expect(cut(last)).toBe('capwap: fragment without the headers of its frame');
  });

  test('cut by its sender at every byte before TCP is whole: never a segment', () => {
    const headersEnd = HEADERS + FRAME.length - 5 - 40;
    for (let size = 0; size < headersEnd; size += 1) {
      const fragments = new Fragments();
      expect(through([first, middle], fragments)).toEqual([INCOMPLETE, INCOMPLETE]);
      const answer = decoded(last.slice(0, size), RAW, fragments);
      expect(answer).toMatch(/cut|longer|empty|that completes no frame|data offset/);
    }
  });
});
