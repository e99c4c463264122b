import { expect, test } from 'vitest';
import { parseFilter } from '../../src/filter/filter.js';
import type { Expression } from '../../src/filter/expression.js';

/** The tree with all its parentheses. */
function show(expression: Expression): string {
  if (expression.kind === 'not') return `(not ${show(expression.part)})`;
  if (expression.kind !== 'term') return `(${expression.parts.map(show).join(` ${expression.kind} `)})`;
  const values = expression.values.map((value) =>
    value.kind === 'word'
      ? value.word
      : value.kind === 'range'
        ? `${show1(value.low)}..${show1(value.high)}`
        : 'address',
  );
  return `${expression.field.name} ${expression.operator} ${values.join()}`;
}
const show1 = (quantity: unknown): string => JSON.stringify(quantity);

test.each([
  ['port 80', 'port = 80..80'], ['port == 80 or port != 443', '(port = 80..80 or port != 443..443)'],
  ['port 80 or port 81 and not port 82', '(port = 80..80 or (port = 81..81 and (not port = 82..82)))'],
  ['(port 80 or port 81) && !port 82', '((port = 80..80 or port = 81..81) and (not port = 82..82))'],
  ['not not port 1||port 2', '((not (not port = 1..1)) or port = 2..2)'],
  ['port 80, 443 ,8000-8010', 'port = 80..80,443..443,8000..8010'],
  ['STATE close_wait,FIN-WAIT-2 AND Entered FinWait1', '(state = CLOSE-WAIT,FIN-WAIT-2 and entered = FIN-WAIT-1)'],
  ['state estab,SYN-RECV,close', 'state = ESTABLISHED,SYN-RECEIVED,CLOSED'],
  ['age>30s and duration<=1.5m', '(age > 30000000000..30000000000 and duration <= 90000000000..90000000000)'],
  ['age 500ms-2s or bytes >= 10k', '(age = 500000000..2000000000 or bytes >= 10000..10000)'],
  ['client.port 1..5', 'client-port = 1..5'], ['tcp.stream eq 7', 'stream = 7..7'],
  ['tcp.stream in {7, 12, 19..21}', 'stream = 7..7,12..12,19..21'],
  ['tcp.port in {80 443} or port not in{22}', '(port = 80..80,443..443 or port != 22..22)'],
  ['age GT 30s', 'age > 30000000000..30000000000'], ['leak', '(diagnosis = leak or cause = leak)'],
  ['retransmission-timeout', '(cause = retransmission-timeout or reset = retransmission-timeout)'],
  ['8000', '(port = 8000..8000 or stream = 8000..8000)'],
  [
    '10.0.0.1:80,refused or !never_accepted',
    '((host = address or (finding = refused or ending = refused or reset = refused)) or (not cause = ' +
      'never-accepted))',
  ],
  ['closed', '(cause = closed or ending = closed)'], ['reset', '(cause = reset or ending = reset)'],
  ['reset and not reset refused', '((cause = reset or ending = reset) and (not reset = refused))'],
  ['half-closed/leak', '(finding = half-closed and cause = leak)'],
  ['diagnosis/leak port 80', '(diagnosis = leak and port = 80..80)'],
  ['half-closed (leak) at 10.0.0.1:80', '((finding = half-closed and cause = leak) and server = address)'],
  ['30 half-closed (leak) at 10.0.0.1:80', '((finding = half-closed and cause = leak) and server = address)'],
  [
    '1,340 half-closed (leak) at 10.0.0.1:80, 12 refused at 10.0.0.2:80',
    '(((finding = half-closed and cause = leak) and server = address) or ' +
      '((finding = refused or ending = refused or reset = refused) and server = address))',
  ],
  ['30 half-closed', '((port = 30..30 or stream = 30..30) and (finding = half-closed or ending = half-closed))'],
  [
    'half-closed (leak or slow)',
    '((finding = half-closed or ending = half-closed) and ((diagnosis = leak or cause = leak) or cause = slow))',
  ],
  ['slow or slow 10.0.0.1 not port 80', '(cause = slow or (cause = slow and host = address and (not port = 80..80)))'],
  ['stream 7 10.0.0.1:5 > 10.0.0.2:80', '(stream = 7..7 and host = address and host = address)'],
  ['finding "half-closed" and severity >= warning', '(finding = half-closed and severity >= warning)'],
  ['host 10.0.0.0/8 and service [2001:db8::1]:80', '(host = address and server = address)'],
  [
    'start +12.5',
    'start = {"from":"first packet","seconds":12,"nanoseconds":500000000}..{"from":"first ' +
      'packet","seconds":12,"nanoseconds":500000000}',
  ],
])('%s', (text, tree) => {
  expect(show(parseFilter(text).expression)).toBe(tree);
});

