import { describe, expect, it } from 'vitest';

import { analyze } from '../../src/analysis/analyze.js';
import type { Finding } from '../../src/findings/index.js';
import { Conversations } from '../diagnoses/conversations.js';
import { closeWaitBuildup } from '../../src/findings/close-wait-buildup.js';
import { Attempts } from '../../src/tcp/attempts.js';
import { ConnectionSet } from '../../src/tcp/connection-set.js';
import { SECOND } from '../../src/base/time.js';

const buildupsIn = async (name: string): Promise<string[]> =>
  (await analyze([`captures/${name}.pcapng`])).findings
    .filter(({ id }) => id === 'close-wait-buildup')
    .map(({ service, message }) => `${service.port}: ${message}`);

describe('close-wait-buildup', () => {
  it('eight clients close, and a service never does', async () => {
    expect(await buildupsIn('forgotten-close')).toEqual([
      '8000: 8 sockets of this service went into CLOSE-WAIT within 11 s and are still there when the capture ' +
        'ends; none of the long ones were closed.',
    ]);
  });

  it.each(['busy-healthy-server', 'slow-answer', 'forked-child-holds-descriptor', 'intentional-half-close'])(
    'nothing in %s',
    async (name) => {
    expect(await buildupsIn(name)).toEqual([]);
  },
  );

  it('nothing while the slow ones are closed, too', () => {
    expect(buildup([...stays(6, null), ...stays(1, 90)])).toBe(0);
    expect(buildup([...stays(10, null), ...stays(1, 90)])).toBe(1);
  });

  it('tells of those that still stand, and of none that was closed in the end, however late', async () => {
    const capture = new Conversations();
    for (let index = 0; index < 11; index++)
      capture
        .begin()
        .open(index * 2)
        .exchange(index * 2 + 0.01)
        .close(index * 2 + 0.1, 'client');
    capture.begin({ clientPort: 50_000 }).open(3).exchange(3.01).close(3.1, 'client').close(15, 'server');
    capture.until(110);
    const analysis = await capture.analyze();
    const buildup = analysis.findings.findIndex(({ id }) => id === 'close-wait-buildup');
    const closed = [...analysis.connections()].find(({ client }) => client.port === 50_000)!;
    expect(analysis.flowsOf(buildup)).toHaveLength(11);
    expect(analysis.flowsOf(buildup)).not.toContain(closed.id);
    expect(analysis.findingsOf(closed.id).map(({ id, cause, severity }) => `${id} ${cause} ${severity}`)).toEqual([
      'half-closed slow warning',
    ]);
  });

  it('nothing of a single burst, nor of four', () => {
    expect(buildup(stays(8, null, 0.5))).toBe(0);
    expect(buildup(stays(4, null, 5))).toBe(0);
  });
});

const buildup = (findings: Finding[]): number =>
  closeWaitBuildup.detect({
    findings, captureEnd: 100 * SECOND, crowds: () => [], rebindings: () => [], forgotten: () => 0, isPart: false,
    attempts: () => new Attempts(), attemptsWithYoung: () => new Attempts(), unacknowledged: () => new Attempts(),
    connections: new ConnectionSet([], 0),
    connection: () => {
      throw new Error('not needed');
    },
  }).length;

/** Stays in CLOSE-WAIT of one service, `apart` seconds one after the other. */
function stays(count: number, end: number | null, apart = 2): Finding[] {
  return Array.from({ length: count }, (_, flow) => ({
    id: 'half-closed', cause: 'slow', severity: 'warning', confidence: 'likely', alternatives: [], flow, stream: flow,
    endpoint: { address: '10.0.0.2', port: 80 }, service: { address: '10.0.0.2', port: 80 }, role: 'server',
    start: flow * apart * SECOND, end: end === null ? null : end * SECOND, duration: 60 * SECOND, frames: [flow + 1],
    message: '', advice: [], filter: '', evidence: {},
  }));
}
