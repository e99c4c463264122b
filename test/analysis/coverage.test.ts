import { describe, expect, test } from 'vitest';

import { analyze } from '../../src/analysis/analyze.js';
import type { Analysis } from '../../src/analysis/model.js';
import { SECOND } from '../../src/base/time.js';
import { compile } from '../../src/filter/compile.js';
import { parseFilter } from '../../src/filter/filter.js';
import { overview } from '../../src/overview/overview.js';
import { uncovered } from '../../src/report/coverage.js';
import { text } from '../../src/report/text.js';
import { bytes, pcapWriter, pcapngWriter } from '../capture/build.js';
import { scratch } from '../capture/read.js';
import { FrameMaker, silence } from '../tape/frames.js';
import { parseTape } from '../tape/line.js';
import { tape } from '../tape.js';

const files = scratch();
let written = 0;

/** A file in which a tape was captured, from second `begin` on. */
function file(script: string, begin = 0, ports: readonly [number, number] = [40_000, 80]): string {
  const { header, record } = pcapWriter();
  const frames = new FrameMaker({ ip6: false, initial: [1_000_000, 2_000_000], ports });
  const packets = parseTape(script).map(({ time, segment }) => {
    const microseconds = Math.round((time + begin) * 1e6);
    return record({
      seconds: 1_795_169_041 + Math.floor(microseconds / 1e6), fraction: microseconds % 1e6,
      data: segment ? frames.frame(segment) : silence,
    });
  });
  written += 1;
  return files.write(`${written}.pcap`, bytes(header, ...packets));
}

/** The server leaves the client's FIN of 0.06 s unanswered by one of its own: CLOSE-WAIT until it closes. */
const leak = `
  0.000 > S  0:0
  0.010 < S. 0:0   ack 1
  0.020 > .  1:1   ack 1
  0.030 > P. 1:31  ack 1
  0.040 < P. 1:51  ack 31
  0.050 > F. 31:31 ack 51
  0.060 < .  51:51 ack 32
`;

const healthy = `
  0.000 > S  0:0
  0.010 < S. 0:0   ack 1
  0.020 > .  1:1   ack 1
  0.030 > P. 1:31  ack 1
  0.040 < P. 1:51  ack 31
  0.050 > F. 31:31 ack 51
  0.060 < F. 51:51 ack 32
  0.070 > .  32:32 ack 52
`;

const seconds = (analysis: Analysis): number[] =>
  analysis.findings.map(({ duration }) => Math.round(duration / SECOND));
const gaps = ({ capture }: Analysis): number[][] =>
  (capture.gaps ?? []).map(({ from, to }) => [
    Math.round((from - capture.first!) / SECOND), Math.round((to - capture.first!) / SECOND),
  ]);
const HOURS = 3600;

