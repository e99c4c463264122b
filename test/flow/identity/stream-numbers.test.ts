import { describe, expect, it } from 'vitest';

import type { Segment } from '../../../src/decode/segment.js';
import { FirstFrames } from '../../../src/flow/identity/first-frames.js';
import { StreamNumbers } from '../../../src/flow/identity/stream-numbers.js';
import { STREAM, TUPLE_SIZE } from '../../../src/flow/identity/tuple-record.js';
import { CLIENT, segment } from '../segments.js';

/** The records of tuples of which nothing was heard yet. */
function unheard(tuples: number): Int32Array {
  const words = new Int32Array(tuples * TUPLE_SIZE);
  for (let tuple = 0; tuple < tuples; tuple++) words[tuple * TUPLE_SIZE + STREAM] = -1;
  return words;
}

/** The streams of segments on one tuple. */
function streamsOf(segments: readonly Segment[]): { streams: number[]; completeness: number[] } {
  const numbers = new StreamNumbers();
  const tuple = unheard(1);
  const streams = segments.map((one, index) =>
    numbers.number(tuple, 0, one.source3 === CLIENT.address ? 0 : 1, one, index + 1),
  );
  return { streams, completeness: Array.from({ length: numbers.count }, (_, stream) => numbers.completeness(stream)) };
}

const syn = segment('>', 'S', 1000);
const synAck = segment('<', 'S.', 5000, 1001);
const ack = segment('>', '.', 1001, 5001);
const request = segment('>', 'P.', 1001, 5001, 30);
const clientFin = segment('>', 'F.', 1031, 5001);
const serverFin = segment('<', 'F.', 5001, 1032);
const rst = segment('<', 'R', 5001);

