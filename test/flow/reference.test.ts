import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

import { analyze } from '../../src/analysis/analyze.js';
import type { Connection } from '../../src/analysis/model.js';
import { openCapture } from '../../src/capture/capture.js';
import { formatAddress } from '../../src/decode/address.js';
import { IS_TCP, decode } from '../../src/decode/decode.js';
import { FIN, RST, SYN, Segment } from '../../src/decode/segment.js';

/*
 * A slow and obvious flow table: strings as keys, an object for each direction, every byte that was sent in a set. Of
 * incarnations it knows only that a SYN with another number begins one; what is compared are the sums of a tuple.
 */
class ReferenceFlow {
  packets = 0;
  incarnations: number[] = [];
  /** Incarnation and sequence number of each byte of payload, in one number. */
  readonly sent = new Set<number>();
  /** Incarnation and sequence number of its FIN: nothing can follow it. */
  end = Infinity;

  add({ flags, sequence, length }: Segment): void {
    this.packets += 1;
    if (flags & RST) return; // its payload is a text
    if (flags & SYN && this.incarnations.at(-1) !== sequence) {
      this.incarnations.push(sequence);
      this.end = Infinity;
    }
    const number =
      this.incarnations.length * 2 ** 33 + (((sequence - (this.incarnations.at(-1) ?? 0)) | 0) + (flags & SYN ? 1 : 0));
    for (let byte = number; byte < number + length && byte < this.end; byte++) this.sent.add(byte);
    if (flags & FIN) this.end = Math.min(this.end, number + length);
  }
}

async function reference(path: string): Promise<Map<string, ReferenceFlow>> {
  const flows = new Map<string, ReferenceFlow>();
  const segment = new Segment();
  const capture = await openCapture([path]);
  for await (const batch of capture.batches()) {
    for (let index = 0; index < batch.count; index++) {
      if (decode(batch, index, segment) !== IS_TCP) continue;
      const {
        family, source0, source1, source2, source3, destination0, destination1, destination2, destination3, sourcePort,
        destinationPort,
      } = segment;
      const key = `${formatAddress(family, source0, source1, source2, source3)} ${sourcePort} ` +
        `${formatAddress(family, destination0, destination1, destination2, destination3)} ${destinationPort}`;
      if (!flows.has(key)) flows.set(key, new ReferenceFlow());
      flows.get(key)!.add(segment);
    }
  }
  capture.close();
  return flows;
}

/** Packets and bytes by direction, over all connections of a tuple. */
function directions(connections: Iterable<Connection>): Map<string, { packets: number; bytes: number }> {
  const sums = new Map<string, { packets: number; bytes: number }>();
  for (const { client, server, packets, bytes } of connections) {
    for (const [from, to, role] of [[client, server, 'client'], [server, client, 'server']] as const) {
      if (packets[role] === 0) continue;
      const key = `${from.address} ${from.port} ${to.address} ${to.port}`;
      const sum = sums.get(key) ?? { packets: 0, bytes: 0 };
      sums.set(key, { packets: sum.packets + packets[role], bytes: sum.bytes + bytes[role] });
    }
  }
  return sums;
}

const recordings = [
  ['captures', '.pcapng'], ['test/vectors', '.pcap'],
].flatMap(([folder, suffix]) =>
  readdirSync(folder!)
    .filter((file) => file.endsWith(suffix!))
    .map((file) => `${folder}/${file}`),
);

describe('packets and bytes are those of a table that is slow and obvious', () => {
  it.each(recordings)('%s', holds);
});

async function holds(path: string): Promise<void> {
  const expected = [...await reference(path)].map(([key, { packets, sent }]) => [key, { packets, bytes: sent.size }]);
  expect(Object.fromEntries(directions((await analyze([path])).connections()))).toEqual(Object.fromEntries(expected));
  expect(expected.length).toBeGreaterThan(0);
}
