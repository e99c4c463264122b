import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { IS_TCP, decode, skipReasons } from '../../src/decode/decode.js';
import { Fragments } from '../../src/decode/fragments.js';
import { Segment } from '../../src/decode/segment.js';
import {
  ETHERNET_ADDRESSES, HELLO, START, decoded, helloBehind, hex, inIpv4, inIpv6, inUdp, packet, segmentOf,
} from './bytes.js';

const RAW = { linkType: 101 };
const WAITING_4 = 'ipv4: fragment that completes no datagram';
const WAITING_6 = 'ipv6: fragment that completes no datagram';
const MORE = 0x2000;

/** A fragment of IPv4 that holds `payload` from byte `start` on. */
function fragment(payload: readonly number[], start: number, more: boolean, protocol = 6): number[] {
  return inIpv4(protocol, payload, (start / 8) | (more ? MORE : 0));
}

/** A fragment of IPv6 that holds `payload` from byte `start` on. */
function fragment6(payload: readonly number[], start: number, more: boolean): number[] {
  return inIpv6(44, [6, 0, start >> 8, (start & 0xf8) | (more ? 1 : 0), 0, 0, 0, 7, ...payload]);
}

/** What each of the packets gives. */
function through(packets: readonly (readonly number[])[], fragments = new Fragments()): (Segment | string)[] {
  return packets.map((bytes) => decoded(bytes, RAW, fragments));
}

/** The outer addresses of `inIpv4`; the payload is not where one packet could show it. */
const put4 = segmentOf({
  source3: 0xc000_0201 | 0, destination3: 0xc000_0202 | 0, ipId: 0xbeef, dontFragment: 0, payloadOffset: START + 20,
  payloadCaptured: 0,
});

describe('IPv4', () => {
  const [first, middle, last] = [
    fragment(HELLO.slice(0, 8), 0, true), fragment(HELLO.slice(8, 16), 8, true), fragment(HELLO.slice(16), 16, false),
  ];

  test('in order: the last is the segment, of which it holds no payload', () => {
    expect(through([first, middle, last])).toEqual([WAITING_4, WAITING_4, put4]);
  });

  test.each([
    ['backwards', [last, middle, first]],
    ['the last one first', [last, first, middle]],
    ['the header last', [middle, last, first]],
  ])('%s', (_name, packets) => {
    expect(through(packets)).toEqual([WAITING_4, WAITING_4, put4]);
  });

  test('twice: each time it is whole, it is a segment', () => {
    expect(through([first, first, middle, last, last, middle, first])).toEqual([
      WAITING_4, WAITING_4, WAITING_4, put4, WAITING_4, WAITING_4, put4,
    ]);
  });

  test('overlapping: what came first stays', () => {
    const other = fragment([...HELLO.slice(0, 2), 0xff, 0xff, ...HELLO.slice(4)].slice(0, 24), 0, true);
    expect(through([first, other, fragment(HELLO.slice(24), 24, false)]).at(-1)).toEqual(put4);
  });

  test('something missing: none', () => {
    expect(through([first, last])).toEqual([WAITING_4, WAITING_4]);
  });

  test('of another identification, protocol, address or VLAN: none', () => {
    for (const [at, value] of [[5, 0xee], [9, 17], [15, 9], [19, 9]] as const) {
      expect(through([first, middle, last.with(at, value)]).at(-1)).toBe(WAITING_4);
    }
    const fragments = new Fragments();
    const tagged = (vlan: string, bytes: readonly number[]): Segment | string =>
      decoded(hex(ETHERNET_ADDRESSES, '8100', vlan, '0800').concat(bytes), {}, fragments);
    expect(
      [
        tagged('0001', first), tagged('0002', first), tagged('0001', middle), tagged('0002', middle),
        tagged('0001', last),
      ].at(-1),
    ).toMatchObject({ sourcePort: 50_000 });
    expect(tagged('0002', last)).toMatchObject({ sourcePort: 50_000 });
  });

  test('of a tunnel: what is in it', () => {
    const tunnel = inUdp(4789, helloBehind('08000000 00002a00', ETHERNET_ADDRESSES, '0800')).slice(20);
    expect(
      through([fragment(tunnel.slice(0, 40), 0, true, 17), fragment(tunnel.slice(40), 40, false, 17)]).at(-1),
    ).toEqual(segmentOf({ payloadOffset: START + 20, payloadCaptured: 0 }));
  });

  test('in fragments inside of fragments', () => {
    const inner = [fragment(HELLO.slice(0, 16), 0, true), fragment(HELLO.slice(16), 16, false)];
    const [one, two] = inner.map((bytes, index) => {
      const outer = [fragment(bytes.slice(0, 16), 0, true, 4), fragment(bytes.slice(16), 16, false, 4)];
      return outer.map((packet) => packet.with(5, index));
    });
    expect(through([...one!, ...two!])).toEqual([WAITING_4, WAITING_4, WAITING_4, put4]);
  });

  test('cut by a snap length: the first goes on with what it holds', () => {
    const cut = fragment(HELLO, 0, true);
    expect(decoded(cut, { ...RAW, captured: cut.length - 2, original: cut.length }, new Fragments())).toMatchObject({
      length: 5, payloadCaptured: 3,
    });
    expect(decoded(last, { ...RAW, captured: 22, original: last.length }, new Fragments())).toBe(
      'ipv4: fragment without the TCP header',
    );
  });

  test('reaching beyond the last one: cut off there', () => {
    const beyond = fragment([...HELLO.slice(8), 0xff, 0xff, 0xff], 8, true);
    expect(through([beyond, last, first]).at(-1)).toEqual(put4);
  });

  test('longer than any datagram can be: never whole', () => {
    const [head, beyond] = [
      fragment(HELLO.slice(0, 8), 0, true),
      fragment(
        Array.from({ length: 1000 }, () => 0), 65_000, false,
      ),
    ];
    expect(through([head, beyond])).toEqual([WAITING_4, WAITING_4]);
  });
});

