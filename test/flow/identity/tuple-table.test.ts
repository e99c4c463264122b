import { array, assert, constantFrom, integer, property, record } from 'fast-check';
import { describe, expect, it } from 'vitest';

import { Segment } from '../../../src/decode/segment.js';
import { TupleTable } from '../../../src/flow/identity/tuple-table.js';

interface End { readonly words: readonly [number, number, number, number]; readonly port: number }

function between(family: number, source: End, destination: End): Segment {
  const [source0, source1, source2, source3] = source.words;
  const [destination0, destination1, destination2, destination3] = destination.words;
  return Object.assign(new Segment(), {
    family, source0, source1, source2, source3, destination0, destination1, destination2, destination3,
    sourcePort: source.port, destinationPort: destination.port,
  });
}

/** A table of strings to hold the other to: a key for each direction, and one number for both. */
class ReferenceTable {
  private readonly rows = new Map<string, number>();
  count = 0;

  locate(family: number, source: End, destination: End): number {
    const key = (a: End, b: End): string => `${family} ${a.words.join('.')} ${a.port} ${b.words.join('.')} ${b.port}`;
    let row = this.rows.get(key(source, destination));
    if (row === undefined) {
      row = this.count++;
      this.rows.set(key(source, destination), row);
      this.rows.set(key(destination, source), row);
    }
    return row;
  }
}

function end(family: number, words: readonly number[], port: number): End {
  const [a = 0, b = 0, c = 0, d = 0] = words;
  return { words: family === 4 ? [0, 0, 0, d] : [a, b, c, d], port };
}

describe('the tuple table', () => {
  const word = constantFrom(0, 1, -1, 0x7fff_ffff, -0x8000_0000, 0x0a00_0001);
  const port = constantFrom(0, 1, 80, 0x7fff, 0x8000, 0xffff);
  const packet = record({
    family: constantFrom(4, 6), words: array(word, { minLength: 8, maxLength: 8 }),
    ports: array(port, { minLength: 2, maxLength: 2 }),
  });

  it('gives both directions of a conversation one row, as a map of strings does', () => {
    assert(property(array(packet, { maxLength: 300 }), integer(), (packets, seed) => {
      const table = new TupleTable(seed);
      const reference = new ReferenceTable();
      for (const { family, words, ports } of packets) {
        const source = end(family, words.slice(0, 4), ports[0]!);
        const destination = end(family, words.slice(4), ports[1]!);
        const row = table.locate(between(family, source, destination));
        expect(row).toBe(reference.locate(family, source, destination));
        expect([table.address(row, table.side), table.port(row, table.side)]).toEqual([
          { family, words: source.words }, source.port,
        ]);
        expect([table.address(row, 1 - table.side), table.port(row, 1 - table.side)]).toEqual([
          { family, words: destination.words }, destination.port,
        ]);
      }
      expect(table.count).toBe(reference.count);
    }), { numRuns: 60 });
  });

  it.each([4, 6])('keeps its rows while it grows: 20 000 conversations over IPv%i', (family) => {
    const table = new TupleTable();
    const conversation = (i: number): Segment =>
      between(family, end(family, [1, 2, i, i * 7919], 1024 + (i % 50_000)), end(family, [1, 2, 3, 99], 443));
    for (let i = 0; i < 20_000; i++) expect(table.locate(conversation(i))).toBe(i);
    for (let i = 0; i < 20_000; i++) expect(table.locate(conversation(i))).toBe(i);
    expect(table.count).toBe(20_000);
  });

  it('knows who spoke, whichever end has the lower address', () => {
    const table = new TupleTable();
    const [low, high] = [end(4, [0, 0, 0, 1], 9), end(4, [0, 0, 0, 2], 8)];
    const row = table.locate(between(4, high, low));
    const side = table.side;
    expect(table.locate(between(4, low, high))).toBe(row);
    expect(table.side).toBe(1 - side);
  });

  it('a host that speaks with itself, on one port: one row', () => {
    const table = new TupleTable();
    const self = end(4, [0, 0, 0, 0x7f00_0001], 5000);
    expect([table.locate(between(4, self, self)), table.locate(between(4, self, self)), table.count]).toEqual([
      0, 0, 1,
    ]);
  });

  it('IPv4 and IPv6 do not meet, though their numbers do', () => {
    const table = new TupleTable();
    table.locate(between(6, end(6, [0, 0, 0, 0], 1), end(6, [0, 0, 0, 1], 2)));
    expect(table.locate(between(4, end(4, [0, 0, 0, 0], 1), end(4, [0, 0, 0, 1], 2)))).toBe(1);
  });
});
