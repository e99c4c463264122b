import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Connection, Finding } from '../../src/analysis/model.js';
import { FilterError, compile, fields, filtered, parseFilter } from '../../src/filter/filter.js';
import { analysis, at, client, connection, finding, reset, server, stateEntry } from '../report/analysis-fixture.js';

const capture = analysis();

function matches(text: string, of: Connection, findings: readonly Finding[] = []): boolean {
  return compile(parseFilter(text).expression, capture)(of, findings);
}

/** The capture ends at 60.125 s; the server has been in CLOSE-WAIT since 1.1 s. */
const leak = connection({
  id: 7, stream: 9, streams: [9, 12], ending: 'half-closed',
  states: {
    client: [
      stateEntry('ESTABLISHED', 0.25, 2), stateEntry('FIN-WAIT-1', 1, 6), stateEntry('FIN-WAIT-2', 1.1, 7),
      stateEntry('CLOSED', 61.1, null, false),
    ],
    server: [stateEntry('ESTABLISHED', 0.25, 3), stateEntry('CLOSE-WAIT', 1.1, 7)],
  },
});
const leakFindings = [
  finding({ flow: 7 }),
  finding({ flow: 7, id: 'linger-reset', cause: 'abort', severity: 'warning', confidence: 'certain' }),
];

test.each([
  // Endpoints: client 10.77.1.2:20007, server 10.77.2.2:10007.
  'port 10007',
  'port 20007',
  'port 1-65535',
  'port 80,10007',
  'client-port 20007',
  'server-port 10000-10010',
  'not client-port 10007',
  'port != 80',
  'host 10.77.1.2',
  'host 10.77.2.0/24',
  'client 10.77.1.2:20007',
  'server 10.77.2.2',
  'service 10.77.2.2:10007',
  'not server 10.77.1.0/24',
  'host *:10007',
  'stream 9',
  'stream 12',
  'flow 7',
  'roles handshake',
  'host 10.77',
  'host 10.77.2.',
  'not host 10.7',
  'server :10007',
  'not client :10007',
  // The same in Wireshark's words.
  'tcp.stream eq 9',
  'tcp.stream in {3, 12}',
  'tcp.port == 10007',
  'tcp.port==20007',
  'tcp.dstport == 20007',
  'ip.addr == 10.77.1.2',
  'ip.addr eq 10.77.2.0/24',
  'tcp.port in {80 10000..10010}',
  'ip.src == 10.77.2.2 && tcp.srcport == 20007',
  '!(ip.addr == 10.0.0.1) && !tcp.port == 80',
  'tcp.port not in {80, 443}',
  'lastack.finding == "half-closed"',
  'Lastack.Cause eq leak',
  // What lastack prints, alone.
  'leak',
  'half-closed',
  'half-closed (leak) at 10.77.2.2:10007',
  'half-closed (leak) at 10.77.2.2:10007 and age > 30s',
  'half-closed/leak',
  'finding/half-closed',
  'error',
  'CLOSE-WAIT',
  'fin_wait2',
  '10.77.1.2',
  '10.77.1.2:20007',
  ':10007',
  '10.77',
  '10.77.0.0/16',
  '10007',
  '9',
  '12',
  '10000-10010',
  'refused,leak',
  '80,10007',
  'leak 10007',
  'leak,slow not refused',
  'stream 9  10.77.1.2:20007 > 10.77.2.2:10007',
  'Stream 9   10.77.1.2:20007 → 10.77.2.2:10007',
  '10.77.2.2 > 10.77.1.2',
  '(leak or refused) 10.77.2.2',
  'host 10.77.1.2 10.77.2.2:10007',
  'not closed',
  'not reset',
  'not (refused or reset)',
  'reset none',
  'state closed or leak',
  // Frames: the first and the last, those of its states, and those of what was found.
  'frame 6',
  'frame.number in {6, 4000}',
  'not frame 4000',
  'age gt 59s',
  'severity ge warning',
  'duration le 2s',
  'confidence lt certain',
  'finding ne refused',
  // States: a timer that runs out behind the end of the capture has not run out yet.
  'state CLOSE-WAIT',
  'state in {CLOSE-WAIT}',
  'state FIN_WAIT2',
  'not state CLOSED',
  'state != CLOSED',
  'server-state CLOSE-WAIT',
  'client-state FIN-WAIT-2',
  'entered ESTABLISHED',
  'entered fin-wait-1',
  'ending half-closed',
  'closer client',
  'age > 59s',
  'age 59s-60s',
  'not age > 60s',
  'duration 1.25s',
  'duration <= 2s',
  // Findings: two, of different severity.
  'finding half-closed',
  'finding linger-reset',
  'cause leak',
  'cause leak and cause abort',
  'severity error',
  'severity warning',
  'severity >= warning',
  'severity > warning',
  'confidence likely',
  'confidence < certain',
  'finding != refused',
  'not finding none',
  // Traffic and time: 517 + 20,000 bytes, 5 + 4 packets, from 0.25 s to 1.5 s.
  'bytes 20517',
  'bytes > 20k',
  'client-bytes < 1k',
  'server-bytes 20k',
  'packets 9',
  'lost 0',
  'reset none',
  'start 1795170241.25',
  'start +0',
  'start +0..+1',
  'end 2026-11-20T10:24:02.5Z',
  'end >= +1.25',
  'start < 2026-11-21',
  'end > 2026-11-20T10:24:01Z',
  'port 10007 and state CLOSE-WAIT and age > 30s and cause leak',
])('the leak is found by: %s', (text) => {
  expect(matches(text, leak, leakFindings)).toBe(true);
  expect(matches(`not (${text})`, leak, leakFindings)).toBe(false);
});

