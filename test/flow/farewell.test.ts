import { describe, expect, it } from 'vitest';

import { Segment } from '../../src/decode/segment.js';
import { farewell } from '../../src/flow/farewell.js';

function told(payload: string, captured = payload.length): number {
  const bytes = Buffer.from(`..${payload}`, 'latin1');
  return farewell(
    Object.assign(new Segment(), { payloadOffset: 2, payloadCaptured: captured, length: payload.length }), bytes,
  );
}

const zeros = (count: number): string => '\0'.repeat(count);

describe('a good-bye', () => {
  it.each([
    ['a TLS alert', `\x15\x03\x03\0\x02\x01\0`], ['an encrypted TLS 1.2 alert', `\x15\x03\x03\0\x1a${zeros(26)}`],
    ['an alert of TLS 1.3', `\x17\x03\x03\0\x13${zeros(19)}`], ['GOAWAY', `\0\0\x08\x07\0\0\0\0\0${zeros(8)}`],
    ['a WebSocket close', '\x88\x02\x03\xe8'], ['a masked one', `\x88\x82${zeros(6)}`], ['COM_QUIT', '\x01\0\0\0\x01'],
    ['COM_STMT_CLOSE', '\x05\0\0\0\x19\x01\0\0\0'],
    ['COM_STMT_CLOSE and COM_QUIT', '\x05\0\0\0\x19\x01\0\0\0\x01\0\0\0\x01'],
    ['Terminate of PostgreSQL', 'X\0\0\0\x04'], ['an UnbindRequest', '0\x05\x02\x01\x03B\0'],
    ['CancelRequest of PostgreSQL', `\0\0\0\x10\x04\xd2\x16\x2e${zeros(8)}`],
    [
      'the end of an allocation of TURN',
      `\0\x04\0\x10\x21\x12\xa4\x42${zeros(12)}\x80\x22\0\x04test\0\x0d\0\x04${zeros(4)}`,
    ],
    ['DISCONNECT of MQTT', '\xe0\0'], ['QUIT', 'QUIT\r\n'], ['quit of memcached', 'quit\n'],
    ['QUIT of Redis', '*1\r\n$4\r\nQUIT\r\n'],
    ['LOGOUT with a tag', 'a004 LOGOUT\r\n'], ['421', '421 Timeout.\r\n'], ['221', '221 2.0.0 Bye\r\n'],
    ['* BYE', '* BYE idle for too long\r\n'],
    ['408', `HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n${'x'.repeat(400)}`],
    ['FATAL of PostgreSQL', 'E\0\0\0\x7dSFATAL\0C25P03\0'],
  ])('%s', (_, payload) => {
    expect(told(payload)).toBeGreaterThan(0);
  });

  it.each([
    ['one byte', 'x'], ['TLS data', `\x17\x03\x03\0\x14${zeros(20)}`],
    ['a TLS record and more', `\x17\x03\x03\0\x13${zeros(30)}`],
    ['the refreshing of one', `\0\x04\0\x08\x21\x12\xa4\x42${zeros(12)}\0\x0d\0\x04\0\0\x02\x58`],
    ['a handshake record', `\x16\x03\x03\0\x02${zeros(2)}`], ['an answer', 'HTTP/1.1 200 OK\r\n\r\n'],
    ['a text that quits later', 'DATA quit\r\n.\r\n'], ['a ping of MySQL', '\x01\0\0\0\x0e'],
    ['COM_STMT_RESET of MySQL', '\x05\0\0\0\x1a\x01\0\0\0'],
    ['COM_STMT_CLOSE and a query', '\x05\0\0\0\x19\x01\0\0\0\x02\0\0\0\x03x'],
    ['a query', 'Q\0\0\0\x04'], ['an error that is no end', 'E\0\0\0\x7dSERROR\0C25P03\0'],
    ['quit without its line end', 'quit'], ['a ping of Redis', '*1\r\n$4\r\nPING\r\n'],
    ['SSLRequest of PostgreSQL', '\0\0\0\x08\x04\xd2\x16\x2f'],
  ])('not %s', (_, payload) => {
    expect(told(payload)).toBe(0);
  });

  it('is told by an alert of TLS 1.3 of which a snap length left two bytes', () => {
    expect(told(`\x17\x03\x03\0\x13${zeros(19)}`, 2)).toBe(2);
    expect(told(`\x17\x03\x03\0\x14${zeros(20)}`, 2)).toBe(0);
  });

  it('is not told from what a snap length cut away', () => {
    expect(told('X\0\0\0\x04', 3)).toBe(0);
    expect(told('QUIT\r\n', 4)).toBe(0);
    expect(told('HTTP/1.1 408 Request Timeout\r\n', 8)).toBe(0);
  });
});
