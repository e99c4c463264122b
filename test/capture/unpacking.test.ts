import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';

import { bytes, pcapWriter } from './build.js';
import { scratch } from './read.js';

// A file that is large enough is decompressed by a thread of its own, unless there is but one core: both must tell the
// same.

const files = scratch();
const { header, record } = pcapWriter();
// Of noise, which no compression makes smaller.
const whole = gzipSync(
  bytes(header, ...Array.from({ length: 200 }, (_, index) => record({ fraction: index, data: randomBytes(32_000) }))),
  { level: 1 },
);

const CORRUPT = whole.length - 1_000_000;
const captures = {
  whole,
  'cut off': whole.subarray(0, CORRUPT),
  corrupt: Buffer.concat([whole.subarray(0, CORRUPT), Buffer.alloc(64, 0xff), whole.subarray(CORRUPT + 64)]),
  'followed by': Buffer.concat([whole, Buffer.alloc(70_000)]),
};

/** What the built program says of a capture: its record, and what goes to stderr. */
function report(launcher: readonly string[], path: string, ...options: readonly string[]): unknown {
  const [program, ...args] = [
    ...launcher, process.execPath, 'dist/cli/main.js', 'report', path, '-f', 'ndjson', '--quiet', ...options,
  ] as [string, ...string[]];
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  return { status, stderr, capture: JSON.parse(stdout.split('\n')[0]!) };
}

const ONE_CORE = ['taskset', '-c', '0'];

describe('a capture that a thread of its own decompresses is told as without it', () => {
  it.each(Object.keys(captures) as (keyof typeof captures)[])('%s', (name) => {
    const path = files.write(`${name}.pcap.gz`, captures[name]);
    const told = report([], path);
    expect(told).toEqual(report(ONE_CORE, path));
    expect(JSON.stringify(told)).toContain(name === 'whole' ? '"damage":[]' : `gzip data is ${name}`);
  });

  it('a decompression bomb ends at the limit', () => {
    const path = files.write('bomb.pcap.gz', whole);
    const told = report([], path, '--max-bytes', '1M');
    expect(told).toEqual(report(ONE_CORE, path, '--max-bytes', '1M'));
    expect(JSON.stringify(told)).toContain('input is longer than the limit of 1000000 bytes');
  });
});