test.each([
  ['', 'at column 1: expected a field'], ['   ', 'at column 1: expected a field'],
  ['port 80 and prot 81', 'at column 13: unknown field "prot"; did you mean "port"?'],
  ['colour red', 'at column 1: unknown field "colour"'],
  [
    'tcp.flags.reset == 1',
    'at column 1: "tcp.flags.reset" is of packets, and a filter is of connections; see lastack explain filter',
  ],
  ['port in 80', 'at column 9: expected { after in, found "80"'],
  ['port in {80', 'at column 12: the { at column 9 is not closed'],
  ['port in {}', 'at column 10: expected a value for port, found "}"'],
  ['port 80}', 'at column 8: expected and, or, or the end, found "}"'],
  ['port not 80', 'at column 6: expected a value for port, found "not"'],
  ['port', 'at column 5: expected a value for port'],
  ['port and state CLOSED', 'at column 6: expected a value for port, found "and"'],
  ['leek', 'at column 1: unknown word "leek"; did you mean "leak"?'], ['none', 'at column 1: unknown word "none"'],
  ['client', 'at column 7: expected a value for client'], ['leak, port 80', 'at column 7: unknown word "port"'],
  ['leak,', 'at column 6: expected another word'], ['leak > 5', 'at column 6: expected and, or, or the end, found ">"'],
  ['10.0.0.300', 'at column 1: unknown word "10.0.0.300"'],
  ['port 80 443', 'at column 9: expected and, or, or the end, found "443"'],
  ['state CLOSED CLOSING', 'at column 14: expected and, or, or the end, found "CLOSING"'],
  ['port 80 port 81', 'at column 9: expected and, or, or the end, found "port"'],
  ['port 80,', 'at column 9: expected a value for port'],
  ['port eighty', 'at column 6: expected a number: 80, 8000-8010; found "eighty"'],
  ['port 90-80', 'at column 6: the range 90-80 ends before it begins'],
  ['port > 80,81', 'at column 8: > takes one value, not a list or a range'],
  ['age < 1s-2s', 'at column 7: < takes one value, not a list or a range'],
  ['state < CLOSED', 'at column 7: state has no order: write = or !='],
  ['host > 10.0.0.1', 'at column 6: host has no order: write = or !='],
  ['state CLOSE-WAITT', 'at column 7: state is never "CLOSE-WAITT"; did you mean "CLOSE-WAIT"?'],
  ['closer nobody', 'at column 8: closer is never "nobody"; it is one of client, server, both, none'],
  ['age soon', 'at column 5: expected a duration: 30s, 500ms, 1.5m, 2h, 1s-5s; found "soon"'],
  ['lost > much', 'at column 8: expected a size: 1000, 500k, 10M, 1k-64k; found "much"'],
  [
    'start noon',
    'at column 7: expected a time: 1795169041.218147, +12.5 (since the first packet), 10:24:01, or ' +
      '2026-11-20T10:24:01.218Z, +10..+20; found "noon"',
  ],
  ['host 10.0.0.300', 'at column 6: "10.0.0.300" is no address: 10.0.0.1, 10.0.0.0/8, 10.0.0.1:80, [2001:db8::1]:443'],
  [
    'host 10.0.0.0/33',
    'at column 6: "10.0.0.0/33" is no address: 10.0.0.1, 10.0.0.0/8, 10.0.0.1:80, [2001:db8::1]:443',
  ],
  ['(port 80', 'at column 9: the ( at column 1 is not closed'], ['port 80)', 'at column 8: this ) closes nothing'],
  ['port 80 & port 81', 'at column 9: "&" begins nothing; write and, or, not, ( ), or a field'],
  [`${'('.repeat(1000)}port 80`, 'at column 102: nested too deeply'],
  [`${'not '.repeat(100_000)}port 80`, 'at column 405: nested too deeply'],
])('%s: an error with its place', (text, message) => {
  expect(() => parseFilter(text)).toThrow(expect.objectContaining({ name: 'FilterError', message }));
});
