import { describe, expect, it } from 'vitest';

import type { Segment } from '../../src/decode/segment.js';
import * as CONVERSATION from '../../src/flow/conversation.js';
import type { Connections } from '../../src/flow/connections.js';
import { FlowTable } from '../../src/flow/flow-table.js';
import { PAYLOAD_KINDS } from '../../src/flow/payload-kind.js';
import { PRODUCTS } from '../../src/flow/product.js';
import { MILLISECOND, SECOND } from '../../src/base/time.js';
import { segment as bare } from './segments.js';

/** With a window that is open. */
const segment: typeof bare = (...line) => Object.assign(bare(...line), { window: 1000 });

type Line = readonly [seconds: number, segment: Segment, payload?: string];

/** What is known of the only connection of these lines. */
function known(lines: readonly Line[]): Connections {
  const table = new FlowTable();
  lines.forEach(([seconds, one, payload = ''], index) => {
    const bytes = Buffer.from(payload, 'latin1');
    table.add(
      Object.assign(one, { payloadOffset: 0, payloadCaptured: bytes.length }), index + 1,
      Math.round(seconds * 1000) * MILLISECOND, bytes,
    );
  });
  return table.connections;
}

const handshake: readonly Line[] = [
  [0, segment('>', 'S', 0)], [0, segment('<', 'S.', 0, 1)], [0, segment('>', '.', 1, 1)],
];
const request = (seconds: number, from = 1): Line => [seconds, segment('>', 'P.', from, 1, 10)];
const answer = (seconds: number, from = 1): Line => [seconds, segment('<', 'P.', from, 11, 20)];

const hops = (line: Line, ttl: number): Line => [line[0], Object.assign(line[1], { ttl })];

const probe = (at: number): Line => [at, segment('<', '.', 40, 11)];

const closed = (at: number): Line => [at, Object.assign(segment('>', '.', 11, 41), { window: 0 })];

