import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

import type { Analysis } from '../../src/analysis/model.js';
import { analyze } from '../../src/analysis/analyze.js';
import { readLadder } from '../../src/reread/ladder.js';
import { text } from '../../src/report/text.js';
import { bytes, pcapWriter } from '../capture/build.js';
import { type Packet, readAll, scratch } from '../capture/read.js';

// Every recording once more, as a tap would have written it that sees each packet twice.

const files = scratch();
const names = readdirSync('captures')
  .filter((name) => name.endsWith('.pcapng'))
  .map((name) => name.replace('.pcapng', ''));

/** The second sight of a packet: how many nanoseconds later, and as what. */
interface Again {
  readonly after: number;
  readonly data: (packet: Uint8Array) => Uint8Array;
}

const taps: Readonly<Record<string, Again>> = {
  'a mirror port that sees what comes in and what goes out': { after: 3000, data: (packet) => packet },
  'both sides of a router': { after: 150_000, data: hopFurther },
  'inside and outside of a VLAN': {
    after: 40_000, data: (packet) => bytes(packet.subarray(0, 12), 0x81, 0x00, 0x00, 0x2a, packet.subarray(12)),
  },
};

/** One less to live, as behind a router. */
function hopFurther(packet: Uint8Array): Uint8Array {
  const copy = packet.slice();
  const at = copy[12] === 0x86 ? 14 + 7 : 14 + 8;
  copy[at]! -= 1;
  return copy;
}

/** Writes what the packets look like at such a tap, in order of time. */
function doubled(name: string, packets: readonly Packet[], again: Again): string {
  const { header, record } = pcapWriter({ magic: 0xa1b23c4d });
  const sights = packets.flatMap(({ time, data, original }) => {
    const [seconds = 0, fraction = 0] = time!
      .split('.')
      .map((digits, index) => Number(index === 0 ? digits : digits.padEnd(9, '0')));
    const once = new Uint8Array(Buffer.from(data, 'hex'));
    const twice = again.data(once);
    return [
      { seconds, fraction, data: once, original },
      {
        seconds: seconds + Math.floor((fraction + again.after) / 1e9), fraction: (fraction + again.after) % 1e9,
        data: twice, original: original + twice.length - once.length,
      },
    ];
  });
  sights.sort((a, b) => a.seconds - b.seconds || a.fraction - b.fraction);
  return files.write(name, bytes(header, ...sights.map(record)));
}

/** How everything ended, by what does not depend on how often a packet was seen. */
function told(analysis: Analysis): unknown {
  return [...analysis.connections()].map(({ id, client, server, states, ending, resets, bytes: payload, zeek }) => ({
    client, server, ending, payload, zeek, client_: states.client.map(({ state }) => state),
    server_: states.server.map(({ state }) => state),
    resets: resets.map(({ by, shape, cause, confidence, accepted }) => ({ by, shape, cause, confidence, accepted })),
    findings: analysis
      .findingsOf(id)
      .map(({ id: finding, cause, role, confidence }) => ({ finding, cause, role, confidence })),
  }));
}

/** What stands beside the segments of the first connection. */
async function notes(analysis: Analysis): Promise<string[]> {
  return (await readLadder(analysis, 0)).map(({ note }) => note);
}

describe.each(Object.entries(taps))('at %s', (_, again) => {
  test.each(names)('%s ended as it did', async (name) => {
    const { packets } = await readAll(`captures/${name}.pcapng`);
    const path = doubled(`${name}-${again.after}.pcap`, packets, again);
    const [once, twice] = [await analyze([`captures/${name}.pcapng`]), await analyze([path])];
    expect(told(twice)).toEqual(told(once));
    expect(twice.capture.duplicates).toBeGreaterThan(once.capture.tcpPackets / 4);
    expect(once.capture.duplicates).toBeUndefined();
  });
});

test('they are counted, shown in the ladder, and taken for sent twice on demand', async () => {
  const { packets } = await readAll('captures/clean-close-by-client.pcapng');
  const path = doubled('clean.pcap', packets, taps['both sides of a router']!);
  const analysis = await analyze([path]);
  const { capture } = analysis;
  expect([...text(analysis, { color: false, width: 100 })].join('')).toContain(
    `${capture.packets}, all of them TCP (${capture.duplicates} captured twice)`,
  );
  expect(await notes(analysis)).toContain('frame 1, captured again');
  const kept = await analyze([path], { keepDuplicates: true });
  expect(kept.capture.duplicates).toBeUndefined();
  expect(await notes(kept)).toContain('retransmission');
});
