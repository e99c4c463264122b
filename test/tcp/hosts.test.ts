import { describe, expect, it } from 'vitest';

import { analyze } from '../../src/analysis/analyze.js';
import { Segment } from '../../src/decode/segment.js';
import { FlowTable } from '../../src/flow/flow-table.js';
import { guessHosts } from '../../src/tcp/hosts.js';
import { segment } from '../flow/segments.js';

/** What the first SYN of a host says of its system. */
function guess(optionLayout: number, ttl: number): unknown {
  const table = new FlowTable();
  const syn: Segment = Object.assign(segment('>', 'S', 1), { optionLayout, ttl });
  table.add(syn, 1, 0, new Uint8Array());
  table.add(segment('<', 'S.', 0, 2), 2, 1e6, new Uint8Array());
  const { profile, because } = guessHosts(table).get('10.0.0.1')!;
  return [profile, because];
}

describe('a system by its SYN', () => {
  it.each([
    [
      'Linux', 0x24813, 64, 'linux',
      'SYN options mss, sackOK, TS, nop, wscale and TTL 64, as linux sends them (frame 1)',
    ],
    [
      'Linux, far away and without timestamps', 0x211413, 47, 'linux',
      'SYN options mss, nop, nop, sackOK, nop, wscale and TTL 47, as linux sends them (frame 1)',
    ],
    [
      'Windows', 0x213114, 128, 'windows',
      'SYN options mss, nop, wscale, nop, nop, sackOK and TTL 128, as windows sends them (frame 1)',
    ],
    [
      'macOS', 0x21311840, 64, 'macos',
      'SYN options mss, nop, wscale, nop, nop, TS, sackOK, end and TTL 64, as macos sends them (frame 1)',
    ],
    [
      'FreeBSD', 0x21348, 64, 'freebsd',
      'SYN options mss, nop, wscale, sackOK, TS and TTL 64, as freebsd sends them (frame 1)',
    ],
    [
      'Windows with timestamps, by its TTL', 0x21348, 120, 'windows',
      'SYN options mss, nop, wscale, sackOK, TS and TTL 120, as windows sends them (frame 1)',
    ],
    [
      'nothing that fits together', 0x24813, 128, null,
      'SYN options mss, sackOK, TS, nop, wscale of linux, but TTL 128 (frame 1)',
    ],
    ['nothing known', 0x2, 64, null, 'its SYN options are those of no system known here (frame 1)'],
  ])('%s', (_, layout, ttl, profile, because) => {
    expect(guess(layout, ttl)).toEqual([profile, because]);
  });

  it('is not asked for where nobody answered it: a flood has millions', () => {
    const table = new FlowTable();
    table.add(Object.assign(segment('>', 'S', 1), { optionLayout: 0x24813 }), 1, 0, new Uint8Array());
    expect([...guessHosts(table).keys()]).toEqual([]);
  });

  it('is asked for where only its direction was captured', () => {
    const table = new FlowTable();
    table.add(Object.assign(segment('>', 'S', 1), { optionLayout: 0x24813 }), 1, 0, new Uint8Array());
    table.add(segment('>', '.', 2, 1), 2, 1e6, new Uint8Array());
    expect([...guessHosts(table).keys()]).toEqual(['10.0.0.1']);
  });

  it('both hosts of every recording are Linux', async () => {
    const { hosts } = await analyze(['captures/showcase.pcapng']);
    expect(hosts.map(({ profile }) => profile)).toEqual(hosts.map(() => 'linux'));
    expect(hosts.length).toBe(4);
  });
});
