import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

import { analyze } from '../../src/analysis/analyze.js';
import type { Analysis } from '../../src/analysis/model.js';
import { CaptureError } from '../../src/capture/capture.js';
import { readAll, scratch } from '../capture/read.js';
import { has } from '../extract/wireshark.js';
import { randomFrom } from './random.js';

const files = scratch();
const seed = 20_261_120;

/** Flows by their two ends, the lower one first. */
type Flows = ReadonlySet<string>;

function flow(...ends: readonly [string, string]): string {
  return ends.toSorted().join(' - ');
}

/**
 * What tshark shows of a capture before it stops, if it does: of segments with a whole header, since a damaged length
 * may make one of anything.
 */
function flowsOfTshark(path: string): Flows {
  const fields = ['ip.src', 'ip.dst', 'ipv6.src', 'ipv6.dst', 'tcp.srcport', 'tcp.dstport'];
  const { stdout } = spawnSync(
    'tshark',
    [
      '-n', '-r', path, '-Y', 'tcp.window_size_value', '-T', 'fields', '-E', 'occurrence=f',
      ...fields.flatMap((field) => ['-e', field]),
    ],
    { encoding: 'utf8', maxBuffer: 1 << 28 },
  );
  return new Set(stdout.split('\n').filter((line) => line !== '').map((line) => {
    const [source4, destination4, source6, destination6, sourcePort, destinationPort] = line.split('\t');
    return flow(`${source4 || source6} ${sourcePort}`, `${destination4 || destination6} ${destinationPort}`);
  }));
}

async function flowsOfOurs(path: string): Promise<Flows> {
  let analysis: Analysis;
  try {
    analysis = await analyze([path]);
  } catch (error) {
    if (error instanceof CaptureError) return new Set();
    throw error;
  }
  return new Set(
    [...analysis.connections()].map(({ client, server }) =>
      flow(`${client.address} ${client.port}`, `${server.address} ${server.port}`),
    ),
  );
}

type Random = (below: number) => number;

/** Damages, each with where the records of a capture begin, of which the first is its first packet's. */
const damages: Readonly<Record<string, (bytes: Buffer, starts: readonly number[], random: Random) => Buffer>> = {
  cut: (bytes, _, random) => bytes.subarray(0, 1 + random(bytes.length)),
  'twenty bits flipped': (bytes, starts, random) => {
    const damaged = Buffer.from(bytes);
    for (let times = 0; times < 20; times++) damaged[starts[0]! + random(bytes.length - starts[0]!)]! ^= 1 << random(8);
    return damaged;
  },
  'records in another order': (bytes, starts, random) => {
    const [one, other] = [random(starts.length), random(starts.length)].sort((a, b) => a - b) as [number, number];
    const record = (index: number): Buffer => bytes.subarray(starts[index], starts[index + 1] ?? bytes.length);
    return one === other
      ? bytes
      : Buffer.concat([
          bytes.subarray(0, starts[one]), record(other), bytes.subarray(starts[one + 1], starts[other]), record(one),
          bytes.subarray(starts[other + 1] ?? bytes.length),
        ]);
  },
  'a record with a wrong length': (bytes, starts, random) => {
    const damaged = Buffer.from(bytes);
    // Of an Enhanced Packet Block its total length, of a pcap record its captured length.
    const at = starts[random(starts.length)]! + (bytes.readUInt32LE(0) === 0x0a0d0d0a ? 4 : 8);
    damaged.writeUInt32LE([0, 3, 12, 60, 1400, 65_536, 0x7fff_ffff, 0xffff_ffff][random(8)]!, at);
    return damaged;
  },
};

const names = [
  ...['forgotten-close', 'linger-zero-idle', 'time-wait-collision', 'port-reuse-accepted', 'reset-by-no-socket'].map(
    (name) => `captures/${name}.pcapng`,
  ),
  ...readdirSync('test/vectors')
    .filter((name) => name.startsWith('x_'))
    .map((name) => `test/vectors/${name}`),
];

describe.skipIf(!has('tshark'))('a damaged capture keeps every flow that tshark still shows', () => {
  /** Where we show more of them. */
  const more = new Set<string>();

  it.each(Object.entries(damages))('%s', async (kind, damage) => {
    const random = randomFrom(seed + kind.length);
    for (const name of names) {
      const whole = readFileSync(name);
      const { packets } = await readAll(name);
      const path = files.write(
        `damaged.${name.split('.').at(-1)}`,
        damage(
          whole, packets.map(({ position }) => position), random,
        ),
      );
      const [ours, theirs] = [await flowsOfOurs(path), flowsOfTshark(path)];
      expect({ name, lost: [...theirs].filter((one) => !ours.has(one)) }).toEqual({ name, lost: [] });
      if (ours.size > theirs.size) more.add(kind);
    }
  }, 120_000);

  it('and more of them where tshark stops', () => {
    expect(more).toContain('a record with a wrong length');
  });
});
