import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { BytePacker } from '../../src/packing/byte-packer.js';
import { ByteUnpacker } from '../../src/packing/byte-unpacker.js';
import { type RecordLayout, UnpackError } from '../../src/packing/packer.js';
import { open, seal } from '../../src/packing/sealed.js';

const LAYOUT: RecordLayout = { size: 6, pageRows: 4, doubles: [2] };

const any32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const anyTime = fc.oneof(
  fc.double(),
  fc.integer({ min: -(2 ** 50), max: 2 ** 50 }),
  fc.integer({ min: 0, max: 1e9 }).map((micros) => micros * 1000),
);

/** Records in pages, and a double in each. */
function pagesOf(rows: readonly (readonly [number, number])[]): Int32Array[] {
  const pages = Array.from(
    { length: Math.ceil(rows.length / LAYOUT.pageRows) },
    () => new Int32Array(LAYOUT.pageRows * LAYOUT.size),
  );
  rows.forEach(([word, time], row) => {
    const page = pages[Math.trunc(row / LAYOUT.pageRows)]!;
    const at = (row % LAYOUT.pageRows) * LAYOUT.size;
    page.set([word, word + 1, 0, 0, row, 7], at);
    new Float64Array(page.buffer)[(at + 2) >> 1] = time;
  });
  return pages;
}

describe('what is packed comes back', () => {
  test('numbers and texts', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.double(), fc.maxSafeInteger(), any32)),
        fc.array(fc.string({ unit: 'grapheme', maxLength: 50 })),
        (numbers, texts) => {
          const packer = new BytePacker();
          numbers.forEach((value) => packer.number(value));
          texts.forEach((text) => packer.text(text));
          const unpacker = new ByteUnpacker(packer.bytes());
          expect(numbers.map(() => unpacker.number())).toEqual(numbers);
          expect(texts.map(() => unpacker.text(1000))).toEqual(texts);
          unpacker.finish();
        },
      ),
    );
  });

  test('columns', () => {
    fc.assert(fc.property(fc.array(any32), fc.array(anyTime), (integers, times) => {
      const columns = [
        Int32Array.from(integers),
        Uint32Array.from(integers),
        Uint8Array.from(integers),
        Float64Array.from(times),
      ] as const;
      const packer = new BytePacker();
      for (const column of columns) packer.column(column, column.length);
      const unpacker = new ByteUnpacker(packer.bytes());
      const unpacked = [
        unpacker.column(Int32Array, integers.length),
        unpacker.column(Uint32Array, integers.length),
        unpacker.column(Uint8Array, integers.length),
        unpacker.column(Float64Array, times.length),
      ];
      expect(unpacked).toEqual(columns);
      unpacker.finish();
    }));
  });

  test('records', () => {
    fc.assert(fc.property(fc.array(fc.tuple(any32, anyTime), { maxLength: 20 }), (rows) => {
      const pages = pagesOf(rows);
      const packer = new BytePacker();
      packer.records(pages, rows.length, LAYOUT);
      const unpacker = new ByteUnpacker(packer.bytes());
      expect(unpacker.records(rows.length, LAYOUT)).toEqual(pages);
      unpacker.finish();
    }));
  });

  test('a column beside one like it takes a byte a row', () => {
    const rows = Array.from({ length: 1000 }, (_, row) => [Math.imul(row, 0x9e3779b1), 0] as const);
    const packer = new BytePacker();
    packer.records(pagesOf(rows), rows.length, LAYOUT);
    expect(packer.bytes().length).toBeLessThan(1000 * (5 + 1 + 1 + 1 + 1) + 100);
  });
});

/** What is thrown that is no `UnpackError`; null where nothing is. */
function faultOf(unpack: () => void): unknown {
  try {
    unpack();
    return null;
  } catch (error) {
    return error instanceof UnpackError ? null : error;
  }
}

describe('what nobody has packed is refused', () => {
  const packer = new BytePacker();
  packer.number(2 ** 40);
  packer.text('half-closed');
  packer.column(Float64Array.of(1, 2.5, 1e300), 3);
  packer.records(pagesOf([[1, 2], [3, 4]]), 2, LAYOUT);
  const whole = packer.bytes();
  const unpackAll = (bytes: Uint8Array): void => {
    const unpacker = new ByteUnpacker(bytes);
    unpacker.integer(0, 2 ** 50);
    unpacker.text(20);
    unpacker.column(Float64Array, 3);
    unpacker.records(2, LAYOUT);
    unpacker.finish();
  };

  test('cut at every byte', () => {
    unpackAll(whole);
    for (let size = 0; size < whole.length; size++) expect(() => unpackAll(whole.slice(0, size))).toThrow(UnpackError);
  });

  test('any byte changed: refused, or something else; never anything worse', () => {
    for (let at = 0; at < whole.length; at++) {
      for (let value = 0; value < 256; value += 5) {
        const changed = whole.slice();
        changed[at] = value;
        expect(faultOf(() => unpackAll(changed))).toBe(null);
      }
    }
  });

  test('a column that says it is longer than all bytes takes no memory', () => {
    expect(() => new ByteUnpacker(Uint8Array.of(0, 0, 0)).column(Float64Array, 2 ** 40)).toThrow(UnpackError);
    expect(() => new ByteUnpacker(Uint8Array.of(24, 0, 0)).records(2 ** 31, LAYOUT)).toThrow(UnpackError);
  });

  test('damaged, of another version, none at all', () => {
    const sealed = seal(whole, 3);
    expect(open(sealed, 3)).toEqual(Buffer.from(whole));
    expect(() => open(sealed, 4)).toThrow('it is of version 3, and this lastack reads version 4');
    const damaged = sealed.slice();
    damaged[damaged.length - 1]! ^= 1;
    expect(() => open(damaged, 3)).toThrow('it is damaged');
    expect(() => open(Buffer.from('a state of somebody else'), 3)).toThrow('it is no state of lastack');
  });

  test('a bomb is not decompressed', () => {
    expect(() => open(seal(new Uint8Array(64 << 20), 1), 1)).toThrow('it cannot be decompressed');
  });
});
