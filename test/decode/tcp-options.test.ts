import { describe, expect, test } from 'vitest';
import { ACK, SYN, Segment } from '../../src/decode/segment.js';
import { clearOptions, readOptions } from '../../src/decode/tcp-options.js';
import { hex } from './bytes.js';

/** What these options, in hexadecimal, set in a segment; `captured` bytes of them are there. */
function options(digits: string, { flags = ACK, captured = hex(digits).length } = {}): Partial<Segment> {
  const bytes = Uint8Array.from(hex(digits).slice(0, captured));
  const segment = new Segment();
  segment.flags = flags;
  segment.headerCut = captured < hex(digits).length ? 1 : 0;
  readOptions(segment, new DataView(bytes.buffer), 0, bytes.length);
  const absent = new Map(Object.entries(new Segment())).set('flags', flags).set('headerCut', segment.headerCut);
  return Object.fromEntries(Object.entries(segment).filter(([field, value]) => value !== absent.get(field)));
}

describe('each kind', () => {
  test.each<[string, string, Partial<Segment>]>([
    ['maximum segment size', '0204 05b4', { maximumSegmentSize: 1460 }],
    ['maximum segment size, the largest', '0204 ffff', { maximumSegmentSize: 65_535 }],
    ['window scale', '0303 07', { windowScale: 7 }], ['window scale 0 is not none', '0303 00', { windowScale: 0 }],
    ['window scale as it stands, beyond 14', '0303 ff', { windowScale: 255 }],
    ['SACK permitted', '0402', { sackPermitted: 1 }],
    ['timestamps', '080a fffffffe 80000001', { hasTimestamps: 1, timestampValue: -2, timestampEcho: -0x7fff_ffff }],
    ['timestamps of zero are there', '080a 00000000 00000000', { hasTimestamps: 1 }],
    [
      'timestamps as most write them', '0101 080a 00000001 00000002',
      { hasTimestamps: 1, timestampValue: 1, timestampEcho: 2 },
    ],
    ['MPTCP', '1e0c 0081 0000000000000000', { mptcp: 1 }],
    ['MP_TCPRST', '1e04 8004', { mptcp: 1, mptcpResetReason: 4 }],
    ['MP_TCPRST without a reason', '1e04 8100', { mptcp: 1, mptcpResetReason: 0 }],
    ['an unknown kind is passed over', 'fd06 01020304 0303 07', { windowScale: 7 }],
  ])('%s', (_name, digits, expected) => {
    expect(options(digits)).toEqual(expected);
  });

  test.each([
    '0203 05', '0205 05b4 00', '0302', '0304 0700', '0403 00', '0809 00000001 000000', '080b 00000001 00000002 00',
    '0506 00000001', '0502',
  ])('a known kind of another length: %s', (digits) => {
    expect(options(`${digits} 0303 05`)).toEqual({ windowScale: 5 });
  });

  test('MP_TCPRST of another length is MPTCP, but gives no reason', () => {
    expect(options('1e05 8004 00')).toEqual({ mptcp: 1 });
    expect(options('1e02')).toEqual({ mptcp: 1 });
  });
});

describe('SACK', () => {
  test('one block', () => {
    expect(options('050a 00000bb8 00000fa0')).toEqual({
      sackCount: 1, sackLeft: 3000, sackRight: 4000, sackHighest: 4000,
    });
  });

  test('the highest of four, and the first as it stands', () => {
    expect(options('0522 00000001 00000002 00000005 00000006 00000009 0000000a 00000003 00000004'))
      .toEqual({ sackCount: 4, sackLeft: 1, sackRight: 2, sackHighest: 10 });
  });

  test('the highest, where sequence numbers wrap', () => {
    expect(options('0512 fffffff0 fffffffe 00000010 00000020')).toEqual({
      sackCount: 2, sackLeft: -16, sackRight: -2, sackHighest: 32,
    });
    expect(options('0512 00000010 00000020 fffffff0 fffffffe')).toEqual({
      sackCount: 2, sackLeft: 16, sackRight: 32, sackHighest: 32,
    });
  });

  test('blocks before a cut are read', () => {
    const two = '0512 00000001 00000002 00000005 00000006';
    expect(options(two, { captured: 17 })).toEqual({ sackCount: 1, sackLeft: 1, sackRight: 2, sackHighest: 2 });
    expect(options(two, { captured: 9 })).toEqual({});
    expect(options(two, { captured: 2 })).toEqual({});
  });

  test('blocks that the header has no room for are not', () => {
    expect(options('0303 07 0512 00000001 00000002')).toEqual({ windowScale: 7 });
  });

  test('five blocks have no room in a header', () => {
    expect(options(`052a ${'00000001 00000002'.repeat(5)}`)).toMatchObject({ sackCount: 4 });
  });
});

describe('where reading ends', () => {
  test.each<[string, string, Partial<Segment>]>([
    ['nothing', '', {}],
    ['the end of options', '0303 07 00 0402', { windowScale: 7 }],
    ['length 0', '0303 07 0400 0402', { windowScale: 7 }],
    ['length 1', '0303 07 0401 0402', { windowScale: 7 }],
    ['a length beyond the header', '0303 07 080b 00000001 00000002', { windowScale: 7 }],
    ['a kind without its length', '0303 07 08', { windowScale: 7 }],
    ['NOPs only', '01010101', {}],
  ])('%s', (_name, digits, expected) => {
    expect(options(digits)).toEqual(expected);
  });

  test('timestamps cut at every byte', () => {
    for (let captured = 0; captured < 12; captured += 1)
      expect(options('0101 080a 00000001 00000002', { captured }), `${captured} bytes`).toEqual({});
  });
});

describe('the layout of a SYN', () => {
  test.each<[string, string, number]>([
    ['Linux', '020405b4 0402 080a 00000001 00000000 01 030307', 0x24813],
    ['Windows', '020405b4 01 030308 01 01 0402', 0x213114],
    ['macOS, up to the eighth', '020405b4 01 030306 01 01 080a 00000001 00000000 0402 00 00', 0x21311840],
    ['timestamps alone', '0101 080a 00000001 00000000', 0x118],
    ['eight kinds, then more', '01010101 01010101 0402', 0x11111111],
    ['kind 30 is 14', '1e0c 0081 0000000000000000', 0xe],
  ])('%s', (_system, digits, layout) => {
    expect(options(digits, { flags: SYN })).toMatchObject({ optionLayout: layout });
    expect(options(digits, { flags: SYN | ACK })).toMatchObject({ optionLayout: layout });
  });

  test('other segments have none', () => {
    expect(options('020405b4 0402', { flags: ACK })).not.toHaveProperty('optionLayout');
  });
});

test('clearOptions leaves what a segment without options has', () => {
  const segment = new Segment();
  readOptions(
    segment,
    new DataView(
      Uint8Array.from(hex('020405b4 0402 030307 080a 00000001 00000002 050a 00000001 00000002 1e048001')).buffer,
    ),
    0, 31,
  );
  expect(segment).not.toEqual(new Segment());
  clearOptions(segment);
  expect(segment).toEqual(new Segment());
});