describe('what is known of a conversation', () => {
  it('a server that closes an idle connection: how long nobody had spoken, and that the answer was the last word', () => {
    const connections = known([...handshake, request(1), answer(1.2), [6.2, segment('<', 'F.', 21, 11)]]);
    expect(connections.quietAtClose(0)).toBe(5 * SECOND);
    expect(
      connections.conversation(0) &
        (CONVERSATION.closed | CONVERSATION.serverCloses | CONVERSATION.closesByReset | CONVERSATION.serverTurnAtClose),
    ).toBe(CONVERSATION.closed | CONVERSATION.serverCloses | CONVERSATION.serverTurnAtClose);
    expect(connections.turns(0)).toBe(2);
    expect(connections.slowestAnswer(0)).toBe(200 * MILLISECOND);
  });

  it('a client that gives up waiting: its request is the last word, and as old as its patience', () => {
    const connections = known([...handshake, request(1), request(1.5, 11), [4, segment('>', 'F.', 21, 1)], answer(9)]);
    expect(connections.turnAgeAtClose(0)).toBe(3 * SECOND);
    expect(connections.quietAtClose(0)).toBe(2.5 * SECOND);
    expect(connections.conversation(0) & (CONVERSATION.serverCloses | CONVERSATION.serverTurnAtClose)).toBe(0);
    // The answer came all the same: it is the server's turn now, but not when the client closed.
    expect(connections.conversation(0) & CONVERSATION.serverTurn).toBe(CONVERSATION.serverTurn);
    expect(connections.turnAt(0)).toBe(9 * SECOND);
  });

  it('a close without any payload says how long there was none', () => {
    const connections = known([...handshake, [3, segment('<', 'F.', 1, 1)]]);
    expect(connections.quietAtClose(0)).toBe(3 * SECOND);
    expect(connections.conversation(0) & CONVERSATION.hadTurnAtClose).toBe(0);
  });

  it('a silence counts as survived once both sides spoke again', () => {
    const alive = [...handshake, request(0.5), answer(1.1), request(8.1, 11)];
    expect(known(alive).longestQuiet(0)).toBe(0);
    expect(known([...alive, answer(8.2, 21)]).longestQuiet(0)).toBe(7 * SECOND);
    expect(known([...alive, [8.2, segment('<', 'R', 21)]]).longestQuiet(0)).toBe(0);
  });

  it('a pause counts as survived though keepalives fell into it, which broke the silence', () => {
    const probes = [3, 5, 7].flatMap((second): Line[] => [
      [second, segment('>', '.', 10, 21)], [second, segment('<', '.', 21, 11)],
    ]);
    const connections = known([...handshake, request(0.5), answer(1), ...probes, request(8, 11), answer(8.1, 21)]);
    expect(connections.longestPause(0)).toBe(7 * SECOND);
    expect(connections.longestQuiet(0)).toBe(2 * SECOND);
  });

  it('a server that says good-bye out of a silence was idle until then', () => {
    const connections = known([
      ...handshake, request(0.5), answer(1), answer(6, 21), [6.001, segment('<', 'F.', 41, 11)],
    ]);
    expect(connections.quietAtClose(0)).toBe(5 * SECOND);
    expect(connections.conversation(0) & CONVERSATION.saidGoodBye).toBe(CONVERSATION.saidGoodBye);
  });

  it('a request that comes in pieces: how many', () => {
    expect(known([...handshake, request(0.5), request(2.5, 11), request(4.5, 21)]).requestPieces(0)).toBe(3);
    expect(known([...handshake, request(0.5), request(0.6, 11), answer(1)]).requestPieces(0)).toBe(1);
  });

  it('a window of 0 lasts until it opens, or until now', () => {
    const stalled = [...handshake, answer(1), [1, Object.assign(segment('>', '.', 11, 21), { window: 0 })] as const];
    const connections = known(stalled);
    expect(connections.closedWindow(0, 0, 11 * SECOND)).toBe(10 * SECOND);
    expect(connections.hasClosedWindow(0, 0)).toBe(true);
    const opened = known([...stalled, [5, Object.assign(segment('>', '.', 11, 21), { window: 100 })]]);
    expect(opened.closedWindow(0, 0, 11 * SECOND)).toBe(4 * SECOND);
    expect(opened.hasClosedWindow(0, 0)).toBe(false);
  });

  it('how often room was asked for while a window was closed', () => {
    const connections = known([
      ...handshake, request(0.5), answer(1, 21), closed(1.1), probe(2), closed(2.1), probe(4), closed(4.1),
    ]);
    expect([connections.asked(0, 1), connections.deaf(0, 1)]).toEqual([2, 0]);
    expect(connections.closedWindowFrom(0, 0, 9 * SECOND) - connections.start(0)).toBe(1.1 * SECOND);
  });

  it('how often in a row the same came again though it was acknowledged; three times as fast is another row', () => {
    const probes = [31, 61, 62, 63, 64].flatMap((second): Line[] => [
      [second, segment('>', '.', 10, 21)], [second, segment('<', '.', 21, 11)],
    ]);
    const connections = known([...handshake, request(0.5), answer(1), [1.1, segment('>', '.', 11, 21)], ...probes]);
    expect(connections.deaf(0, 0)).toBe(4);
    expect(connections.deafSince(0, 0) - connections.start(0)).toBe(61 * SECOND);
  });

  it('the largest payload that was acknowledged is not the one that was only sent', () => {
    const big = (): Segment => segment('<', '.', 21, 11, 1448);
    const connections = known([
      ...handshake, request(1), answer(1.1), [1.2, segment('>', '.', 11, 21)], [1.3, big()], [2, big()], [4, big()],
    ]);
    expect(connections.largestSent(0, 1)).toBe(1448);
    expect(connections.largestAcknowledged(0, 1)).toBe(20);
    expect(connections.repeats(0, 1)).toBe(2);
  });

  it('hop limits of each side, leaving out those of RSTs', () => {
    const connections = known([
      ...handshake.map((line) => hops(line, 64)), hops(request(1), 63), hops([2, segment('>', 'R', 11)], 20),
    ]);
    expect([connections.lowestTtl(0, 0), connections.highestTtl(0, 0)]).toEqual([63, 64]);
    expect(connections.lowestTtl(0, 1)).toBe(64);
  });

  it.each([
    ['GET / HTTP/1.1\r\n', 'http-request'], ['\x16\x03\x01\x02\x00', 'tls'], ['SSH-2.0-OpenSSH_9.2\r\n', 'ssh'],
    ['*1\r\n$4\r\nPING\r\n', 'redis-command'], ['\x00\x00\x00\x08\x04\xd2\x16\x2f', 'postgresql-startup'],
    ['get key\r\n', 'memcached-command'], ['EHLO host\r\n', 'smtp-command'], ['PRI * HTTP/2.0\r\n\r\n', 'http2'],
    ['CONNECT a:443 HTTP/1.1\r\n', 'http-request'], ['CONNECT {"verbose":false}\r\n', 'nats'],
    ['something', 'unknown'], ['x', 'unknown'],
  ])('the first payload %j is %s', (payload, kind) => {
    const [seconds, one] = request(1);
    expect(PAYLOAD_KINDS[known([...handshake, [seconds, one, payload]]).payloadKind(0, 0)]).toBe(kind);
  });

  it.each([
    ['HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\n\r\n', 'nginx'],
    ['HTTP/1.1 200 OK\r\nX: 1\r\nServer: gunicorn\r\n\r\n', 'gunicorn'],
    [
      'HTTP/1.1 200 OK\r\nDate: x\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\nContent-Length: 2\r\n\r\nok',
      'Node.js',
    ],
    ['HTTP/1.1 200 OK\r\nServer: lighttpd\r\nVia: 1.1 here (squid/5.7)\r\n\r\n', 'Squid'],
    ['HTTP/1.1 200 OK\r\nVia: 1.1 a (squid/5.7), 1.1 varnish (Varnish/7.1)\r\nServer: Apache\r\n\r\n', 'Varnish'],
    ['HTTP/1.1 200 OK\r\nServer: nginx\r\nVia: 1.1 varnish (Varnish/7.1)\r\n\r\n', 'nginx'],
    ['HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nnginx apache', 'unknown'],
    ['HTTP/1.1 200 OK\r\nServer: ', 'unknown'], ['220 mail.example.org ESMTP Postfix (Debian)\r\n', 'Postfix'],
    ['HTTP/1.1 200 OK\r\nServer: TwistedWeb/22.4.0\r\n\r\n', 'Twisted'],
    ['HTTP/1.1 200 OK\r\nServer: Mojolicious (Perl)\r\n\r\n', 'Mojolicious'],
    ['HTTP/1.1 200 OK\r\nServer: thin\r\n\r\n', 'thin'],
    ['HTTP/1.1 200 OK\r\nServer: something else\r\n\r\n', 'unknown'],
    ['HTTP/1.1 200 OK\r\nServer: node\r\nVia: 1.1 nghttpx\r\n\r\n', 'nghttpx'],
    ['220 kestrel.example.org ESMTP\r\n', 'unknown'], ['SSH-2.0-OpenSSH_9.2p1\r\n', 'OpenSSH'],
    ['\x5b\0\0\0\x0a5.5.5-10.11.6-MariaDB\0', 'MariaDB'],
  ])('the first payload %j of a server names %s', (payload, product) => {
    const [seconds, one] = answer(1.2);
    expect(PRODUCTS[known([...handshake, request(1), [seconds, one, payload]]).product(0)]).toBe(product);
  });
});