test('a healthy connection has no finding, no reset and no age', () => {
  const healthy = connection({
    states: { client: [stateEntry('CLOSED', 50, 9)], server: [stateEntry('CLOSED', 50, 9)] }, closer: null,
  });
  for (const text of [
    'finding none', 'cause none', 'severity none', 'severity < info', 'reset none', 'closer none', 'state CLOSED',
  ])
    expect(matches(text, healthy)).toBe(true);
  for (const text of ['age >= 0s', 'confidence certain,likely,possible', 'finding half-closed', 'severity >= info'])
    expect(matches(text, healthy)).toBe(false);
});

test('resets by their cause, and what they lost, once', () => {
  const aborted = connection({
    resets: [
      reset({ lostBytes: { client: 100, server: 400 } }),
      reset({ cause: 'echo', lostBytes: { client: 100, server: 400 } }),
    ],
  });
  for (const text of ['reset abort', 'reset echo', 'lost 500', 'lost > 0', 'reset linger,abort'])
    expect(matches(text, aborted)).toBe(true);
  for (const text of ['reset linger', 'reset none', 'lost > 500']) expect(matches(text, aborted)).toBe(false);
});

describe('IPv6', () => {
  const six = connection({
    client: { address: '2001:db8::1', port: 40_000 }, server: { address: 'fe80::2', port: 443 },
  });

  test.each([
    'client 2001:db8::1', 'client 2001:DB8:0::0:1', 'client [2001:db8::1]:40000', 'host 2001:db8::/32',
    'server [fe80::/10]:443', 'server fe80::2',
  ])('%s', (text) => {
    expect(matches(text, six)).toBe(true);
  });
  test.each([
    'client 2001:db8::2', 'client [2001:db8::1]:443', 'host 2001:db9::/32', 'host 0.0.0.0/0', 'server [fe80::2]:80',
  ])('not %s', (text) => {
    expect(matches(text, six)).toBe(false);
  });
});

describe('prefixes', () => {
  test.each([
    ['10.1.2.3/23', '10.1.3.255', true], ['10.1.2.3/23', '10.1.4.0', false], ['0.0.0.0/0', '255.255.255.255', true],
    ['::/0', '10.0.0.1', false], ['2001:db8:8000::/33', '2001:db8:8001::1', true],
    ['2001:db8:8000::/33', '2001:db8:7fff::1', false], ['::ffff:10.0.0.0/104', '::ffff:10.9.9.9', true],
  ])('%s and %s: %s', (network, address, expected) => {
    expect(
      matches(
        `host ${network}`, connection({ client: { address, port: 1 }, server: { address: '192.0.2.1', port: 2 } }),
      ),
    ).toBe(expected);
  });
});

test('a view holds what passes, with its old ids', () => {
  const whole = analysis({
    connections: [connection(), leak, connection({ id: 8, server: { address: '10.9.9.9', port: 80 } })],
    findings: [finding({ flow: 0, cause: 'slow' }), ...leakFindings],
    sockets: [
      {
        time: 0, local: client, remote: server, state: 'CLOSE-WAIT', since: at(1), expires: null, proven: true, flow: 7,
      },
    ],
  });
  const view = filtered(whole, parseFilter('state CLOSE-WAIT'));
  expect(view.view).toEqual({ filter: 'state CLOSE-WAIT', of: 3 });
  expect(view.connectionCount).toBe(1);
  expect([...view.connections()]).toEqual([leak]);
  expect(view.connection(0).id).toBe(0);
  expect(view.findings).toEqual(leakFindings);
  expect([view.findingsOf(7), view.findingsOf(0)]).toEqual([leakFindings, []]);
  expect(view.groups.map(({ finding: id, cause, flows, findings }) => [id, cause, flows, findings])).toEqual([
    ['half-closed', 'leak', 1, [0]], ['linger-reset', 'abort', 1, [1]],
  ]);
  expect(view.capture).toBe(whole.capture);
});

test('a view of a view counts from the whole', () => {
  const whole = analysis({ connections: [connection(), connection({ id: 1 }), leak] });
  const view = filtered(filtered(whole, parseFilter('flow 1,7')), parseFilter('flow 7'));
  expect([view.connectionCount, view.view?.of]).toEqual([1, 3]);
});

/** What became of a text: understood, or an error that names a place in it. */
function outcome(text: string): 'a filter' | 'an error with its place' | 'a fault' {
  try {
    matches(text, leak, leakFindings);
    return 'a filter';
  } catch (error) {
    return error instanceof FilterError && error.column >= 1 && error.column <= text.length + 1
      ? 'an error with its place'
      : 'a fault';
  }
}

test('any text is a filter or an error with its place', () => {
  const words = fc.constantFrom(
    ...fields.map(({ name }) => name), 'and', 'or', 'not', '(', ')', '{', '}', 'in', 'eq', 'tcp.port', ',', '=', '<=',
    '!', '-', '..', '80', '8000-8010', 'CLOSE-WAIT', '10.0.0.0/8', '[', ']:1', '"', '&', '\u0000', '::',
  );
  const texts = fc.oneof(
    fc.string(), fc.array(words, { maxLength: 12 }).map((parts) => parts.join(' ')),
    fc.array(words).map((parts) => parts.join('')),
  );
  const faults: string[] = [];
  fc.assert(fc.property(texts, (text) => void (outcome(text) === 'a fault' && faults.push(text))), { numRuns: 2_000 });
  expect(faults).toEqual([]);
});

test('every field has a description of its own and a name that nobody else has', () => {
  const names = fields.flatMap(({ name, aliases = [], wireshark = [] }) => [name, ...aliases, ...wireshark]);
  expect(new Set(names).size).toBe(names.length);
  expect(new Set(fields.map(({ description }) => description)).size).toBe(fields.length);
});
