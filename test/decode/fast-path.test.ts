import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { IS_TCP, decodeByLayers, isNumbered } from '../../src/decode/decode.js';
import { LINKTYPE_ETHERNET } from '../../src/decode/link-types.js';
import { ETHERNET } from '../../src/decode/layer.js';
import { Segment } from '../../src/decode/segment.js';
import { fastPath } from '../../src/decode/fast-path.js';
import { type PacketOptions, START, helloBehind, inIpv6, HELLO, hex, packet, ETHERNET_ADDRESSES } from './bytes.js';
import { samples } from './samples.js';

const frames = samples.filter(({ linkType }) => linkType === LINKTYPE_ETHERNET).map(({ bytes }) => bytes);
frames.push(hex(ETHERNET_ADDRESSES, '86dd').concat(inIpv6(6, HELLO)));

/** What is told of a packet: the answer, and where it is one that `segment` is of use for, the segment. */
function told(answer: number, segment: Segment): unknown {
  if (answer === IS_TCP) return segment;
  const { sourcePort, destinationPort, sequence, acknowledgment, flags } = segment;
  return isNumbered(answer) ? { answer, sourcePort, destinationPort, sequence, acknowledgment, flags } : answer;
}

function usually(bytes: readonly number[], options: PacketOptions): { answer: number; segment: Segment } {
  const { view, offset, captured, original } = packet(bytes, options);
  const segment = new Segment();
  return { answer: fastPath(view, offset[0]!, captured[0]!, original[0]!, segment), segment };
}

function byLayers(bytes: readonly number[], options: PacketOptions): unknown {
  const segment = new Segment();
  return told(decodeByLayers(packet(bytes, options), 0, segment, null, null), segment);
}

test('Ethernet, IP and TCP are usual, and tags and tunnels are not', () => {
  expect(usually(helloBehind(ETHERNET_ADDRESSES, '0800'), {})).toMatchObject({
    answer: IS_TCP, segment: { family: 4, payloadOffset: START + 54 },
  });
  expect(usually(frames.at(-1)!, {})).toMatchObject({
    answer: IS_TCP, segment: { family: 6, payloadOffset: START + 74 },
  });
  expect(usually(helloBehind(ETHERNET_ADDRESSES, '8100 0001 0800'), {}).answer).toBe(ETHERNET);
});

test.each(frames.map((bytes) => ({ bytes })))(
  'of a usual packet nothing is told but what the layers tell, whatever its bytes: frame of $bytes.length bytes',
  ({ bytes }) => {
  const changes = fc.array(fc.record({ at: fc.nat(bytes.length - 1), value: fc.nat(255) }), { maxLength: 4 });
  const property = fc.property(
    changes, fc.nat(bytes.length), fc.integer({ min: -40, max: 40 }),
    (changed, captured, beyond) => {
      const frame = [...bytes];
      for (const { at, value } of changed) frame[at] = value;
      const options = { captured, original: Math.max(0, captured + beyond) };
      const { answer, segment } = usually(frame, options);
      const layers = byLayers(frame, options);
      expect(answer === ETHERNET ? layers : told(answer, segment)).toEqual(layers);
    },
  );
  fc.assert(property, { numRuns: 300 });
},
);
