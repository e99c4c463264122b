import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

import { analyze } from '../../src/analysis/analyze.js';

const folder = mkdtempSync(join(tmpdir(), 'lastack-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

function generate(name: string, ...options: string[]): string {
  const path = join(folder, name);
  execFileSync(process.execPath, [
    'bench/generate.mjs', path, '--packets', '15k', '--flows', '1k', '--bytes', '5M', ...options,
  ]);
  return path;
}

describe('a generated capture', () => {
  it('is the same for the same seed, and another for another', () => {
    const first = readFileSync(generate('a.pcap', '--seed', '7'));
    expect(readFileSync(generate('b.pcap', '--seed', '7')).equals(first)).toBe(true);
    expect(readFileSync(generate('c.pcap', '--seed', '8')).equals(first)).toBe(false);
  });

  it('has the connections asked for, about the packets and bytes, and every packet is TCP', async () => {
    const { capture, connectionCount } = await analyze([generate('d.pcap')]);
    expect(capture.damage).toEqual([]);
    expect(capture.skipped).toEqual({});
    expect(connectionCount).toBeGreaterThanOrEqual(1000);
    expect(connectionCount).toBeLessThan(1050); // a five-tuple that is used again is one more
    expect(Math.abs(capture.packets / 15_000 - 1)).toBeLessThan(0.15);
    expect(Math.abs(capture.files[0]!.size! / 5e6 - 1)).toBeLessThan(0.15);
  });

  it('holds every kind of ending', async () => {
    const analysis = await analyze([generate('e.pcap', '--flows', '2k', '--packets', '30k')]);
    const endings = new Set([...analysis.connections()].map(({ ending }) => ending));
    expect([...endings].toSorted()).toEqual(['closed', 'half-closed', 'open', 'refused', 'reset', 'unanswered']);
    const found = new Set(analysis.findings.map(({ id }) => id));
    for (const id of ['half-closed', 'rst-after-push', 'linger-reset', 'time-wait-reuse', 'refused', 'half-open'])
      expect(found).toContain(id);
  });

  it.each([['--packets', 'many', 'many is not a quantity such as 40000, 600k, 200M or 2G']])(
    'refuses %s %s',
    (option, value, message) => {
    expect(() =>
      execFileSync(process.execPath, ['bench/generate.mjs', join(folder, 'f.pcap'), option, value], { stdio: 'pipe' }),
    ).toThrow(message);
  },
  );
});
