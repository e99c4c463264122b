import { describe, expect, it } from 'vitest';

import { coverageSource } from '../../../src/tui/coverage/source.js';
import { unpainted } from '../../../src/tui/theme.js';
import { analysisOf } from '../fixture.js';

const { capture } = analysisOf(3);
const damaged = analysisOf(3, {
  capture: {
    ...capture, skipped: { 'ipv4: UDP': 50 },
    damage: [
      { file: 'captures/night.pcapng', offset: 1380, what: 'interface 1 is not one of the 1 described before' },
      { file: 'captures/\u001b[31m.pcap', offset: 0, what: 'permission denied' },
    ],
    gaps: [{ from: 0, to: 2 * 3_600e9, interface: 0 }], loss: { bytes: 1, connections: 1, share: 0.03 },
  },
});

describe('what was read', () => {
  const source = coverageSource(damaged);
  const rows = Array.from({ length: source.count }, (_, index) =>
    source.columns.map((column) => column.text(source.row(index) as never)),
  );

  it('has a line for each place of damage, with the file and the byte', () => {
    expect(rows.slice(0, 2)).toEqual([
      ['damage', 'captures/night.pcapng', 'at byte 1,380: interface 1 is not one of the 1 described before'],
      ['damage', expect.stringContaining('.pcap'), 'at byte 0: permission denied'],
    ]);
    expect(source.title).toBe('What was read: 30 packets, 30 of them TCP, in 1 file; damaged in 2 places');
    expect(rows.flat().join('')).not.toContain('\u001b');
  });

  it('says what is not covered, what was skipped, and which files there were', () => {
    expect(rows.slice(2)).toEqual([
      ['gap', '', expect.stringMatching(/^no packet for 2 h/)],
      ['lost', '', expect.stringMatching(/^1 B of 1 connection were sent and acknowledged/)],
      ['skipped', '', '50 packets: ipv4: UDP'], ['file', 'captures/night.pcapng', 'pcapng, 1.0 MB'],
    ]);
  });

  it('shows the whole of a long line below, and finds it by its words', () => {
    expect(source.preview(source.row(0), 30, unpainted).join(' ')).toContain('1,380');
    expect(source.text(0)).toContain('night.pcapng');
  });
});