describe('IPv6', () => {
  const put6 = {
    family: 6, sourcePort: 50_000, destinationPort: 80, length: 5, payloadOffset: START + 48, payloadCaptured: 0,
  };

  test('in any order', () => {
    const [first, last] = [fragment6(HELLO.slice(0, 16), 0, true), fragment6(HELLO.slice(16), 16, false)];
    expect(through([first, last])).toEqual([WAITING_6, expect.objectContaining(put6)]);
    expect(through([last, first])).toEqual([WAITING_6, expect.objectContaining(put6)]);
  });

  test('with extension headers behind the fragment header', () => {
    const payload = [...hex('0600 0104 00000000'), ...HELLO];
    const pieces = [fragment6(payload.slice(0, 8), 0, true), fragment6(payload.slice(8), 8, false)];
    expect(through(pieces.map((bytes) => bytes.with(40, 60))).at(-1)).toMatchObject(put6);
  });

  test('all of it in one fragment', () => {
    expect(decoded(fragment6(HELLO, 0, false), RAW, new Fragments())).toMatchObject({ length: 5, payloadCaptured: 5 });
  });
});

function start(id: number): number[] {
  return fragment(HELLO.slice(0, 16), 0, true).with(4, id >> 8).with(5, id & 255);
}

function end(id: number): number[] {
  return fragment(HELLO.slice(16), 16, false).with(4, id >> 8).with(5, id & 255);
}

function put(ipId: number): Segment {
  return Object.assign(new Segment(), put4, { ipId });
}

describe('bounds', () => {
  test('the datagram that has waited longest gives way', () => {
    const fragments = new Fragments({ datagrams: 2, bytes: 1000 });
    through([start(1), start(2), start(3)], fragments);
    expect(through([end(2), end(3), end(1)], fragments)).toEqual([put(2), put(3), WAITING_4]);
  });

  test('bytes count as much as datagrams', () => {
    const large = fragment(Array.from({ length: 1480 }, () => 0), 64_000, false);
    const enough = new Fragments({ datagrams: 100, bytes: 2100 });
    expect(through([start(1), large, end(1)], enough).at(-1)).toEqual(put(1));
    const little = new Fragments({ datagrams: 100, bytes: 2000 });
    expect(through([start(1), large, end(1)], little)).toEqual([WAITING_4, WAITING_4, WAITING_4]);
  });

  test('thousands of holes in one datagram are given up', () => {
    const fragments = new Fragments();
    const crumbs = Array.from({ length: 4000 }, (_, index) => fragment([0, 0, 0, 0, 0, 0, 0, 0], index * 16, true));
    through(crumbs, fragments);
    expect(
      through([fragment(HELLO.slice(0, 16), 0, true), fragment(HELLO.slice(16), 16, false)], fragments).at(-1),
    ).toEqual(put4);
  });
});

test('however a datagram is cut up and shuffled, it is put together once', () => {
  const payload = [...HELLO, ...Array.from({ length: 231 }, (_, index) => index & 255)];
  const cuts = fc.uniqueArray(fc.integer({ min: 1, max: 31 }), { minLength: 1, maxLength: 12 });
  fc.assert(fc.property(cuts, fc.infiniteStream(fc.nat()), (cuts, random) => {
    const places = [0, ...cuts.toSorted((a, b) => a - b).map((cut) => cut * 8), payload.length];
    const pieces = places
      .slice(0, -1)
      .map((from, index) => fragment(payload.slice(from, places[index + 1]), from, index < places.length - 2));
    const shuffled = pieces
      .map((piece) => [random.next().value, piece] as const)
      .toSorted(([a], [b]) => a - b)
      .map(([, piece]) => piece);
    const answers = through(shuffled);
    expect(answers.slice(0, -1).every((answer) => answer === WAITING_4)).toBe(true);
    expect(answers.at(-1)).toMatchObject({ sourcePort: 50_000, sequence: 1000, length: 236 });
  }));
});

test('without anybody who keeps fragments the first goes on with what it holds', () => {
  const segment = new Segment();
  const answer = decode(packet(fragment(HELLO, 0, true), RAW), 0, segment);
  expect(skipReasons[answer]).toBe(skipReasons[IS_TCP]);
  expect(segment).toMatchObject({ length: 5, payloadCaptured: 5 });
});
