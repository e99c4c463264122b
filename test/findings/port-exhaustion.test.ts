import { describe, expect, it } from 'vitest';

import { portExhaustion } from '../../src/findings/port-exhaustion.js';
import type { Connection } from '../../src/tcp/connection.js';
import { Attempts } from '../../src/tcp/attempts.js';
import { ConnectionSet } from '../../src/tcp/connection-set.js';
import { SECOND } from '../../src/base/time.js';

describe('port-exhaustion', () => {
  it('a client that closes first, and opens 400 connections a second', () => {
    const [detection, ...others] = detect(crowd(20_000, 400, 60));
    expect(others).toEqual([]);
    expect(detection!.message).toBe(
      '10.0.0.1 held 20000 local ports to this service at once, most of them in TIME-WAIT, of the 28232 that ' +
        'Linux has by default: '
      + 'more than 470 connections a second cannot go on. connect() then fails with EADDRNOTAVAIL.',
    );
    expect(detection!.evidence).toMatchObject({
      portsAtOnce: 20_000, connections: 20_000, timeWaitSeconds: 60, connectionsPerSecond: 470,
    });
  });

  it('nothing when the ports come back at once, for the server holds TIME-WAIT', () => {
    expect(detect(crowd(20_000, 400, 0))).toEqual([]);
  });

  it('nothing of a scan that nobody answers', () => {
    expect(
      detect(crowd(20_000, 400, 60).map((connection) => ({ ...connection, packets: { client: 1, server: 0 } }))),
    ).toEqual([]);
  });

  it('nothing at 100 connections a second', () => {
    expect(detect(crowd(20_000, 100, 60))).toEqual([]);
  });
});

const detect = (connections: readonly Connection[]) =>
  portExhaustion.detect({
    findings: [], captureEnd: 1000 * SECOND, connection: (id) => connections[id]!, forgotten: () => 0, isPart: false,
    rebindings: () => [], attempts: () => new Attempts(), attemptsWithYoung: () => new Attempts(),
    unacknowledged: () => new Attempts(), connections: new ConnectionSet([], 0),
    crowds: (atLeast) => (connections.length >= atLeast ? [connections] : []),
  });

/** Connections of one client to one service, closed after a millisecond by the client, which then holds TIME-WAIT. */
function crowd(count: number, perSecond: number, timeWait: number): Connection[] {
  return Array.from({ length: count }, (_, id) => {
    const start = (id / perSecond) * SECOND;
    const closed = start + SECOND / 1000;
    const states =
      timeWait === 0
        ? [{ state: 'CLOSED', time: closed, frame: id, proven: true }]
        : [
            { state: 'TIME-WAIT', time: closed, frame: id, proven: true },
            { state: 'CLOSED', time: closed + timeWait * SECOND, frame: null, proven: false },
          ];
    return {
      id, client: { address: '10.0.0.1', port: 32_768 }, packets: { client: 5, server: 4 }, firstFrame: id + 1, start,
      states: { client: states, server: [] },
    } as unknown as Connection;
  });
}