describe('tcp.stream, as Wireshark 4.4 and later count it', () => {
  it.each<[string, readonly Segment[], readonly number[]]>([
    [
      'an ordinary connection is one stream', [syn, synAck, ack, request, clientFin, serverFin, ack],
      [0, 0, 0, 0, 0, 0, 0],
    ],
    ['whatever comes first opens one: a RST', [rst, ack], [0, 0]],
    ['whatever comes first opens one: an acknowledgment', [ack, request], [0, 0]],
    ['a SYN with another number opens a new one', [syn, synAck, ack, segment('>', 'S', 7000)], [0, 0, 0, 1]],
    ['a SYN with the same number is a retransmission', [syn, syn, synAck], [0, 0, 0]],
    ['a SYN with the same number after a RST opens a new one', [syn, segment('<', 'R.', 0, 1001), syn], [0, 0, 1]],
    ['a SYN with the same number after a FIN opens a new one', [syn, synAck, ack, clientFin, syn], [0, 0, 0, 0, 1]],
    ['a FIN without ACK does not count for that', [syn, segment('>', 'F', 1001), syn], [0, 0, 0]],
    ['a RST counts even where no host would take it', [syn, synAck, segment('<', 'R', 999_999), syn], [0, 0, 0, 1]],
    ['a SYN of a side that was not heard of yet stays', [segment('<', 'R', 5001), syn], [0, 0]],
    [
      'a SYN of the other side with another number opens a new one', [syn, synAck, ack, segment('<', 'S', 7000)],
      [0, 0, 0, 1],
    ],
    ['a SYN-ACK with another number opens a new one', [syn, synAck, segment('<', 'S.', 7000, 1001)], [0, 0, 1]],
    ['a SYN-ACK with the same number is a retransmission', [syn, synAck, synAck], [0, 0, 0]],
    [
      'a SYN-ACK with the same number after a RST opens a new one', [syn, synAck, segment('>', 'R', 1001), synAck],
      [0, 0, 0, 1],
    ],
    [
      'everything else belongs to the latest, hours after both FINs, too',
      [syn, synAck, ack, clientFin, serverFin, segment('>', 'S', 9000), request, rst], [0, 0, 0, 0, 0, 1, 1, 1],
    ],
    [
      'a collision with TIME-WAIT: one attempt, two streams',
      [
        syn, synAck, ack, serverFin, clientFin, segment('>', 'S', 500), segment('<', '.', 5002, 1032),
        segment('>', 'R', 1032), segment('>', 'S', 500), segment('<', 'S.', 9000, 501),
      ],
      [0, 0, 0, 0, 0, 1, 1, 1, 2, 2],
    ],
  ])('%s', (_, segments, streams) => {
    expect(streamsOf(segments).streams).toEqual(streams);
  });

  it('counts the streams of all tuples together', () => {
    const numbers = new StreamNumbers();
    const tuples = unheard(3);
    const stream = (tuple: number): number => numbers.number(tuples, tuple * TUPLE_SIZE, 0, syn, 1);
    expect([stream(0), stream(1), stream(2), stream(1), numbers.count]).toEqual([0, 1, 2, 1, 3]);
  });

  it('counts those of tuples that other threads follow, once all is known', () => {
    const [here, there] = [new StreamNumbers(new FirstFrames()), new StreamNumbers(new FirstFrames())];
    const [own, others] = [
      [2, 70], [1, 3],
    ].map((frames, thread) => frames.map((frame) => [here, there][thread]!.number(unheard(1), 0, 0, syn, frame))) as [
      number[], number[],
    ];
    here.openings = there.openings = FirstFrames.union([here.openings!, there.openings!]);
    expect([own.map((stream) => here.global(stream)), others.map((stream) => there.global(stream))]).toEqual([
      [1, 3], [0, 2],
    ]);
  });

  it('a header that an ICMP error quotes has a number, but nothing is learned from its sequence number', () => {
    const numbers = new StreamNumbers();
    const tuple = unheard(1);
    const quoted = numbers.numberHeader(tuple, 0, 0, segment('>', 'S', 1000), 1);
    const again = numbers.numberHeader(tuple, 0, 0, segment('>', 'S', 7000), 2);
    const sent = numbers.number(tuple, 0, 0, segment('>', 'S', 9000), 3);
    const quotedAnew = numbers.numberHeader(tuple, 0, 0, segment('>', 'S', 7000), 4);
    expect([quoted, again, sent, quotedAnew, numbers.number(unheard(1), 0, 0, syn, 5)]).toEqual([0, 0, 0, 1, 2]);
  });

  it('sequence numbers wrap: the base of a side is one below what its peer acknowledges', () => {
    expect(streamsOf([segment('<', '.', 1, 0), segment('>', 'S', -1)]).streams).toEqual([0, 0]);
  });
});

describe('tcp.completeness', () => {
  it.each<[string, readonly Segment[], number]>([
    ['a SYN', [syn], 1],
    ['a SYN with data: TCP Fast Open', [segment('>', 'S', 1000, 0, 100)], 9],
    ['its repetition with data adds none', [syn, segment('>', 'S', 1000, 0, 100)], 1],
    ['a SYN of a side that was not heard of yet begins anew', [segment('<', 'R', 5001), syn, synAck], 3],
    ['a SYN-ACK first: the SYN behind it does not count', [synAck, syn], 2],
    ['a handshake', [syn, synAck, ack], 7],
    ['data', [syn, synAck, ack, request], 15],
    ['one FIN or two, it is the same', [syn, synAck, ack, request, clientFin], 31],
    ['', [syn, synAck, ack, request, clientFin, serverFin], 31],
    ['without data', [syn, synAck, ack, clientFin, serverFin], 23],
    ['ended by a RST', [syn, synAck, ack, request, rst], 47],
    ['refused: a RST with ACK counts as ACK, too', [syn, segment('<', 'R.', 0, 1001)], 37],
    ['a RST alone', [rst], 32],
    ['a RST with a text counts as data', [syn, synAck, ack, segment('<', 'R.', 5001, 1001, 40)], 47],
    ['a FIN without ACK is none', [syn, segment('>', 'F', 1001)], 1],
  ])('%s', (_, segments, completeness) => {
    expect(streamsOf(segments).completeness).toEqual([completeness]);
  });
});
