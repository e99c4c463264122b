import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

import { analyze } from '../../src/analysis/analyze.js';

const recordings = readdirSync('test/vectors').filter((file) => file.endsWith('.pcap'));

describe('pcap-parser finds what our own reader finds', () => {
  it.each(recordings)('%s', async (file) => {
    const [ours, theirs] = await Promise.all([
      analyze([`test/vectors/${file}`]), analyze([`test/vectors/${file}`], { reader: 'pcap-parser' }),
    ]);
    expect([...theirs.connections()]).toEqual([...ours.connections()]);
    expect(theirs.findings).toEqual(ours.findings);
    expect(theirs.groups).toEqual(ours.groups);
    expect(ours.connectionCount).toBeGreaterThan(0);
  });
});
