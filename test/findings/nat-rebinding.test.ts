import { describe, expect, it } from 'vitest';

import { analyze } from '../../src/analysis/analyze.js';
import { bytes, pcapWriter } from '../capture/build.js';
import { scratch } from '../capture/read.js';
import { FrameMaker } from '../tape/frames.js';
import { parseTape } from '../tape/line.js';
import { asked } from '../tape.js';

const files = scratch();

/**
 * What is found where the client of one tape has port 40000, and that of the other, the same client to the same server,
 * has port 50000.
 */
async function found(name: string, before: string, after: string): Promise<readonly string[]> {
  const { header, record } = pcapWriter();
  const packets = [[before, 40_000], [after, 50_000]].flatMap(([script, port]) => {
    const frames = new FrameMaker({ ip6: false, initial: [1_000_000, 2_000_000], ports: [Number(port), 80] });
    return parseTape(String(script)).map(({ time, segment }) =>
      record({
        seconds: 1_795_169_041 + Math.floor(time), fraction: Math.round((time % 1) * 1e6), data: frames.frame(segment!),
      }),
    );
  });
  const { findings } = await analyze([files.write(`${name}.pcap`, bytes(header, ...packets))]);
  return findings.map(({ id, cause, role, flow, message }) =>
    [id, cause, role, flow, id === 'nat-rebinding' ? message : null].filter((part) => part !== null).join(' '),
  );
}

describe('nat-rebinding', () => {
  it('the same numbers go on from another port, where the server knows nobody', async () => {
    expect(await found('keepalive', asked, `
      400.0 > .  30:30 ack 51
      400.01 < R 51:51
    `)).toEqual([
      'unexpected-reset bare-ack server 1',
      'nat-rebinding client 0 The client\'s port was changed on the way: after 399.95 s this connection (port ' +
        '40000, stream 0) went on as stream 1 from port 50000, with the same sequence and acknowledgment numbers. ' +
        'A NAT between had forgotten it, and the other end knows no connection from there.',
    ]);
  });

  it('data, too; and its sender had not been closed', async () => {
    const [reset, rebinding] = await found('data', asked, `
      400.0 > P. 31:61 ack 51
      400.01 < R 51:51
    `);
    expect([reset, rebinding]).toEqual([
      'rst-after-push no-socket client 1', expect.stringMatching(/^nat-rebinding client 0/),
    ]);
  });

  it('nothing where the numbers are others', async () => {
    expect(await found('others', asked, `
      400.0 > P. 32:61 ack 51
      400.01 < R 51:51
    `)).toEqual(['rst-after-push no-socket client 1']);
  });

  it('nothing where several connections had stopped there: the numbers are no chance ones', async () => {
    const { header, record } = pcapWriter();
    const packets = [
      [asked, 40_000], [asked, 41_000], ['\n400.0 > P. 31:61 ack 51\n400.01 < R 51:51\n', 50_000],
    ].flatMap(([script, port]) => {
      const frames = new FrameMaker({ ip6: false, initial: [1_000_000, 2_000_000], ports: [Number(port), 80] });
      return parseTape(String(script)).map(({ time, segment }) =>
        record({
          seconds: 1_795_169_041 + Math.floor(time), fraction: Math.round((time % 1) * 1e6),
          data: frames.frame(segment!),
        }),
      );
    });
    const { findings } = await analyze([files.write('several.pcap', bytes(header, ...packets))]);
    expect(findings.map(({ id }) => id)).toEqual(['rst-after-push']);
  });
});