describe('a gap', () => {
  tape(
    'three hours without a packet of anybody age nobody',
    `${leak}
     100.000
    10900.000                    | CLOSED  CLOSE-WAIT
  `,
    {
      findings: ['half-closed leak server'],
      says: [
        'The client closed and the server acknowledged it, but does not close its own side: CLOSE-WAIT since ' +
          'frame 6, ' +
          '99.95 s until the capture ends.',
      ],
    },
  );

  tape('two hours that a keepalive with the right numbers ends are none', `${leak}
     7200.060 < .  50:50 ack 32 <>
     7300.000                    | CLOSED  CLOSE-WAIT
  `, { findings: ['half-closed leak server'] });

  test('is told in every report, and age, columns and overview count to where it begins', async () => {
    const analysis = await analyze([file(`${leak}\n 100.000\n 10900.000`)]);
    expect(gaps(analysis)).toEqual([[100, 10_900]]);
    expect([...text(analysis, { color: false, width: 200 })].join('')).toContain('no packet for 3 h');
    expect(overview(analysis).services[0]!.closeWait!.worst / SECOND).toBeCloseTo(99.94, 1);
    const isOlder = (than: string): boolean =>
      compile(parseFilter(`age > ${than}`).expression, analysis)(analysis.connection(0), analysis.findings);
    expect([isOlder('99s'), isOlder('101s')]).toEqual([true, false]);
  });

  test('is bridged by any connection from before it that goes on as expected, keepalive or data', async () => {
    const steady = `
      0.000 > S  0:0
      0.010 < S. 0:0   ack 1
      0.020 > .  1:1   ack 1
      7200.020 > . 0:0 ack 1
      7200.030 < . 1:1 ack 1
      14400.000 < P. 1:11 ack 1
      14400.010 > . 1:1 ack 11`;
    expect(gaps(await analyze([file(steady)]))).toEqual([]);
  });

  test('is not bridged by a connection that had gone on meanwhile', async () => {
    const movedOn = `
      0.000 > S  0:0
      0.010 < S. 0:0   ack 1
      0.020 > .  1:1   ack 1
      7200.020 > P. 501:511 ack 801
      7200.030 < . 801:801 ack 511`;
    const analysis = await analyze([file(movedOn)]);
    expect(gaps(analysis)).toEqual([[0, 7200]]);
    expect(analysis.findings).toEqual([]);
  });

  test('in it no retransmissions run out', async () => {
    const analysis = await analyze([file(`
      0.000 > S  0:0
      0.010 < S. 0:0   ack 1
      0.020 > .  1:1   ack 1
      0.030 > P. 1:31  ack 1
      0.330 > P. 1:31  ack 1
      0.930 > P. 1:31  ack 1
      10800.000`)]);
    expect(analysis.findings).toEqual([]);
    expect(analysis.connection(0).ending).toBe('open');
  });

  test('is the same for several threads', async () => {
    const path = file(`${leak}\n 100.000\n 10900.000`);
    const { capture, findings } = await analyze([path], { jobs: 1 });
    expect(capture.gaps).toHaveLength(1);
    const held = await analyze([path], { keepConnections: 1 });
    expect([held.capture.gaps, held.findings]).toEqual([capture.gaps, findings]);
  });
});

describe('files', () => {
  test('that overlap age their own connections only', async () => {
    const analysis = await analyze([file(`${leak}\n 100.000`), file(`${healthy}\n 3000.000`, 0, [40_001, 80])]);
    expect(seconds(analysis)).toEqual([100]);
    expect(gaps(analysis)).toEqual([]);
  });

  test('that follow one another are one capture', async () => {
    const analysis = await analyze([
      file(`${leak}\n 100.000`), file(healthy, 200, [40_001, 80]), file(healthy, 900, [40_002, 80]),
    ]);
    expect(seconds(analysis)).toEqual([900]);
  });

  test('tells what pcapng says of dropped packets, and what numbers show to be lost', async () => {
    const { block, section, interface: described, enhanced, option, u32, i64 } = pcapngWriter();
    const frames = new FrameMaker({ ip6: false, initial: [1_000_000, 2_000_000], ports: [40_000, 80] });
    const lines = parseTape(healthy.replace('0.050 > F. 31:31 ack 51', ''));
    const packets = lines.map(({ time, segment }, index) =>
      enhanced({
        ticks: BigInt(Math.round(time * 1e6)), data: frames.frame(segment!),
        options: index === 3 ? option(4, i64(2n)) : new Uint8Array(),
      }),
    );
    const statistics = block(
      5, u32(0), u32(0), u32(0), option(4, i64(5007n)), option(5, i64(12n)), option(6, i64(6000n)),
      option(7, i64(5000n)),
    );
    const path = files.write('drops.pcapng', bytes(section(), described(), ...packets, statistics));
    const { capture } = await analyze([path]);
    expect(capture.interfaces[0]!.statistics).toEqual({
      received: 5007, dropped: 12, accepted: 6000, osDropped: 5000, droppedBetween: 2,
    });
    expect(capture.loss).toEqual({ bytes: 1, connections: 1, share: 0.0123 });
    const [dropped] = uncovered(await analyze([path])).lost.slice(1);
    expect(dropped).toBe(
      'the file says that packets were dropped: 12 by the interface, 5,000 by the system, of 5,007 received',
    );
  });

  test('years apart: the first one ends where it ends', async () => {
    const analysis = await analyze([file(`${leak}\n 100.000`), file(healthy, 20_000 * HOURS, [40_001, 80])]);
    expect(seconds(analysis)).toEqual([100]);
    expect(gaps(analysis)).toEqual([[100, 20_000 * HOURS]]);
    const late = analysis.sockets(analysis.capture.last!).filter(({ flow }) => flow === 0);
    expect(late.map(({ state, proven }) => [state, proven])).toEqual([['CLOSE-WAIT', false]]);
  });
});
